#include "tests/integration/orphans/phases_job.hpp"

#include <chrono>
#include <memory>
#include <utility>

#include "jobs/local_environment.hpp"
#include "orchestrator/tasks/scope.hpp"

namespace orchestrator::test {

namespace {

// How long an undo of these jobs may take: less than the limit of all cleanups of a run.
constexpr Duration kUndoLimit = std::chrono::seconds(3);

struct PhasesSettings {
  std::string host;
  std::vector<std::string> words;
  std::string phase;
};

class PhasesJob final : public Job {
 public:
  PhasesJob(std::string name, PhasesSettings settings) : name_(std::move(name)), settings_(std::move(settings)) {}

  [[nodiscard]] const std::string& item() const noexcept override { return name_; }

  [[nodiscard]] JobPlan plan() const override {
    JobPlan plan;
    plan.hosts.push_back(settings_.host);
    return plan;
  }

  [[nodiscard]] awaitable<std::vector<Problem>> validate(JobContext& context) override {
    std::vector<Problem> problems;
    const bool good = co_await run_in("validate", context);
    if (!good) problems.push_back({"the command failed", ""});
    co_return problems;
  }

  [[nodiscard]] awaitable<void> pre_sync(JobContext& context) override {
    if (settings_.phase == "undo") register_undo(context);
    co_await must_run_in("pre_sync", context);
  }

  [[nodiscard]] awaitable<void> sync(JobContext& context) override {
    if (settings_.phase == "undo") throw Error("failed, so that there is something to undo");
    co_await must_run_in("sync", context);
  }

  [[nodiscard]] awaitable<void> post_sync(JobContext& context) override { co_await must_run_in("post_sync", context); }

 private:
  void register_undo(JobContext& context) {
    context.on_failure("undo", [this, &context](Ending) -> awaitable<void> {
      auto limited = [this, &context]() -> awaitable<void> { co_await must_run_in("undo", context); };
      co_await with_limit(kUndoLimit, std::move(limited));
    });
  }

  [[nodiscard]] awaitable<void> must_run_in(std::string phase, JobContext& context) {
    const bool good = co_await run_in(std::move(phase), context);
    if (!good) throw Error("the command failed");
  }

  [[nodiscard]] awaitable<bool> run_in(std::string phase, JobContext& context) {
    if (phase != settings_.phase) co_return true;
    Host& host = context.host(settings_.host);
    Command command;
    ArgumentVector arguments;
    arguments.words = settings_.words;
    command.program = std::move(arguments);
    command.environment = base_environment(host);
    command.stop = context.stop_ladder();
    RunProcessOptions options;
    const ProcessResult result = co_await context.run(host, std::move(command), std::move(options));
    co_return succeeded(result.status);
  }

  std::string name_;
  PhasesSettings settings_;
};

std::vector<std::unique_ptr<Job>> make_phases(const JobConfig& job) {
  const ConfigTable& table = job.table;
  PhasesSettings settings;
  if (const auto* host = table.find<std::string>("host")) settings.host = *host;
  settings.words = table.get<StringList>("command");
  settings.phase = table.get<std::string>("phase");
  std::vector<std::unique_ptr<Job>> items;
  for (std::int64_t number = 0; number < table.get<std::int64_t>("items"); ++number) {
    items.push_back(std::make_unique<PhasesJob>("item" + std::to_string(number), settings));
  }
  if (const auto* fifo = table.find<std::string>("fails_after")) {
    PhasesSettings sibling;
    sibling.words = {"/bin/sh", "-c", "read line < '" + *fifo + "'; exit 1"};
    sibling.phase = settings.phase;
    items.push_back(std::make_unique<PhasesJob>("sibling", sibling));
  }
  return items;
}

}  // namespace

JobType phases_job_type() {
  JobType type;
  type.name = "phases";
  ConfigSection& section = type.section;
  section.name = "phases";
  section.help = "Runs a command in one phase.";
  section.example_job = "command = [\"true\"]\n";
  section.keys.push_back(string_key("host", "where").means(Meaning::HostName).example("\"nas\""));
  section.keys.push_back(string_list_key("command", "what").required().example("[\"true\"]"));
  section.keys.push_back(
      choice_key("phase", "when", {"validate", "pre_sync", "sync", "post_sync", "undo"}).defaults_to("sync"));
  section.keys.push_back(integer_key("items", "how many").between(1, 100).defaults_to(std::int64_t{1}));
  section.keys.push_back(string_key("fails_after", "another item fails when this FIFO has a line").example("\"/f\""));
  type.make = [](const JobConfig& job, const Config&) { return make_phases(job); };
  return type;
}

}  // namespace orchestrator::test
