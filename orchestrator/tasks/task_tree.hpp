#pragma once
#include <string>

namespace orchestrator {

class Loop;

/// Every task of a running loop, one line each, children indented: name, age, what it waits for (nothing: it runs
/// or is about to), whether it is cancelled or shielded from a cancellation, how hard and why, and the
/// OS resources that it holds. Empty when nothing runs.
[[nodiscard]] std::string task_tree(const Loop& loop);

}  // namespace orchestrator
