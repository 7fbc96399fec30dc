#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "orchestrator/error.hpp"
#include "orchestrator/process/command.hpp"
#include "orchestrator/process/process.hpp"
#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

/// Why a command could not be started. `Error::what` has the whole story.
enum class StartFailure : std::uint8_t {
  NotFound,          ///< no such program (ENOENT)
  NotExecutable,     ///< EACCES, ENOEXEC
  NoDirectory,       ///< the working directory cannot be entered
  TooLarge,          ///< E2BIG
  NoResources,       ///< EMFILE, ENFILE, EAGAIN, ENOMEM
  Unreachable,       ///< the host could not be reached, or the connection was lost
  LoginRefused,      ///< host key or user key
  NotPossible,       ///< anything else
};

class StartError : public Error {
 public:
  StartError(StartFailure failure, const std::string& message, std::string remedy = {})
      : Error(message, std::move(remedy)), failure_(failure) {}
  [[nodiscard]] StartFailure failure() const noexcept { return failure_; }

 private:
  StartFailure failure_;
};

/// Space on the file system that holds a path, in bytes and inodes.
struct DiskSpace {
  std::uint64_t total = 0;
  std::uint64_t available = 0;  ///< to the user who asks
  std::uint64_t total_inodes = 0;
  std::uint64_t available_inodes = 0;
};

/// What the processes of a command can escape, at best (decision 8).
enum class Guarantee : std::uint8_t {
  Complete,    ///< cgroup, session scope or subreaper: nothing gets away
  Cookie,      ///< found by its environment, whatever its session
  Group,       ///< the process group
  EndOfInput,  ///< ends when its input ends (rrsync)
};
[[nodiscard]] std::string_view to_string(Guarantee guarantee) noexcept;

struct HostFacts {
  std::string user;
  std::filesystem::path home;
  std::filesystem::path state_directory;  ///< ours, for this user
  std::string system;                     ///< uname -s: "Linux"
  std::string boot_id;                    ///< another one after each boot; empty where unknown
  Guarantee guarantee = Guarantee::Group;
};

/// Held while it lives; released by the kernel whatever happens to the holder.
class HostLock {
 public:
  HostLock() = default;
  virtual ~HostLock() = default;
  HostLock(const HostLock&) = delete;
  HostLock& operator=(const HostLock&) = delete;

  /// For those who hold it on after us (`Command::locks`); -1 where a lock has none here.
  [[nodiscard]] virtual int descriptor() const noexcept { return -1; }
};

/// A lock is held by somebody else.
class LockBusy : public Error {
 public:
  LockBusy(const std::string& name, std::string holder);
  [[nodiscard]] const std::string& holder() const noexcept { return holder_; }

 private:
  std::string holder_;
};

/// A host takes no locks: its key may only run rsync, say. The run goes on without this one.
class LockNotPossible : public Error {
 public:
  using Error::Error;
};

/// A machine on which commands run: this one, or one that is reached over SSH. Jobs do not know which.
///
/// Threads: the loop's thread only.
class Host {
 public:
  Host() = default;
  virtual ~Host() = default;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  /// Its name in [hosts]; empty for this machine.
  [[nodiscard]] virtual const std::string& name() const noexcept = 0;
  [[nodiscard]] bool is_local() const noexcept { return name().empty(); }

  /// Starts a command; for `with_process` and `run_process`, which see to its end.
  /// \throws StartError. Cancellation: when `Cancelled` leaves, nothing runs.
  [[nodiscard]] virtual awaitable<std::unique_ptr<Process>> start(Command command) = 0;

  /// Ends what is left of a command that somebody else started, or that was lost, by a ladder.
  /// Never by a recycled id: the group counts only when boot id and the start time of its leader match.
  /// A command of another boot is gone.
  /// \return what could not be seen to be gone within the bounds.
  /// Cancellation: what was signalled stays so; nobody knows whether it is gone.
  [[nodiscard]] virtual awaitable<std::vector<Leftover>> reap(ProcessTrace trace, StopLadder ladder) = 0;

  /// \throws Error when `path`, or the part of it that exists, cannot be examined.
  [[nodiscard]] virtual awaitable<DiskSpace> disk_space(std::string path) = 0;

  /// Takes the lock `name` of this host and user, without waiting; `holder` is shown to those who come too late.
  /// \throws LockBusy, LockNotPossible
  [[nodiscard]] virtual awaitable<std::unique_ptr<HostLock>> lock(std::string name, std::string holder) = 0;

  /// The same, shared with others who share it: it keeps out whoever wants it alone. Not every host has such locks.
  /// \throws LockBusy, LockNotPossible
  [[nodiscard]] virtual awaitable<std::unique_ptr<HostLock>> share_lock(std::string name, std::string holder);

  /// Whether a command whose PATH is `path` would find `program`, a name without "/". Starts nothing.
  /// \return none: only a command can tell.
  [[nodiscard]] virtual awaitable<std::optional<bool>> finds(std::string program, std::string path);

  /// Asked once, then remembered.
  [[nodiscard]] virtual awaitable<HostFacts> facts() = 0;
};

}  // namespace orchestrator
