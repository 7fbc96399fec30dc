#include "jobs/rsync_job.hpp"

#include <fmt/format.h>

#include "jobs/rsync_arguments.hpp"
#include "jobs/rsync_checks.hpp"
#include "jobs/rsync_coming.hpp"
#include "jobs/rsync_output.hpp"
#include "jobs/rsync_refusals.hpp"
#include "jobs/run_rsync.hpp"

namespace orchestrator {

namespace {

// Of the changes, so many are shown in a dry run, and so many are in the log; a first run may have
// millions.
constexpr std::uint64_t kChangesShown = 100;
constexpr std::uint64_t kChangesLogged = 1000;

/// Makes of rsync's output what the run wants to know.
class Reporter {
 public:
  explicit Reporter(JobContext& context)
      : context_(context),
        output_([this](std::string_view text) { record(text); },
                [this](std::string_view text) { line(text); }) {}
  ~Reporter() {
    if (!context_.dry_run()) context_.moved(progress_.bytes());
  }
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  void feed(std::string_view bytes) { output_.feed(bytes); }

  void finish() {
    output_.finish();
    const std::uint64_t told = context_.dry_run() ? kChangesShown : kChangesLogged;
    if (changes_ > told) {
      context_.log(LogLevel::Info, fmt::format("... and {} more changes", changes_ - told));
    }
    const char* would = context_.dry_run() ? "would be " : "";
    context_.log(LogLevel::Info,
                 fmt::format("{0} files {3}sent, {1} {3}deleted, {2} directories and others "
                             "{3}created or changed",
                             progress_.sent(), progress_.deleted(), progress_.others(), would));
  }

 private:
  void record(std::string_view text) {
    const std::optional<RsyncRecord> record = parse_rsync_record(text);
    if (!record) return;
    progress_.add(*record);
    context_.progress(progress_.progress());
  }

  void line(std::string_view text) {
    const std::optional<RsyncChange> change = parse_rsync_change(text);
    if (!change) {
      context_.log(LogLevel::Debug, text);
      return;
    }
    progress_.add(*change);
    ++changes_;
    if (context_.dry_run() && changes_ <= kChangesShown) {
      context_.log(LogLevel::Info, text);
    } else if (changes_ <= kChangesLogged) {
      context_.log(LogLevel::Debug, text);
    }
    context_.progress(progress_.progress());
  }

  JobContext& context_;
  RsyncOutput output_;
  RsyncProgress progress_;
  std::uint64_t changes_ = 0;
};

/// Right before the work, since a source may have been unmounted since the validation.
awaitable<void> guard_sources(JobContext& context, const RsyncSettings& settings) {
  if (!settings.guards_sources()) co_return;
  const std::vector<Problem> problems = co_await check_rsync_sources(context, settings);
  if (!problems.empty()) throw Error(problems.front().what, problems.front().remedy);
}

}  // namespace

JobPlan RsyncJob::plan() const {
  JobPlan plan;
  plan.hosts.emplace_back();
  if (!settings_.remote().empty()) plan.hosts.push_back(settings_.remote());
  const bool removes = has_rsync_option(settings_.args, "remove-source-files") ||
                       has_rsync_option(settings_.args, "remove-sent-files");
  for (const Location& source : settings_.sources) {
    plan.paths.push_back({source.host, source.path, removes, {}, settings_.sudo && !source.host.empty()});
  }
  plan.paths.push_back({settings_.target.host, settings_.target.path, true, target_.real_path,
                        settings_.sudo && !settings_.target.host.empty()});
  plan.commands.push_back(describe_rsync(settings_, false));
  return plan;
}

awaitable<std::vector<Problem>> RsyncJob::validate(JobContext& context) {
  return check_rsync_ends(context, settings_, target_);
}

awaitable<std::vector<ComingData>> RsyncJob::coming(JobContext& context) { return rsync_coming(context, settings_, target_); }

awaitable<void> RsyncJob::pre_sync(JobContext& /*context*/) { co_return; }

awaitable<void> RsyncJob::sync(JobContext& context) {
  co_await guard_sources(context, settings_);
  RsyncCall call;
  call.remote = settings_.remote();
  const std::string shell = call.remote.empty() ? std::string() : rsync_shell_program();
  call.words = rsync_command(settings_, context.dry_run(), shell);
  ArgumentVector shown;
  shown.words = call.words;
  context.log(LogLevel::Debug, describe(shown));

  Reporter reporter(context);
  call.on_output = [&reporter](std::string_view bytes) { reporter.feed(bytes); };
  const RsyncEnd end = co_await run_rsync(context, std::move(call));
  reporter.finish();
  check_rsync_end(context, end, settings_.remote(), describe_rsync(settings_, context.dry_run()));
}

awaitable<void> RsyncJob::post_sync(JobContext& /*context*/) { co_return; }

JobType rsync_job_type() {
  JobType type;
  type.name = "rsync";
  type.section = rsync_section();
  type.make = [](const JobConfig& job, const Config& config) {
    std::vector<std::unique_ptr<Job>> items;
    items.push_back(std::make_unique<RsyncJob>(job.name, rsync_settings(job, config)));
    return items;
  };
  return type;
}

}  // namespace orchestrator
