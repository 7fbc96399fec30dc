#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace orchestrator {

/// What goes first when there is no room.
enum class OutputPriority : std::uint8_t {
  Progress,   ///< of use only while it is new
  Ordinary,   ///< the oldest go first
  Essential,  ///< errors and the summary: never dropped
};

/// Who closes a descriptor.
enum class DescriptorOwner : std::uint8_t { Caller, Stream };

namespace detail {
struct OutputQueueState;
struct OutputStreamState;
}  // namespace detail

/// One terminal, pipe or file behind an OutputQueue. When the object goes, what was written still
/// arrives.
///
/// Threads: any.
class OutputStream {
 public:
  OutputStream(std::shared_ptr<detail::OutputQueueState> queue,
               std::shared_ptr<detail::OutputStreamState> state);
  ~OutputStream();
  OutputStream(const OutputStream&) = delete;
  OutputStream& operator=(const OutputStream&) = delete;

  /// Never waits. `text` is written as it is, newline included, and never torn by a dropped entry.
  void write(std::string text, OutputPriority priority = OutputPriority::Ordinary);

  /// An entry of priority `Progress` that takes the place of the one of the same `key` that still
  /// waits: after a stalled terminal moves on, it gets the latest state, not an hour of them. So it
  /// must not count on an earlier one to have been seen.
  void progress(std::string text, const std::string& key = {});

  /// Entries that were dropped for want of room, or because they could not be written.
  [[nodiscard]] std::size_t dropped() const;
  /// errno of what ended the stream for good (EPIPE, EIO); 0 while it works. Not an error of the
  /// run: what is written from then on is dropped.
  [[nodiscard]] int failure() const;
  /// errno of the last entry that could not be written, also where later ones could; 0: there was none.
  [[nodiscard]] int write_error() const;

 private:
  std::shared_ptr<detail::OutputQueueState> queue_;
  std::shared_ptr<detail::OutputStreamState> state_;
};

/// One thread that writes terminal, log files and journal, so that Ctrl-S, a slow pipe or a full disk
/// never hold the loop (decision 14). Streams do not wait for one another.
class OutputQueue {
 public:
  /// Bytes that may wait in a stream before entries are dropped.
  static constexpr std::size_t kRoom = std::size_t{1} << 20;
  static constexpr std::chrono::milliseconds kFlushLimit{2000};

  /// \param flush_limit how long the destructor waits for what has been written; then it is lost.
  explicit OutputQueue(std::chrono::milliseconds flush_limit = kFlushLimit);
  ~OutputQueue();
  OutputQueue(const OutputQueue&) = delete;
  OutputQueue& operator=(const OutputQueue&) = delete;

  /// \param descriptor open for writing. The flags of its description are left alone: it may be
  /// shared with a shell.
  [[nodiscard]] std::unique_ptr<OutputStream> open(int descriptor, DescriptorOwner owner,
                                                   std::size_t room = kRoom);

  /// Waits until everything that was written is out, at most `limit`; after one that was too short the destructor does not wait
  /// again. Blocks: not on the loop.
  /// \return whether it is.
  bool flush(std::chrono::milliseconds limit = kFlushLimit);

 private:
  const std::chrono::milliseconds flush_limit_;
  std::shared_ptr<detail::OutputQueueState> state_;
};

}  // namespace orchestrator
