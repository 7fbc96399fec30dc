#pragma once
#include <memory>
#include <string>

#include "orchestrator/config/settings.hpp"
#include "orchestrator/tasks/scope.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "ssh/connection.hpp"
#include "ssh/warden.hpp"

namespace orchestrator {

struct SshLinkOptions {
  PassphraseSource passphrase{};
  Duration idle_limit = std::chrono::seconds(60);  ///< then an unused connection is closed
};

/// The one connection of a host: made when it is first needed, shared by everybody, closed when nobody has used it for
/// a while. It is a task of the group that the link was made with, deaf to cancellation: what cleans up after a cancelled
/// run needs it still. `close` ends it.
class SshLink {
  struct Attempt;

 public:
  /// Keeps the connection from being closed as unused.
  class Use {
   public:
    explicit Use(std::shared_ptr<Attempt> attempt);
    ~Use();
    Use(Use&& other) noexcept = default;
    Use& operator=(Use&&) = delete;

    [[nodiscard]] SshConnection& connection() const noexcept;
    [[nodiscard]] SshWarden& warden() const noexcept;
    [[nodiscard]] SshSession& session() const noexcept { return *connection().session(); }

   private:
    std::shared_ptr<Attempt> attempt_;
  };

  SshLink(HostSettings host, TaskGroup& connections, SshLinkOptions options);
  ~SshLink();
  SshLink(const SshLink&) = delete;
  SshLink& operator=(const SshLink&) = delete;

  /// Connects if there is no connection, within the host's `connect_timeout`. Those who ask at the same time share one
  /// attempt; when the last of them is cancelled, so is the attempt.
  /// \throws StartError
  [[nodiscard]] awaitable<Use> use();

  /// There is a connection, as far as anybody knows.
  [[nodiscard]] bool connected() const noexcept;

  /// Closes the connection, used or not, and gives up an attempt. A later `use` connects again.
  void close();

 private:
  // The task of an attempt may outlive the link: it owns what it uses.
  struct Config {
    HostSettings host;
    SshLinkOptions options;
  };

  [[nodiscard]] std::shared_ptr<Attempt> begin();
  [[nodiscard]] static awaitable<void> run(std::shared_ptr<Attempt> attempt);
  [[nodiscard]] static awaitable<void> connect(std::shared_ptr<Attempt> attempt);
  [[nodiscard]] static awaitable<void> serve(std::shared_ptr<Attempt> attempt);
  [[nodiscard]] static awaitable<void> close_when_idle(std::shared_ptr<Attempt> attempt);

  std::shared_ptr<const Config> config_;
  TaskGroup& connections_;
  std::shared_ptr<Attempt> current_;
};

}  // namespace orchestrator
