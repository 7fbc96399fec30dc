#include "tests/support/mock_logind.hpp"

#include <array>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdexcept>
#include <unistd.h>

#include "systemd/bus_connection.hpp"
#include "systemd/sdbus.hpp"

namespace orchestrator::test {

namespace {

constexpr const char* kName = "org.freedesktop.login1";
constexpr const char* kManager = "org.freedesktop.login1.Manager";
constexpr std::chrono::seconds kPatience{60};

}  // namespace

void TakenLock::wait_given_back() const {
  pollfd end{reading.get(), POLLIN, 0};
  const int limit = static_cast<int>(std::chrono::milliseconds(kPatience).count());
  if (::poll(&end, 1, limit) != 1) throw std::runtime_error("the lock is still held: " + words);
}

MockLogind::MockLogind(std::chrono::microseconds delay) : connection_(open_bus(BusKind::System)) {
  object_ = sdbus::createObject(*connection_, sdbus::ObjectPath("/org/freedesktop/login1"));
  auto inhibit = [this](const std::string& what, const std::string& who, const std::string& why, const std::string& mode) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) < 0) throw std::runtime_error("no pipe");
    const std::lock_guard lock(mutex_);
    locks_.push_back({what + " " + who + " " + why + " " + mode, Descriptor(ends[0])});
    ++taken_;
    changed_.notify_all();
    return sdbus::UnixFd(ends[1], sdbus::adopt_fd);
  };
  auto limit = [delay] { return static_cast<std::uint64_t>(delay.count()); };
#if ORCHESTRATOR_SDBUS_2
  object_->addVTable(sdbus::registerMethod("Inhibit").implementedAs(std::move(inhibit)),
                     sdbus::registerProperty("InhibitDelayMaxUSec").withGetter(std::move(limit)),
                     sdbus::registerSignal("PrepareForSleep").withParameters<bool>(),
                     sdbus::registerSignal("PrepareForShutdown").withParameters<bool>())
      .forInterface(kManager);
#else
  object_->registerMethod("Inhibit").onInterface(kManager).implementedAs(std::move(inhibit));
  object_->registerProperty("InhibitDelayMaxUSec").onInterface(kManager).withGetter(std::move(limit));
  object_->registerSignal("PrepareForSleep").onInterface(kManager).withParameters<bool>();
  object_->registerSignal("PrepareForShutdown").onInterface(kManager).withParameters<bool>();
  object_->finishRegistration();
#endif
  connection_->requestName(bus::BusName(kName));
  connection_->enterEventLoopAsync();
}

MockLogind::~MockLogind() {
  connection_->leaveEventLoop();
  object_.reset();
}

TakenLock MockLogind::wait_taken() {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [this] { return !locks_.empty(); })) {
    throw std::runtime_error("nobody takes a lock");
  }
  TakenLock first = std::move(locks_.front());
  locks_.pop_front();
  return first;
}

std::size_t MockLogind::taken() {
  const std::lock_guard lock(mutex_);
  return taken_;
}

void MockLogind::prepare(const char* signal, bool begins) {
  object_->emitSignal(signal).onInterface(kManager).withArguments(begins);
  // The bus answers in the order in which it was spoken to.
  const auto proxy = sdbus::createProxy(*connection_, bus::BusName("org.freedesktop.DBus"),
                                        sdbus::ObjectPath("/org/freedesktop/DBus"));
  std::string id;
  proxy->callMethod("GetId").onInterface("org.freedesktop.DBus").storeResultsTo(id);
}

}  // namespace orchestrator::test
