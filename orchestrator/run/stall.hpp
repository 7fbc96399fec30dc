#pragma once
#include "orchestrator/error.hpp"

namespace orchestrator {

/// An item moved nothing for as long as it may (`stall_timeout`), and was ended.
class Stalled : public Error {
 public:
  using Error::Error;
};

}  // namespace orchestrator
