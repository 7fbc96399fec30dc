#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace orchestrator::test {

/// A process that cannot be mistaken for another one: pids come again, these pairs do not.
struct Identity {
  pid_t pid = 0;
  std::uint64_t start_time = 0;  ///< field 22 of /proc/PID/stat

  friend auto operator<=>(const Identity&, const Identity&) = default;
};

/// Whether it runs: neither gone nor a zombie.
[[nodiscard]] bool is_alive(const Identity& identity);
/// "4711 (sleep) S: sleep 1000", or "4711: gone".
[[nodiscard]] std::string describe(const Identity& identity);
/// SIGKILL to exactly this process.
void end_process(const Identity& identity);
/// A descriptor that becomes readable when it is gone; -1 when it is gone.
[[nodiscard]] int watch_process(const Identity& identity);

/// Those that registered themselves in a file of "PID STARTTIME" lines.
[[nodiscard]] std::vector<Identity> registered(const std::filesystem::path& registry);

/// The processes that have `folder` in their command line or environment, or a file below it open; of this user, for
/// root all. Not this process, and no sshd.
[[nodiscard]] std::vector<Identity> that_belong_to(const std::string& folder);
/// Those of them that run the program `name`.
[[nodiscard]] std::vector<Identity> that_belong_to(const std::string& folder, const std::string& name);
/// Whether its environment, as the kernel shows it, has `text`.
[[nodiscard]] bool environment_has(const Identity& identity, const std::string& text);
/// Words of its command line, with a blank after each.
[[nodiscard]] std::string command_line(const Identity& identity);
/// The processes of sshd below `listener`, one or two for each connection.
[[nodiscard]] std::vector<Identity> sshd_sessions(pid_t listener);

[[nodiscard]] std::vector<Identity> alive_among(std::vector<Identity> some);

}  // namespace orchestrator::test
