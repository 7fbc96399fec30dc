#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace orchestrator::test {

/// Lets this process and those that it starts mount file systems that nobody else sees, and that go with them.
/// \return whether it may.
[[nodiscard]] bool begin_own_mounts();

/// Whether a file system of this type can be made on a loop device, or needs none.
[[nodiscard]] bool can_make_disk(const std::string& type);

/// Where a program of the system is, for administrators' ones too; empty when it is not there.
[[nodiscard]] std::string system_program(const std::string& name);

/// Mounts a new file system of `mebibytes` at `path`, which is made. Its image lies beside it.
/// \param type "tmpfs", "ext4", "xfs" (at least 300 MiB) or "btrfs" (at least 128). \param options of mount, for tmpfs.
void mount_disk(const std::filesystem::path& path, const std::string& type, unsigned mebibytes,
                const std::string& options = {});

/// Bytes that plain users can still have, and can ever have, of the file system at `path`.
struct DiskRoom {
  std::uint64_t available = 0;
  std::uint64_t usable = 0;
};
[[nodiscard]] DiskRoom room_on(const std::filesystem::path& path);

}  // namespace orchestrator::test
