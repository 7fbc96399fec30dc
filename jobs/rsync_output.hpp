#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/run/job_context.hpp"

namespace orchestrator {

/// One record of rsync's `--info=progress2`, with plain numbers:
/// "        1500001   4%  699.63MB/s    0:00:12" and, when a file is done, " (xfr#6, to-chk=1/9)".
struct RsyncRecord {
  std::uint64_t bytes = 0;  ///< of the files that were sent so far, whatever it took to send them
  unsigned percent = 0;     ///< of the bytes of all files, those that need no sending included
  double bytes_per_second = 0;
  std::optional<Duration> remaining;
  std::optional<std::uint64_t> transferred;  ///< files; known when one is done, like the next two
  std::uint64_t unchecked = 0;               ///< entries that were not looked at yet
  std::uint64_t entries = 0;                 ///< files, directories and all else, together
};
[[nodiscard]] std::optional<RsyncRecord> parse_rsync_record(std::string_view text);

/// One line of rsync's `--out-format="%i %n%L"`: ">f+++++++++ a/file" or "*deleting   old".
struct RsyncChange {
  enum class Kind : std::uint8_t { Sent, Created, Changed, Deleted };
  Kind kind = Kind::Changed;  ///< `Changed` is a matter of attributes
  std::string_view name;      ///< unusual characters as "\#012"; part of the line that was parsed
};
[[nodiscard]] std::optional<RsyncChange> parse_rsync_change(std::string_view line);

/// Cuts rsync's output, which has progress records that begin with "\r" between its lines.
class RsyncOutput {
 public:
  using Handler = std::function<void(std::string_view)>;
  /// `on_record` gets what came after a "\r", `on_line` every other line that is not empty.
  RsyncOutput(Handler on_record, Handler on_line)
      : on_record_(std::move(on_record)), on_line_(std::move(on_line)) {}

  /// Keeps at most a line of kLongestLine; the rest of a longer one is dropped.
  void feed(std::string_view bytes);
  /// What has no end yet counts too.
  void finish();

 private:
  void end_piece();

  Handler on_record_;
  Handler on_line_;
  std::string piece_;
  bool is_record_ = false;
};

/// What is known of a transfer from its records and lines.
///
/// rsync's percentage alone stays at 0 when little has changed, and the share of entries alone says
/// 99 % before one large file at the end: entries that needed no sending count as done as well,
/// in proportion. The fraction never goes back, and reaches 1 only by rsync's exit.
class RsyncProgress {
 public:
  void add(const RsyncRecord& record);
  void add(const RsyncChange& change);

  [[nodiscard]] const Progress& progress() const noexcept { return progress_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return progress_.bytes.value_or(0); }
  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
  [[nodiscard]] std::uint64_t deleted() const noexcept { return deleted_; }
  /// Created or changed in their attributes only: directories, links, modes.
  [[nodiscard]] std::uint64_t others() const noexcept { return others_; }

 private:
  Progress progress_;
  double unsent_share_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t deleted_ = 0;
  std::uint64_t others_ = 0;
};

}  // namespace orchestrator
