#include "programs/log_sinks.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "orchestrator/error.hpp"
#include "orchestrator/process/descriptor.hpp"
#include "programs/terminal/text.hpp"

namespace orchestrator {

namespace {

/// A record of the journal is one datagram.
constexpr std::size_t kLongestMessage = 32 * 1024;

// syslog(3)
int journal_priority(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::err: return 3;
    case spdlog::level::warn: return 4;
    case spdlog::level::info: return 6;
    default: return 7;
  }
}

// One field of the journal's native protocol: a value with line ends carries its length.
void add_field(std::string& datagram, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  datagram += name;
  if (value.find('\n') == std::string_view::npos) {
    datagram += '=';
  } else {
    datagram += '\n';
    for (std::uint64_t size = value.size(), i = 0; i < 8; ++i, size >>= 8) datagram += static_cast<char>(size & 0xff);
  }
  datagram += value;
  datagram += '\n';
}

// As the logs of runs write it.
std::string_view level_name(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::err: return "error";
    case spdlog::level::warn: return "warning";
    case spdlog::level::info: return "info";
    default: return "debug";
  }
}

std::string utc(std::chrono::system_clock::time_point when) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(when.time_since_epoch()).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(static_cast<std::time_t>(micros / 1'000'000)),
                     micros % 1'000'000);
}

std::string_view text_of(const spdlog::details::log_msg& message) { return {message.payload.data(), message.payload.size()}; }

class StderrSink final : public LogSink {
 public:
  explicit StderrSink(OutputQueue& queue) : stream_(queue.open(STDERR_FILENO, DescriptorOwner::Caller)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    std::string line = "orchestratord: ";
    for (const std::string_view part : {fields().job, fields().item, fields().host}) {
      if (!part.empty()) line += printable(part, Charset::Utf8) + ": ";
    }
    if (message.level == spdlog::level::warn) line += "warning: ";
    if (message.level == spdlog::level::err) line += "error: ";
    stream_->write(line + printable(text_of(message), Charset::Utf8) + "\n");
  }

  std::unique_ptr<OutputStream> stream_;
};

class JournalSink final : public LogSink {
 public:
  explicit JournalSink(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    // A journal that restarts keeps its socket: it is the service manager's.
    (void)::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
        std::string datagram;
    add_field(datagram, "MESSAGE", text_of(message).substr(0, kLongestMessage));
    add_field(datagram, "PRIORITY", std::to_string(journal_priority(message.level)));
    add_field(datagram, "SYSLOG_IDENTIFIER", "orchestratord");
    add_field(datagram, "ORCHESTRATOR_RUN", fields().run);
    add_field(datagram, "ORCHESTRATOR_JOB", fields().job);
    add_field(datagram, "ORCHESTRATOR_PHASE", fields().phase);
    add_field(datagram, "ORCHESTRATOR_ITEM", fields().item);
    add_field(datagram, "ORCHESTRATOR_HOST", fields().host);
    // A journal that does not keep up must not hold the loop.
    (void)::send(socket_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  Descriptor socket_;
};

class FileSink final : public LogSink {
 public:
  FileSink(std::filesystem::path file, OutputQueue& queue) : file_(std::move(file)), queue_(queue) { stream_ = open(); }

  void open_again() override {
    stream_ = open();
    told_lost_ = 0;
  }

 private:
  [[nodiscard]] std::unique_ptr<OutputStream> open() const {
    // A pipe without a reader is refused and not waited for.
    const int descriptor = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0600);
    if (descriptor < 0) {
      throw Error("cannot open the log '" + file_.string() + "': " + std::strerror(errno), "name another file with --log");
    }
    return queue_.open(descriptor, DescriptorOwner::Stream);
  }

  void sink_it_(const spdlog::details::log_msg& message) override {
    nlohmann::ordered_json json;
    json["time"] = utc(std::chrono::time_point_cast<std::chrono::system_clock::duration>(message.time));
    json["level"] = level_name(message.level);
    const LogFields& about = fields();
    for (const auto& [name, value] : {std::pair{"run", about.run}, {"job", about.job}, {"phase", about.phase},
                                      {"item", about.item}, {"host", about.host}}) {
      if (!value.empty()) json[name] = value;
    }
    json["text"] = text_of(message);
    const std::size_t lost = stream_->dropped();
    if (lost > told_lost_) json["lost"] = lost - told_lost_;
    told_lost_ = lost;
    const OutputPriority priority = message.level >= spdlog::level::err ? OutputPriority::Essential : OutputPriority::Ordinary;
    stream_->write(json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n", priority);
  }

  const std::filesystem::path file_;
  OutputQueue& queue_;
  std::unique_ptr<OutputStream> stream_;
  std::size_t told_lost_ = 0;
};

}  // namespace

std::shared_ptr<LogSink> make_stderr_sink(OutputQueue& queue) { return std::make_shared<StderrSink>(queue); }

std::shared_ptr<LogSink> make_journal_sink(const std::string& socket) { return std::make_shared<JournalSink>(socket); }

std::shared_ptr<LogSink> make_file_sink(std::filesystem::path file, OutputQueue& queue) {
  return std::make_shared<FileSink>(std::move(file), queue);
}

}  // namespace orchestrator
