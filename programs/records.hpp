#pragma once

#include <optional>

#include "orchestrator/run/instance.hpp"
#include "orchestrator/store/sqlite_run_store.hpp"

namespace orchestrator {

/// What of a program survives its death: its runs, and who it was. A dry run leaves nothing anywhere, so it has no instance.
struct Records {
  SqliteRunStore store;
  std::optional<Instance> instance;
};

/// At the end of the program: nobody has to look for us, unless there is something that could not be confirmed.
[[nodiscard]] awaitable<void> forget_instance(Records& records);

}  // namespace orchestrator
