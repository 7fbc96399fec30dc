#include "ssh/libssh2_engine.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <climits>
#include <cstring>
#include <exception>
#include <utility>

#include <libssh2.h>

#include "ssh/base64.hpp"
#include "ssh/libssh2_memory.hpp"
#include "ssh/wire.hpp"

namespace orchestrator {

namespace {

// libssh2 wants a number for the socket and only asks fcntl about it; none is ever open under this one.
constexpr libssh2_socket_t kNoSocket = INT_MAX;
constexpr std::size_t kKeepOfBeginning = 64UL * 1024;
constexpr unsigned kWindow = 2U * 1024 * 1024;  // more halves the throughput: the queue of packets is a list
constexpr unsigned kPacket = 32768;

void initialize_library() {
  static const int result = libssh2_init(0);
  if (result != 0) throw EngineError(EngineFailure::Protocol, "libssh2 cannot be initialized");
}

int method_of(AlgorithmKind kind) {
  switch (kind) {
    case AlgorithmKind::KeyExchange: return LIBSSH2_METHOD_KEX;
    case AlgorithmKind::HostKey: return LIBSSH2_METHOD_HOSTKEY;
    case AlgorithmKind::Cipher: return LIBSSH2_METHOD_CRYPT_CS;
    case AlgorithmKind::Mac: return LIBSSH2_METHOD_MAC_CS;
  }
  return -1;
}

EngineFailure failure_of(int code) {
  switch (code) {
    case LIBSSH2_ERROR_KEX_FAILURE:
    case LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE:
    case LIBSSH2_ERROR_HOSTKEY_INIT:
    case LIBSSH2_ERROR_HOSTKEY_SIGN:
    case LIBSSH2_ERROR_METHOD_NOT_SUPPORTED: return EngineFailure::KeyExchange;
    case LIBSSH2_ERROR_AUTHENTICATION_FAILED:
    case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED: return EngineFailure::LoginRefused;
    case LIBSSH2_ERROR_FILE: return EngineFailure::BadKey;
    case LIBSSH2_ERROR_CHANNEL_FAILURE: return EngineFailure::ChannelRefused;
    case LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED: return EngineFailure::RequestRefused;
    case LIBSSH2_ERROR_CHANNEL_CLOSED:
    case LIBSSH2_ERROR_CHANNEL_EOF_SENT: return EngineFailure::ChannelClosed;
    case LIBSSH2_ERROR_BANNER_RECV:
    case LIBSSH2_ERROR_SOCKET_DISCONNECT:
    case LIBSSH2_ERROR_SOCKET_RECV:
    case LIBSSH2_ERROR_SOCKET_SEND: return EngineFailure::Lost;
    default: return EngineFailure::Protocol;
  }
}

struct Libssh2Channel final : EngineChannel {
  LIBSSH2_CHANNEL* raw = nullptr;
  std::optional<std::uint32_t> number;
  bool closed = false;
};

LIBSSH2_CHANNEL* raw_of(const EngineChannel& channel) { return static_cast<const Libssh2Channel&>(channel).raw; }

class Libssh2Engine final : public SshEngine {
 public:
  Libssh2Engine();
  ~Libssh2Engine() override;
  Libssh2Engine(const Libssh2Engine&) = delete;
  Libssh2Engine& operator=(const Libssh2Engine&) = delete;

  void receive(std::span<const char> bytes) override;
  void receive_end() override { ended_ = true; }
  [[nodiscard]] std::size_t unread() const noexcept override { return in_.size() - in_read_; }
  [[nodiscard]] std::size_t unsent() const noexcept override { return out_.size(); }
  [[nodiscard]] std::string take_unsent() override { return std::exchange(out_, {}); }

  void prefer_host_keys(const std::vector<std::string>& types) override;
  [[nodiscard]] bool handshake() override;
  [[nodiscard]] HostKey host_key() const override;
  [[nodiscard]] std::vector<std::string> supported(AlgorithmKind kind) const override;
  [[nodiscard]] std::vector<std::string> offered(AlgorithmKind kind) const override;
  [[nodiscard]] std::string server_banner() const override;
  [[nodiscard]] std::optional<std::vector<std::string>> login_methods(const std::string& user) override;
  [[nodiscard]] bool log_in(const std::string& user, const PrivateKey& key) override;
  [[nodiscard]] bool log_in(const std::string& user, const std::string& public_blob, const Signer& sign) override;

  [[nodiscard]] std::unique_ptr<EngineChannel> open() override;
  [[nodiscard]] bool exec(EngineChannel& channel, std::string_view command) override;
  [[nodiscard]] std::optional<std::size_t> read(EngineChannel& channel, SshStream stream,
                                                std::span<char> buffer) override;
  [[nodiscard]] std::optional<std::size_t> write(EngineChannel& channel, std::string_view bytes) override;
  [[nodiscard]] bool send_end(EngineChannel& channel) override;
  [[nodiscard]] std::optional<ExitStatus> exit_status(const EngineChannel& channel) const override;
  [[nodiscard]] bool closed(EngineChannel& channel) override;
  [[nodiscard]] bool close(EngineChannel& channel) override;
  void disconnect() override;

 private:
  struct Signing {
    Libssh2Engine& engine;
    const Signer& sign;
    std::exception_ptr error{};
  };

  static Libssh2Engine& self(void** abstract) { return *static_cast<Libssh2Engine*>(*abstract); }
  static void* on_allocate(std::size_t size, void** abstract) { return self(abstract).memory_.allocate(size); }
  static void on_release(void* block, void** abstract) { self(abstract).memory_.release(block); }
  static void* on_reallocate(void* block, std::size_t size, void** abstract) {
    return self(abstract).memory_.reallocate(block, size);
  }
  static ssize_t on_send(libssh2_socket_t, const void* bytes, std::size_t size, int, void** abstract);
  static ssize_t on_receive(libssh2_socket_t, void* bytes, std::size_t size, int, void** abstract);
  static void on_disconnect(LIBSSH2_SESSION*, int reason, const char* message, int message_size, const char* language,
                            int language_size, void** abstract);
  static int on_sign(LIBSSH2_SESSION*, unsigned char** signature, std::size_t* signature_size,
                     const unsigned char* data, std::size_t data_size, void** abstract);

  /// \return whether the step is done; false: wants input.
  bool step(const char* doing, long result) const;
  [[nodiscard]] bool wants_input(long result) const noexcept { return result == LIBSSH2_ERROR_EAGAIN; }
  [[nodiscard]] bool wants_input(const void* made) const noexcept {
    return !made && wants_input(libssh2_session_last_errno(session_));
  }
  /// Calls until there is an answer, or libssh2 has seen all input: with a cipher that needs whole packets
  /// (chacha20-poly1305, since 1.11) it asks for more in the midst of what it has, and counts on poll(2) to come back.
  template <class Call>
  auto with_all_input(Call call) const {
    for (;;) {
      const std::size_t before = unread();
      const auto result = call();
      if (!wants_input(result) || unread() == 0 || unread() == before) return result;
    }
  }
  [[noreturn]] void fail(const char* doing, int code) const;

  Libssh2Memory memory_;
  std::string in_;
  std::size_t in_read_ = 0;
  std::string out_;
  std::string beginning_;  // what the server sent first, for messages
  std::string goodbye_;    // what the server said when it hung up
  bool ended_ = false;
  bool greeted_ = false;   // the handshake is over
  bool asked_with_key_ = false;  // a login with a key is under way
  LIBSSH2_SESSION* session_;
};

Libssh2Engine::Libssh2Engine() {
  initialize_library();
  session_ = libssh2_session_init_ex(&on_allocate, &on_release, &on_reallocate, this);
  if (!session_) throw std::bad_alloc();
  libssh2_session_set_blocking(session_, 0);
#if LIBSSH2_VERSION_NUM >= 0x010b01
  libssh2_session_callback_set2(session_, LIBSSH2_CALLBACK_DISCONNECT,
                                reinterpret_cast<libssh2_cb_generic*>(&on_disconnect));
  libssh2_session_callback_set2(session_, LIBSSH2_CALLBACK_SEND, reinterpret_cast<libssh2_cb_generic*>(&on_send));
  libssh2_session_callback_set2(session_, LIBSSH2_CALLBACK_RECV, reinterpret_cast<libssh2_cb_generic*>(&on_receive));
#else
  libssh2_session_callback_set(session_, LIBSSH2_CALLBACK_DISCONNECT, reinterpret_cast<void*>(&on_disconnect));
  libssh2_session_callback_set(session_, LIBSSH2_CALLBACK_SEND, reinterpret_cast<void*>(&on_send));
  libssh2_session_callback_set(session_, LIBSSH2_CALLBACK_RECV, reinterpret_cast<void*>(&on_receive));
#endif
}

Libssh2Engine::~Libssh2Engine() {
  // With its input at an end nothing in there waits for an answer any more.
  in_.clear();
  in_read_ = 0;
  ended_ = true;
  while (libssh2_session_free(session_) == LIBSSH2_ERROR_EAGAIN) {
  }
}

void Libssh2Engine::receive(std::span<const char> bytes) {
  if (in_read_ == in_.size()) {
    in_.clear();
    in_read_ = 0;
  }
  in_.append(bytes.data(), bytes.size());
  if (!greeted_ && beginning_.size() < kKeepOfBeginning) beginning_.append(bytes.data(), bytes.size());
}

ssize_t Libssh2Engine::on_send(libssh2_socket_t, const void* bytes, std::size_t size, int, void** abstract) {
  Libssh2Engine& engine = self(abstract);
  if (engine.ended_) return -EPIPE;
  // Never "would block": a packet that was sent by half would bind us to repeat this very call.
  engine.out_.append(static_cast<const char*>(bytes), size);
  return static_cast<ssize_t>(size);
}

ssize_t Libssh2Engine::on_receive(libssh2_socket_t, void* bytes, std::size_t size, int, void** abstract) {
  Libssh2Engine& engine = self(abstract);
  const std::size_t count = std::min(size, engine.unread());
  if (count == 0) return engine.ended_ ? 0 : -EAGAIN;
  std::memcpy(bytes, engine.in_.data() + engine.in_read_, count);
  engine.in_read_ += count;
  return static_cast<ssize_t>(count);
}

void Libssh2Engine::on_disconnect(LIBSSH2_SESSION*, int, const char* message, int message_size, const char*, int,
                                  void** abstract) {
  Libssh2Engine& engine = self(abstract);
  engine.goodbye_.assign(message, static_cast<std::size_t>(std::max(0, message_size)));
}

bool Libssh2Engine::step(const char* doing, long result) const {
  if (result >= 0) return true;
  if (result == LIBSSH2_ERROR_EAGAIN) return false;
  fail(doing, static_cast<int>(result));
}

void Libssh2Engine::fail(const char* doing, int code) const {
  char* text = nullptr;
  libssh2_session_last_error(session_, &text, nullptr, 0);
  const std::string why = text && *text ? text : "libssh2 error " + std::to_string(code);
  EngineFailure failure = ended_ && unread() == 0 ? EngineFailure::Lost : failure_of(code);
  if (!goodbye_.empty()) throw EngineError(EngineFailure::Lost, "the server says '" + goodbye_ + "'");
  // The callback that signs has the same code as a refusal, and another text.
  if (failure == EngineFailure::LoginRefused && why.find("allback") != std::string::npos) {
    failure = EngineFailure::BadKey;
  }
  throw EngineError(failure, std::string(doing) + ": " + why);
}

void Libssh2Engine::prefer_host_keys(const std::vector<std::string>& types) {
  std::string list;
  for (const std::string& type : types) list += (list.empty() ? "" : ",") + type;
  static_cast<void>(step("choosing host keys", libssh2_session_method_pref(session_, LIBSSH2_METHOD_HOSTKEY,
                                                                          list.c_str())));
}

bool Libssh2Engine::handshake() {
  greeted_ = step("handshake", with_all_input([&] { return libssh2_session_handshake(session_, kNoSocket); }));
  return greeted_;
}

HostKey Libssh2Engine::host_key() const {
  std::size_t size = 0;
  int type = 0;
  const char* blob = libssh2_session_hostkey(session_, &size, &type);
  const char* hash = libssh2_hostkey_hash(session_, LIBSSH2_HOSTKEY_HASH_SHA256);
  if (!blob || !hash) throw EngineError(EngineFailure::KeyExchange, "the server showed no host key");
  HostKey key;
  key.blob.assign(blob, size);
  key.type = WireReader(key.blob).string();
  std::string encoded = encode_base64(std::string_view(hash, 32));
  encoded.erase(encoded.find('='));
  key.fingerprint = "SHA256:" + encoded;
  return key;
}

std::vector<std::string> Libssh2Engine::supported(AlgorithmKind kind) const {
  const char** names = nullptr;
  const int count = libssh2_session_supported_algs(session_, method_of(kind), &names);
  std::vector<std::string> list;
  for (int i = 0; i < count; ++i) list.emplace_back(names[i]);
  if (names) libssh2_free(session_, names);
  return list;
}

std::vector<std::string> Libssh2Engine::offered(AlgorithmKind kind) const {
  const std::optional<ServerOffer> offer = parse_server_offer(beginning_);
  if (!offer) return {};
  switch (kind) {
    case AlgorithmKind::KeyExchange: return offer->key_exchange;
    case AlgorithmKind::HostKey: return offer->host_keys;
    case AlgorithmKind::Cipher: return offer->ciphers;
    case AlgorithmKind::Mac: return offer->macs;
  }
  return {};
}

std::string Libssh2Engine::server_banner() const {
  const std::string_view first(beginning_);
  std::size_t begin = first.find("SSH-");
  if (begin == std::string_view::npos) begin = 0;
  return std::string(first.substr(begin, first.find_first_of("\r\n", begin) - begin));
}

std::optional<std::vector<std::string>> Libssh2Engine::login_methods(const std::string& user) {
  const char* list = with_all_input(
      [&] { return libssh2_userauth_list(session_, user.data(), static_cast<unsigned>(user.size())); });
  if (!list) {
    if (libssh2_userauth_authenticated(session_)) return std::vector<std::string>();
    if (!step("login", libssh2_session_last_errno(session_))) return std::nullopt;
    throw EngineError(EngineFailure::Protocol, "login: the server names no method");
  }
  std::vector<std::string> methods;
  std::string_view rest(list);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    methods.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return methods;
}

bool Libssh2Engine::log_in(const std::string& user, const PrivateKey& key) {
  const char* public_line = key.public_line.empty() ? nullptr : key.public_line.data();
  memory_.set_signing(true);
  // Never a null passphrase: libssh2 takes its length once the key turns out to be encrypted.
  const int result = with_all_input([&] {
    return libssh2_userauth_publickey_frommemory(session_, user.data(), user.size(), public_line, key.public_line.size(),
                                                 key.text.data(), key.text.size(), key.passphrase.c_str());
  });
  memory_.set_signing(false);
  // The key is parsed first, and what goes wrong there has codes of all sorts.
  const bool parsing = !asked_with_key_;
  asked_with_key_ = result == LIBSSH2_ERROR_EAGAIN;
  try {
    return step("login", result);
  } catch (const EngineError& error) {
    if (!parsing || ended_) throw;
    throw EngineError(EngineFailure::BadKey, error.what());
  }
}

int Libssh2Engine::on_sign(LIBSSH2_SESSION*, unsigned char** signature, std::size_t* signature_size,
                           const unsigned char* data, std::size_t data_size, void** abstract) {
  auto& signing = *static_cast<Signing*>(*abstract);
  try {
    const std::optional<std::string> made = signing.sign(std::string_view(reinterpret_cast<const char*>(data), data_size));
    if (!made) return LIBSSH2_ERROR_EAGAIN;
    void* copy = signing.engine.memory_.allocate(made->size());
    if (!copy) return LIBSSH2_ERROR_ALLOC;
    std::memcpy(copy, made->data(), made->size());
    *signature = static_cast<unsigned char*>(copy);
    *signature_size = made->size();
    return 0;
  } catch (...) {
    signing.error = std::current_exception();
    return -1;
  }
}

bool Libssh2Engine::log_in(const std::string& user, const std::string& public_blob, const Signer& sign) {
  Signing signing{*this, sign};
  void* abstract = &signing;
  const int result = with_all_input([&] {
    return libssh2_userauth_publickey(session_, user.c_str(), reinterpret_cast<const unsigned char*>(public_blob.data()),
                                      public_blob.size(), &on_sign, &abstract);
  });
  if (signing.error) std::rethrow_exception(signing.error);
  return step("login", result);
}

std::unique_ptr<EngineChannel> Libssh2Engine::open() {
  memory_.forget_last_opened();
  LIBSSH2_CHANNEL* raw = with_all_input(
      [&] { return libssh2_channel_open_ex(session_, "session", 7, kWindow, kPacket, nullptr, 0); });
  if (!raw) {
    if (step("opening a channel", libssh2_session_last_errno(session_))) {
      throw EngineError(EngineFailure::Protocol, "opening a channel: no channel and no reason");
    }
    return nullptr;
  }
  auto channel = std::make_unique<Libssh2Channel>();
  channel->raw = raw;
  channel->number = memory_.last_opened();
  if (channel->number) memory_.forget(*channel->number);
  return channel;
}

bool Libssh2Engine::exec(EngineChannel& channel, std::string_view command) {
  return step("starting a command", with_all_input([&] {
                return libssh2_channel_process_startup(raw_of(channel), "exec", 4, command.data(),
                                                       static_cast<unsigned>(command.size()));
              }));
}

std::optional<std::size_t> Libssh2Engine::read(EngineChannel& channel, SshStream stream, std::span<char> buffer) {
  const int id = stream == SshStream::Errors ? SSH_EXTENDED_DATA_STDERR : 0;
  const ssize_t count =
      with_all_input([&] { return libssh2_channel_read_ex(raw_of(channel), id, buffer.data(), buffer.size()); });
  if (!step("reading from a channel", count)) return std::nullopt;
  // 0 is also "nothing for this stream": the end is when nothing is left for either.
  if (count == 0 && !libssh2_channel_eof(raw_of(channel))) return std::nullopt;
  return static_cast<std::size_t>(count);
}

std::optional<std::size_t> Libssh2Engine::write(EngineChannel& channel, std::string_view bytes) {
  const ssize_t count =
      with_all_input([&] { return libssh2_channel_write_ex(raw_of(channel), 0, bytes.data(), bytes.size()); });
  // 0: the window is full, and there was input to read first.
  if (count == 0 || !step("writing to a channel", count)) return std::nullopt;
  return static_cast<std::size_t>(count);
}

bool Libssh2Engine::send_end(EngineChannel& channel) {
  return step("ending the input of a command", with_all_input([&] { return libssh2_channel_send_eof(raw_of(channel)); }));
}

std::optional<ExitStatus> Libssh2Engine::exit_status(const EngineChannel& channel) const {
  const auto& ours = static_cast<const Libssh2Channel&>(channel);
  if (ours.number) return memory_.exit_status(*ours.number);
  const int code = libssh2_channel_get_exit_status(ours.raw);
  if (code != 0 || ours.closed) return Exited{code};
  return std::nullopt;
}

bool Libssh2Engine::closed(EngineChannel& channel) {
  auto& ours = static_cast<Libssh2Channel&>(channel);
  if (!libssh2_channel_eof(ours.raw)) return false;
  ours.closed = step("waiting for a channel to close",
                     with_all_input([&] { return libssh2_channel_wait_closed(ours.raw); }));
  return ours.closed;
}

bool Libssh2Engine::close(EngineChannel& channel) {
  auto& ours = static_cast<Libssh2Channel&>(channel);
  if (!step("closing a channel", with_all_input([&] { return libssh2_channel_close(ours.raw); }))) return false;
  if (!step("closing a channel", with_all_input([&] { return libssh2_channel_free(ours.raw); }))) return false;
  if (ours.number) memory_.forget(*ours.number);
  ours.raw = nullptr;
  return true;
}

void Libssh2Engine::disconnect() {
  libssh2_session_disconnect_ex(session_, SSH_DISCONNECT_BY_APPLICATION, "done", "");
}

}  // namespace

std::unique_ptr<SshEngine> make_libssh2_engine() { return std::make_unique<Libssh2Engine>(); }

bool hashed_name_matches(const std::string& hashed, const std::string& host) {
  initialize_library();
  // Any key will do: it is the name that is compared, and what is put in is what is looked for.
  const std::string key = "AAAAC3NzaC1lZDI1NTE5AAAA";
  const std::string line = hashed + " ssh-ed25519 " + key;
  LIBSSH2_SESSION* session = libssh2_session_init();
  if (!session) throw std::bad_alloc();
  LIBSSH2_KNOWNHOSTS* known = libssh2_knownhost_init(session);
  bool matches = false;
  if (known && libssh2_knownhost_readline(known, line.data(), line.size(), LIBSSH2_KNOWNHOST_FILE_OPENSSH) == 0) {
    const int result = libssh2_knownhost_check(
        known, host.c_str(), key.data(), key.size(),
        LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_BASE64 | LIBSSH2_KNOWNHOST_KEY_ED25519, nullptr);
    matches = result == LIBSSH2_KNOWNHOST_CHECK_MATCH;
  }
  if (known) libssh2_knownhost_free(known);
  libssh2_session_free(session);
  return matches;
}

std::string engine_version() { return std::string("libssh2 ") + libssh2_version(0); }

}  // namespace orchestrator
