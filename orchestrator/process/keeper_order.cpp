#include "orchestrator/process/keeper_order.hpp"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

#include "orchestrator/process/keeper_protocol.hpp"

namespace orchestrator {

namespace {

constexpr unsigned kNotExecutable = 8;  // MFD_NOEXEC_SEAL, which some systems demand and others do not know

Descriptor memory_file() noexcept {
  Descriptor file(::memfd_create("order", MFD_CLOEXEC | kNotExecutable));
  if (!file && errno == EINVAL) file.reset(::memfd_create("order", MFD_CLOEXEC));
  return file;
}

void add_text(std::string& bytes, const std::string& text) { bytes.append(text.c_str(), text.size() + 1); }

std::string bytes_of(const LaunchSpec& command) {
  KeeperOrder order;
  order.candidates = static_cast<std::uint32_t>(command.candidates.size());
  order.words = static_cast<std::uint32_t>(command.words.size());
  order.variables = static_cast<std::uint32_t>(command.environment.size());
  order.has_umask = command.umask ? 1 : 0;
  order.umask = command.umask.value_or(0);
  std::string bytes(sizeof(order), '\0');
  if (command.account) {
    order.has_user = 1;
    order.uid = command.account->uid;
    order.gid = command.account->gid;
    order.groups = static_cast<std::uint32_t>(command.account->groups.size());
    for (const gid_t group : command.account->groups) bytes.append(reinterpret_cast<const char*>(&group), sizeof(group));
  }
  add_text(bytes, command.directory);
  for (const std::string& candidate : command.candidates) add_text(bytes, candidate);
  for (const std::string& word : command.words) add_text(bytes, word);
  for (const std::string& variable : command.environment) add_text(bytes, variable);
  order.size = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(bytes.data(), &order, sizeof(order));
  return bytes;
}

}  // namespace

Descriptor keeper_order(const LaunchSpec& command) noexcept {
  Descriptor file = memory_file();
  if (!file) return file;
  const std::string bytes = bytes_of(command);
  const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
  if (written == static_cast<ssize_t>(bytes.size())) return file;
  if (written >= 0) errno = ENOMEM;
  const int error = errno;
  file.reset();
  errno = error;
  return file;
}

}  // namespace orchestrator
