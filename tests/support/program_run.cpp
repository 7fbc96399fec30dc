#include "tests/support/program_run.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace orchestrator::test {

namespace {

// The one bound of all waiting here: what takes longer hangs.
constexpr int kSilenceLimitMs = 60'000;

struct Ends {
  int read = -1;
  int write = -1;
};

Ends make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  return {ends[0], ends[1]};
}

void fill(int descriptor) {
  const std::string block(4096, 'x');
  ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
  while (::write(descriptor, block.data(), block.size()) > 0) {
  }
  ::fcntl(descriptor, F_SETFL, 0);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

// In the child, between fork and exec. A descriptor of -1 stays closed.
[[noreturn]] void become(std::vector<char*>& words, std::vector<char*>& environment, int in, int out, int err,
                         bool ignores_hangup) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD}) ::signal(number, SIG_DFL);
  if (ignores_hangup) ::signal(SIGHUP, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  int target = 0;
  for (const int descriptor : {in, out, err}) {
    if (descriptor < 0) {
      ::close(target);
    } else if (descriptor != target) {
      ::dup2(descriptor, target);
    }
    ++target;
  }
  ::close_range(3, ~0U, 0);
  ::execve(words.front(), words.data(), environment.data());
  ::_exit(127);
}

}  // namespace

ProgramRun::ProgramRun(const ProgramOptions& options) {
  std::vector<std::string> words = options.words;
  std::vector<std::string> variables;
  for (const auto& [name, value] : options.environment) variables.push_back(name + "=" + value);
  std::vector<char*> arguments = pointers(words);
  std::vector<char*> environment = pointers(variables);

  if (options.output == ProgramOutput::Terminal) {
    winsize size{};
    size.ws_col = 80;
    size.ws_row = 24;
    pid_ = ::forkpty(&output_fd_, nullptr, nullptr, &size);
    if (pid_ == 0) become(arguments, environment, 0, 1, 2, options.ignores_hangup);
    ::fcntl(output_fd_, F_SETFD, FD_CLOEXEC);
    return;
  }

  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const Ends errors = make_pipe();
  const Ends output = make_pipe();
  if (options.output == ProgramOutput::NobodyReads) fill(output.write);
  pid_ = ::fork();
  if (pid_ == 0) {
    int out = options.output == ProgramOutput::Closed ? -1 : output.write;
    if (options.output == ProgramOutput::FullDisk) out = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    become(arguments, environment, null, out, errors.write, options.ignores_hangup);
  }
  for (const int descriptor : {null, errors.write, output.write}) ::close(descriptor);
  errors_fd_ = errors.read;
  (options.output == ProgramOutput::NobodyReads ? unread_fd_ : output_fd_) = output.read;
}

ProgramRun::~ProgramRun() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  for (const int descriptor : {output_fd_, errors_fd_, unread_fd_}) {
    if (descriptor >= 0) ::close(descriptor);
  }
}

bool ProgramRun::wait_for(const std::string& text) {
  while (output_.find(text) == std::string::npos && errors_.find(text) == std::string::npos) {
    if (!read_more()) return false;
  }
  return true;
}

ProgramEnd ProgramRun::wait() {
  while (read_more()) {
  }
  ProgramEnd end;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  if (WIFEXITED(status)) end.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  end.output = output_;
  end.errors = errors_;
  return end;
}

void ProgramRun::type(const std::string& keys) const {
  [[maybe_unused]] const ssize_t ignored = ::write(output_fd_, keys.data(), keys.size());
}

void ProgramRun::stop_reading() {
  ::close(output_fd_);
  output_fd_ = -1;
}

bool ProgramRun::read_more() {
  if (output_fd_ < 0 && errors_fd_ < 0) return false;
  pollfd both[2] = {{output_fd_, POLLIN, 0}, {errors_fd_, POLLIN, 0}};
  if (::poll(both, 2, kSilenceLimitMs) == 0) {
    throw std::runtime_error("the program hangs; so far it said:\n" + output_ + errors_);
  }
  if (both[0].revents != 0) read_from(output_fd_, output_);
  if (both[1].revents != 0) read_from(errors_fd_, errors_);
  return true;
}

void ProgramRun::read_from(int& descriptor, std::string& text) {
  char buffer[65536];
  const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
  if (count > 0) {
    text.append(buffer, static_cast<std::size_t>(count));
    return;
  }
  // A terminal whose last user is gone answers EIO.
  ::close(descriptor);
  descriptor = -1;
}

std::vector<std::string> processes_that_mention(const std::string& text) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (!std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) continue;
    if (name == std::to_string(::getpid())) continue;
    std::string line;
    try {
      std::ifstream file(entry.path() / "cmdline");
      line.assign(std::istreambuf_iterator<char>(file), {});
    } catch (const std::ios_base::failure&) {
      continue;  // it has ended while it was read
    }
    std::replace(line.begin(), line.end(), '\0', ' ');
    if (line.find(text) != std::string::npos) found.push_back(name + ": " + line);
  }
  return found;
}

}  // namespace orchestrator::test
