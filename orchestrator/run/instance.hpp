#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/process/descriptor.hpp"

namespace orchestrator {

/// An orchestrator that is alive, or the right to clean up after one that is dead: the lock on its file in
/// `instances/` of the state directory (decision 19). The kernel frees it, whatever ends the program.
class Instance {
 public:
  Instance(std::string id, std::filesystem::path file, Descriptor lock)
      : id_(std::move(id)), file_(std::move(file)), lock_(std::move(lock)) {}

  [[nodiscard]] const std::string& id() const noexcept { return id_; }

  /// Removes the file: nothing in the store is about this instance any more. Only whoever holds the lock may.
  void forget() noexcept;

 private:
  std::string id_;
  std::filesystem::path file_;
  Descriptor lock_;  // none: there was no file
};

/// Makes this program an instance, for as long as the object lives. Blocks. \throws Error
[[nodiscard]] Instance begin_instance(const std::filesystem::path& state_directory);

/// Takes the lock of a dead instance, so that nobody else cleans up after it. Blocks.
/// \return none when it lives, or somebody is at it. \throws Error
[[nodiscard]] std::optional<Instance> take_dead_instance(const std::filesystem::path& state_directory,
                                                         const std::string& id);

/// The files of all instances, living and dead. Blocks.
[[nodiscard]] std::vector<std::string> all_instances(const std::filesystem::path& state_directory);

}  // namespace orchestrator
