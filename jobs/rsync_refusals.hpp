#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace orchestrator {

/// One word of a job's `args` that cannot be used.
struct RefusedArgument {
  std::size_t index = 0;  ///< of the word
  std::string message;    ///< which option, and why
};

/// What in `args` would break the job: options that are the orchestrator's own, those that would
/// make it misread what rsync says or report what is not true, and words that are no options.
[[nodiscard]] std::vector<RefusedArgument> refused_rsync_arguments(
    const std::vector<std::string>& args);

/// Whether `args` has the option, as a word of its own, with "=value", or short in a bundle (then
/// `short_name` is not '\0').
[[nodiscard]] bool has_rsync_option(const std::vector<std::string>& args, std::string_view name,
                                    char short_name = '\0');

/// Whether `args` makes rsync delete something at the target.
[[nodiscard]] bool has_rsync_deletion(const std::vector<std::string>& args);

}  // namespace orchestrator
