#pragma once
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

#include <boost/asio/io_context.hpp>

#include "jobs/private_folder.hpp"
#include "orchestrator/host.hpp"
#include "orchestrator/process/run_process.hpp"
#include "orchestrator/tasks/wait_queue.hpp"

namespace orchestrator {

/// What the other end of an rsync came to.
struct RemoteEnd {
  bool called = false;               ///< rsync asked for it
  std::string command;               ///< as it was sent
  std::optional<ExitStatus> status;  ///< none: it did not start, or not end by itself
  std::exception_ptr failure;        ///< why it could not be started
};

struct RemoteShellOptions {
  StopLadder stop;
  std::function<void(std::string_view)> on_error_line;
  OnLeftovers on_leftovers;
  std::string run_as{};              ///< whom rsync runs as; empty: us
  std::function<void()> on_bytes{};  ///< something has come through, in whatever direction
};

/// The way from an rsync on this machine to its other end on `host`: rsync starts `rsync_shell`,
/// which hands us rsync's streams, and they are joined to a command on the host (decision 28).
///
/// Listens as soon as it is made, on a socket in a private folder that goes when the bridge does. Whom rsync runs as may use it,
/// if he has the token.
class RemoteShellBridge {
 public:
  /// \throws Error
  RemoteShellBridge(asio::io_context& io, Host& host, RemoteShellOptions options);
  ~RemoteShellBridge();
  RemoteShellBridge(const RemoteShellBridge&) = delete;
  RemoteShellBridge& operator=(const RemoteShellBridge&) = delete;

  /// What rsync's environment needs.
  [[nodiscard]] std::map<std::string, std::string> environment() const;

  /// Serves one rsync to the end of its other end. What goes wrong over there is in `end()`.
  /// Cancellation: the command over there is ended first.
  [[nodiscard]] awaitable<void> serve();

  /// Waits until `serve` is through, or not needed because nobody has called.
  [[nodiscard]] awaitable<void> wait_served();

  [[nodiscard]] const RemoteEnd& end() const noexcept { return end_; }

 private:
  struct Caller;
  struct Listener;

  [[nodiscard]] awaitable<std::unique_ptr<Caller>> accept();
  [[nodiscard]] awaitable<bool> receive(Caller& caller);
  [[nodiscard]] awaitable<int> run_there(Caller& caller);
  [[nodiscard]] awaitable<void> join_streams(Caller& caller, Process& process);

  asio::io_context& io_;
  Host& host_;
  RemoteShellOptions options_;
  PrivateFolder folder_;
  std::string token_;
  std::unique_ptr<Listener> listener_;
  RemoteEnd end_;
  uid_t caller_uid_;
  bool serving_ = false;
  WaitQueue served_;
};

}  // namespace orchestrator
