#pragma once
#include <map>
#include <string>
#include <vector>

#include "tests/ssh/ssh_fixture.hpp"

namespace orchestrator::test {

/// Commands that try to get away, each of which says "up" when it is there: by name, their scripts.
using Escapes = std::map<std::string, std::string>;

/// Starts escapes on a host, ends them in one way or another, and looks for what is left of them.
class EscapeFixture : public SshTest {
 protected:
  /// The shell that runs `script`, so that `alive` finds whatever it starts.
  [[nodiscard]] virtual Command command_for(const std::string& script) const = 0;
  [[nodiscard]] virtual std::vector<pid_t> alive() const = 0;

  /// Runs `script` until it is up, and stops it. \return what is said to be left.
  awaitable<std::vector<Leftover>> start_and_stop(SshHost& host, std::string script) {
    std::vector<Leftover> left;
    Command command = command_for(script);
    OnLeftovers on_left = [&left](std::vector<Leftover> found) { left = std::move(found); };
    auto body = [this](Process& process) -> awaitable<void> {
      char line[10];
      EXPECT_GT(co_await process.output().read_some(line), 0U);
      EXPECT_THAT(alive(), testing::Not(testing::IsEmpty()));
    };
    co_await with_process(host, std::move(command), std::move(on_left), std::move(body));
    co_return left;
  }

  /// Starts all the escapes, does `end`, and waits until nothing of them lives. \return what is said to be left.
  template <class End>
  std::vector<Leftover> swept_after(const Escapes& escapes, const HostSettings& settings, End end) {
    std::vector<Leftover> left;
    auto sweep = [&](SshHost& host) -> awaitable<void> {
      std::size_t up = 0;
      WaitQueue changed;
      auto body = [&](TaskGroup& group) -> awaitable<void> {
        for (const auto& [name, script] : escapes) {
          group.spawn(name, [&, text = script]() -> awaitable<void> {
            Command command = command_for(text);
            OnLeftovers on_left = [&left](std::vector<Leftover> found) { left.insert(left.end(), found.begin(), found.end()); };
            auto wait = [&](Process& process) -> awaitable<void> {
              char line[10];
              static_cast<void>(co_await process.output().read_some(line));
              ++up;
              changed.wake_all();
              while (up <= escapes.size()) co_await changed.wait("the end of all");
            };
            co_await with_process(host, std::move(command), std::move(on_left), std::move(wait));
          });
        }
        while (up < escapes.size()) co_await changed.wait("all to be up");
        end();
        // Nobody asks for it: the warden alone sees to it.
        while (!alive().empty()) co_await sleep_for(20ms);
        ++up;
        changed.wake_all();
      };
      co_await with_task_group(std::move(body));
    };
    run_on(settings, std::move(sweep), kPatience);
    return left;
  }

  /// Many processes, each for each shell: a few seconds, and ten times as many on a busy machine.
  static constexpr auto kPatience = 60s;
};

}  // namespace orchestrator::test
