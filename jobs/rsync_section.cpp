#include <algorithm>
#include <array>
#include <limits>

#include "jobs/rsync_refusals.hpp"
#include "jobs/rsync_settings.hpp"

namespace orchestrator {

namespace {

std::optional<std::string> check_preserve(const ConfigValue& value) {
  constexpr std::string_view kKnown[] = {"acls", "xattrs", "hardlinks", "numeric-ids"};
  for (const std::string& word : std::get<StringList>(value)) {
    if (std::find(std::begin(kKnown), std::end(kKnown), word) == std::end(kKnown)) {
      return "'" + word + "' is none of \"acls\", \"xattrs\", \"hardlinks\", \"numeric-ids\"";
    }
  }
  return std::nullopt;
}

std::optional<std::string> check_marker(const ConfigValue& value) {
  const std::string& path = std::get<std::string>(value);
  if (path.empty() || path.starts_with('/') || path.find('\n') != std::string::npos) {
    return "expected a path relative to the source, such as \".mounted\"";
  }
  return std::nullopt;
}

}  // namespace

ConfigSection rsync_section() {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  ConfigSection section;
  section.name = "rsync";
  section.help =
      "Brings files from here to a host, from a host to here, or from one place here to another.";
  section.example_job = "source = \"~/Documents/\"\ntarget = \"~/backup/\"\n";
  std::vector<ConfigKey>& keys = section.keys;
  keys.push_back(string_or_list_key("source",
                                    "what to copy: PATH or HOST:PATH, one or several; "
                                    "with \"/\" at its end the content of the directory")
                     .required()
                     .means(Meaning::Location)
                     .example("\"/srv/\""));
  keys.push_back(string_key("target", "where to: PATH or HOST:PATH; its parent has to exist")
                     .required()
                     .means(Meaning::Location)
                     .example("\"nas:/srv/\""));
  keys.push_back(boolean_key("archive",
                             "keep times, modes, owners and links (-a); false copies "
                             "directories and the content of files only (-r)")
                     .defaults_to(true));
  keys.push_back(boolean_key("delete",
                             "delete at the target what is not in the source; a missing "
                             "or empty source stops the run before")
                     .defaults_to(false));
  keys.push_back(integer_key("max_delete",
                             "delete at most so many files and directories; fail if there are more")
                     .between(0, std::numeric_limits<int>::max())
                     .example("1000"));
  keys.push_back(string_list_key("exclude", "patterns of names to leave out, as rsync has them")
                     .example("[\"/cache/\", \"*.tmp\"]"));
  keys.push_back(string_list_key("preserve",
                                 "what to keep besides: \"acls\", \"xattrs\", "
                                 "\"hardlinks\", \"numeric-ids\"")
                     .checked(check_preserve)
                     .example("[\"acls\", \"xattrs\"]"));
  keys.push_back(
      boolean_key("update", "leave files alone that are newer at the target").defaults_to(false));
  keys.push_back(boolean_key("checksum", "compare the content of files, not size and time; slow")
                     .defaults_to(false));
  keys.push_back(size_key("bandwidth_limit", "most bytes per second")
                     .between(std::int64_t{1024}, kMost)
                     .example("\"10MiB\""));
  keys.push_back(string_key("source_must_contain",
                            "a name that is there when the source is "
                            "mounted; the run stops where it is missing")
                     .checked(check_marker)
                     .example("\".mounted\""));
  keys.push_back(
      boolean_key("allow_empty_source", "with delete: an empty source may empty the target")
          .defaults_to(false));
  keys.push_back(boolean_key("sudo",
                             "run rsync on the other host as root, by 'sudo -n rsync'; the host "
                             "has to have 'sudo = true'")
                     .defaults_to(false));
  keys.push_back(string_list_key("args", "more options of rsync, filters for example")
                     .example("[\"--one-file-system\"]"));
  return section;
}

}  // namespace orchestrator
