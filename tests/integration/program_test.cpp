#include "tests/integration/program_test.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/stat.h>

#include "tests/support/paths.hpp"

namespace orchestrator::test {

namespace fs = std::filesystem;

namespace {

// How full the machine's own disks are matters to few tests.
constexpr const char* kAnyDisk =
    "\n[disk]\npreflight_minimum = \"0%\"\nwarning_threshold = \"0%\"\nruntime_minimum = \"0%\"\nstate_reserve = \"0B\"\n";

std::vector<std::string> describe_tree(const fs::path& top, bool with_times) {
  std::vector<std::string> lines;
  for (const auto& entry : fs::recursive_directory_iterator(top)) {
    struct stat status {};
    ::lstat(entry.path().c_str(), &status);
    std::string line = fmt::format("{} {:o}", fs::relative(entry.path(), top).string(), status.st_mode);
    if (with_times) line += fmt::format(" {}.{}", status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
    if (entry.is_regular_file()) line += " " + read_file(entry.path());
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace

ProgramTest::ProgramTest() {
  const char* path = std::getenv("PATH");
  environment_ = {
      {"PATH", path == nullptr ? "/usr/bin:/bin" : path},
      {"HOME", folder()},
      {"LANG", "C.UTF-8"},
      {"ORCHESTRATOR_CONFIG", folder() / "orchestrator.toml"},
      {"ORCHESTRATOR_STATE", folder() / "state"},
  };
}

ProgramTest::~ProgramTest() { EXPECT_THAT(processes_that_mention(folder()), testing::IsEmpty()); }

void ProgramTest::configure(const std::string& toml) const {
  const bool says_so = toml.find("[jobs.") == std::string::npos || toml.find("[disk]") != std::string::npos;
  directory_.write("orchestrator.toml", says_so ? toml : toml + kAnyDisk);
}

std::string ProgramTest::host_table(const HostSettings& host, const std::string& lines) {
  std::string table = fmt::format("[hosts.nas]\naddress = \"{}\"\nport = {}\nuser = \"{}\"\nknown_hosts = \"{}\"\n",
                                  host.address, host.port, host.user, host.known_hosts.string());
  if (host.identity) table += fmt::format("identity = \"{}\"\n", host.identity->string());
  return table + lines + "\n";
}

std::string ProgramTest::rsync_job(const std::string& target, const std::string& lines) const {
  return fmt::format("[jobs.srv]\ntype = \"rsync\"\nsource = \"{}/\"\ntarget = \"{}\"\n{}\n", source().string(), target,
                     lines);
}

void ProgramTest::make_source(unsigned files, std::size_t bytes_each) const {
  for (unsigned number = 0; number < files; ++number) {
    const std::string name = fmt::format("source/folder{}/file{}", number % 10, number);
    directory_.write(name, std::string(bytes_each, static_cast<char>('a' + number % 26)));
  }
}

ProgramOptions ProgramTest::options(std::vector<std::string> arguments) const {
  ProgramOptions options;
  options.words = {program("orchestratord")};
  options.words.insert(options.words.end(), arguments.begin(), arguments.end());
  options.environment = environment_;
  return options;
}

ProgramEnd ProgramTest::run(std::vector<std::string> arguments) const { return run(options(std::move(arguments))); }

ProgramEnd ProgramTest::run(const ProgramOptions& options) { return ProgramRun(options).wait(); }

std::vector<std::string> snapshot(const fs::path& top) { return describe_tree(top, true); }

std::vector<std::string> contents(const fs::path& top) { return describe_tree(top, false); }

std::string last_line(const std::string& text) {
  if (text.empty() || text.back() != '\n') return "";
  const std::size_t before = text.rfind('\n', text.size() - 2);
  return text.substr(before == std::string::npos ? 0 : before + 1);
}

}  // namespace orchestrator::test
