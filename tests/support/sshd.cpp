#include "tests/support/sshd.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// libssh2 1.10 loses two numbers of each ECDSA key in OpenSSH's format; nothing of ours calls libcrypto.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libcrypto.so\n"; }

namespace orchestrator::test {

namespace fs = std::filesystem;

namespace {

std::vector<char*> argument_pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

constexpr uid_t kPlainUser = 60917;

std::string user_name() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry ? entry->pw_name : "root";
}

struct Entry {
  pid_t parent = 0;
  bool is_sshd = false;
};

/// What can be read of a file of a process that may end at any moment.
std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text;
  std::getline(in, text, '\x01');
  return text;
}

std::map<pid_t, Entry> all_processes() {
  std::map<pid_t, Entry> found;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream stat(entry.path() / "stat");
    std::string line;
    std::getline(stat, line);
    const std::size_t end = line.rfind(") ");
    if (end == std::string::npos) continue;
    found[std::stoi(name)] = Entry{std::stoi(line.substr(end + 4)), line.find("(sshd") != std::string::npos};
  }
  return found;
}

/// The sshd processes that descend from `root`.
std::vector<pid_t> processes_below(pid_t root) {
  const std::map<pid_t, Entry> all = all_processes();
  std::vector<pid_t> found;
  for (const auto& [pid, entry] : all) {
    pid_t at = entry.parent;
    while (at > 1 && at != root) {
      const auto parent = all.find(at);
      at = parent == all.end() ? 0 : parent->second.parent;
    }
    if (entry.is_sshd && at == root) found.push_back(pid);
  }
  return found;
}

/// \return pid; `output` gets what the program writes to stdout and stderr.
pid_t spawn(const std::vector<std::string>& words, int output, bool own_group) {
  const std::vector<char*> arguments = argument_pointers(words);
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (own_group) ::setpgid(0, 0);
  const int null = ::open("/dev/null", O_RDWR);
  ::dup2(null, 0);
  ::dup2(output < 0 ? null : output, 1);
  ::dup2(output < 0 ? null : output, 2);
  ::close_range(3, ~0U, 0);
  ::execv(arguments.front(), arguments.data());
  ::_exit(127);
}

}  // namespace

std::string output_of(const std::vector<std::string>& words) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t pid = spawn(words, ends[1], false);
  ::close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (status != 0) throw std::runtime_error("'" + words.front() + "' failed: " + text);
  return text;
}

void run_program(const std::vector<std::string>& words) { static_cast<void>(output_of(words)); }

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (fd < 0 || ::bind(fd, raw, size) != 0 || ::getsockname(fd, raw, &size) != 0) throw std::runtime_error("no free port");
  ::close(fd);
  return ntohs(address.sin_port);
}

bool has_ipv6_loopback() {
  const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const bool there = fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  if (fd >= 0) ::close(fd);
  return there;
}

fs::path sshd_program() {
  for (const char* path : {"/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"}) {
    if (fs::exists(path)) return path;
  }
  return {};
}

/// Since 9.8 sshd punishes addresses from which logins fail or break off, as tests let them.
bool knows_penalties() {
  try {
    run_program({sshd_program(), "-t", "-f", "/dev/null", "-h", "/dev/null", "-o", "PerSourcePenalties=no"});
  } catch (const std::runtime_error& error) {
    return std::string(error.what()).find("PerSourcePenalties") == std::string::npos;
  }
  return true;
}

Sshd::Sshd(SshdOptions options) : plain_user_(options.plain_user), has_sudoers_(!options.sudoers.empty()) {
  if (has_sudoers_) {
    std::ofstream(directory() / "sudoers") << options.sudoers;
    fs::permissions(directory() / "sudoers", fs::perms(0440));
  }
  if (plain_user_) {
    fs::permissions(directory(), fs::perms(0755));
    fs::create_directory(directory() / "home");
    if (::chown((directory() / "home").c_str(), kPlainUser, kPlainUser) != 0) throw std::runtime_error("cannot give a home away");
    std::ofstream(directory() / "passwd") << read_file("/etc/passwd") << "plain:*:" << kPlainUser << ":" << kPlainUser
                                          << "::" << (directory() / "home").string() << ":/bin/sh\n";
  }
  for (const std::string& type : options.host_keys) {
    run_program({"/usr/bin/ssh-keygen", "-q", "-t", type, "-N", "", "-f", host_key(type)});
  }
  static_cast<void>(add_client_key("client", {"-t", "ed25519", "-N", ""}));
  // sshd wants it when it runs as root; it is gone after each boot until the first start of ssh.service.
  if (::getuid() == 0) fs::create_directories("/run/sshd");
  for (int attempt = 0; pid_ < 0; ++attempt) {
    port_ = free_port();
    write_config(options);
    write_known_hosts(options);
    start();
    if (pid_ < 0 && attempt == 5) throw std::runtime_error("sshd does not start:\n" + log());
  }
}

Sshd::~Sshd() {
  kill();
  await_wardens();
}

void Sshd::await_wardens() const {
  // They end by themselves, a little later than their connection; in a test that is a subreaper they end as its children.
  const std::string served = " " + std::to_string(port_) + '\0';
  for (const auto& [pid, entry] : all_processes()) {
    const fs::path folder = fs::path("/proc") / std::to_string(pid);
    if (text_of(folder / "cmdline").find("n=${IFS#??}") == std::string::npos) continue;
    if (text_of(folder / "environ").find(served) == std::string::npos) continue;
    const pid_t group = ::getpgid(pid);
    const int end = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    pollfd watched{end, POLLIN, 0};
    if (end >= 0) ::poll(&watched, 1, 5000);
    if (end >= 0) ::close(end);
    while (group > 1 && ::waitpid(-group, nullptr, 0) > 0) {
    }
  }
}

fs::path Sshd::host_key(const std::string& type) const { return directory() / ("host_" + type); }

fs::path Sshd::add_client_key(const std::string& name, std::vector<std::string> options) {
  const fs::path file = directory() / name;
  std::vector<std::string> words{"/usr/bin/ssh-keygen", "-q", "-f", file, "-C", name};
  words.insert(words.end(), options.begin(), options.end());
  run_program(words);
  authorize(file);
  return file;
}

void Sshd::authorize(const fs::path& key, const std::string& prefix) {
  std::ofstream list(directory() / "authorized_keys", std::ios::app);
  list << prefix << (prefix.empty() ? "" : " ") << read_file(key.string() + ".pub");
}

std::string Sshd::fingerprint(const fs::path& key) const {
  const std::string line = output_of({"/usr/bin/ssh-keygen", "-lf", key});
  const std::size_t begin = line.find("SHA256:");
  return line.substr(begin, line.find(' ', begin) - begin);
}

void Sshd::write_config(const SshdOptions& options) {
  std::ofstream config(directory() / "sshd_config");
  for (const std::string& line : options.lines) config << line << "\n";
  config << "Port " << port_ << "\nListenAddress 127.0.0.1\n";
  if (options.listen_v6) config << "ListenAddress ::1\n";
  for (const std::string& type : options.host_keys) config << "HostKey " << host_key(type).string() << "\n";
  config << "AuthorizedKeysFile " << (directory() / "authorized_keys").string() << "\n";
  config << "PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
            "PermitRootLogin yes\nPrintMotd no\nLogLevel VERBOSE\nMaxStartups 100\n";
  static const bool penalties = knows_penalties();
  if (penalties) config << "PerSourcePenalties no\n";
  // bash reads ~/.bashrc for each command of ssh unless it believes to be inside another shell: that may take long.
  config << "SetEnv SHLVL=2" << (options.environment.empty() ? "" : " ") << options.environment << "\n";
  if (!options.shell.empty()) config << "ForceCommand exec " << options.shell << " -c \"$SSH_ORIGINAL_COMMAND\"\n";
}

void Sshd::write_known_hosts(const SshdOptions& options) {
  std::ofstream known(directory() / "known_hosts");
  for (const std::string& type : options.host_keys) {
    std::string key = read_file(host_key(type).string() + ".pub");
    for (const char* address : {"127.0.0.1", "::1", "localhost"}) {
      known << "[" << address << "]:" << port_ << " " << key;
    }
  }
}

void Sshd::start() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  std::vector<std::string> words{sshd_program(), "-D", "-e", "-f", directory() / "sshd_config"};
  if (plain_user_ || has_sudoers_) {
    // In a mount namespace of its own: nobody else sees the account or the rules, and nothing has to be put back.
    std::string script;
    if (plain_user_) script += "mount --bind " + (directory() / "passwd").string() + " /etc/passwd && ";
    if (has_sudoers_) script += "mount --bind " + (directory() / "sudoers").string() + " /etc/sudoers && ";
    script += "exec \"$@\"";
    words.insert(words.begin(), {"/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh"});
  }
  const std::size_t said_before = log().size();  // by one that was killed
  pid_ = spawn(words, ends[1], true);
  ::close(ends[1]);
  log_ended_ = false;
  reader_ = std::thread([this, fd = ends[0]] { read_log(fd); });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this, said_before] { return log_ended_ || log_.find("Server listening", said_before) != std::string::npos; });
  if (!log_ended_) return;
  lock.unlock();
  kill();
}

void Sshd::read_log(int fd) {
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(fd, buffer, sizeof buffer)) > 0;) {
    const std::lock_guard lock(mutex_);
    log_.append(buffer, static_cast<std::size_t>(count));
    changed_.notify_all();
  }
  ::close(fd);
  const std::lock_guard lock(mutex_);
  log_ended_ = true;
  changed_.notify_all();
}

std::string Sshd::log() {
  const std::lock_guard lock(mutex_);
  return log_;
}

void Sshd::signal_all(int number) const {
  if (pid_ <= 1) return;
  // Each connection has a session of its own, and no process group that we could name.
  for (const pid_t pid : processes_below(pid_)) ::kill(pid, number);
  ::kill(pid_, number);
}

void Sshd::signal_connections(int number) const {
  for (const pid_t pid : processes_below(pid_)) ::kill(pid, number);
}

void Sshd::kill() {
  if (pid_ > 1) {
    signal_all(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
  if (reader_.joinable()) reader_.join();
}

HostSettings Sshd::host() const {
  HostSettings settings;
  settings.name = "nas";
  settings.address = "127.0.0.1";
  settings.port = port_;
  settings.user = plain_user_ ? "plain" : user_name();
  settings.identity = directory() / "client";
  settings.known_hosts = directory() / "known_hosts";
  return settings;
}

}  // namespace orchestrator::test
