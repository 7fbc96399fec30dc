#pragma once
#include <string>
#include <vector>

#include "orchestrator/run/job_context.hpp"

namespace orchestrator {

/// What the user that commands run as sees of a path.
struct PathFacts {
  bool exists = false;  ///< a dangling symbolic link too
  bool is_directory = false;
  bool is_file = false;
  bool may_read = false;
  bool may_write = false;  ///< false on a file system that is mounted read-only
  bool may_enter = false;  ///< execute
  bool is_empty = false;   ///< a directory that can be read and has no entries, "lost+found" apart
  bool has_quotas = false; ///< a directory on a file system of which users may have a part only
  std::string real_path{}; ///< of a directory that can be read, without symbolic links; empty where it cannot be told
};

struct ProbeQuestions {
  std::vector<std::string> programs;  ///< a path where there is a "/" in it
  std::vector<std::string> paths;     ///< relative ones start at the login directory, or at ours
  bool quotas = false;                ///< whether to look for them
  std::string directory;              ///< where programs and paths are looked for, "" for the usual
};

struct ProbeAnswers {
  std::vector<bool> programs;  ///< whether it could be started, in the order of the questions
  std::vector<PathFacts> paths;
};

/// Looks at programs and paths on `host`, with one command at most, and changes nothing.
/// \throws StartError, CommandFailed
[[nodiscard]] awaitable<ProbeAnswers> probe_paths(JobContext& context, Host& host,
                                                  ProbeQuestions questions);

/// The directory that holds `path`: "/srv" for "/srv/a/", "." for "a".
[[nodiscard]] std::string parent_path_of(const std::string& path);

}  // namespace orchestrator
