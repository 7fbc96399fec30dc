#include "orchestrator/store/sqlite_run_store.hpp"

#include <csignal>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "orchestrator/store/database.hpp"
#include "tests/support/real_loop.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/tidy_test.hpp"

namespace orchestrator::test {
namespace {

using testing::HasSubstr;

const std::string kNobody;

StoredRun run_named(const std::string& id) {
  StoredRun run;
  run.id = id;
  run.job = "srv";
  run.instance = "00ff";
  run.began = std::chrono::system_clock::now();
  return run;
}

StoredCommand command_of(const std::string& run, unsigned number) {
  StoredCommand command;
  command.run = run;
  command.number = number;
  command.host = "nas";
  command.trace.cookie = run + ".cookie";
  command.trace.boot_id = "boot";
  command.text = "rsync -a";
  return command;
}

/// Adds commands to a run until it is killed or has added `most`, and writes a byte for each that has been acknowledged.
[[noreturn]] void write_rows(const std::filesystem::path& file, const std::string& run, unsigned most, int acks) {
  Loop loop;
  auto body = [&]() -> awaitable<void> {
    SqliteRunStore store(file);
    StoredRun begun = run_named(run);
    co_await store.begin_run(std::move(begun));
    for (unsigned number = 1; number <= most; ++number) {
      StoredCommand command = command_of(run, number);
      co_await store.intend(std::move(command));
      if (::write(acks, "x", 1) != 1) co_return;
    }
  };
  loop.run("writer", std::move(body));
  ::_exit(0);
}

class SqliteStore : public TidyTest {
 protected:
  template <class Body>
  void with_store(Body body) {
    auto work = [&]() -> awaitable<void> {
      SqliteRunStore store(file_);
      co_await body(store);
    };
    run_for_real(std::move(work));
  }

  std::string error_of_opening() {
    std::string text;
    with_store([&text](RunStore& store) -> awaitable<void> {
      try {
        const std::vector<StoredRun> runs = co_await store.open_runs(kNobody);
        text = "no error";
      } catch (const StoreError& error) {
        text = std::string(error.what()) + "; " + error.remedy();
      }
    });
    return text;
  }

  /// \param action has the database to itself.
  std::int64_t number_of_commands(const std::string& run) const {
    Database database(file_);
    Statement count(database, "SELECT count(*) FROM commands WHERE run = ?");
    count.bind(run);
    return count.step() ? count.number(0) : 0;
  }
  std::string integrity() const {
    Database database(file_);
    Statement check(database, "PRAGMA integrity_check");
    return check.step() ? check.text(0) : "nothing";
  }

  TemporaryDirectory directory_;
  std::filesystem::path file_ = run_store_file(directory_.path() / "state");
};

TEST_F(SqliteStore, GivesBackWhatItWasGiven) {
  with_store([](RunStore& store) -> awaitable<void> {
    StoredRun run = run_named("aa");
    co_await store.begin_run(std::move(run));
    StoredCommand command = command_of("aa", 1);
    co_await store.intend(std::move(command));
    ProcessTrace trace;
    trace.cookie = "cookie";
    trace.boot_id = "boot 2";
    trace.group = "815";
    trace.start_time = "4711";
    co_await store.started("aa", 1, trace);
    const std::vector<StoredCommand> commands = co_await store.open_commands();
    EXPECT_EQ(commands.size(), 1U);
    EXPECT_EQ(commands.at(0).trace, trace);
    EXPECT_EQ(commands.at(0).host, "nas");
    EXPECT_EQ(commands.at(0).text, "rsync -a");
    EXPECT_EQ(commands.at(0).state, CommandState::Started);
    co_await store.end_run("aa", "failed", std::chrono::system_clock::now(), "{}");
    std::vector<StoredRun> runs = co_await store.open_runs(kNobody);
    EXPECT_EQ(runs.size(), 1U) << "ended, with a command that is not gone";
    EXPECT_EQ(runs.at(0).state, "failed");
    EXPECT_TRUE(runs.at(0).has_ended());
    co_await store.set_state("aa", 1, CommandState::Gone);
    runs = co_await store.open_runs(kNobody);
    EXPECT_TRUE(runs.empty());
  });
}

TEST_F(SqliteStore, LeavesOutWhatALivingInstanceIsStillAt) {
  with_store([](RunStore& store) -> awaitable<void> {
    const StoredTime now = std::chrono::system_clock::now();
    for (const char* id : {"runs", "left", "done"}) {
      StoredRun run = run_named(id);
      run.began = now;
      co_await store.begin_run(std::move(run));
      StoredCommand command = command_of(id, 1);
      co_await store.intend(std::move(command));
    }
    co_await store.end_run("left", "failed", now, "{}");
    co_await store.end_run("done", "succeeded", now, "{}");
    co_await store.set_state("done", 1, CommandState::Gone);
    const std::string living = run_named("").instance;
    const std::vector<StoredRun> for_itself = co_await store.open_runs(living);
    EXPECT_EQ(for_itself.size(), 1U);
    EXPECT_EQ(for_itself.at(0).id, "left");
    const std::string other = "00ee";
    const std::vector<StoredRun> for_others = co_await store.open_runs(other);
    EXPECT_EQ(for_others.size(), 2U);
  });
}

TEST_F(SqliteStore, IsForItsUserAlone) {
  EXPECT_EQ(error_of_opening(), "no error");
  EXPECT_EQ(mode_of(file_), 0600U);
  EXPECT_EQ(mode_of(file_.parent_path()), 0700U);
}

TEST_F(SqliteStore, MakesNothingWhereItShallNot) {
  auto body = [this]() -> awaitable<void> {
    SqliteRunStore store(file_, false);
    const std::vector<StoredRun> runs = co_await store.open_runs(kNobody);
    EXPECT_TRUE(runs.empty());
  };
  run_for_real(std::move(body));
  EXPECT_FALSE(std::filesystem::exists(file_.parent_path()));
}

TEST_F(SqliteStore, LeavesTheFileOfANewerVersionAlone) {
  EXPECT_EQ(error_of_opening(), "no error");
  { Database(file_).execute("PRAGMA user_version = 2"); }
  EXPECT_THAT(error_of_opening(), testing::AllOf(HasSubstr("has format 2"), HasSubstr("a newer orchestratord")));
}

TEST_F(SqliteStore, SaysWhatToDoWithAFileThatIsNone) {
  directory_.write("state/runs.db", std::string(5000, 'x'));
  EXPECT_THAT(error_of_opening(), testing::AllOf(HasSubstr("not a database"), HasSubstr("move")));
}

TEST_F(SqliteStore, FollowsNoLink) {
  directory_.write("elsewhere", "");
  std::filesystem::create_directories(file_.parent_path());
  std::filesystem::create_symlink(directory_.path() / "elsewhere", file_);
  EXPECT_THAT(error_of_opening(), HasSubstr("cannot"));
}

TEST_F(SqliteStore, ForgetsRunsThatEndedLongAgo) {
  with_store([](RunStore& store) -> awaitable<void> {
    const StoredTime now = std::chrono::system_clock::now();
    for (const char* id : {"old", "old and open"}) {
      StoredRun run = run_named(id);
      run.began = now - kKeepRuns - std::chrono::hours(2);
      co_await store.begin_run(std::move(run));
    }
    StoredCommand command = command_of("old", 1);
    co_await store.intend(std::move(command));
    co_await store.end_run("old", "failed", now - kKeepRuns - std::chrono::hours(1), "{}");
    StoredRun next = run_named("next");
    co_await store.begin_run(std::move(next));
    const std::vector<StoredRun> runs = co_await store.open_runs(kNobody);
    EXPECT_EQ(runs.size(), 2U);
    EXPECT_EQ(runs.at(0).id, "old and open") << "it has not ended";
    const std::vector<StoredCommand> commands = co_await store.open_commands();
    EXPECT_TRUE(commands.empty());
  });
}

TEST_F(SqliteStore, KeepsSoManyRunsAndThoseThatAreNotConfirmed) {
  EXPECT_EQ(error_of_opening(), "no error");
  {
    Database database(file_);
    Transaction transaction(database);
    for (unsigned number = 0; number < kMostKeptRuns + 50; ++number) {
      Statement(database, "INSERT INTO runs (id, job, instance, state, began, ended) VALUES (?, 'srv', 'ff', 'failed', ?, ?)")
          .bind("run " + std::to_string(number))
          .bind(std::int64_t{number})
          .bind(std::int64_t{4'000'000'000'000'000})
          .run();
    }
    transaction.commit();
  }
  with_store([](RunStore& store) -> awaitable<void> {
    StoredCommand command = command_of("run 0", 1);
    co_await store.intend(std::move(command));
    StoredRun next = run_named("next");
    co_await store.begin_run(std::move(next));
  });
  Database database(file_);
  EXPECT_EQ(database.number("SELECT count(*) FROM runs"), kMostKeptRuns + 2) << "the new one, and the unconfirmed one";
  EXPECT_EQ(database.number("SELECT count(*) FROM runs WHERE id = 'run 0'"), 1);
}

// The moments are those at which the writer happens to be after a number of rows.
TEST_F(SqliteStore, SurvivesKillInTheMiddleOfWriting) {
  std::minstd_rand random(std::random_device{}());
  for (int round = 0; round < 20; ++round) {
    const std::string run = "run " + std::to_string(round);
    int acks[2];
    ASSERT_EQ(::pipe2(acks, O_CLOEXEC), 0);
    const pid_t writer = ::fork();
    if (writer == 0) write_rows(file_, run, 1'000'000, acks[1]);
    ::close(acks[1]);
    const auto wanted = static_cast<std::int64_t>(1 + random() % 40);
    std::int64_t acknowledged = 0;
    char byte = 0;
    while (acknowledged < wanted && ::read(acks[0], &byte, 1) == 1) ++acknowledged;
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);
    while (::read(acks[0], &byte, 1) == 1) ++acknowledged;
    ::close(acks[0]);
    EXPECT_GE(acknowledged, wanted) << "the writer ended by itself";
    EXPECT_GE(number_of_commands(run), acknowledged) << "in round " << round;
    EXPECT_EQ(integrity(), "ok");
  }
}

TEST_F(SqliteStore, TakesRowsFromTwoProgramsAtOnce) {
  constexpr unsigned kRows = 100;
  int acks[2];
  ASSERT_EQ(::pipe2(acks, O_CLOEXEC), 0);
  std::vector<pid_t> writers;
  for (const char* run : {"a", "b"}) {
    const pid_t writer = ::fork();
    if (writer == 0) write_rows(file_, run, kRows, acks[1]);
    writers.push_back(writer);
  }
  ::close(acks[1]);
  for (const pid_t writer : writers) {
    int status = 0;
    ::waitpid(writer, &status, 0);
    EXPECT_EQ(status, 0);
  }
  ::close(acks[0]);
  EXPECT_EQ(number_of_commands("a"), kRows);
  EXPECT_EQ(number_of_commands("b"), kRows);
  EXPECT_EQ(integrity(), "ok");
}

TEST_F(SqliteStore, GivesTheNewestRunsThatMatch) {
  with_store([](RunStore& store) -> awaitable<void> {
    StoredTime when{};
    for (const char* id : {"aa1", "aa2", "bb3"}) {
      StoredRun run = run_named(id);
      run.began = when += std::chrono::hours(1);
      co_await store.begin_run(std::move(run));
    }
    RunQuery all;
    const std::vector<StoredRun> newest = co_await store.newest_runs(all);
    EXPECT_EQ(newest.size(), 3U);
    EXPECT_EQ(newest.front().id, "bb3");
    RunQuery prefix;
    prefix.id_prefix = "aa";
    prefix.job = "srv";
    prefix.state = "running";
    prefix.limit = 1;
    const std::vector<StoredRun> one = co_await store.newest_runs(prefix);
    EXPECT_EQ(one.size(), 1U);
    EXPECT_EQ(one.front().id, "aa2");
    RunQuery other;
    other.job = "nothing";
    const std::vector<StoredRun> none = co_await store.newest_runs(other);
    EXPECT_TRUE(none.empty());
  });
}

}  // namespace
}  // namespace orchestrator::test
