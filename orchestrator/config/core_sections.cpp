#include <chrono>

#include "orchestrator/config/calendar.hpp"
#include "orchestrator/config/section.hpp"
#include "orchestrator/config/settings.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;

std::optional<std::string> check_one_word(const ConfigValue& value) {
  const std::string& text = std::get<std::string>(value);
  if (text.empty()) return "must not be empty";
  if (text.find_first_of(" \t\r\n@[]/") != std::string::npos)
    return "must be one plain word, without blanks, '@', '/' or brackets";
  if (text.starts_with('-')) return "must not begin with '-'";
  return std::nullopt;
}

std::optional<std::string> check_stop_ladder(const ConfigValue& value) {
  try {
    (void)parse_stop_ladder(std::get<StringList>(value));
  } catch (const ParseError& error) {
    return error.what();
  }
  return std::nullopt;
}

std::optional<std::string> check_calendar(const ConfigValue& value) {
  try {
    (void)parse_calendar(std::get<std::string>(value));
  } catch (const ParseError& error) {
    return error.what();
  }
  return std::nullopt;
}

ConfigKey concurrency_key(std::string help) {
  return integer_key("concurrency", std::move(help)).between(1, 1000);
}

ConfigSection orchestrator_section() {
  ConfigSection section;
  section.name = "orchestrator";
  section.help = "what holds for all runs";
  section.keys.push_back(concurrency_key("items at once in a run, 1 to 1000").defaults_to(10));
  section.keys.push_back(
      integer_key("runs_at_once", "runs at once in the daemon").between(1, 1000).defaults_to(4));
  return section;
}

std::vector<ConfigKey> disk_keys() {
  std::vector<ConfigKey> keys;
  keys.push_back(
      threshold_key("preflight_minimum", "free space, and inodes, below which no run starts")
          .defaults_to(Threshold(Percentage(20))));
  keys.push_back(threshold_key("warning_threshold", "free space below which a run warns")
                     .defaults_to(Threshold(Percentage(25))));
  keys.push_back(threshold_key("runtime_minimum", "free space below which a run is stopped")
                     .defaults_to(Threshold(Percentage(15))));
  keys.push_back(
      duration_key("check_interval", "how often free space is looked at, more often when it goes")
          .between(5s, 300s)
          .defaults_to(std::chrono::milliseconds(30s)));
  keys.push_back(choice_key("on_unknown", "what a run does when a disk does not answer",
                            {"continue", "cancel"})
                     .defaults_to("continue"));
  keys.push_back(size_key("state_reserve", "free space that the state directory keeps")
                     .defaults_to(ByteSize(64 << 20)));
  return keys;
}

ConfigSection disk_section() {
  ConfigSection section;
  section.name = "disk";
  section.help = "free space that runs need where they write, here and on hosts; of a quota, where that is used up first";
  section.keys = disk_keys();
  return section;
}

/// What a job does not write comes from [disk].
ConfigKey job_disk_key() {
  std::vector<ConfigKey> keys = disk_keys();
  for (ConfigKey& key : keys) key.default_value.reset();
  return table_key("disk", "what of [disk] is another matter for this job", std::move(keys))
      .example("{ preflight_minimum = \"20%\", runtime_minimum = \"10GiB\" }");
}

ConfigKey heartbeat_key() {
  std::vector<ConfigKey> keys;
  keys.push_back(duration_key("every", "time between two signs of life")
                     .between(100ms, 1h)
                     .defaults_to(std::chrono::milliseconds(5s)));
  keys.push_back(
      integer_key("misses", "signs of life that may be missing").between(1, 100).defaults_to(3));
  return table_key("heartbeat", "how soon a silent host counts as gone", std::move(keys));
}

ConfigSection host_section() {
  ConfigSection section;
  section.name = "hosts";
  section.help = "a machine that is reached over SSH; ~/.ssh/config is not read";
  auto& keys = section.keys;
  keys.push_back(string_key("address", "name or IP address of the host")
                     .checked(check_one_word)
                     .required()
                     .example("\"nas.lan\""));
  keys.push_back(integer_key("port", "port of its sshd").between(1, 65535).defaults_to(22));
  keys.push_back(string_key("user", "login name over there; yours when left out")
                     .checked(check_one_word)
                     .example("\"backup\""));
  keys.push_back(string_key("identity", "private key file; the SSH agent is asked when left out")
                     .means(Meaning::Path)
                     .example("\"~/.ssh/id_ed25519\""));
  keys.push_back(string_key("passphrase", "of the private key, best as a reference")
                     .secret()
                     .example("\"${file:~/.config/orchestratord/passphrase}\""));
  keys.push_back(string_key("known_hosts", "file with the keys of known hosts")
                     .means(Meaning::Path)
                     .example("\"~/.ssh/known_hosts\""));
  keys.push_back(duration_key("connect_timeout", "how long connecting and logging in may take")
                     .between(100ms, 1h)
                     .defaults_to(std::chrono::milliseconds(10s)));
  keys.push_back(heartbeat_key());
  keys.push_back(integer_key("max_sessions", "what MaxSessions of its sshd allows; one of them is ours")
                     .between(2, 1000)
                     .defaults_to(10));
  keys.push_back(choice_key("forced_command", "what the key is restricted to over there",
                            {"none", "rrsync", "other"})
                     .defaults_to("none")
                     .not_yet_unless({"none", "rrsync"}));
  keys.push_back(boolean_key("sudo",
                             "whether commands over there may use 'sudo -n'; 'orchestratord --check "
                             "--connect' shows the rules that sudoers needs to end them")
                     .defaults_to(false));
  keys.push_back(choice_key("if_unreachable", "what a run does when the host does not answer",
                            {"fail", "skip"})
                     .defaults_to("fail")
                     .not_yet_unless({"fail"}));
  return section;
}

ConfigKey overlap_key() {
  std::vector<ConfigKey> table;
  table.push_back(duration_key("wait", "how long to wait").required().example("\"10m\""));
  return choice_key("overlap", "what happens while the job is running already",
                    {"skip", "queue", "cancel_running"})
      .or_table(std::move(table))
      .defaults_to("skip")
      .not_yet_unless({"skip"})
      .allowed_in_defaults();
}

ConfigKey schedule_key() {
  std::vector<ConfigKey> keys;
  keys.push_back(string_key("calendar", "as in systemd.time(7): \"daily\", \"Mon..Fri 02:30\"")
                     .checked(check_calendar)
                     .required()
                     .example("\"daily\""));
  keys.push_back(duration_key("randomized_delay", "starts up to so much later, each time another").between(1s, 720h));
  keys.push_back(
      boolean_key("persistent", "catches up once after the machine was off").defaults_to(true));
  keys.push_back(boolean_key("on_battery", "starts without mains power too").defaults_to(true));
  return table_key("schedule", "when a systemd timer starts the job", std::move(keys))
      .example("{ calendar = \"daily\", randomized_delay = \"15m\" }");
}

ConfigSection job_section() {
  ConfigSection section;
  section.name = "jobs";
  section.help = "what all jobs have";
  auto& keys = section.keys;
  keys.push_back(choice_key("type", "what the job does", {}).required().example("\"rsync\""));
  keys.push_back(string_key("description", "one line for lists and reports")
                     .defaults_to("")
                     .example("\"what it is for\""));
  keys.push_back(duration_key("timeout", "how long a run may take; no limit when left out")
                     .allowed_in_defaults()
                     .example("\"6h\""));
  keys.push_back(
      duration_key("stall_timeout", "how long an item may move nothing; no limit when left out")
          .between(1s, 24h)
          .allowed_in_defaults()
          .example("\"5m\""));
  keys.push_back(string_list_key("stop", "how its commands are stopped: signals, waits between")
                     .checked(check_stop_ladder)
                     .defaults_to(StringList{"TERM", "5s", "KILL"})
                     .allowed_in_defaults());
  keys.push_back(overlap_key());
  keys.push_back(concurrency_key("items at once; as in [orchestrator] when left out")
                     .allowed_in_defaults()
                     .example("10"));
  keys.push_back(choice_key("on_item_failure", "whether one failed item ends the others",
                            {"continue", "abort"})
                     .defaults_to("continue")
                     .allowed_in_defaults());
  keys.push_back(string_key("run_as", "user of this machine that its commands here run as; ours when left out")
                     .checked(check_one_word)
                     .allowed_in_defaults()
                     .example("\"www-data\""));
  keys.push_back(schedule_key());
  keys.push_back(job_disk_key());
  return section;
}

}  // namespace

ConfigSections core_sections() {
  ConfigSections sections;
  sections.add_table(orchestrator_section());
  sections.add_table(disk_section());
  sections.host = host_section();
  sections.job = job_section();
  return sections;
}

}  // namespace orchestrator
