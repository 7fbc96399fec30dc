#include "ssh/key_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "orchestrator/host.hpp"
#include "ssh/base64.hpp"
#include "ssh/wire.hpp"

namespace orchestrator {

namespace {

constexpr std::size_t kLongestKey = 256UL * 1024;
constexpr std::string_view kOpenSsh = "OPENSSH PRIVATE KEY";

struct OpenFile {
  explicit OpenFile(const std::filesystem::path& file) : fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~OpenFile() {
    if (fd >= 0) ::close(fd);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd;
};

void check_mode(const struct stat& status, const std::string& file) {
  if (!S_ISREG(status.st_mode)) throw Error("it is no regular file");
  if (status.st_uid != ::getuid() || (status.st_mode & 077U) == 0) return;
  char mode[8];
  std::snprintf(mode, sizeof mode, "%04o", status.st_mode & 07777U);
  throw Error(std::string("others may read it (mode ") + mode + ")", "chmod 600 " + file);
}

std::string read_all(int fd) {
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Error(std::strerror(errno));
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > kLongestKey) throw Error("it is too long to be a key");
  }
}

void parse_openssh(KeyFile& key, std::string_view body) {
  const std::optional<std::string> bytes = decode_base64(body);
  WireReader reader(bytes ? std::string_view(*bytes) : std::string_view());
  constexpr std::string_view kMagic{"openssh-key-v1\0", 15};
  if (reader.raw(kMagic.size()) != kMagic) throw Error("it is a damaged private key");
  const std::string_view cipher = reader.string();
  static_cast<void>(reader.string());  // key derivation and its parameters
  static_cast<void>(reader.string());
  static_cast<void>(reader.number());  // always one key
  key.blob = reader.string();
  if (!reader.ok()) throw Error("it is a damaged private key");
  key.encrypted = cipher != "none";
  key.type = WireReader(key.blob).string();
  if (key.type.starts_with("sk-")) {
    throw Error("it belongs to a security key, which nobody can touch in an unattended run",
                "make a key of its own: ssh-keygen -t ed25519 -f FILE");
  }
}

}  // namespace

std::string KeyFile::public_line() const { return blob.empty() ? std::string() : type + " " + encode_base64(blob); }

KeyFile parse_key_file(std::string text) {
  KeyFile key;
  key.text = std::move(text);
  const std::string_view all(key.text);
  if (all.starts_with("ssh-") || all.starts_with("ecdsa-") || all.starts_with("sk-")) {
    throw Error("it is the public half of a key", "name the private half: the same file without '.pub'");
  }
  if (all.starts_with("PuTTY-User-Key-File")) {
    throw Error("it is a key of PuTTY", "convert it: puttygen FILE -O private-openssh -o NEW");
  }
  constexpr std::string_view kBegin = "-----BEGIN ";
  const std::size_t begin = all.find(kBegin);
  const std::size_t kind_end = begin == std::string_view::npos ? begin : all.find("-----", begin + kBegin.size());
  if (kind_end == std::string_view::npos) throw Error("it is no private key");
  const std::string_view kind = all.substr(begin + kBegin.size(), kind_end - begin - kBegin.size());
  if (!kind.ends_with("PRIVATE KEY")) throw Error("it is no private key but '" + std::string(kind) + "'");
  const std::size_t end = all.find("-----END ", kind_end);
  if (end == std::string_view::npos) throw Error("it is a private key that breaks off");
  const std::string_view body = all.substr(kind_end + 5, end - kind_end - 5);
  if (kind == kOpenSsh) {
    parse_openssh(key, body);
    return key;
  }
  key.encrypted = kind.starts_with("ENCRYPTED") || body.find("ENCRYPTED") != std::string_view::npos;
  if (kind.starts_with("RSA")) key.type = "ssh-rsa";
  if (kind.starts_with("EC ")) key.type = "ecdsa";
  return key;
}

KeyFile read_key_file(const std::filesystem::path& file) {
  try {
    const OpenFile open(file);
    if (open.fd < 0) {
      const int error = errno;
      throw Error(std::strerror(error), error == ENOENT ? "make one: ssh-keygen -t ed25519 -f " + file.string() : "");
    }
    struct stat status {};
    if (::fstat(open.fd, &status) != 0) throw Error(std::strerror(errno));
    check_mode(status, file.string());
    return parse_key_file(read_all(open.fd));
  } catch (const Error& error) {
    throw StartError(StartFailure::LoginRefused, "cannot use the key '" + file.string() + "': " + error.what(),
                     error.remedy());
  }
}

}  // namespace orchestrator
