#include "tests/support/config_fixtures.hpp"

#include <utility>

namespace orchestrator::test {
namespace {

ConfigSection copy_section() {
  ConfigSection section;
  section.name = "copy";
  section.help = "copies a tree";
  section.example_job = "source = \"~/from/\"\ntarget = \"~/to/\"\n";
  auto& keys = section.keys;
  keys.push_back(string_or_list_key("source", "what is copied")
                     .means(Meaning::Location)
                     .with_references()
                     .required()
                     .example("\"/srv/\""));
  keys.push_back(string_key("target", "where to")
                     .means(Meaning::Location)
                     .required()
                     .example("\"nas:/srv/\""));
  keys.push_back(boolean_key("delete", "removes what the source lacks").defaults_to(false));
  keys.push_back(string_list_key("exclude", "patterns that are left out"));
  keys.push_back(size_key("bandwidth_limit", "bytes per second").between(1024, 1LL << 40));
  keys.push_back(threshold_key("keep_free", "space that must stay free"));
  keys.push_back(percentage_key("sample", "how much is compared").defaults_to(Percentage(10)));
  return section;
}

ConfigSection command_section() {
  ConfigSection section;
  section.name = "command";
  section.help = "runs a command";
  auto& keys = section.keys;
  keys.push_back(string_key("host", "where it runs").means(Meaning::HostName));
  keys.push_back(string_list_key("command", "program and arguments").example("[\"true\"]"));
  keys.push_back(string_key("shell", "text for sh").with_references(References::Literal));
  keys.push_back(string_key("stdin_file", "its input").means(Meaning::Path));
  keys.push_back(string_key("token", "a secret").secret());
  keys.push_back(string_table_key("environment", "variables").secret());
  keys.push_back(integer_list_key("ok_exit_codes", "what counts as success")
                     .between(0, 255)
                     .defaults_to(IntegerList{0}));
  section.exactly_one_of = {{"command", "shell"}};
  section.check = [](const ConfigTable& table, std::vector<ConfigError>& errors) {
    if (table.has("token") && !table.has("host"))
      errors.push_back(table.error("token", "needs a host"));
  };
  return section;
}

}  // namespace

UserContext plain_user(std::map<std::string, std::string> environment) {
  UserContext user;
  user.uid = 1000;
  user.name = "alice";
  user.home = "/home/alice";
  user.environment =
      [variables = std::move(environment)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  return user;
}

ConfigSections sections_with_two_types() {
  ConfigSections sections = core_sections();
  sections.add_job_type(copy_section());
  sections.add_job_type(command_section());
  return sections;
}

Config check_text(std::string_view text) {
  return check_config(sections_with_two_types(), {{"test.toml", std::string(text)}}, plain_user());
}

std::vector<std::string> errors_of(const std::function<void()>& action) {
  std::vector<std::string> messages;
  try {
    action();
  } catch (const ConfigErrors& errors) {
    for (const ConfigError& error : errors.errors()) messages.push_back(to_string(error));
  }
  return messages;
}

std::vector<std::string> errors_in(std::string_view text) {
  return errors_of([text] { (void)check_text(text); });
}

}  // namespace orchestrator::test
