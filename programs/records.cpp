#include "programs/records.hpp"

#include <algorithm>

namespace orchestrator {

awaitable<void> forget_instance(Records& records) {
  if (!records.instance) co_return;
  try {
    const std::string nobody;
    const std::vector<StoredRun> open = co_await records.store.open_runs(nobody);
    const auto is_ours = [&records](const StoredRun& run) { return run.instance == records.instance->id(); };
    if (std::none_of(open.begin(), open.end(), is_ours)) records.instance->forget();
  } catch (const StoreError&) {
    // Whoever comes next and can read it will see.
  }
}

}  // namespace orchestrator
