#include "orchestrator/run/references.hpp"

#include <mutex>
#include <utility>

#include "orchestrator/tasks/run_blocking.hpp"

namespace orchestrator {

/// Lives as long as a thread that reads: a cancelled call leaves one behind.
struct RunReferences::Shared {
  explicit Shared(ReferenceSources sources) : resolver(std::move(sources), mask) {}

  struct Resolved {
    Secret value;
    SecretMask mask;
    std::uint64_t version = 0;
  };

  Resolved resolve(const std::string& text) {
    const std::lock_guard lock(mutex);
    ReferenceValue wanted;
    wanted.text = text;
    const std::vector<ReferenceValue> all{wanted};
    Resolved resolved;
    resolved.value = resolver.resolve(all).front();
    resolved.mask = mask;
    resolved.version = ++version;
    return resolved;
  }

  std::mutex mutex;
  SecretMask mask;
  ReferenceResolver resolver;
  std::uint64_t version = 0;
};

RunReferences::RunReferences(ReferenceSources sources) : shared_(std::make_shared<Shared>(std::move(sources))) {}

awaitable<std::string> RunReferences::resolve(std::string text) {
  if (text.find("${") == std::string::npos) co_return text;
  auto read = [shared = shared_, text] { return shared->resolve(text); };
  Shared::Resolved resolved = co_await run_blocking(std::move(read));
  adopt(resolved.version, std::move(resolved.mask));
  co_return resolved.value.reveal();
}

void RunReferences::adopt(std::uint64_t version, SecretMask mask) {
  // Of two threads the later one knows what both have read.
  if (version <= version_) return;
  version_ = version;
  mask_ = std::move(mask);
}

}  // namespace orchestrator
