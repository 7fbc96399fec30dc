#pragma once

#include "orchestrator/config/error.hpp"
#include "orchestrator/config/places.hpp"
#include "orchestrator/config/secret.hpp"
#include "orchestrator/config/secret_mask.hpp"
#include "orchestrator/config/table.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace orchestrator {

inline constexpr std::size_t kLargestSecretFile = std::size_t{64} << 10;

enum class ReferenceKind { Environment, File, Credential };

/// ${env:NAME}, ${file:PATH} or ${credential:NAME}, which is one that systemd gives to a service (systemd.exec(5)).
struct Reference {
  ReferenceKind kind = ReferenceKind::Environment;
  std::string argument;

  friend auto operator<=>(const Reference&, const Reference&) = default;
};

/// "${env:HOME}"
[[nodiscard]] std::string to_string(const Reference& reference);

/// A string cut into plain text and references.
struct ReferenceText {
  std::vector<std::variant<std::string, Reference>> parts;

  [[nodiscard]] bool has_references() const noexcept;
};

/// Cuts `text` at its references; "$${" stands for "${" itself. Reads nothing.
/// \throws ParseError with the character where it went wrong: no end, no such kind, an empty or
/// malformed argument, one reference inside another, a kind of a later version.
[[nodiscard]] ReferenceText parse_references(std::string_view text);

/// How the outside is read. All may block: resolve where that does no harm.
struct ReferenceSources {
  EnvironmentReader environment;
  /// The content without its last newline. \throws std::exception that says what is wrong.
  std::function<std::string(const std::filesystem::path&)> file;
  /// The same for the credential of that name.
  std::function<std::string(const std::string&)> credential{};
};

/// The environment, files and credentials of this process; "~/" in a file's path is the user's home.
[[nodiscard]] ReferenceSources system_sources(const UserContext& user);

/// A secret file's content, one newline at its end removed.
/// \throws ParseError when it is missing, unreadable, no regular file, larger than
/// kLargestSecretFile, or holds a NUL.
[[nodiscard]] std::string read_secret_file(const std::filesystem::path& file);

/// A value of the configuration that may hold references.
struct ReferenceValue {
  SourcePosition where;
  std::string key;      ///< "jobs.srv.environment.TOKEN"
  std::string text;     ///< as written
  bool secret = false;  ///< text in it that is no reference is a secret too
};

/// The string `key` of `table`, with its place. \throws std::logic_error when it has no value.
[[nodiscard]] ReferenceValue reference_value(const ConfigTable& table, std::string_view key);

/// Resolves references for one run: each once, however often and by whom it is used.
///
/// Threads: any, one call at a time.
class ReferenceResolver {
 public:
  /// \param mask gets every value that is a secret, as soon as it is known (those of HOME, USER and
  /// their like are none); must outlive this.
  ReferenceResolver(ReferenceSources sources, SecretMask& mask)
      : sources_(std::move(sources)), mask_(mask) {}

  /// \return one result per value, in order.
  /// \throws ConfigErrors with every reference of every value that could not be resolved.
  [[nodiscard]] std::vector<Secret> resolve(const std::vector<ReferenceValue>& values);

 private:
  struct Outcome {
    Secret value;
    std::string error;  ///< empty: the value is good
  };

  Secret resolve_one(const ReferenceValue& value, std::vector<ConfigError>& errors);
  const Outcome& look_up(const Reference& reference);
  [[nodiscard]] Outcome read(const Reference& reference) const;

  ReferenceSources sources_;
  SecretMask& mask_;
  std::map<Reference, Outcome> known_;
};

}  // namespace orchestrator
