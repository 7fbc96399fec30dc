#include "tests/benchmarks/stopwatch.hpp"

#include <cstdio>
#include <fstream>
#include <sys/resource.h>

namespace orchestrator::bench {

namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double processor_time() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

/// In MiB. Not what getrusage(2) says: that counts what ran in this process before its execve(2), too.
double peak_memory() {
  std::ifstream status("/proc/self/status");
  std::string word;
  double kibibytes = 0;
  while (status >> word && word != "VmHWM:") {
  }
  status >> kibibytes;
  return kibibytes / 1024;
}

}  // namespace

void Stopwatch::restart() {
  begin_ = std::chrono::steady_clock::now();
  processor_begin_ = processor_time();
  seconds_.reset();
}

void Stopwatch::stop() {
  if (seconds_) return;
  seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  processor_seconds_ = processor_time() - processor_begin_;
}

void Stopwatch::print() {
  stop();
  std::printf("{\"seconds\": %.9f, \"cpu\": %.6f, \"peak\": %.1f", *seconds_, processor_seconds_, peak_memory());
  for (const auto& [name, number] : numbers_) std::printf(", \"%s\": %.9g", name.c_str(), number);
  std::printf("}\n");
}

}  // namespace orchestrator::bench
