#pragma once
#include "orchestrator/store/database.hpp"

namespace orchestrator {

/// Makes the tables where they are missing. \throws StoreError for a file that a newer version has changed.
void prepare_schema(Database& database);

}  // namespace orchestrator
