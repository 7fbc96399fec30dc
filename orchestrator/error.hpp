#pragma once
#include <stdexcept>
#include <string>

namespace orchestrator {

/// Something that was to be done could not be done: the base of every folder's errors.
///
/// The message says what was being done, on what, and what came back, without capital and full stop:
/// "cannot start 'rsync': no such file in PATH '/usr/bin:/bin'". The remedy, where there is one, says what
/// to do about it: "install rsync on this machine".
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, std::string remedy = {})
      : std::runtime_error(message), remedy_(std::move(remedy)) {}

  /// Empty where none is known.
  [[nodiscard]] const std::string& remedy() const noexcept { return remedy_; }

 private:
  std::string remedy_;
};

}  // namespace orchestrator
