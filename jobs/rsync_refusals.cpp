#include "jobs/rsync_refusals.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace orchestrator {

namespace {

// Options that take the next word as their value unless it follows "=": rsync(1) of 3.5.
constexpr std::string_view kTakeValue[] = {
    "address",
    "backup-dir",
    "block-size",
    "bwlimit",
    "cc",
    "checksum-choice",
    "checksum-seed",
    "chmod",
    "chown",
    "compare-dest",
    "compress-choice",
    "compress-level",
    "compress-threads",
    "config",
    "confine-root",
    "contimeout",
    "copy-as",
    "copy-dest",
    "debug",
    "dparam",
    "early-input",
    "exclude",
    "exclude-from",
    "files-from",
    "filter",
    "groupmap",
    "iconv",
    "include",
    "include-from",
    "info",
    "link-dest",
    "log-file",
    "log-file-format",
    "log-format",
    "max-alloc",
    "max-delete",
    "max-size",
    "min-size",
    "modify-window",
    "only-write-batch",
    "out-format",
    "outbuf",
    "partial-dir",
    "password-file",
    "port",
    "protocol",
    "read-batch",
    "remote-option",
    "rsh",
    "rsync-path",
    "skip-compress",
    "sockopts",
    "stderr",
    "stop-after",
    "stop-at",
    "suffix",
    "temp-dir",
    "time-limit",
    "timeout",
    "usermap",
    "write-batch",
    "zc",
    "zl",
    "zt",
};
constexpr std::string_view kShortTakeValue = "efBMT@";

constexpr std::string_view kConnection =
    "the remote end runs over the orchestrator's own connection; describe it in [hosts]";
constexpr std::string_view kServer = "the orchestrator starts rsync as a client only";
constexpr std::string_view kOutput = "the orchestrator reads progress and changes from this output";
constexpr std::string_view kQuoting =
    "the orchestrator sees to the quoting of remote paths, and restricted keys rely on it";
constexpr std::string_view kNoWork =
    "the run would succeed without having done anything; use the orchestrator's own --dry-run";

struct Refusal {
  std::string_view name;
  char short_name;
  std::string_view why;
};
constexpr Refusal kRefusals[] = {
    {"rsh", 'e', kConnection},
    {"rsync-path", 0, kConnection},
    {"server", 0, kServer},
    {"sender", 0, kServer},
    {"daemon", 0, kServer},
    {"info", 0, kOutput},
    {"outbuf", 0, kOutput},
    {"out-format", 0, kOutput},
    {"log-format", 0, kOutput},
    {"progress", 0, kOutput},
    {"", 'P', "progress and a partial directory are there already"},
    {"itemize-changes", 'i', kOutput},
    {"human-readable", 'h', kOutput},
    {"quiet", 'q', kOutput},
    {"stderr", 0, kOutput},
    {"msgs2stderr", 0, kOutput},
    {"debug", 0, kOutput},
    {"dry-run", 'n', kNoWork},
    {"list-only", 0, kNoWork},
    {"version", 'V', kNoWork},
    {"help", 0, kNoWork},
    {"old-args", 0, kQuoting},
    {"secluded-args", 's', kQuoting},
    {"protect-args", 0, kQuoting},
};

bool takes_value(std::string_view long_name) {
  return std::find(std::begin(kTakeValue), std::end(kTakeValue), long_name) != std::end(kTakeValue);
}

/// One option as it stands in the words.
struct Option {
  std::size_t index = 0;
  std::string_view name;  // "delete"; empty for a short one
  char short_name = 0;
  std::string_view value;  // where it is known
};

/// The options of `args`, with those of bundles apart; words that are no options have neither name.
std::vector<Option> options_of(const std::vector<std::string>& args) {
  std::vector<Option> options;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string_view word = args[i];
    const std::size_t index = i;
    if (word.starts_with("--") && word.size() > 2) {
      const std::size_t equals = word.find('=');
      const std::string_view name = word.substr(2, equals == word.npos ? equals : equals - 2);
      std::string_view value;
      if (equals != word.npos) {
        value = word.substr(equals + 1);
      } else if (takes_value(name) && i + 1 < args.size()) {
        value = args[++i];
      }
      options.push_back({index, name, 0, value});
      continue;
    }
    if (!word.starts_with('-') || word.size() < 2 || word == "--") {
      options.push_back({index, {}, 0, {}});
      continue;
    }
    for (std::size_t at = 1; at < word.size(); ++at) {
      Option option{index, {}, word[at], {}};
      const bool with_value = kShortTakeValue.find(word[at]) != kShortTakeValue.npos;
      if (with_value) {
        option.value = word.substr(at + 1);
        if (option.value.empty() && i + 1 < args.size()) option.value = args[++i];
      }
      options.push_back(option);
      if (with_value) break;
    }
  }
  return options;
}

std::optional<std::string> refuse(const Option& option, std::string_view word) {
  const std::string shown = "'" + std::string(word) + "'";
  if (option.name.empty() && option.short_name == 0) {
    if (word == "--") return "'--' would end the options; the orchestrator writes it itself";
    return shown + " is no option, rsync would take it for a path: write paths in 'source' and " +
           "'target', and an option's value with '=' ('--timeout=60')";
  }
  for (const Refusal& refusal : kRefusals) {
    if (option.name.empty() ? refusal.short_name == option.short_name
                            : refusal.name == option.name) {
      const std::string name = option.name.empty() ? std::string("-") + option.short_name
                                                   : "--" + std::string(option.name);
      const std::string in = word == name || word.starts_with(name + "=") ? "" : " in " + shown;
      return "'" + name + "'" + in + " cannot be used: " + std::string(refusal.why);
    }
  }
  if (option.name.ends_with("-from") && option.value == "-") {
    return shown + " cannot be used: there is no standard input; name a file";
  }
  return std::nullopt;
}

}  // namespace

std::vector<RefusedArgument> refused_rsync_arguments(const std::vector<std::string>& args) {
  std::vector<RefusedArgument> refused;
  for (const Option& option : options_of(args)) {
    if (!refused.empty() && refused.back().index == option.index) continue;
    if (std::optional<std::string> message = refuse(option, args[option.index])) {
      refused.push_back({option.index, std::move(*message)});
    }
  }
  return refused;
}

bool has_rsync_option(const std::vector<std::string>& args, std::string_view name,
                      char short_name) {
  const std::vector<Option> options = options_of(args);
  return std::any_of(options.begin(), options.end(), [&](const Option& option) {
    return option.name.empty() ? short_name != 0 && option.short_name == short_name
                               : option.name == name;
  });
}

bool has_rsync_deletion(const std::vector<std::string>& args) {
  const std::vector<Option> options = options_of(args);
  return std::any_of(options.begin(), options.end(), [](const Option& option) {
    // What the other end alone is told can delete there too: "-M--delete".
    std::string_view name = option.name;
    if (option.short_name == 'M' || name == "remote-option") {
      if (!option.value.starts_with("--")) return false;
      name = option.value.substr(2);
    }
    return name == "del" || name == "delete" || name.starts_with("delete-");
  });
}

}  // namespace orchestrator
