#include "jobs/rsync_checks.hpp"

#include "jobs/probe_paths.hpp"
#include "jobs/restricted_checks.hpp"
#include "jobs/rsync_overlap.hpp"
#include "jobs/rsync_refusals.hpp"

namespace orchestrator {

namespace {

std::string on_machine(const std::string& host) {
  return host.empty() ? "on this machine" : "on '" + host + "'";
}

/// "'/srv/' on 'nas'"
std::string shown(const Location& location) {
  return "'" + location.path + "' " + on_machine(location.host);
}

/// "/srv" for "/srv/": what is there, whatever kind it should be of.
std::string without_slashes(const std::string& path) {
  const std::size_t last = path.find_last_not_of('/');
  return last == path.npos ? "/" : path.substr(0, last + 1);
}

/// A path for every source, and one for what it must contain where it must.
void ask_for_sources(const RsyncSettings& settings, ProbeQuestions& questions) {
  for (const Location& source : settings.sources) {
    questions.paths.push_back(without_slashes(source.path));
    if (!settings.source_must_contain.empty()) {
      questions.paths.push_back(source.path + "/" + settings.source_must_contain);
    }
  }
}

void ask_for_target(const RsyncSettings& settings, ProbeQuestions& questions) {
  questions.paths.push_back(without_slashes(settings.target.path));
  questions.paths.push_back(parent_path_of(settings.target.path));
  questions.quotas = true;
}

void check_source(const RsyncSettings& settings, const Location& source, const PathFacts& facts,
                  std::vector<Problem>& problems) {
  if (!facts.exists) {
    problems.push_back({"the source " + shown(source) + " does not exist, or cannot be reached",
                        "create or mount it, or correct 'source' in the configuration"});
  } else if (source.path.ends_with('/') && !facts.is_directory) {
    problems.push_back(
        {"the source " + shown(source) + " is no directory", "leave out the '/' at its end"});
  } else if (facts.is_directory ? !(facts.may_read && facts.may_enter)
                                : facts.is_file && !facts.may_read) {
    problems.push_back({"the source " + shown(source) + " cannot be read",
                        "give the user that reads it the right to, or run as another user"});
  } else if (settings.deletes && facts.is_empty && !settings.allow_empty_source) {
    problems.push_back(empty_source_problem(shown(source)));
  }
}

void check_sources(const RsyncSettings& settings, const std::vector<PathFacts>& facts,
                   std::size_t& next, std::vector<Problem>& problems) {
  for (const Location& source : settings.sources) {
    const PathFacts& own = facts.at(next++);
    check_source(settings, source, own, problems);
    if (settings.source_must_contain.empty()) continue;
    const PathFacts& marker = facts.at(next++);
    if (own.exists && !marker.exists) {
      problems.push_back(missing_marker_problem(settings, shown(source)));
    }
  }
}

/// Whether the target may be a file: the copy of one file under another name.
bool copies_one_file(const RsyncSettings& settings) {
  return settings.sources.size() == 1 && !settings.deletes &&
         !settings.sources.front().path.ends_with('/') && !settings.target.path.ends_with('/');
}

void check_target(const RsyncSettings& settings, const PathFacts& target, const PathFacts& parent,
                  std::vector<Problem>& problems) {
  const std::string name = "the target " + shown(settings.target);
  const std::string parent_name = "'" + parent_path_of(settings.target.path) + "'";
  const char* give_right = "give the user that writes it the right to, or choose another target";
  if (target.is_directory) {
    if (!target.may_write || !target.may_enter) {
      problems.push_back({name + " cannot be written", give_right});
    }
  } else if (target.exists) {
    if (!copies_one_file(settings)) {
      problems.push_back({name + " is a file, and a directory is needed",
                          "remove or rename it, or choose another target"});
    } else if (!parent.may_write || !parent.may_enter) {
      problems.push_back(
          {name + " cannot be replaced: " + parent_name + " cannot be written", give_right});
    }
  } else if (!parent.is_directory) {
    if (has_rsync_option(settings.args, "mkpath")) return;
    problems.push_back({name + " cannot be created: there is no directory " + parent_name,
                        "create it (mkdir -p " + parent_name + "), or add \"--mkpath\" to 'args'"});
  } else if (!parent.may_write || !parent.may_enter) {
    problems.push_back(
        {name + " cannot be created: " + parent_name + " cannot be written", give_right});
  }
}

/// Where the target is or will be, without symbolic links; empty where that cannot be told.
std::string real_target(const RsyncSettings& settings, const PathFacts& target, const PathFacts& parent) {
  if (target.is_directory || target.exists) return target.real_path;
  if (parent.real_path.empty()) return {};
  const std::string path = without_slashes(settings.target.path);
  return (parent.real_path == "/" ? "" : parent.real_path) + "/" + path.substr(path.find_last_of('/') + 1);
}

RsyncTarget seen_target(const RsyncSettings& settings, const PathFacts& target, const PathFacts& parent) {
  return {real_target(settings, target, parent), target.exists ? target.has_quotas : parent.has_quotas};
}

/// For ends on the same machine. `facts` are those of the sources, and then of the target and its parent.
void check_overlap(const RsyncSettings& settings, const std::vector<PathFacts>& facts, std::vector<Problem>& problems) {
  const std::string target = real_target(settings, facts.at(facts.size() - 2), facts.back());
  const std::size_t step = settings.source_must_contain.empty() ? 1 : 2;
  for (std::size_t i = 0; i < settings.sources.size(); ++i) {
    const std::string& source = facts.at(i * step).real_path;
    if (source.empty() || target.empty()) continue;
    if (auto problem = overlap_problem(settings, settings.sources[i], source, target)) {
      problems.push_back(std::move(*problem));
    }
  }
}

Problem no_rsync(const std::string& host) {
  return {"there is no rsync " + on_machine(host),
          "install it there (apt install rsync), in the PATH of the login"};
}

/// What to ask one machine, and which of the ends are there.
struct Side {
  std::string host;
  bool sources = false;
  bool target = false;
  RsyncTarget* found = nullptr;  ///< where to say what the target is; null: nowhere
};

awaitable<std::vector<Problem>> check_side(JobContext& context, const RsyncSettings& settings,
                                           Side side) {
  ProbeQuestions questions;
  questions.programs.emplace_back("rsync");
  if (side.sources) ask_for_sources(settings, questions);
  if (side.target) ask_for_target(settings, questions);
  const ProbeAnswers answers =
      co_await probe_paths(context, context.host(side.host), std::move(questions));

  std::vector<Problem> problems;
  if (!answers.programs.front()) problems.push_back(no_rsync(side.host));
  std::size_t next = 0;
  if (side.sources) check_sources(settings, answers.paths, next, problems);
  if (side.target) {
    check_target(settings, answers.paths.at(next), answers.paths.at(next + 1), problems);
    if (side.found) *side.found = seen_target(settings, answers.paths.at(next), answers.paths.at(next + 1));
  }
  if (side.sources && side.target) check_overlap(settings, answers.paths, problems);
  co_return problems;
}

awaitable<std::vector<Problem>> check_one(JobContext& context, const RsyncSettings& settings,
                                          Side side) {
  if (settings.only_rsync_sees() && !side.host.empty()) {
    co_return co_await check_restricted_end(context, settings, side.sources);
  }
  co_return co_await check_side(context, settings, std::move(side));
}

}  // namespace

awaitable<std::vector<Problem>> check_rsync_ends(JobContext& context, const RsyncSettings& settings,
                                                 RsyncTarget& target) {
  Side here;
  here.found = &target;
  here.sources = settings.source_host().empty();
  here.target = settings.target.is_local();
  std::vector<Problem> problems = co_await check_one(context, settings, here);
  if (settings.remote().empty()) co_return problems;

  Side there;
  there.found = &target;
  there.host = settings.remote();
  there.sources = !here.sources;
  there.target = !here.target;
  // Through rsync, where nothing else is allowed over there: without one here there is no answer.
  if (settings.only_rsync_sees() && !problems.empty()) co_return problems;
  std::vector<Problem> more = co_await check_one(context, settings, there);
  problems.insert(problems.end(), more.begin(), more.end());
  co_return problems;
}

awaitable<std::vector<Problem>> check_rsync_sources(JobContext& context,
                                                    const RsyncSettings& settings) {
  Side side;
  side.host = settings.source_host();
  side.sources = true;
  co_return co_await check_one(context, settings, side);
}

}  // namespace orchestrator
