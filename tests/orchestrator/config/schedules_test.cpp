// Schedules of configurations that have mistakes elsewhere.
#include "orchestrator/config/schedules.hpp"

#include <gmock/gmock.h>

#include "tests/support/config_fixtures.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string scheduled_job(const std::string& name, const std::string& calendar, const std::string& lines = "") {
  return "[jobs." + name + "]\ntype = \"command\"\ncommand = [\"true\"]\nschedule = { calendar = \"" + calendar + "\" }\n" + lines;
}

class FindSchedules : public testing::Test {
 protected:
  FoundSchedules find() const {
    LoadOptions options;
    options.user = plain_user();
    options.config_file = folder_.path() / "orchestrator.toml";
    return find_schedules(sections_with_two_types(), options);
  }
  // "a@daily"
  std::vector<std::string> found() const {
    std::vector<std::string> texts;
    for (const Schedule& schedule : find().schedules) texts.push_back(schedule.job + "@" + schedule.settings.calendar);
    return texts;
  }
  std::string first_mistake() const {
    const FoundSchedules all = find();
    return all.mistakes.empty() ? "" : to_string(all.mistakes.front());
  }
  TemporaryDirectory folder_;
};

TEST_F(FindSchedules, FindsAllInTheOrderOfTheFiles) {
  folder_.write("orchestrator.toml", scheduled_job("b", "daily") + "[jobs.c]\ntype = \"command\"\ncommand = [\"true\"]\n");
  folder_.write("conf.d/a.toml", scheduled_job("a", "02:30"));
  EXPECT_THAT(found(), ElementsAre("b@daily", "a@02:30"));
  EXPECT_THAT(find().mistakes, IsEmpty());
}

TEST_F(FindSchedules, GoesOnWhereAnotherFileIsNoToml) {
  folder_.write("orchestrator.toml", scheduled_job("b", "daily"));
  folder_.write("conf.d/broken.toml", scheduled_job("x", "daily") + "nonsense\n");
  folder_.write("conf.d/good.toml", scheduled_job("g", "hourly"));
  EXPECT_THAT(found(), ElementsAre("b@daily", "g@hourly"));
  EXPECT_THAT(first_mistake(), HasSubstr("broken.toml:5"));
}

TEST_F(FindSchedules, LeavesOutOnlyTheScheduleThatIsWrong) {
  folder_.write("orchestrator.toml", scheduled_job("a", "dayly") + scheduled_job("b", "daily") +
                                         "[jobs.c]\nschedule = \"daily\"\n[jobs.d]\nschedule = { calendar = \"daily\", often = 1 }\n" +
                                         scheduled_job("Not-A-Name", "daily"));
  EXPECT_THAT(found(), ElementsAre("b@daily"));
  EXPECT_THAT(first_mistake(), HasSubstr("jobs.a.schedule.calendar: expected a calendar expression"));
}

TEST_F(FindSchedules, KeepsTheScheduleOfAJobThatHasOtherMistakes) {
  folder_.write("orchestrator.toml", scheduled_job("a", "daily", "tiemout = \"1h\"\n") + "[jobs.b]\ntype = \"sink\"\nschedule = { calendar = \"hourly\" }\n");
  EXPECT_THAT(found(), ElementsAre("a@daily", "b@hourly"));
  EXPECT_THAT(first_mistake(), HasSubstr("unknown key"));
}

TEST_F(FindSchedules, CountsTheFirstOfTwoJobsWithOneName) {
  folder_.write("orchestrator.toml", scheduled_job("a", "daily"));
  folder_.write("conf.d/again.toml", scheduled_job("a", "hourly"));
  EXPECT_THAT(found(), ElementsAre("a@daily"));
  EXPECT_THAT(first_mistake(), HasSubstr("the table is also in"));
}

TEST_F(FindSchedules, SaysWhenThereIsNoFileAtAll) {
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_THAT(first_mistake(), HasSubstr("there is no configuration"));
}

}  // namespace
}  // namespace orchestrator::test
