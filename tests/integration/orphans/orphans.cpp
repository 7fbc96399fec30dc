// The matrix of orphans: whatever ends a run, nothing that it started is left. See README.md beside this file.
#include <cstdio>
#include <exception>
#include <map>
#include <stdexcept>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/integration/orphans/cover.hpp"
#include "tests/integration/orphans/pool.hpp"
#include "tests/integration/orphans/promises.hpp"
#include "tests/integration/orphans/self_test.hpp"
#include "tests/support/capability.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHelp =
    "orphans pairwise [--shard N/M]   a cover of every two of actor, placement, ending and user\n"
    "orphans here                     those of them that need no other machine\n"
    "orphans full                     every cell that is possible\n"
    "orphans random COUNT             with random timing\n"
    "orphans cell CELL...             these: daemon/remote_user/sigint; with /as_user, orchestratord is a plain user's\n"
    "orphans list                     the pairwise cover; and, counted, what is impossible, and why\n"
    "orphans table [README]           what is guaranteed where; with a file: whether it has this table\n"
    "orphans self_test                whether a cell notices what is left, and lies\n"
    "  --at-once N   --seed N   --limit SECONDS\n";

struct Arguments {
  std::string action;
  std::vector<std::string> words;
  std::size_t shard = 1;
  std::size_t shards = 1;
  PoolOptions pool;
};

Arguments parse(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const std::string& word = words[at];
    const auto value = [&] { return words.at(++at); };
    if (word == "--at-once") {
      arguments.pool.at_once = std::stoul(value());
    } else if (word == "--seed") {
      arguments.pool.seed = std::stoull(value());
    } else if (word == "--limit") {
      arguments.pool.limit = std::chrono::seconds(std::stoul(value()));
    } else if (word == "--shard") {
      const std::string text = value();
      arguments.shard = std::stoul(text);
      arguments.shards = std::stoul(text.substr(text.find('/') + 1));
    } else if (arguments.action.empty()) {
      arguments.action = word;
    } else {
      arguments.words.push_back(word);
    }
  }
  return arguments;
}

std::vector<Cell> named_cells(const std::vector<std::string>& names) {
  std::vector<Cell> cells;
  for (const std::string& name : names) {
    const auto cell = parse_cell(name);
    if (!cell) throw std::invalid_argument("there is no cell '" + name + "'");
    const std::string reason = impossible_because(*cell);
    if (!reason.empty()) throw std::invalid_argument("'" + name + "' is impossible: " + reason);
    cells.push_back(*cell);
  }
  return cells;
}

std::vector<Cell> wanted_cells(const Arguments& arguments) {
  if (arguments.action == "full") return possible_cells();
  if (arguments.action == "random") return random_cells(std::stoul(arguments.words.at(0)), arguments.pool.seed);
  if (arguments.action == "cell") return named_cells(arguments.words);
  std::vector<Cell> all = pairwise_cover();
  if (arguments.action == "here") std::erase_if(all, [](const Cell& cell) { return is_remote(cell.placement); });
  std::vector<Cell> own;
  for (std::size_t at = arguments.shard - 1; at < all.size(); at += arguments.shards) own.push_back(all[at]);
  return own;
}

int list() {
  for (const Cell& cell : pairwise_cover()) std::printf("%s\n", to_string(cell).c_str());
  std::map<std::string, std::size_t> reasons;
  std::size_t impossible = 0;
  for (const Cell& cell : all_cells()) {
    const std::string reason = impossible_because(cell);
    if (reason.empty()) continue;
    ++reasons[reason];
    ++impossible;
  }
  std::printf("%zu cells, %zu of them possible, %zu in the pairwise cover; impossible:\n", all_cells().size(),
              possible_cells().size(), pairwise_cover().size());
  for (const auto& [reason, count] : reasons) std::printf("%6zu  %s\n", count, reason.c_str());
  return covers_all_pairs(pairwise_cover()) && impossible + possible_cells().size() == all_cells().size() ? 0 : 1;
}

int table(const std::vector<std::string>& words) {
  const std::string text = guarantee_table();
  if (words.empty()) {
    std::printf("%s", text.c_str());
    return 0;
  }
  if (read_file(words.front()).find(text) != std::string::npos) return 0;
  std::printf("'%s' does not have the table of the tests; it is:\n%s", words.front().c_str(), text.c_str());
  return 1;
}

// Without root there is one user, who is the plain one; sshd as root and disks are another matter, and have to be waived.
bool may_run(const Cell& cell) {
  if (is_sudo(cell.actor) && goes_without("sudo")) return false;
  const bool needs_root =
      cell.placement == Placement::RemoteRoot || cell.ending == Ending::DiskTrips || is_sudo(cell.actor);
  return ::getuid() == 0 || !needs_root || !goes_without("root");
}

// Where everybody may run them, wherever the build is.
void gather_programs(const fs::path& folder) {
  fs::create_directory(folder);
  std::vector<fs::path> all{actor("orphans_phases")};
  for (const auto& entry : fs::directory_iterator(program("orchestratord").parent_path())) {
    const bool runs = (entry.status().permissions() & fs::perms::owner_exec) != fs::perms::none;
    if (entry.is_regular_file() && runs) all.push_back(entry.path());
  }
  for (const fs::path& file : all) {
    fs::copy_file(file, folder / file.filename());
    fs::permissions(folder / file.filename(), fs::perms(0755));
  }
}

Premises make_premises(const fs::path& folder) {
  fs::permissions(folder, fs::perms(0711));
  Premises premises;
  premises.actor = folder / "hostile";
  premises.programs = folder / "programs";
  fs::copy_file(actor("hostile"), premises.actor);
  fs::permissions(premises.actor, fs::perms(0755));
  gather_programs(premises.programs);
  if (::getuid() == 0) premises.account = make_plain_account(folder);
  return premises;
}

int run(const Arguments& arguments) {
  if (::getuid() != 0 && !goes_without("root")) {
    std::printf("%s\n", lacks("root").c_str());
    return 1;
  }
  const TemporaryDirectory folder;
  const Premises premises = make_premises(folder.path());
  if (arguments.action == "self_test") return run_self_test(premises, folder.path()) == 0 ? 0 : 1;
  PoolOptions options = arguments.pool;
  options.random_timing = arguments.action == "random";
  std::vector<Cell> cells = wanted_cells(arguments);
  const std::size_t all = cells.size();
  std::erase_if(cells, [](const Cell& cell) { return !may_run(cell); });
  std::printf("%zu cells, seed %llu\n", cells.size(), static_cast<unsigned long long>(options.seed));
  const Tally tally = run_cells(premises, cells, options);
  std::printf(
      "%zu passed, %zu failed, %zu failed as known, %zu without root, %zu not begun within the limit; in %zu the escape that the table names "
      "took place; slowest end %.1f s; seed %llu\n",
      tally.passed, tally.failed, tally.known, all - cells.size(), tally.not_begun, tally.escaped,
      static_cast<double>(tally.slowest.count()) / 1000, static_cast<unsigned long long>(options.seed));
  return tally.failed == 0 ? 0 : 1;
}

int act(const std::vector<std::string>& words) {
  const Arguments arguments = parse(words);
  if (arguments.action == "list") return list();
  if (arguments.action == "table") return table(arguments.words);
  for (const char* action : {"pairwise", "here", "full", "random", "cell", "self_test"}) {
    if (arguments.action == action) return run(arguments);
  }
  std::fputs(kHelp, stderr);
  return 2;
}

}  // namespace
}  // namespace orchestrator::test

int main(int count, char** words) {
  try {
    return orchestrator::test::act(std::vector<std::string>(words + 1, words + count));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "orphans: %s\n", error.what());
    return 2;
  }
}
