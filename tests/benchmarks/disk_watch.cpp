// disk_watch HELPERS_FOLDER COUNT ROUNDS: COUNT disks of this machine, each looked at ROUNDS times and judged. Says what
// share of one core that is when a look takes place every 30 s, with all helpers. Mounts the disks where nobody else sees them.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "monitors/disk_watch.hpp"
#include "monitors/local_probe.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "tests/benchmarks/stopwatch.hpp"

namespace {

using namespace orchestrator;

constexpr std::chrono::seconds kInterval{30};  // the default of `check_interval`

double seconds(const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; }

double processor_time_with_children() {
  double sum = 0;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    ::getrusage(who, &usage);
    sum += seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  return sum;
}

void must_succeed(int result, const char* what) {
  if (result != 0) throw std::system_error(errno, std::system_category(), what);
}

std::vector<std::string> make_disks(const std::string& folder, int count) {
  must_succeed(::unshare(CLONE_NEWNS), "unshare");
  must_succeed(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount");
  std::vector<std::string> paths;
  for (int i = 0; i < count; ++i) {
    paths.push_back(folder + "/" + std::to_string(i));
    std::filesystem::create_directories(paths.back());
    must_succeed(::mount("none", paths.back().c_str(), "tmpfs", 0, "size=1m"), "mount");
  }
  return paths;
}

std::vector<DiskWatch> judges_of(const std::vector<std::string>& paths) {
  std::vector<DiskWatch> judges;
  for (const std::string& path : paths) {
    DiskRules rules;
    rules.path = path;
    judges.emplace_back(std::move(rules));
  }
  return judges;
}

awaitable<void> look_at_all(LocalProbe& probe, std::vector<DiskWatch>& judges, TimePoint& now) {
  const DiskWriter us;
  for (DiskWatch& judge : judges) {
    std::string path = judge.rules().path;
    const SpaceReading reading = co_await probe.look(std::move(path), us);
    (void)judge.take(reading, now);
  }
  now += kInterval;
}

awaitable<void> look(Loop& loop, std::vector<DiskWatch>& judges, int rounds, bench::Stopwatch& watch) {
  LocalProbe probe(loop.io());
  TimePoint now{};
  co_await look_at_all(probe, judges, now);  // which starts the helpers
  watch.restart();
  for (int i = 0; i < rounds; ++i) co_await look_at_all(probe, judges, now);
  watch.stop();
  co_await probe.close();
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) return 2;
  ::setenv("ORCHESTRATOR_LIBEXEC", words[1], 1);
  const int rounds = std::atoi(words[3]);
  const std::string folder = "/tmp/orchestratord-bench-" + std::to_string(::getpid());
  std::vector<DiskWatch> judges = judges_of(make_disks(folder, std::atoi(words[2])));
  Loop loop;
  bench::Stopwatch watch;
  const double before = processor_time_with_children();
  auto work = [&]() -> awaitable<void> { return look(loop, judges, rounds, watch); };
  loop.run("disks", std::move(work));
  // The helpers' times count when they are reaped, with those of their start: too much rather than too little.
  const double used = processor_time_with_children() - before;
  watch.add("percent_of_a_core", 100 * used / (rounds * static_cast<double>(kInterval.count())));
  watch.print();
  for (const DiskWatch& judge : judges) ::umount2(judge.rules().path.c_str(), MNT_DETACH);
  std::filesystem::remove_all(folder);
  return 0;
}
