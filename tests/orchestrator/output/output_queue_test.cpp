#include "orchestrator/output/output_queue.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <unistd.h>

#include <gtest/gtest.h>

namespace orchestrator {
namespace {

using namespace std::chrono_literals;

constexpr auto kBound = 20s;  // only reached when something is wrong

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0); }
  ~Pipe() {
    close_reader();
    ::close(ends[1]);
  }
  void close_reader() {
    if (ends[0] >= 0) ::close(ends[0]);
    ends[0] = -1;
  }
  std::string read(std::size_t bytes) const {
    std::string text(bytes, '\0');
    std::size_t have = 0;
    while (have < bytes) {
      const ssize_t n = ::read(ends[0], text.data() + have, bytes - have);
      if (n <= 0) break;
      have += static_cast<std::size_t>(n);
    }
    text.resize(have);
    return text;
  }
  /// So that not even a byte fits.
  void fill() const {
    const int flags = ::fcntl(ends[1], F_GETFL);
    ::fcntl(ends[1], F_SETFL, flags | O_NONBLOCK);
    const std::string block(4096, 'x');
    while (::write(ends[1], block.data(), block.size()) > 0) {
    }
    ::fcntl(ends[1], F_SETFL, flags);
  }
  [[nodiscard]] std::size_t capacity() const { return static_cast<std::size_t>(::fcntl(ends[1], F_GETPIPE_SZ)); }
  std::array<int, 2> ends{};
};

struct File {
  File() { descriptor = ::mkstemp(name.data()); }
  ~File() { ::unlink(name.c_str()); }
  std::string content() const {
    std::ifstream in(name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string name = testing::TempDir() + "output_queue_XXXXXX";
  int descriptor;
};

TEST(OutputQueue, WritesInTheOrderOfTheCalls) {
  const Pipe pipe;
  OutputQueue queue;
  const auto out = queue.open(pipe.ends[1], DescriptorOwner::Caller);
  out->write("one\n");
  out->write("two\n", OutputPriority::Essential);
  EXPECT_EQ(pipe.read(8), "one\ntwo\n");
  EXPECT_TRUE(queue.flush(kBound));
}

TEST(OutputQueue, AStalledPipeHoldsNeitherTheCallerNorOtherStreams) {
  const Pipe stalled;
  stalled.fill();
  const Pipe other;
  OutputQueue queue;
  const auto slow = queue.open(stalled.ends[1], DescriptorOwner::Caller);
  const auto fast = queue.open(other.ends[1], DescriptorOwner::Caller);
  slow->write("waits\n");
  fast->write("goes on\n");
  EXPECT_EQ(other.read(8), "goes on\n");

  const std::string before(stalled.capacity(), 'x');
  EXPECT_EQ(stalled.read(before.size() + 6), before + "waits\n");
  EXPECT_TRUE(queue.flush(kBound));
}

TEST(OutputQueue, LeavesTheFlagsOfASharedDescriptorAlone) {
  const Pipe pipe;
  OutputQueue queue;
  const auto out = queue.open(pipe.ends[1], DescriptorOwner::Caller);
  EXPECT_EQ(::fcntl(pipe.ends[1], F_GETFL) & O_NONBLOCK, 0);
}

TEST(OutputQueue, AReaderThatIsGoneEndsTheStreamOnly) {
  Pipe pipe;
  OutputQueue queue;
  const auto out = queue.open(pipe.ends[1], DescriptorOwner::Caller);
  pipe.close_reader();
  out->write("nobody reads this\n");
  EXPECT_TRUE(queue.flush(kBound));
  EXPECT_EQ(out->failure(), EPIPE);
  out->write("nor this\n");
  EXPECT_EQ(out->dropped(), 2U);
}

TEST(OutputQueue, AFullDiskLosesEntriesButNotTheStream) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  OutputQueue queue;
  const auto out = queue.open(full, DescriptorOwner::Stream);
  out->write("lost\n");
  EXPECT_TRUE(queue.flush(kBound));
  EXPECT_EQ(out->failure(), 0);
  EXPECT_EQ(out->write_error(), ENOSPC);
  EXPECT_EQ(out->dropped(), 1U);
}

TEST(OutputQueue, WaitsOnceForSomebodyWhoDoesNotRead) {
  const Pipe pipe;
  const auto began = std::chrono::steady_clock::now();
  {
    OutputQueue queue(20s);
    const auto out = queue.open(pipe.ends[1], DescriptorOwner::Caller);
    out->write(std::string(1 << 20, 'x'), OutputPriority::Essential);
    EXPECT_FALSE(queue.flush(10ms));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

TEST(OutputQueue, WritesWhatIsLeftWhenAStreamIsClosed) {
  const File file;
  OutputQueue queue;
  const std::string large(3 << 20, 'y');
  {
    const auto out = queue.open(file.descriptor, DescriptorOwner::Stream);
    out->write(large, OutputPriority::Essential);
  }
  EXPECT_TRUE(queue.flush(kBound));
  EXPECT_EQ(file.content(), large);
}

TEST(OutputQueue, GivesUpAReaderThatDoesNotReadAtTheEndOfTheProgram) {
  const Pipe stalled;
  stalled.fill();
  OutputQueue queue(10ms);
  const auto out = queue.open(stalled.ends[1], DescriptorOwner::Caller);
  out->write("never arrives\n", OutputPriority::Essential);
  EXPECT_FALSE(queue.flush(10ms));
}

}  // namespace
}  // namespace orchestrator
