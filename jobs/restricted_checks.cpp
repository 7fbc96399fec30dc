#include "jobs/restricted_checks.hpp"

#include "jobs/private_folder.hpp"
#include "jobs/rsync_arguments.hpp"
#include "jobs/rsync_exit.hpp"
#include "jobs/run_rsync.hpp"

namespace orchestrator {

namespace {

/// What rsync says of a path when it only lists: exit code, and a line per entry.
awaitable<RsyncEnd> list_there(JobContext& context, const RsyncSettings& settings, Location location) {
  RsyncCall call;
  call.words = {"rsync", "--list-only", "--dirs", "--8-bit-output"};
  for (std::string& word : rsync_shell_options(rsync_shell_program())) {
    call.words.push_back(std::move(word));
  }
  if (settings.sudo) call.words.emplace_back(kSudoRsync);
  call.words.emplace_back("--");
  call.words.push_back(rsync_location(location));
  call.remote = location.host;
  call.log_errors = false;
  co_return co_await run_rsync(context, std::move(call));
}

bool lists_directory(const RsyncEnd& end) { return end.output.starts_with('d'); }

/// Besides the directory itself, which comes first.
bool lists_entries(const RsyncEnd& end) {
  const std::size_t first = end.output.find('\n');
  return first != end.output.npos && first + 1 < end.output.size();
}

/// "not there", in contrast to all that is wrong with the way there.
bool says_missing(const RsyncEnd& end) {
  return end.status == ExitStatus(Exited{kRsyncPartialTransfer}) ||
         end.errors.find("No such file") != end.errors.npos;
}

std::string remedy_of_path(const RsyncSettings& settings) {
  if (settings.restricted) return "paths start at the directory that rrsync gives to the key";
  return "create or mount it, or correct the path in the configuration";
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

awaitable<bool> exists_there(JobContext& context, const RsyncSettings& settings, Location location) {
  const std::string command = "rsync --list-only " + to_string(location);
  const RsyncEnd end = co_await list_there(context, settings, location);
  if (says_missing(end)) co_return false;
  check_rsync_end(context, end, location.host, command);
  co_return true;
}

awaitable<void> check_listed_source(JobContext& context, const RsyncSettings& settings,
                                    Location source, std::vector<Problem>& problems) {
  const std::string shown = "'" + source.path + "' on '" + source.host + "'";
  RsyncEnd end = co_await list_there(context, settings, source);
  if (says_missing(end)) {
    problems.push_back(
        {"the source " + shown + " does not exist, or cannot be read: " + first_line(end.errors),
         remedy_of_path(settings)});
    co_return;
  }
  check_rsync_end(context, end, source.host, "rsync --list-only " + to_string(source));
  if (!lists_directory(end)) co_return;
  Location inside = source;
  if (!inside.path.ends_with('/')) inside.path += '/';
  if (settings.deletes && !settings.allow_empty_source) {
    end = co_await list_there(context, settings, inside);
    check_rsync_end(context, end, source.host, "rsync --list-only " + to_string(inside));
    if (!lists_entries(end)) problems.push_back(empty_source_problem(shown));
  }
  if (settings.source_must_contain.empty()) co_return;
  inside.path += settings.source_must_contain;
  const bool has_marker = co_await exists_there(context, settings, inside);
  if (!has_marker) problems.push_back(missing_marker_problem(settings, shown));
}

/// Sends nothing, to see whether the other end would take it.
awaitable<void> check_tried_target(JobContext& context, const RsyncSettings& settings,
                                   std::vector<Problem>& problems) {
  const PrivateFolder empty;
  Location target = settings.target;
  RsyncCall call;
  call.words = {"rsync", "--dry-run", "--recursive"};
  for (std::string& word : rsync_shell_options(rsync_shell_program())) {
    call.words.push_back(std::move(word));
  }
  if (settings.sudo) call.words.emplace_back(kSudoRsync);
  call.words.emplace_back("--");
  call.words.push_back(empty.path() + "/");
  call.words.push_back(rsync_location(target));
  call.remote = target.host;
  call.log_errors = false;
  const RsyncEnd end = co_await run_rsync(context, std::move(call));
  constexpr ExitStatus kFileSelection = Exited{3};
  if (end.status == kFileSelection || end.status == ExitStatus(Exited{11})) {
    problems.push_back({"the target '" + target.path + "' on '" + target.host +
                            "' cannot be used: " + first_line(end.errors),
                        remedy_of_path(settings)});
    co_return;
  }
  check_rsync_end(context, end, target.host, "rsync --dry-run to " + to_string(target));
}

}  // namespace

awaitable<std::vector<Problem>> check_restricted_end(JobContext& context,
                                                     const RsyncSettings& settings,
                                                     bool has_sources) {
  std::vector<Problem> problems;
  if (!has_sources) {
    co_await check_tried_target(context, settings, problems);
    co_return problems;
  }
  for (const Location& source : settings.sources) {
    co_await check_listed_source(context, settings, source, problems);
  }
  co_return problems;
}

Problem empty_source_problem(const std::string& source) {
  return {"the source " + source + " is empty, and 'delete' would empty the target",
          "mount or fill it, or write 'allow_empty_source = true' if that is meant"};
}

Problem missing_marker_problem(const RsyncSettings& settings, const std::string& source) {
  return {"the source " + source + " does not contain '" + settings.source_must_contain +
              "': it is not mounted, or not the right one",
          "mount it, or create '" + settings.source_must_contain + "' in it once"};
}

}  // namespace orchestrator
