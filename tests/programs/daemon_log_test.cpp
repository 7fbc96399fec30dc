#include "programs/daemon_log.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>

#include "orchestrator/process/descriptor.hpp"
#include "tests/support/environment_variable.hpp"
#include "tests/support/program_run.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// stderr of this process, as the service manager names it.
std::string stderr_as_journal() {
  struct stat status {};
  ::fstat(STDERR_FILENO, &status);
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

// A socket where the journal's would be.
class JournalSocket {
 public:
  explicit JournalSocket(const std::filesystem::path& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  // What has been sent before.
  [[nodiscard]] std::string next() const {
    std::string record(65536, '\0');
    const ssize_t size = ::recv(socket_.get(), record.data(), record.size(), MSG_DONTWAIT);
    record.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return record;
  }

 private:
  Descriptor socket_;
};

LogLine line_of(std::string_view item, std::string_view host, std::string_view text) {
  return {LogLevel::Info, item, host, text};
}

TEST(DaemonLog, TellsTheJournalThePhaseItemAndHostOfEachLine) {
  const TemporaryDirectory directory;
  const JournalSocket journal(directory.path() / "socket");
  const EnvironmentVariable stream("JOURNAL_STREAM", stderr_as_journal());
  OutputQueue queue;
  DaemonLog log(queue, std::nullopt, directory.path() / "socket");
  const auto run = log.follower("0123", "srv");

  run->log_line(line_of("", "", "waits"));
  EXPECT_THAT(journal.next(), AllOf(HasSubstr("ORCHESTRATOR_RUN=0123\nORCHESTRATOR_JOB=srv\n"), Not(HasSubstr("ORCHESTRATOR_PHASE"))));
  run->state_changed(RunState::Validating);
  run->log_line(line_of("", "", "looks"));
  EXPECT_THAT(journal.next(), AllOf(HasSubstr("ORCHESTRATOR_PHASE=validate\n"), Not(HasSubstr("ORCHESTRATOR_ITEM"))));
  run->state_changed(RunState::Syncing);
  run->state_changed(RunState::Cancelling);
  run->log_line(line_of("", "", "stops"));
  EXPECT_THAT(journal.next(), HasSubstr("ORCHESTRATOR_PHASE=sync\n"));
  run->item_began("a", Phase::PostSync);
  run->log_line(line_of("a", "nas", "renames"));
  EXPECT_THAT(journal.next(), HasSubstr("ORCHESTRATOR_PHASE=post_sync\nORCHESTRATOR_ITEM=a\nORCHESTRATOR_HOST=nas\n"));
  run->item_ended("a", Phase::PostSync, ItemEnd::Succeeded);
  run->log_line(line_of("a", "", "is done"));
  EXPECT_THAT(journal.next(), HasSubstr("ORCHESTRATOR_PHASE=sync\nORCHESTRATOR_ITEM=a\n"));
  RunError error;
  error.phase = Phase::PreSync;
  error.message = "no room";
  run->failed(error);
  EXPECT_THAT(journal.next(), AllOf(HasSubstr("PRIORITY=3\n"), HasSubstr("ORCHESTRATOR_PHASE=pre_sync\n")));
}

std::vector<nlohmann::json> lines_of(const std::filesystem::path& file) {
  std::vector<nlohmann::json> lines;
  std::istringstream text(read_file(file));
  for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

TEST(DaemonLog, WritesJsonLinesToAFile) {
  const TemporaryDirectory directory;
  const std::filesystem::path file = directory.path() / "log";
  {
    OutputQueue queue;
    DaemonLog log(queue, file);
    const auto run = log.follower("0123", "srv");
    run->state_changed(RunState::Syncing);
    run->log_line(line_of("a", "nas", "two\nlines \xff"));
    log.say(LogLevel::Warning, "of the daemon");
  }
  const std::vector<nlohmann::json> lines = lines_of(file);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0].at("time").get<std::string>(), testing::MatchesRegex("[-0-9]{10}T[:0-9]{8}[.][0-9]{6}Z"));
  EXPECT_EQ(lines[0].at("run"), "0123");
  EXPECT_EQ(lines[0].at("job"), "srv");
  EXPECT_EQ(lines[0].at("phase"), "sync");
  EXPECT_EQ(lines[0].at("item"), "a");
  EXPECT_EQ(lines[0].at("host"), "nas");
  EXPECT_EQ(lines[0].at("level"), "info");
  EXPECT_EQ(lines[0].at("text"), "two\nlines \xEF\xBF\xBD");
  EXPECT_EQ(lines[1].at("level"), "warning");
  EXPECT_FALSE(lines[1].contains("run"));
  struct stat status {};
  ::stat(file.c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST(DaemonLog, GoesOnInANewFileAfterTheOldOneWasMoved) {
  const TemporaryDirectory directory;
  const std::filesystem::path file = directory.path() / "log";
  {
    OutputQueue queue;
    DaemonLog log(queue, file);
    log.say(LogLevel::Info, "one");
    std::filesystem::rename(file, directory.path() / "log.1");
    log.say(LogLevel::Info, "two");
    log.open_again();
    log.say(LogLevel::Info, "three");
  }
  EXPECT_EQ(lines_of(directory.path() / "log.1").size(), 2U);
  ASSERT_EQ(lines_of(file).size(), 1U);
  EXPECT_EQ(lines_of(file).front().at("text"), "three");
}

TEST(DaemonLog, StaysWithTheOldFileWhenThereCanBeNoNewOne) {
  const TemporaryDirectory directory;
  const std::filesystem::path folder = directory.path() / "logs";
  std::filesystem::create_directory(folder);
  {
    OutputQueue queue;
    DaemonLog log(queue, folder / "log");
    std::filesystem::rename(folder, directory.path() / "moved");
    log.open_again();
  }
  const auto lines = lines_of(directory.path() / "moved/log");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_THAT(lines.front().at("text").get<std::string>(), HasSubstr("No such file or directory; writing on to the old one"));
}

TEST(DaemonLog, RefusesAFileThatCannotBeOpened) {
  OutputQueue queue;
  EXPECT_THROW(DaemonLog(queue, "/nowhere/log"), Error);
}

}  // namespace
}  // namespace orchestrator::test
