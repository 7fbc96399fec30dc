#pragma once
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "orchestrator/config/settings.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {

struct SshdOptions {
  std::vector<std::string> host_keys{"ed25519"};  ///< types for ssh-keygen
  std::vector<std::string> lines{};               ///< of sshd_config, before ours: the first value counts
  bool listen_v6 = false;                         ///< on ::1 as well
  std::string shell{};                            ///< the login shell: "fish"; empty: the account's own
  std::string environment{};                      ///< of every command: "PATH=/x LANG=C"
  std::string sudoers{};                          ///< over there, in place of /etc/sudoers; needs root
  bool plain_user = false;                        ///< logs in a throw-away account that exists for this sshd alone; needs root
};

/// A real sshd on a loopback port, with keys of its own, for the user who runs the tests. Ends with the object.
class Sshd {
 public:
  explicit Sshd(SshdOptions options = SshdOptions());
  ~Sshd();
  Sshd(const Sshd&) = delete;
  Sshd& operator=(const Sshd&) = delete;

  /// A host "nas" that can log in: identity and known_hosts are right.
  [[nodiscard]] HostSettings host() const;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_.path(); }
  [[nodiscard]] std::filesystem::path host_key(const std::string& type) const;
  /// "SHA256:…" of a key file.
  [[nodiscard]] std::string fingerprint(const std::filesystem::path& key) const;
  /// A new client key that may log in; options as ssh-keygen has them.
  std::filesystem::path add_client_key(const std::string& name, std::vector<std::string> options);
  /// Lets the public half of `key` in, with a prefix of options for authorized_keys.
  void authorize(const std::filesystem::path& key, const std::string& prefix = {});

  [[nodiscard]] std::string log();
  /// The process that listens.
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// The listening process and those of each connection; not what runs over there.
  void signal_all(int number) const;
  /// Those of the connections alone.
  void signal_connections(int number) const;
  void kill();
  /// Once more, after `kill`.
  void start();

 private:
  void await_wardens() const;
  void read_log(int fd);
  void write_config(const SshdOptions& options);
  void write_known_hosts(const SshdOptions& options);

  TemporaryDirectory directory_;
  bool plain_user_ = false;
  bool has_sudoers_ = false;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string log_;
  bool log_ended_ = false;
  std::thread reader_;
};

/// Runs a program to its end, its output thrown away. \throws std::runtime_error when it fails.
void run_program(const std::vector<std::string>& words);

/// The same, giving its output.
[[nodiscard]] std::string output_of(const std::vector<std::string>& words);

/// A port on 127.0.0.1 and ::1 that nobody listens on just now.
[[nodiscard]] std::uint16_t free_port();

/// Whether ::1 is there.
[[nodiscard]] bool has_ipv6_loopback();

/// Where sshd is on this machine; empty when it is not.
[[nodiscard]] std::filesystem::path sshd_program();

}  // namespace orchestrator::test
