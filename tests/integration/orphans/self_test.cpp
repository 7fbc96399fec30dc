#include "tests/integration/orphans/self_test.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>

#include <fmt/format.h>

#include "tests/integration/orphans/run_cell.hpp"

namespace orchestrator::test {

namespace fs = std::filesystem;

namespace {

struct Impostor {
  const char* name;
  const char* at_the_end;  ///< what it does when SIGINT comes, before it reports; $! is the actor
  const char* report;
  int code;
  const char* complaint;  ///< has to be among those of the cell; empty: there must be none
};

constexpr const char* kAllIsWell =
    R"({"type":"result","exit_code":130,"state":"cancelled","leftovers":[],"guarantees":{"":"complete"}})";

constexpr std::array kImpostors{
    Impostor{"honest", "kill -9 $!; wait $!", kAllIsWell, 130, ""},
    Impostor{"leaves the actor and denies it", ":", kAllIsWell, 130, "'nothing left' was reported while"},
    Impostor{"leaves the actor", ":", kAllIsWell, 130, "left behind: "},
    Impostor{"leaves what did not register", "kill -9 $!; wait $!; sleep 100 & :", kAllIsWell, 130,
             "left behind without being registered: "},
    Impostor{"says nothing", "kill -9 $!; wait $!", "", 130, "no report"},
    Impostor{"has another exit code", "kill -9 $!; wait $!", kAllIsWell, 1, "ended with 1 instead of 130"},
    Impostor{"names less than it should", "kill -9 $!; wait $!",
             R"({"type":"result","exit_code":130,"state":"cancelled","leftovers":[],"guarantees":{"":"group"}})", 130,
             "less than 'complete'"},
    Impostor{"says 130 with leftovers", "kill -9 $!; wait $!",
             R"({"type":"result","exit_code":130,"state":"cancelled","leftovers":[{"host":""}],"guarantees":{}})", 130,
             "with 1 leftovers"},
};

void write_program(const fs::path& file, const fs::path& actor, const Impostor& impostor) {
  std::ofstream(file) << fmt::format(
      "#!/bin/sh\n"
      "trap '{}; echo '\\''{}'\\''; exit {}' INT\n"
      "\"{}\" sleeps \"${{ORCHESTRATOR_CONFIG%/*}}/events/registry\" stay </dev/null >/dev/null 2>&1 &\n"
      "wait\n",
      impostor.at_the_end, impostor.report, impostor.code, actor.string());
  fs::permissions(file, fs::perms(0755));
}

}  // namespace

int run_self_test(const Premises& premises, const fs::path& folder) {
  int unnoticed = 0;
  for (std::size_t number = 0; number < kImpostors.size(); ++number) {
    const Impostor& impostor = kImpostors.at(number);
    const fs::path place = folder / fmt::format("impostor{}", number);
    fs::create_directories(place / "programs");
    fs::create_directories(place / "cell");
    Premises other = premises;
    other.programs = place / "programs";
    write_program(other.programs / "orchestratord", premises.actor, impostor);
    CellOptions options;
    options.bound = std::chrono::seconds(2);
    const CellResult result =
        run_cell(other, {Actor::Sleeps, Placement::Local, Ending::Sigint}, place / "cell", options);
    const auto fits = [&impostor](const std::string& complaint) {
      return complaint.find(impostor.complaint) != std::string::npos;
    };
    const bool wanted = *impostor.complaint != '\0';
    const bool noticed = wanted ? std::any_of(result.complaints.begin(), result.complaints.end(), fits)
                                : result.complaints.empty();
    if (noticed) continue;
    ++unnoticed;
    std::printf("'%s' was not noticed; the cell complained of:\n", impostor.name);
    for (const std::string& complaint : result.complaints) std::printf("    %s\n", complaint.c_str());
  }
  std::printf("%zu programs instead of orchestratord, %d not noticed\n", kImpostors.size(), unnoticed);
  return unnoticed;
}

}  // namespace orchestrator::test
