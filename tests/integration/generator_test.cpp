// `orchestratord-generator` as systemd runs it, on directories of the test.
#include <filesystem>

#include "tests/integration/program_test.hpp"
#include "tests/support/paths.hpp"

namespace orchestrator::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

namespace fs = std::filesystem;

class Generator : public ProgramTest {
 protected:
  static std::string job(const std::string& name, const std::string& schedule) {
    return "[jobs.\"" + name + "\"]\ntype = \"command\"\ncommand = [\"true\"]\nschedule = " + schedule + "\n";
  }
  // Like systemd, but with the configuration of the test.
  ProgramEnd generate(const std::string& scope, std::vector<std::string> folders = {"normal", "early", "late"}) const {
    ProgramOptions call = options({});
    call.words = {program("orchestratord-generator")};
    for (const std::string& name : folders) {
      fs::create_directories(folder() / name);
      call.words.push_back((folder() / name).string());
    }
    call.environment["SYSTEMD_SCOPE"] = scope;
    return run(call);
  }
  // Names below "normal".
  std::vector<std::string> made() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder() / "normal"))
      names.push_back(entry.path().lexically_relative(folder() / "normal").string());
    return names;
  }
  std::string unit(const std::string& name) const { return read_file(folder() / "normal" / name); }
};

TEST_F(Generator, MakesATimerAndAServiceOfEachSchedule) {
  configure(job("srv-1", "{ calendar = \"02:30\" }") + "[jobs.other]\ntype = \"command\"\ncommand = [\"true\"]\n");
  const ProgramEnd end = generate("system");
  EXPECT_EQ(end.code, 0);
  EXPECT_EQ(end.output + end.errors, "");
  EXPECT_THAT(made(), UnorderedElementsAre("orchestrator-job-srv\\x2d1.timer", "orchestrator-job-srv\\x2d1.service",
                                           "timers.target.wants", "timers.target.wants/orchestrator-job-srv\\x2d1.timer"));
  EXPECT_EQ(unit("timers.target.wants/orchestrator-job-srv\\x2d1.timer"), unit("orchestrator-job-srv\\x2d1.timer"));
  EXPECT_THAT(unit("orchestrator-job-srv\\x2d1.service"), HasSubstr("ExecStart=" + program("orchestratorctl").string() + " run "));
  EXPECT_EQ(generate("system").code, 0);  // over what is there
}

TEST_F(Generator, EmitsWhatCanBeUnderstoodAndAUnitThatFails) {
  configure(job("good", "{ calendar = \"daily\" }") + job("bad", "{ calendar = \"dayly\" }") + "nonsense_key = 1\n");
  const ProgramEnd end = generate("system");
  EXPECT_EQ(end.code, 0);
  EXPECT_THAT(end.errors, HasSubstr("jobs.bad.schedule.calendar"));
  EXPECT_THAT(made(), UnorderedElementsAre("orchestrator-job-good.timer", "orchestrator-job-good.service", "orchestrator-config.service",
                                           "timers.target.wants", "timers.target.wants/orchestrator-job-good.timer",
                                           "timers.target.wants/orchestrator-config.service"));
  EXPECT_THAT(unit("orchestrator-config.service"), AllOf(HasSubstr("jobs.bad.schedule.calendar: expected a calendar expression"),
                                                         HasSubstr("jobs.bad.nonsense_key: unknown key")));
}

TEST_F(Generator, MakesNothingWhereThereIsNoConfiguration) {
  const ProgramEnd end = generate("system");
  EXPECT_EQ(end.code, 0);
  EXPECT_EQ(end.output + end.errors, "");
  EXPECT_THAT(made(), IsEmpty());
}

TEST_F(Generator, MakesNothingForTheManagerOfRootItself) {
  if (::geteuid() != 0) return;  // anybody else's manager has the timers of its user
  configure(job("srv", "{ calendar = \"daily\" }"));
  EXPECT_EQ(generate("user").code, 0);
  EXPECT_THAT(made(), IsEmpty());
}

TEST_F(Generator, WantsDirectories) {
  EXPECT_EQ(generate("system", {}).code, 2);
  EXPECT_EQ(generate("system", {"normal", "early"}).code, 2);
  configure(job("srv", "{ calendar = \"daily\" }"));
  EXPECT_EQ(generate("system", {"normal"}).code, 0);
}

TEST_F(Generator, SaysThatItCannotWrite) {
  configure(job("srv", "{ calendar = \"daily\" }"));
  ProgramOptions call = options({});
  call.words = {program("orchestratord-generator"), (folder() / "not/there").string()};
  call.environment["SYSTEMD_SCOPE"] = "system";
  const ProgramEnd end = run(call);
  EXPECT_EQ(end.code, 1);
  EXPECT_THAT(end.errors, HasSubstr("cannot write '"));
}

}  // namespace
}  // namespace orchestrator::test
