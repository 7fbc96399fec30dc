#pragma once
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/process/process.hpp"

namespace orchestrator {

/// What a run knows of its commands, host by host: how many there are at the moment, what was left.
///
/// Threads: the loop's thread only.
class RunHosts {
 public:
  /// \param run_as whom commands on this machine run as; empty: us.
  explicit RunHosts(std::string run_id, std::string run_as = {});

  /// A command that is being started, runs, or is being stopped; counted while it lives.
  class Running {
   public:
    Running(RunHosts& hosts, const std::string& host) : count_(&hosts.running_[host]) { ++*count_; }
    Running(Running&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
    Running& operator=(Running&&) = delete;
    ~Running() { end(); }
    void end() noexcept {
      if (count_) --*std::exchange(count_, nullptr);
    }

   private:
    std::size_t* count_;
  };

  [[nodiscard]] const std::string& run_as() const noexcept { return run_as_; }

  /// The hosts that have any, with their number.
  [[nodiscard]] std::vector<std::pair<std::string, std::size_t>> running() const;
  /// Whether a command was ever started there.
  [[nodiscard]] bool used(const std::string& host) const { return started_.contains(host); }
  void started(const std::string& host) { started_.insert(host); }
  /// All of these.
  [[nodiscard]] std::vector<std::string> used_hosts() const;

  /// A command was started there that is known by nothing but its input and its exit status.
  void ends_with_input(const std::string& host) { end_of_input_.insert(host); }
  [[nodiscard]] bool has_end_of_input(const std::string& host) const { return end_of_input_.contains(host); }

  /// Numbers the commands of the run, from 1.
  [[nodiscard]] unsigned next_command() { return ++commands_; }

  /// What a command carries in its environment to be found by (decision 23): ORCHESTRATOR_RUN, the
  /// runs around this one kept, and ORCHESTRATOR_COMMAND.
  void add_cookie(unsigned number, std::map<std::string, std::string>& environment) const;

  /// Descriptors of the locks of this machine that the run holds; whoever ends a command of it holds them on.
  void holds(int lock) { locks_.insert(lock); }
  void lets_go(int lock) { locks_.erase(lock); }
  [[nodiscard]] std::vector<int> locks() const { return {locks_.begin(), locks_.end()}; }

  void unreachable(const std::string& host, const std::string& why) { unreachable_.emplace(host, why); }
  /// With the first error of each.
  [[nodiscard]] const std::map<std::string, std::string>& unreachable_hosts() const { return unreachable_; }

  /// The same process is told once.
  void left(const std::vector<Leftover>& leftovers);
  [[nodiscard]] const std::vector<Leftover>& leftovers() const { return leftovers_; }

 private:
  std::string run_id_;
  std::string run_as_;
  std::map<std::string, std::size_t> running_;
  std::set<std::string> started_;
  std::set<std::string> end_of_input_;
  std::set<int> locks_;
  std::map<std::string, std::string> unreachable_;
  std::vector<Leftover> leftovers_;
  unsigned commands_ = 0;
};

}  // namespace orchestrator
