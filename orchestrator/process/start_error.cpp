#include "orchestrator/process/start_error.hpp"

#include <cerrno>
#include <cstring>
#include <sys/resource.h>
#include <unistd.h>

namespace orchestrator {

namespace {

std::string limit_of(int resource) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) < 0) return "unknown";
  return limit.rlim_cur == RLIM_INFINITY ? "unlimited" : std::to_string(limit.rlim_cur);
}

std::size_t size_of(const LaunchSpec& spec) {
  std::size_t size = 0;
  for (const std::string& word : spec.words) size += word.size() + 1;
  for (const std::string& entry : spec.environment) size += entry.size() + 1;
  return size;
}

StartError not_found(const LaunchSpec& spec, const std::string& what, const std::string& path) {
  const std::string& name = spec.words.front();
  for (const std::string& candidate : spec.candidates) {
    // In the command's own directory the answer may be another one: then the plain message is right.
    if (::access(candidate.c_str(), F_OK) == 0) {
      return {StartFailure::NotFound, what + "'" + candidate + "' is there, but the interpreter that it names is not",
              "look at its first line, or at 'file " + candidate + "'"};
    }
  }
  if (name.find('/') != std::string::npos) {
    return {StartFailure::NotFound, what + "no such file", "check the path of the program"};
  }
  return {StartFailure::NotFound, what + "no such program in PATH '" + path + "'",
          "install it on this machine, or give its full path"};
}

StartError of_execution(const LaunchSpec& spec, const LaunchFailure& failure, const std::string& what,
                        const std::string& path) {
  const std::string& file = spec.candidates[failure.candidate];
  switch (failure.error) {
    case ENOENT:
    case ENOTDIR: return not_found(spec, what, path);
    case EACCES:
    case EPERM:
      return {StartFailure::NotExecutable, what + "'" + file + "' may not be executed: " + std::strerror(failure.error),
              "check its permissions ('chmod +x'), those of its folders, and that its file system is not mounted noexec"};
    case ENOEXEC:
      return {StartFailure::NotExecutable, what + "'" + file + "' is neither a program of this machine nor a script with '#!'",
              "begin the script with a line like '#!/bin/sh'"};
    case E2BIG:
      return {StartFailure::TooLarge,
              what + "its arguments and environment have " + std::to_string(size_of(spec)) + " bytes, too many for the system",
              "pass long lists in a file or on stdin"};
    default:
      return {StartFailure::NotPossible, what + "executing '" + file + "': " + std::strerror(failure.error), {}};
  }
}

}  // namespace

StartError keeper_error(const LaunchSpec& command, const std::string& keeper, const LaunchFailure& failure) {
  if (failure.stage != LaunchStage::Execute) return start_error(command, failure, {});
  return {StartFailure::NotPossible,
          "cannot start '" + command.words.front() + "': executing '" + keeper +
              "', which would look after it: " + std::strerror(failure.error),
          "install the orchestrator again"};
}

StartError start_error(const LaunchSpec& spec, const LaunchFailure& failure, const std::string& path) {
  const std::string what = "cannot start '" + spec.words.front() + "': ";
  switch (failure.error) {
    case EMFILE:
      return {StartFailure::NoResources, what + "all " + limit_of(RLIMIT_NOFILE) + " file descriptors of this program are in use",
              "raise the limit ('ulimit -n', or LimitNOFILE= of the service), or lower 'concurrency'"};
    case ENFILE:
      return {StartFailure::NoResources, what + "the system has no file descriptors left", "raise fs.file-max"};
    case EAGAIN:
      return {StartFailure::NoResources, what + "no more processes are allowed (limit " + limit_of(RLIMIT_NPROC) + ")",
              "raise the limit ('ulimit -u', or TasksMax= of the service), or lower 'concurrency'"};
    case ENOMEM: return {StartFailure::NoResources, what + "not enough memory", {}};
    default: break;
  }
  if (failure.stage == LaunchStage::Execute) return of_execution(spec, failure, what, path);
  if (failure.stage == LaunchStage::User) {
    const std::string step = spec.account ? "become user '" + spec.account->name + "'" : "give up what only its keeper needs";
    return {StartFailure::NotPossible, what + "cannot " + step + ": " + std::strerror(failure.error),
            "for the service, install the drop-in run-as.conf; by hand, run as root"};
  }
  if (failure.stage == LaunchStage::Directory) {
    return {StartFailure::NoDirectory,
            what + "cannot enter its directory '" + spec.directory + "': " + std::strerror(failure.error),
            "create it, or correct 'directory'"};
  }
  return {StartFailure::NotPossible, what + std::strerror(failure.error), {}};
}

}  // namespace orchestrator
