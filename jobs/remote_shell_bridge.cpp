#include "jobs/remote_shell_bridge.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "jobs/read_streams.hpp"
#include "jobs/remote_shell_protocol.hpp"
#include "orchestrator/process/account.hpp"
#include "orchestrator/process/descriptor.hpp"
#include "orchestrator/process/pipe_stream.hpp"
#include "orchestrator/random_id.hpp"
#include "orchestrator/tasks/run_blocking.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "orchestrator/tasks/use_task.hpp"

namespace orchestrator {

namespace {

using Protocol = asio::local::stream_protocol;

constexpr std::size_t kJoinBuffer = 64 * 1024;
// A caller of ours has said all within milliseconds.
constexpr Duration kHandOverLimit = std::chrono::seconds(10);
// For the other end to say how it ended, when rsync has ended before it.
constexpr Duration kLastWords = std::chrono::seconds(1);

bool is_user(int fd, uid_t uid) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == uid;
}

/// Takes the header and the descriptors that came with it; false when they are not as they should
/// be.
bool take_header(int fd, RemoteShellHeader& header, Descriptor& input, Descriptor& output) {
  std::array<int, 2> passed{-1, -1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(passed))] = {};
  iovec data{&header, sizeof(header)};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  const ssize_t got = ::recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  const cmsghdr* rights = CMSG_FIRSTHDR(&message);
  if (rights != nullptr && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS) {
    const std::size_t size = std::min(rights->cmsg_len - CMSG_LEN(0), sizeof(passed));
    std::memcpy(passed.data(), CMSG_DATA(rights), size);
  }
  input.reset(passed[0]);
  output.reset(passed[1]);
  return got == static_cast<ssize_t>(sizeof(header)) && (message.msg_flags & MSG_CTRUNC) == 0 &&
         output.get() >= 0 && header.magic == kRemoteShellMagic &&
         header.length <= kLongestRemoteCommand;
}

/// rsync escapes what a shell over there would expand, but 3.2.7 forgets "`", which then runs
/// commands.
std::string with_escaped_backquotes(std::string_view text) {
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') safe += '\\';
    if (text[i] == '\\' && i + 1 < text.size()) safe += text[i++];
    safe += text[i];
  }
  return safe;
}

/// "TOKEN\0rsync\0--server\0" to "rsync --server"; false for another token.
bool take_command(std::string_view message, std::string_view token, std::string& command) {
  const std::size_t end = message.find('\0');
  if (end == message.npos || message.substr(0, end) != token) return false;
  message.remove_prefix(end + 1);
  if (message.empty() || message.back() != '\0') return false;
  message.remove_suffix(1);
  command = message;
  // As ssh does; rsync has escaped what needs it.
  std::replace(command.begin(), command.end(), '\0', ' ');
  command = with_escaped_backquotes(command);
  return true;
}

/// Until rsync ends its stream, in whatever way, or the other end reads no more.
awaitable<void> send_there(ByteSource& from, ByteSink& to, const std::function<void()>& on_bytes) {
  std::vector<char> buffer(kJoinBuffer);
  for (;;) {
    std::size_t count = 0;
    try {
      count = co_await from.read_some(buffer);
    } catch (const std::exception&) {
      count = 0;  // reset: rsync went away without reading all that it was sent
    }
    if (count == 0) break;
    const bool taken = co_await to.write(std::string_view(buffer.data(), count));
    if (!taken) co_return;
    if (on_bytes) on_bytes();
  }
  co_await to.close();
}

int shell_exit_code(const ExitStatus& status) {
  if (const auto* exited = std::get_if<Exited>(&status)) return exited->code;
  if (const auto* signalled = std::get_if<Signalled>(&status)) {
    return 128 + signal_number(signalled->signal);
  }
  return kRemoteShellFailed;
}

}  // namespace

struct RemoteShellBridge::Listener {
  Listener(asio::io_context& io, const std::string& folder, bool for_others) : acceptor(io) {
    const std::string path = folder + "/socket";
    const mode_t all = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH;
    try {
      const Protocol::endpoint place(path);
      acceptor.open();
      acceptor.bind(place);
      // Who connects is looked at, and must know the token.
      const bool opened = !for_others || ::chmod(folder.c_str(), S_IRWXU | S_IXGRP | S_IXOTH) == 0;
      if (!opened || ::chmod(path.c_str(), for_others ? all : S_IRUSR | S_IWUSR) < 0) {
        throw Error("chmod: " + std::string(std::strerror(errno)));
      }
      acceptor.listen();
      acceptor.non_blocking(true);
    } catch (const std::exception& error) {
      throw Error("cannot listen on '" + path + "' for rsync's remote shell: " + error.what());
    }
  }
  Protocol::acceptor acceptor;
};

struct RemoteShellBridge::Caller {
  explicit Caller(asio::io_context& io) : socket(io) {}

  /// rsync hears the end of its streams.
  void close_streams() {
    input.reset();
    output.reset();
  }
  /// And its remote shell that there is no exit code to come.
  void hang_up() {
    close_streams();
    boost::system::error_code ignored;
    socket.close(ignored);
  }

  Protocol::socket socket;
  std::unique_ptr<PipeSource> input;  ///< what rsync says to the other end
  std::unique_ptr<PipeSink> output;   ///< what it hears
};

RemoteShellBridge::RemoteShellBridge(asio::io_context& io, Host& host, RemoteShellOptions options)
    : io_(io),
      host_(host),
      options_(std::move(options)),
      token_(random_id()),
      listener_(std::make_unique<Listener>(io, folder_.path(), !options_.run_as.empty())),
      caller_uid_(::geteuid()) {}

RemoteShellBridge::~RemoteShellBridge() = default;

std::map<std::string, std::string> RemoteShellBridge::environment() const {
  return {{kRemoteShellSocket, folder_.path() + "/socket"}, {kRemoteShellToken, token_}};
}

awaitable<void> RemoteShellBridge::serve() {
  if (!options_.run_as.empty()) {
    auto look = [name = options_.run_as] { return find_account(name).uid; };
    caller_uid_ = co_await run_blocking(std::move(look));
  }
  const std::unique_ptr<Caller> caller = co_await accept();
  serving_ = true;
  end_.called = true;
  int code = kRemoteShellFailed;
  try {
    code = co_await run_there(*caller);
  } catch (const std::exception&) {
    end_.failure = std::current_exception();
  }
  caller->close_streams();
  const auto byte = static_cast<unsigned char>(code);
  const asio::const_buffer reply(&byte, 1);
  co_await asio::async_write(caller->socket, reply, use_task_tuple);
  serving_ = false;
  served_.wake_all();
}

awaitable<void> RemoteShellBridge::wait_served() {
  while (serving_) co_await served_.wait("the remote end of rsync");
}

awaitable<std::unique_ptr<RemoteShellBridge::Caller>> RemoteShellBridge::accept() {
  for (;;) {
    auto caller = std::make_unique<Caller>(io_);
    co_await listener_->acceptor.async_wait(Protocol::acceptor::wait_read, use_task);
    boost::system::error_code ec;
    listener_->acceptor.accept(caller->socket, ec);
    if (ec == asio::error::would_block || ec == asio::error::connection_aborted) continue;
    if (ec) throw boost::system::system_error(ec, "cannot accept rsync's remote shell");
    bool accepted = false;
    auto hand_over = [this, &caller, &accepted]() -> awaitable<void> {
      accepted = co_await receive(*caller);
    };
    co_await with_limit(kHandOverLimit, std::move(hand_over));
    if (accepted) co_return caller;
  }
}

awaitable<bool> RemoteShellBridge::receive(Caller& caller) {
  if (!is_user(caller.socket.native_handle(), caller_uid_)) co_return false;
  co_await caller.socket.async_wait(Protocol::socket::wait_read, use_task);
  RemoteShellHeader header;
  Descriptor input;
  Descriptor output;
  if (!take_header(caller.socket.native_handle(), header, input, output)) co_return false;
  std::string message(header.length, '\0');
  const asio::mutable_buffer buffer(message.data(), message.size());
  const auto [ec, count] = co_await asio::async_read(caller.socket, buffer, use_task_tuple);
  if (ec || !take_command(message, token_, end_.command)) co_return false;
  caller.input = std::make_unique<PipeSource>(io_, std::move(input));
  caller.output = std::make_unique<PipeSink>(io_, std::move(output));
  co_return true;
}

awaitable<int> RemoteShellBridge::run_there(Caller& caller) {
  Command command;
  command.program = RawShellString{end_.command};
  command.input = StreamUse::Pipe;
  command.stop = options_.stop;
  auto body = [this, &caller](Process& process) { return join_streams(caller, process); };
  co_await with_process(host_, std::move(command), options_.on_leftovers, std::move(body));
  co_return end_.status ? shell_exit_code(*end_.status) : kRemoteShellFailed;
}

awaitable<void> RemoteShellBridge::join_streams(Caller& caller, Process& process) {
  auto body = [&](TaskGroup& group) -> awaitable<void> {
    group.spawn("to the other end", [&] { return send_there(*caller.input, process.input(), options_.on_bytes); });
    group.spawn("rsync's remote shell", [&]() -> awaitable<void> {
      // It says nothing more: what can be read is its end, and with it that of rsync. Often the other end is the reason,
      // and its exit status is on the way.
      co_await caller.socket.async_wait(Protocol::socket::wait_read, use_task_tuple);
      co_await sleep_for(kLastWords);
      group.cancel(CancelReason{CancelCause::ClientGone, "rsync has ended"});
    });
    StreamHandlers handlers;
    handlers.output_to = caller.output.get();
    handlers.on_error_line = options_.on_error_line;
    handlers.drain_limit.reset();  // rsync may take its time for what is on the way
    const ExitStatus status = co_await read_streams(process, std::move(handlers));
    end_.status = status;
    group.cancel(CancelReason{CancelCause::Operator, "the other end has ended"});
  };
  try {
    co_await with_task_group(std::move(body));
  } catch (...) {
    // Before the other end is stopped: rsync may be waiting for it, on these streams.
    caller.hang_up();
    throw;
  }
  caller.close_streams();
}

}  // namespace orchestrator
