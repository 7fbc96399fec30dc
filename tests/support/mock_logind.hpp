#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "orchestrator/process/descriptor.hpp"

namespace sdbus {
class IConnection;
class IObject;
}  // namespace sdbus

namespace orchestrator::test {

/// A lock that somebody has taken from `MockLogind`.
struct TakenLock {
  std::string words;   ///< "what who why mode"
  Descriptor reading;  ///< has its end when the lock is given back

  /// Waits, and fails the test when that takes too long.
  void wait_given_back() const;
};

/// org.freedesktop.login1 on the bus that $DBUS_SYSTEM_BUS_ADDRESS names, as far as it is about sleep and shutdown. Answers in a
/// thread of its own.
class MockLogind {
 public:
  /// \param delay how long it says that it waits for those who hold a lock.
  explicit MockLogind(std::chrono::microseconds delay);
  ~MockLogind();
  MockLogind(const MockLogind&) = delete;
  MockLogind& operator=(const MockLogind&) = delete;

  /// The next one, when it is taken.
  [[nodiscard]] TakenLock wait_taken();
  [[nodiscard]] std::size_t taken();

  /// Tells all; when it returns, whatever the caller sends comes after it.
  void prepare(const char* signal, bool begins);

 private:
  std::unique_ptr<sdbus::IConnection> connection_;
  std::unique_ptr<sdbus::IObject> object_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<TakenLock> locks_;
  std::size_t taken_ = 0;
};

}  // namespace orchestrator::test
