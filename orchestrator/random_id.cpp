#include "orchestrator/random_id.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <sys/random.h>
#include <system_error>

#include <fmt/format.h>

namespace orchestrator {

std::string random_id() {
  std::array<std::uint64_t, 2> bits{};
  if (::getrandom(bits.data(), sizeof bits, 0) != static_cast<ssize_t>(sizeof bits)) {
    throw std::system_error(errno, std::generic_category(), "cannot get random bits from the system");
  }
  return fmt::format("{:016x}{:016x}", bits[0], bits[1]);
}

}  // namespace orchestrator
