#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/integration/orphans/account.hpp"
#include "tests/integration/orphans/matrix.hpp"
#include "tests/integration/orphans/proxy.hpp"
#include "tests/support/sshd.hpp"

namespace orchestrator::test {

/// What all cells of a program share.
struct Premises {
  std::filesystem::path actor;           ///< tests/actors/hostile.cpp, where everybody may run it
  std::filesystem::path programs;        ///< orchestratord and its helpers
  std::optional<PlainAccount> account{};  ///< missing: the user who runs the tests is the plain one
};

/// The place where one cell happens: a folder with configuration, state and outputs, and a host "nas" behind a proxy
/// where the cell needs one. `what` is written to its own files below the folder only.
class Room {
 public:
  Room(const Premises& premises, Cell cell, std::filesystem::path folder, std::size_t shell);
  ~Room();
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  [[nodiscard]] const Cell& cell() const noexcept { return cell_; }
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
  /// The outputs of the program and the registry of the actors: to be watched.
  [[nodiscard]] std::filesystem::path events() const { return folder_ / "events"; }
  [[nodiscard]] std::filesystem::path output() const { return events() / "output"; }
  [[nodiscard]] std::filesystem::path errors() const { return events() / "errors"; }
  [[nodiscard]] std::filesystem::path registry() const { return events() / "registry"; }

  /// The words and the environment of the program under test.
  [[nodiscard]] std::vector<std::string> words() const;
  [[nodiscard]] std::map<std::string, std::string> environment() const;
  /// Who it runs as; missing: the user who runs the tests.
  [[nodiscard]] std::optional<uid_t> user() const;

  /// Lines of the registry when everything of the actor is there.
  [[nodiscard]] std::size_t expected_registrations() const;
  /// The item beside the actor's fails.
  void fail_sibling();
  /// Nearly nothing is left on the disk with the run's state.
  void fill_disk() const;
  [[nodiscard]] Proxy* proxy() noexcept { return proxy_.get(); }
  [[nodiscard]] const Sshd* sshd() const noexcept { return sshd_.get(); }
  /// The same job, with a command that ends at once, over a network that works, with a machine that runs.
  void make_harmless();
  /// The end of the other machine: all that runs there is gone at once, and nobody hears of it.
  void cut_power();
  /// Files of locks that somebody holds.
  [[nodiscard]] std::vector<std::string> held_locks() const;

 private:
  void make_folders();
  void make_small_disk() const;
  void make_source() const;
  void give_away(const std::filesystem::path& path) const;
  [[nodiscard]] std::string sudoers() const;
  void make_sshd(std::size_t shell);
  void make_fifo(const std::filesystem::path& path, int& held);
  void write_config() const;
  [[nodiscard]] bool uses_phases() const;
  [[nodiscard]] std::filesystem::path identity() const;
  [[nodiscard]] std::string disk_lines() const;
  [[nodiscard]] std::string host_lines() const;
  [[nodiscard]] std::string job_lines() const;
  [[nodiscard]] std::string actor_lines() const;
  [[nodiscard]] std::string rsync_lines() const;
  [[nodiscard]] std::string words_of_actor() const;

  const Premises& premises_;
  Cell cell_;
  std::filesystem::path folder_;
  bool harmless_ = false;
  std::string user_;
  std::unique_ptr<Sshd> sshd_;
  std::unique_ptr<Proxy> proxy_;
  int stdin_fifo_ = -1;
  int sibling_fifo_ = -1;
};

/// The heartbeat of cells, and when a host that misses it counts as gone.
inline constexpr std::chrono::milliseconds kHeartbeat{500};
inline constexpr int kMisses = 6;
inline constexpr std::chrono::milliseconds kSilence = kHeartbeat * kMisses;
/// How long orchestratord tries to reach the host anew where that is not possible.
inline constexpr std::chrono::seconds kConnectLimit{6};

}  // namespace orchestrator::test
