#pragma once
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>

namespace orchestrator::test {

/// Stands between a client and a port of this machine, and misbehaves when it is told to.
class Proxy {
 public:
  enum class Mode : std::uint8_t {
    Forward,
    Silent,           ///< holds every byte, old connections and new; nothing is closed
    NeverAnswer,      ///< accepts and says nothing
    StallAfterKeys,   ///< forwards until the client's NEWKEYS, then holds every byte
  };

  Proxy(std::uint16_t target, Mode mode);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// From now on, for the connections that are there and those to come.
  void become(Mode mode);
  /// Ends the connections that are there with RST, or in order; new ones are forwarded.
  void reset_all();
  void close_all();
  /// Becomes readable when a connection has arrived at where its mode stalls it.
  [[nodiscard]] int stalled() const noexcept { return stalled_[0]; }

 private:
  struct Pair {
    int client = -1;
    int server = -1;  ///< -1: not connected
    std::string to_client{};  ///< was read, and could not be written yet
    std::string to_server{};
    std::string sent{};  ///< by the client in the clear, for StallAfterKeys
    bool stalls = false;
  };

  void serve();
  void accept_one();
  [[nodiscard]] std::vector<pollfd> wanted_events() const;
  [[nodiscard]] bool pump(Pair& pair, const pollfd& client, const pollfd& server) const;
  [[nodiscard]] bool read_from(Pair& pair, bool client) const;
  [[nodiscard]] static bool has_new_keys(const std::string& bytes);
  [[nodiscard]] bool holds(const Pair& pair) const;
  void tell_stalled() const;
  void wake() const;
  static void end(Pair& pair, bool reset);
  void end_all(bool reset);

  std::uint16_t target_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  int wake_[2] = {-1, -1};
  int stalled_[2] = {-1, -1};
  std::mutex mutex_;
  Mode mode_;
  bool over_ = false;
  std::vector<Pair> pairs_;
  std::thread thread_;
};

}  // namespace orchestrator::test
