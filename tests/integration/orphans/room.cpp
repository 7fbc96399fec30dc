#include "tests/integration/orphans/room.hpp"

#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ssh/sudo_rules.hpp"
#include "tests/integration/orphans/census.hpp"
#include "tests/support/mounted_disk.hpp"

namespace orchestrator::test {

namespace fs = std::filesystem;

namespace {

constexpr int kQueuedItems = 12;

// A tree that takes half a minute at the speed of `kSlow`, and no time without it.
constexpr int kFiles = 150;
constexpr std::size_t kFileSize = 20'000;
// The disk with the run's state, where a run ends when it is filled, and what must be left on it.
constexpr unsigned kDiskMebibytes = 32;
constexpr unsigned kReserveMebibytes = 8;
constexpr const char* kSlow = "bandwidth_limit = \"100kB\"\n";

bool is_plain_user(Placement placement) {
  switch (placement) {
    case Placement::RemoteRoot:
    case Placement::RsyncFetch:
    case Placement::RsyncRestricted: return false;
    default: return true;
  }
}

bool needs_proxy(Ending ending) {
  switch (ending) {
    case Ending::TcpReset:
    case Ending::TcpClosed:
    case Ending::SilentDrop:
    case Ending::PowerCut:
    case Ending::CancelConnecting:
    case Ending::CancelAuthenticating: return true;
    default: return false;
  }
}

bool never_answers(Ending ending) { return ending == Ending::SilentDrop || ending == Ending::PowerCut; }

Proxy::Mode first_mode(Ending ending) {
  if (ending == Ending::CancelConnecting) return Proxy::Mode::NeverAnswer;
  if (ending == Ending::CancelAuthenticating) return Proxy::Mode::StallAfterKeys;
  return Proxy::Mode::Forward;
}

std::size_t registrations_of(Actor actor) {
  switch (actor) {
    case Actor::Shell:
    case Actor::Scrubbed: return 4;  // its main process lives on as another program: twice
    case Actor::SudoChild:
    case Actor::SudoRefused: return 2;
    case Actor::SetsidGrandchild:
    case Actor::Daemon:
    case Actor::OverwritesLeaves: return 3;
    case Actor::ForkChain:
    case Actor::ForkChainLeaves: return 4;
    default: return 1;
  }
}

std::string toml_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += fmt::format("{}\"{}\"", text.empty() ? "[" : ", ", word);
  return text + "]";
}

void write_text(const fs::path& file, const std::string& text) {
  std::ofstream out(file);
  out << text;
  out.close();
  fs::permissions(file, fs::perms(0600));
}

}  // namespace

Room::Room(const Premises& premises, Cell cell, fs::path folder, std::size_t shell)
    : premises_(premises), cell_(cell), folder_(std::move(folder)) {
  make_folders();
  if (is_remote(cell_.placement)) make_sshd(shell);
  if (cell_.actor == Actor::ReadsStdin) make_fifo(folder_ / "stdin", stdin_fifo_);
  if (cell_.ending == Ending::SiblingFails) make_fifo(folder_ / "sibling", sibling_fifo_);
  write_config();
}

Room::~Room() {
  for (const int descriptor : {stdin_fifo_, sibling_fifo_}) {
    if (descriptor >= 0) ::close(descriptor);
  }
}

void Room::make_folders() {
  fs::permissions(folder_, fs::perms(0711));
  for (const char* name : {"events", "state", "there", "source", "arrived"}) fs::create_directory(folder_ / name);
  if (cell_.ending == Ending::DiskTrips) make_small_disk();
  std::ofstream(registry()).close();
  fs::permissions(registry(), fs::perms(0666));
  for (const char* name : {"there", "arrived"}) give_away(folder_ / name);
  if (cell_.as_user) {
    for (const char* name : {"", "state"}) give_away(folder_ / name);
  }
  if (is_rsync(cell_.placement)) make_source();
}

// In mounts of the cell's own process, gone with it.
void Room::make_small_disk() const {
  if (!begin_own_mounts()) throw std::runtime_error("cannot mount a disk");
  mount_disk(folder_ / "state", "tmpfs", kDiskMebibytes);
}

void Room::make_source() const {
  for (int number = 0; number < kFiles; ++number) {
    std::string content(kFileSize, '\0');
    std::uint32_t state = static_cast<std::uint32_t>(number) + 1;
    for (char& c : content) {
      state = state * 1664525U + 1013904223U;
      c = static_cast<char>(state >> 24U);
    }
    std::ofstream(folder_ / "source" / fmt::format("file{}", number), std::ios::binary) << content;
  }
}

void Room::give_away(const fs::path& path) const {
  if (!premises_.account) return;
  if (::chown(path.c_str(), premises_.account->id, premises_.account->id) != 0) {
    throw std::runtime_error("cannot give away '" + path.string() + "'");
  }
}

std::optional<uid_t> Room::user() const {
  if (!cell_.as_user || !premises_.account) return std::nullopt;
  return premises_.account->id;
}

// The rules go with the name that the user's id has first, whatever it has logged in by.
std::string Room::sudoers() const {
  const std::string user = login_name(0);
  std::string text = "Defaults env_reset, use_pty, !syslog, !mail_no_user, !mail_no_perms, !mail_badpass\n";
  text += fmt::format("{} ALL=(root) NOPASSWD: {}\n", user, premises_.actor.string());
  if (cell_.actor == Actor::SudoRefused) return text;
  for (const std::string& rule : read_sudo_facts({}, user).rules) text += rule + "\n";
  return text;
}

void Room::make_sshd(std::size_t shell) {
  SshdOptions options;
  // What runs over there can be found by the name of this folder, and keeps its locks in it.
  if (is_sudo(cell_.actor)) options.sudoers = sudoers();
  options.environment = fmt::format("XDG_STATE_HOME={} ORPHANS_CELL={}", (folder_ / "there").string(), folder_.string());
  sshd_ = std::make_unique<Sshd>(options);
  fs::permissions(sshd_->directory(), fs::perms(0711));
  if (cell_.placement == Placement::RsyncRestricted) {
    const fs::path key = sshd_->directory() / "restricted";
    run_program({"/usr/bin/ssh-keygen", "-q", "-f", key, "-t", "ed25519", "-N", ""});
    sshd_->authorize(key, fmt::format("command=\"/usr/bin/rrsync {}\",restrict", folder_.string()));
  }
  fs::permissions(sshd_->directory() / "authorized_keys", fs::perms(0644));
  const bool plain = premises_.account && is_plain_user(cell_.placement);
  user_ = plain ? login_name(shell) : sshd_->host().user;
  if (needs_proxy(cell_.ending)) proxy_ = std::make_unique<Proxy>(sshd_->port(), first_mode(cell_.ending));
}

void Room::make_fifo(const fs::path& path, int& held) {
  if (::mkfifo(path.c_str(), 0600) != 0) throw std::runtime_error("no FIFO");
  if (cell_.as_user) give_away(path);
  held = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
}

void Room::fail_sibling() { (void)!::write(sibling_fifo_, "now\n", 4); }

void Room::fill_disk() const {
  const std::uint64_t enough = room_on(folder_ / "state").available - (kReserveMebibytes / 2 << 20);
  std::ofstream(folder_ / "state" / "filler") << std::string(enough, 'x');
}

bool Room::uses_phases() const {
  return cell_.placement >= Placement::ValidateHere || cell_.ending == Ending::SiblingFails ||
         cell_.ending == Ending::CancelQueued;
}

std::vector<std::string> Room::words() const {
  std::vector<std::string> words{premises_.programs / (uses_phases() ? "orphans_phases" : "orchestratord"), "--once",
                                 "cell", "--json"};
  if (cell_.ending == Ending::Timeout && !harmless_) words.insert(words.end(), {"--timeout", "3s"});
  return words;
}

std::map<std::string, std::string> Room::environment() const {
  return {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
          {"HOME", folder_},
          {"LANG", "C.UTF-8"},
          {"ORCHESTRATOR_CONFIG", folder_ / "orchestrator.toml"},
          {"ORCHESTRATOR_STATE", folder_ / "state"},
          {"ORCHESTRATOR_LIBEXEC", premises_.programs}};
}

std::size_t Room::expected_registrations() const {
  // Nine commands fit into a connection; what matters is that some run and others wait.
  const std::size_t running = cell_.ending == Ending::CancelQueued ? 5 : 1;
  return running * registrations_of(cell_.actor);
}

// A copy, so that it belongs to whom the program runs as.
fs::path Room::identity() const {
  const fs::path key = folder_ / "key";
  if (fs::exists(key)) return key;
  const bool restricted = cell_.placement == Placement::RsyncRestricted;
  fs::copy_file(sshd_->directory() / (restricted ? "restricted" : "client"), key);
  fs::permissions(key, fs::perms(0600));
  if (cell_.as_user) give_away(key);
  return key;
}

std::string Room::host_lines() const {
  if (!sshd_) return {};
  const std::uint16_t port = proxy_ ? proxy_->port() : sshd_->port();
  write_text(folder_ / "known_hosts",
             fmt::format("[127.0.0.1]:{} {}", port, read_file(sshd_->host_key("ed25519").string() + ".pub")));
  return fmt::format(
      "[hosts.nas]\naddress = \"127.0.0.1\"\nport = {}\nuser = \"{}\"\nknown_hosts = \"{}\"\nidentity = \"{}\"\n"
      "connect_timeout = \"{}s\"\nheartbeat = {{ every = \"{}ms\", misses = {} }}\n{}{}",
      port, user_, (folder_ / "known_hosts").string(), identity().string(),
      never_answers(cell_.ending) ? kConnectLimit.count() : 30, kHeartbeat.count(), kMisses,
      is_sudo(cell_.actor) ? "sudo = true\n" : "",
      cell_.placement == Placement::RsyncRestricted ? "forced_command = \"rrsync\"\n" : "");
}

std::string Room::words_of_actor() const {
  if (harmless_) return toml_words({"true"});
  const char* then = cell_.ending == Ending::Succeeds ? "succeed" : cell_.ending == Ending::Fails ? "fail" : "stay";
  return toml_words({premises_.actor, std::string(to_string(cell_.actor)), registry(), then});
}

std::string Room::actor_lines() const {
  std::string text = fmt::format("command = {}\n", words_of_actor());
  if (is_remote(cell_.placement)) text += "host = \"nas\"\n";
  if (!uses_phases()) {
    text += "type = \"command\"\n";
    if (stdin_fifo_ >= 0 && !harmless_) text += fmt::format("stdin_file = \"{}\"\n", (folder_ / "stdin").string());
    return text;
  }
  text += "type = \"phases\"\n";
  switch (cell_.placement) {
    case Placement::ValidateHere:
    case Placement::ValidateThere: text += "phase = \"validate\"\n"; break;
    case Placement::HookHere:
    case Placement::HookThere: text += "phase = \"pre_sync\"\n"; break;
    case Placement::UndoHere:
    case Placement::UndoThere: text += fmt::format("phase = \"{}\"\n", harmless_ ? "sync" : "undo"); break;
    default: break;
  }
  if (cell_.ending == Ending::CancelQueued) text += fmt::format("items = {0}\nconcurrency = {0}\n", kQueuedItems);
  if (cell_.ending == Ending::SiblingFails && !harmless_) {
    text += fmt::format("on_item_failure = \"abort\"\nfails_after = \"{}\"\n", (folder_ / "sibling").string());
  }
  return text;
}

std::string Room::rsync_lines() const {
  const std::string source = (folder_ / "source").string() + "/";
  const std::string target = (folder_ / "arrived").string() + "/";
  std::string text = "type = \"rsync\"\n";
  if (cell_.placement == Placement::RsyncFetch) {
    text += fmt::format("source = \"nas:{}\"\ntarget = \"{}\"\n", source, target);
  } else {
    const bool restricted = cell_.placement == Placement::RsyncRestricted;
    text += fmt::format("source = \"{}\"\ntarget = \"nas:{}\"\n", source, restricted ? "arrived/" : target);
  }
  return text + (harmless_ ? "" : kSlow);
}

std::string Room::job_lines() const {
  // Only a second signal ends the first rung within the bound of the cell.
  const char* first_wait = cell_.ending == Ending::SigintTwice ? "60s" : "300ms";
  return fmt::format("[jobs.cell]\nstop = [\"TERM\", \"{}\", \"KILL\"]\n{}", first_wait,
                     is_rsync(cell_.placement) ? rsync_lines() : actor_lines());
}

// How full the machine's own disks are is none of a cell's business.
std::string Room::disk_lines() const {
  return fmt::format(
      "[disk]\npreflight_minimum = \"0%\"\nwarning_threshold = \"0%\"\nruntime_minimum = \"0%\"\nstate_reserve = \"{}MiB\"\n",
      cell_.ending == Ending::DiskTrips ? kReserveMebibytes : 0);
}

void Room::write_config() const {
  const fs::path file = folder_ / "orchestrator.toml";
  write_text(file, disk_lines() + host_lines() + job_lines());
  if (!cell_.as_user) return;
  give_away(file);
  if (sshd_) give_away(folder_ / "known_hosts");
}

void Room::cut_power() {
  proxy_->become(Proxy::Mode::Silent);
  sshd_->kill();
  // Whoever knows the cell by sshd, or has registered, is over there. A group ends as a whole, even while it forks.
  std::vector<Identity> there = that_belong_to(folder_);
  std::erase_if(there, [](const Identity& one) { return !environment_has(one, "ORPHANS_CELL="); });
  for (const Identity& one : registered(registry())) there.push_back(one);
  for (const Identity& one : alive_among(there)) {
    const pid_t group = ::getpgid(one.pid);
    if (group > 1 && is_alive(one)) ::kill(-group, SIGKILL);
    end_process(one);
  }
}

void Room::make_harmless() {
  harmless_ = true;
  fs::remove(folder_ / "state" / "filler");
  if (sshd_ && cell_.ending == Ending::PowerCut) sshd_->start();
  if (proxy_) proxy_->become(Proxy::Mode::Forward);
  write_config();
}

std::vector<std::string> Room::held_locks() const {
  std::vector<std::string> held;
  for (const fs::path& state : {folder_ / "state", folder_ / "there" / "orchestratord"}) {
    if (!fs::exists(state / "locks")) continue;
    for (const auto& entry : fs::directory_iterator(state / "locks")) {
      const int descriptor = ::open(entry.path().c_str(), O_RDWR | O_CLOEXEC);
      if (descriptor < 0) continue;
      if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) held.push_back(entry.path().string());
      ::close(descriptor);
    }
  }
  return held;
}

}  // namespace orchestrator::test
