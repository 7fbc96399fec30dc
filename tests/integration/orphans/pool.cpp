#include "tests/integration/orphans/pool.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <list>
#include <random>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/orphans/promises.hpp"
#include "tests/integration/orphans/watch.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kCellLimit = std::chrono::seconds(150);
constexpr int kLongestDelayMs = 500;
constexpr std::size_t kRunsAgainEvery = 6;

struct Worker {
  Cell cell;
  TemporaryDirectory folder{};
  pid_t pid = -1;
  int result = -1;  ///< what it writes is read from here
  std::string text{};
  Moment limit{};
};

void write_result(int descriptor, const CellResult& result) {
  std::string text = fmt::format("{} {}\n", result.escaped ? 1 : 0, result.until_gone.count());
  for (const std::string& complaint : result.complaints) text += "    " + complaint + "\n";
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(descriptor, text.data() + written, text.size() - written);
    if (count <= 0) return;
    written += static_cast<std::size_t>(count);
  }
}

[[noreturn]] void work(const Premises& premises, const Worker& worker, const CellOptions& options, int descriptor) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  CellResult result;
  try {
    result = run_cell(premises, worker.cell, worker.folder.path(), options);
  } catch (const std::exception& error) {
    result.complaints.emplace_back(error.what());
  }
  write_result(descriptor, result);
  ::_exit(0);
}

class Pool {
 public:
  Pool(const Premises& premises, const std::vector<Cell>& cells, const PoolOptions& options)
      : premises_(premises), cells_(cells), options_(options), numbers_(options.seed) {
    if (options_.limit) limit_ = Clock::now() + *options_.limit;
  }

  Tally run() {
    while (next_ < cells_.size() || !workers_.empty()) {
      while (next_ < cells_.size() && workers_.size() < options_.at_once && !is_late()) begin(cells_[next_++]);
      if (is_late() && next_ < cells_.size()) {
        tally_.not_begun = cells_.size() - next_;
        next_ = cells_.size();
      }
      if (!workers_.empty()) wait();
    }
    return tally_;
  }

 private:
  [[nodiscard]] bool is_late() const { return limit_ && Clock::now() >= *limit_; }

  void begin(const Cell& cell) {
    CellOptions options;
    options.shell = next_;
    options.runs_again = next_ % kRunsAgainEvery == 0;
    // Half of them at once, when the actor has existed for less than a millisecond.
    if (options_.random_timing && numbers_() % 2 == 0) {
      options.delay = std::chrono::milliseconds(numbers_() % kLongestDelayMs);
    }
    Worker& worker = workers_.emplace_back();
    worker.cell = cell;
    worker.limit = Clock::now() + kCellLimit;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    worker.pid = ::fork();
    if (worker.pid == 0) work(premises_, worker, options, ends[1]);
    ::close(ends[1]);
    worker.result = ends[0];
  }

  // Until one of them has said something, ended, or run into its limit.
  void wait() {
    std::vector<pollfd> ready;
    Moment first = workers_.front().limit;
    for (const Worker& worker : workers_) {
      ready.push_back({worker.result, POLLIN, 0});
      first = std::min(first, worker.limit);
    }
    ::poll(ready.data(), ready.size(), milliseconds_until(first));
    auto state = ready.begin();
    for (auto worker = workers_.begin(); worker != workers_.end(); ++state) {
      const bool over = (state->revents != 0 && !read_more(*worker)) || Clock::now() >= worker->limit;
      if (over) end(*worker);
      worker = over ? workers_.erase(worker) : std::next(worker);
    }
  }

  [[nodiscard]] static bool read_more(Worker& worker) {
    char buffer[65536];
    const ssize_t count = ::read(worker.result, buffer, sizeof buffer);
    if (count > 0) worker.text.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
  }

  void end(Worker& worker) {
    ::kill(worker.pid, SIGKILL);
    ::waitpid(worker.pid, nullptr, 0);
    ::close(worker.result);
    for (const Identity& one : that_belong_to(worker.folder.path())) end_process(one);
    std::istringstream text(worker.text);
    bool escaped = false;
    std::int64_t milliseconds = 0;
    std::string complaints = "    the cell itself has crashed or hung\n";
    if (text >> escaped >> milliseconds) complaints = worker.text.substr(worker.text.find('\n') + 1);
    if (!complaints.empty()) {
      const std::string reason(known_failure(worker.cell));
      ++(reason.empty() ? tally_.failed : tally_.known);
      std::printf("FAILED %s %s\n%s", to_string(worker.cell).c_str(), reason.c_str(), complaints.c_str());
      std::fflush(stdout);
      return;
    }
    ++tally_.passed;
    if (escaped) ++tally_.escaped;
    tally_.slowest = std::max(tally_.slowest, std::chrono::milliseconds(milliseconds));
  }

  const Premises& premises_;
  const std::vector<Cell>& cells_;
  PoolOptions options_;
  std::mt19937_64 numbers_;
  std::optional<Moment> limit_;
  std::size_t next_ = 0;
  std::list<Worker> workers_;
  Tally tally_;
};

}  // namespace

Tally run_cells(const Premises& premises, const std::vector<Cell>& cells, const PoolOptions& options) {
  return Pool(premises, cells, options).run();
}

}  // namespace orchestrator::test
