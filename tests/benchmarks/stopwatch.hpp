#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace orchestrator::bench {

/// What a benchmark says of one run of itself: time, processor time, numbers of its own. It runs from the beginning.
class Stopwatch {
 public:
  Stopwatch() { restart(); }

  void restart();
  /// Only the first time.
  void stop();
  void add(std::string name, double number) { numbers_.emplace_back(std::move(name), number); }
  /// One line of JSON, as tests/benchmarks/sample.py wants it.
  void print();

 private:
  std::chrono::steady_clock::time_point begin_;
  double processor_begin_ = 0;
  std::optional<double> seconds_;
  double processor_seconds_ = 0;
  std::vector<std::pair<std::string, double>> numbers_;
};

}  // namespace orchestrator::bench
