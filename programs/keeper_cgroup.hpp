#pragma once

namespace orchestrator {

/// The cgroup that the keeper makes for its command, where it may: no kernel lets a process out of it that
/// may not write there, and one write kills all.
class CommandCgroup {
 public:
  /// \param place a directory of cgroup v2, or -1.
  CommandCgroup(int place, const char* name) noexcept;

  /// The directory; -1: none.
  [[nodiscard]] int directory() const noexcept { return directory_; }
  void kill_all() const noexcept;
  /// With all that was made below. Nobody may be in it any more.
  void remove() noexcept;

 private:
  int place_;
  const char* name_;
  int directory_ = -1;
};

/// Puts this process into it.
void join_cgroup(int directory) noexcept;

}  // namespace orchestrator
