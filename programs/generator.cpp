// orchestratord-generator NORMAL EARLY LATE: makes timers of the schedules in the configuration (systemd.generator(7)).
//
// systemd runs it while it boots and at each daemon-reload, and waits for it: it talks to nobody, and it ends.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>

#include <nss.h>
#include <pwd.h>
#include <unistd.h>

#include "jobs/job_types.hpp"
#include "systemd/timer_units.hpp"

namespace orchestrator {
namespace {

namespace fs = std::filesystem;

/// A file system that does not answer must not hold the boot: SIGALRM ends this program.
constexpr unsigned kPatienceSeconds = 20;

constexpr const char* kServiceUser = "orchestratord";

void say(const std::string& text) { std::fprintf(stderr, "orchestratord-generator: %s\n", text.c_str()); }

/// In a build tree our programs are beside each other; installed, this one is in PREFIX/lib/systemd/system-generators.
fs::path program_of_ours(const std::string& name) {
  std::error_code ec;
  const fs::path here = fs::read_symlink("/proc/self/exe", ec).parent_path();
  for (const fs::path& folder : {here, here.parent_path().parent_path().parent_path() / "bin"}) {
    if (::access((folder / name).c_str(), X_OK) == 0) return folder / name;
  }
  return "/usr/bin/" + name;
}

enum class Manager { System, User };

Manager manager_that_asks() {
  const char* const scope = std::getenv("SYSTEMD_SCOPE");
  if (scope != nullptr) return std::string(scope) == "user" ? Manager::User : Manager::System;
  return ::geteuid() == 0 ? Manager::System : Manager::User;
}

/// What the service would read: a file may belong to its user.
UserContext reader_for(Manager manager) {
  UserContext user = current_user();
  if (manager == Manager::User) return user;
  user.system = true;
  if (const passwd* const service = ::getpwnam(kServiceUser)) user.uid = service->pw_uid;
  return user;
}

void write_file(const fs::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) throw Error("cannot write '" + file.string() + "'");
}

void write_unit(const fs::path& directory, const UnitFile& unit) {
  write_file(directory / unit.name, unit.text);
  if (!unit.wanted) return;
  const fs::path wants = directory / "timers.target.wants";
  fs::create_directories(wants);
  const fs::path link = wants / unit.name;
  std::error_code ec;
  fs::remove(link, ec);
  fs::create_symlink(fs::path("..") / unit.name, link);
}

int generate(const fs::path& directory) {
  const Manager manager = manager_that_asks();
  // root's own manager: its configuration is the system's, and that has its timers.
  if (manager == Manager::User && ::geteuid() == 0) return 0;
  LoadOptions options;
  options.user = reader_for(manager);
  if (!fs::exists(default_config_file(options.user))) return 0;

  ConfigSections sections = core_sections();
  for (const JobType& type : job_types()) sections.add_job_type(type.section);
  const FoundSchedules found = find_schedules(sections, options);

  const TimerDoor door = manager == Manager::System ? TimerDoor::Daemon : TimerDoor::OneShot;
  const fs::path program = program_of_ours(door == TimerDoor::Daemon ? "orchestratorctl" : "orchestratord");
  for (const Schedule& schedule : found.schedules) {
    for (const UnitFile& unit : units_of_schedule(schedule, door, program)) write_unit(directory, unit);
  }
  for (const ConfigError& mistake : found.mistakes) say(to_string(mistake));
  if (!found.mistakes.empty()) write_unit(directory, mistakes_unit(found.mistakes));
  return 0;
}

}  // namespace
}  // namespace orchestrator

int main(int argc, char** argv) {
  using orchestrator::say;
  if (argc != 2 && argc != 4) {
    say("is for systemd: NORMAL EARLY LATE, three directories");
    return 2;
  }
  ::alarm(orchestrator::kPatienceSeconds);
  // Other sources of names may ask systemd, which waits for us, or the network.
  ::__nss_configure_lookup("passwd", "files");
  try {
    return orchestrator::generate(argv[1]);
  } catch (const std::exception& error) {
    say(error.what());
    return 1;
  }
}
