#include "programs/control/follow_run.hpp"

#include <csignal>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>

#include "orchestrator/run/exit_code.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "orchestrator/tasks/use_task.hpp"
#include "programs/report_output.hpp"
#include "programs/signals.hpp"
#include "programs/standard_streams.hpp"
#include "programs/terminal/json_events.hpp"

namespace orchestrator {

namespace {

/// One run that is being followed.
class Following {
 public:
  Following(BusClient& client, std::string run, const ControlLine& line, FollowSignals signals)
      : client_(client),
        run_(std::move(run)),
        line_(line),
        signals_mean_(signals),
        output_(queue_),
        report_(make_text_report(options_of(line), loop_.clock(), output_)),
        events_(*report_),
        pipe_(loop_.io(), client.follow(run_).release()) {}

  int run() {
    auto body = [this]() -> awaitable<void> { return follow(); };
    loop_.run("orchestratorctl", std::move(body));
    if (left_) return kExitLeftRunning;
    if (!events_.result()) {
      complain("the daemon ended before run " + run_ + " did", "orchestratorctl");
      complain("what it left is ended when it starts again; see 'orchestratorctl show " + run_ + "'", "orchestratorctl");
      return kExitInterrupted;
    }
    if (!line_.json) report_->run_ended(*events_.result());
    const bool ended_by_us = first_signal_ != 0 && events_.exit_code() == kExitCancelled;
    return ended_by_us ? kExitSignal + first_signal_ : events_.exit_code();
  }

 private:
  static ReportOptions options_of(const ControlLine& line) {
    ReportOptions options;
    options.quiet = line.quiet;
    options.verbose = line.follow || (line.dry_run && !line.quiet);
    options.strict = line.strict;
    return options;
  }

  awaitable<void> follow() {
    asio::signal_set arrivals(loop_.io());
    for (const int signal : ending_signals()) arrivals.add(signal);
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn("signals", [this, &group, &arrivals] { return watch(group, arrivals); });
      if (const auto interval = report_->interval(); interval && !line_.json) {
        group.spawn("display", [this, interval] { return keep_drawing(*interval); });
      }
      co_await read_to_the_end();
      group.cancel(CancelReason());
    };
    try {
      co_await with_task_group(std::move(body));
    } catch (const Cancelled&) {
      // Left.
    }
  }

  awaitable<void> read_to_the_end() {
    std::string waiting;
    std::vector<char> buffer(65536);
    for (;;) {
      const auto [error, count] = co_await pipe_.async_read_some(asio::buffer(buffer), use_task_tuple);
      if (error) co_return;
      waiting.append(buffer.data(), count);
      std::size_t begin = 0;
      for (std::size_t end = 0; (end = waiting.find('\n', begin)) != std::string::npos; begin = end + 1) {
        take(waiting.substr(begin, end + 1 - begin));
      }
      waiting.erase(0, begin);
    }
  }

  void take(const std::string& text) {
    const bool had_result = events_.result().has_value();
    if (!line_.json) return events_.line(text);
    events_.line(text);
    const bool is_result = !had_result && events_.result();
    const bool is_log = text.find("\"type\":\"log\"") != std::string::npos;
    if (is_result || (!line_.quiet && (!is_log || line_.follow || line_.dry_run))) {
      output_.put({Channel::Result, is_result ? OutputPriority::Essential : OutputPriority::Ordinary, text});
    }
  }

  awaitable<void> keep_drawing(Duration interval) {
    for (;;) {
      co_await sleep_for(interval);
      report_->tick();
    }
  }

  awaitable<void> watch(TaskGroup& group, asio::signal_set& arrivals) {
    SignalCount count;
    unsigned heard = 0;
    for (;;) {
      const auto [error, signal] = co_await arrivals.async_wait(use_task_tuple);
      if (!count.take(signal, loop_.clock().now())) continue;
      ++heard;
      // Who hangs up, and who only watches, leaves the run alone.
      if (signals_mean_ == FollowSignals::LeaveRun || signal == SIGHUP || heard > 2) {
        left_ = true;
        say("run " + run_ + " goes on; see 'orchestratorctl status " + run_ + "'");
        group.cancel(CancelReason());
        co_return;
      }
      if (heard == 1) first_signal_ = signal;
      say(heard == 1 ? "asked the daemon to stop it; again to kill" : "asked the daemon to kill it; again to leave it");
      client_.ask_to_cancel(run_, heard == 1 ? "stop" : "kill");
    }
  }

  void say(const std::string& text) {
    if (!line_.json) output_.put({Channel::Progress, OutputPriority::Essential, text + "\n"});
  }

  BusClient& client_;
  std::string run_;
  const ControlLine& line_;
  FollowSignals signals_mean_;
  OutputQueue queue_;
  ReportOutput output_;
  Loop loop_;
  std::unique_ptr<Report> report_;
  JsonEvents events_;
  asio::posix::stream_descriptor pipe_;
  int first_signal_ = 0;
  bool left_ = false;
};

}  // namespace

int follow_run(BusClient& client, const std::string& run, const ControlLine& line, FollowSignals signals) {
  return Following(client, run, line, signals).run();
}

}  // namespace orchestrator
