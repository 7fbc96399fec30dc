#pragma once

#include <string>
#include <vector>

#include "orchestrator/error.hpp"

namespace orchestrator {

/// A place in a configuration file; lines and columns count from 1, columns in characters.
/// A line of 0 means the file as a whole, an empty file name no place at all.
struct SourcePosition {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;

  friend bool operator==(const SourcePosition&, const SourcePosition&) = default;
};

/// "orchestrator.toml:12:3", "orchestrator.toml" or "".
[[nodiscard]] std::string to_string(const SourcePosition& where);

/// One thing that is wrong with the configuration (or, in Config::warnings, worth a look).
struct ConfigError {
  SourcePosition where;
  std::string key;      ///< "jobs.srv.sorce", may be empty
  std::string message;  ///< what was expected, what is there, what to do

  friend bool operator==(const ConfigError&, const ConfigError&) = default;
};

/// "orchestrator.toml:12:3: jobs.srv.sorce: unknown key, did you mean 'source'?"
[[nodiscard]] std::string to_string(const ConfigError& error);

/// Everything that is wrong with a configuration, in the order of files and lines; never empty.
class ConfigErrors : public Error {
 public:
  explicit ConfigErrors(std::vector<ConfigError> errors);
  explicit ConfigErrors(ConfigError error);

  [[nodiscard]] const std::vector<ConfigError>& errors() const noexcept { return errors_; }

 private:
  std::vector<ConfigError> errors_;
};

/// A text that is not what it should be: a duration, a size, a location, a reference.
/// The message stands alone, without position.
class ParseError : public Error {
 public:
  using Error::Error;
};

}  // namespace orchestrator
