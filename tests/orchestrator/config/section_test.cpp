#include "orchestrator/config/section.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "orchestrator/config/table.hpp"
#include "tests/support/config_fixtures.hpp"

namespace orchestrator::test {
namespace {

ConfigSection type_with(ConfigKey key) {
  ConfigSection section;
  section.name = "new";
  section.keys.push_back(std::move(key));
  return section;
}

void add(ConfigSection section) {
  ConfigSections sections = core_sections();
  sections.add_job_type(std::move(section));
}

TEST(ConfigSections, RefuseWhatWasRegisteredBefore) {
  ConfigSections sections = sections_with_two_types();
  ConfigSection again;
  again.name = "copy";
  EXPECT_THROW(sections.add_job_type(again), std::logic_error);
  again.name = "orchestrator";
  EXPECT_THROW(sections.add_table(again), std::logic_error);
  EXPECT_THROW(add(type_with(string_key("timeout", "clashes"))), std::logic_error);
}

TEST(ConfigSections, RefuseDefaultsAndExamplesThatTheyWouldNotAccept) {
  EXPECT_NO_THROW(add(type_with(integer_key("n", "number").between(1, 5).defaults_to(5))));
  EXPECT_THROW(add(type_with(integer_key("n", "number").between(1, 5).defaults_to(6))),
               std::logic_error);
  EXPECT_THROW(add(type_with(integer_key("n", "number").defaults_to("6"))), std::logic_error);
  EXPECT_THROW(add(type_with(duration_key("n", "time").example("\"5\""))), std::logic_error);
  EXPECT_THROW(add(type_with(string_key("n", "needed").required())), std::logic_error);
}

TEST(ConfigSections, LetTheWiringChangeAKey) {
  ConfigSections sections = sections_with_two_types();
  sections.job.key("overlap").supported.reset();
  sections.host.key("forced_command").supported.reset();
  EXPECT_THROW((void)sections.host.key("none"), std::logic_error);
  const std::string text =
      "[hosts.nas]\naddress = \"x\"\nforced_command = \"other\"\n"
      "[jobs.a]\ntype = \"command\"\nshell = \"x\"\noverlap = \"queue\"\n";
  const Config config = check_config(sections, {{"test.toml", text}}, plain_user());
  EXPECT_EQ(config.hosts.at("nas").forced_command, ForcedCommand::Other);
  EXPECT_EQ(config.jobs.at(0).common.overlap, "queue");
}

TEST(ConfigSections, CanHaveTablesOfTheirOwn) {
  ConfigSections sections = core_sections();
  ConfigSection power;
  power.name = "power";
  power.help = "what happens on battery";
  power.keys.push_back(boolean_key("on_battery", "runs on battery").defaults_to(false));
  sections.add_table(power);
  const Config config =
      check_config(sections, {{"test.toml", "[power]\non_battery = true\n"}}, plain_user());
  EXPECT_TRUE(config.tables.at("power").get<bool>("on_battery"));
}

TEST(ConfigTable, TellsItsReaderWhatTheDescriptionDoesNotSay) {
  const Config config = check_text("[jobs.a]\ntype = \"command\"\nshell = \"x\"\n");
  const ConfigTable& table = config.jobs.at(0).table;
  EXPECT_THROW((void)table.get<std::string>("host"), std::logic_error);
  EXPECT_THROW((void)table.get<std::int64_t>("shell"), std::logic_error);
  EXPECT_THROW((void)table.get<ConfigTable>("shell"), std::logic_error);
  EXPECT_THROW((void)table.find<bool>("shell"), std::logic_error);
}

}  // namespace
}  // namespace orchestrator::test
