#include "jobs/rsync_arguments.hpp"

#include <algorithm>

#include "jobs/rsync_refusals.hpp"
#include "orchestrator/process/command.hpp"

namespace orchestrator {

namespace {

void append(std::vector<std::string>& words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
}

bool preserves(const RsyncSettings& settings, std::string_view what) {
  return std::find(settings.preserve.begin(), settings.preserve.end(), what) !=
         settings.preserve.end();
}

/// rsync refuses a partial directory beside these, which have their own ways.
bool may_have_partial_directory(const RsyncSettings& settings) {
  const std::vector<std::string>& args = settings.args;
  if (has_rsync_option(args, "inplace") || has_rsync_option(args, "append") ||
      has_rsync_option(args, "append-verify") || has_rsync_option(args, "partial-dir") ||
      has_rsync_option(args, "write-devices")) {
    return false;
  }
  // rrsync makes the directory at once, in the root of what the key may see, and leaves it there.
  return !(settings.restricted && !settings.target.is_local());
}

void append_locations(std::vector<std::string>& words, const RsyncSettings& settings) {
  words.emplace_back("--");
  for (const Location& source : settings.sources) words.push_back(rsync_location(source));
  words.push_back(rsync_location(settings.target));
}

}  // namespace

std::vector<std::string> rsync_work_options(const RsyncSettings& settings) {
  std::vector<std::string> words;
  words.emplace_back(settings.archive ? "-a" : "-r");
  if (settings.deletes) words.emplace_back("--delete");
  if (settings.max_delete) words.push_back("--max-delete=" + std::to_string(*settings.max_delete));
  if (preserves(settings, "acls")) words.emplace_back("--acls");
  if (preserves(settings, "xattrs")) words.emplace_back("--xattrs");
  if (preserves(settings, "hardlinks")) words.emplace_back("--hard-links");
  if (preserves(settings, "numeric-ids")) words.emplace_back("--numeric-ids");
  if (settings.update) words.emplace_back("--update");
  if (settings.checksum) words.emplace_back("--checksum");
  if (settings.bandwidth_limit) {
    // In KiB: the unit that every version understands.
    words.push_back("--bwlimit=" +
                    std::to_string(std::max<std::uint64_t>(1, *settings.bandwidth_limit / 1024)));
  }
  for (const std::string& pattern : settings.exclude) words.push_back("--exclude=" + pattern);
  append(words, settings.args);
  return words;
}

std::vector<std::string> rsync_output_options() {
  // Records of progress whenever rsync has one, a line for each change, plain numbers, names as
  // they are, and nothing held back in a buffer.
  return {"--info=progress2,stats0,flist0", "--out-format=%i %n%L", "--no-human-readable",
          "--8-bit-output", "--outbuf=N"};
}

std::string rsync_location(const Location& location) {
  if (location.is_local()) {
    // What has a colon before its first slash would be HOST:PATH.
    const std::size_t colon = location.path.find(':');
    return colon < location.path.find('/') ? "./" + location.path : location.path;
  }
  // rsync escapes all that the login shell would expand, except wildcards; those keep a backslash
  // that is there already.
  std::string path;
  for (const char c : location.path) {
    if (std::string_view("*?[]").find(c) != std::string_view::npos) path += '\\';
    path += c;
  }
  return location.host + ":" + path;
}

std::vector<std::string> rsync_shell_options(const std::string& program) {
  // rsync cuts this at blanks, unless they are within quotes.
  const bool quoted = program.find_first_of(" '\"") != std::string::npos;
  if (!quoted) return {"-e", program};
  std::string word = "'";
  for (const char c : program) {
    word += c;
    if (c == '\'') word += c;
  }
  return {"-e", word + "'"};
}

std::vector<std::string> rsync_command(const RsyncSettings& settings, bool dry_run,
                                       const std::string& shell) {
  std::vector<std::string> words = {"rsync"};
  append(words, rsync_work_options(settings));
  if (may_have_partial_directory(settings)) {
    words.push_back("--partial-dir=" + std::string(kPartialDirectory));
  }
  append(words, rsync_output_options());
  // With all entries known before the first is sent, the fraction means something and never goes
  // back; it costs memory (about 50 bytes an entry), and the start of the transfer waits for it.
  if (!has_rsync_option(settings.args, "inc-recursive") &&
      !has_rsync_option(settings.args, "i-r")) {
    words.emplace_back("--no-inc-recursive");
  }
  if (dry_run) words.emplace_back("--dry-run");
  if (!shell.empty()) append(words, rsync_shell_options(shell));
  if (settings.sudo) words.emplace_back(kSudoRsync);
  append_locations(words, settings);
  return words;
}

std::string describe_rsync(const RsyncSettings& settings, bool dry_run) {
  ArgumentVector shown;
  shown.words = {"rsync"};
  append(shown.words, rsync_work_options(settings));
  if (dry_run) shown.words.emplace_back("--dry-run");
  append_locations(shown.words, settings);
  return describe(shown);
}

}  // namespace orchestrator
