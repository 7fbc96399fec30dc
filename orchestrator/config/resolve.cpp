#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "orchestrator/config/reference.hpp"
#include "orchestrator/config/small_file.hpp"

namespace orchestrator {
namespace {

// Their values stand in every path that is shown; masking them would hide everything.
constexpr std::array<std::string_view, 12> kPublicVariables{
    "HOME",  "HOSTNAME", "LANG",   "LOGNAME", "PATH", "PWD",
    "SHELL", "TERM",     "TMPDIR", "TZ",      "USER", "XDG_RUNTIME_DIR"};

bool is_public(const Reference& reference) {
  return reference.kind == ReferenceKind::Environment &&
         std::ranges::find(kPublicVariables, reference.argument) != kPublicVariables.end();
}

std::string read_credential(const UserContext& user, const std::string& name) {
  const std::optional<std::string> directory = user.environment("CREDENTIALS_DIRECTORY");
  if (!directory || directory->empty())
    throw ParseError("this process was given no credentials ($CREDENTIALS_DIRECTORY is not set); systemd gives them to a " +
                     std::string("service with LoadCredential=") + name + ":FILE, see credentials.conf");
  const std::filesystem::path file = std::filesystem::path(*directory) / name;
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    throw ParseError("this service was given no such credential; give it one with LoadCredential=" + name +
                     ":FILE in its unit, see credentials.conf");
  return read_secret_file(file);
}

}  // namespace

std::string read_secret_file(const std::filesystem::path& file) {
  std::string content = read_small_file(file, kLargestSecretFile);
  if (content.find('\0') != std::string::npos)
    throw ParseError("cannot use '" + file.string() + "': it holds a NUL byte");
  if (content.ends_with('\n')) content.pop_back();
  return content;
}

ReferenceSources system_sources(const UserContext& user) {
  ReferenceSources sources;
  sources.environment = user.environment;
  sources.file = [user](const std::filesystem::path& file) {
    return read_secret_file(expand_home(file.string(), user));
  };
  sources.credential = [user](const std::string& name) { return read_credential(user, name); };
  return sources;
}

ReferenceValue reference_value(const ConfigTable& table, std::string_view key) {
  return {table.where(key), table.path() + "." + std::string(key), table.get<std::string>(key),
          table.entry(key)->secret};
}

std::vector<Secret> ReferenceResolver::resolve(const std::vector<ReferenceValue>& values) {
  std::vector<ConfigError> errors;
  std::vector<Secret> results;
  results.reserve(values.size());
  for (const ReferenceValue& value : values) results.push_back(resolve_one(value, errors));
  if (!errors.empty()) throw ConfigErrors(std::move(errors));
  return results;
}

Secret ReferenceResolver::resolve_one(const ReferenceValue& value,
                                      std::vector<ConfigError>& errors) {
  std::string text;
  try {
    for (const auto& part : parse_references(value.text).parts) {
      if (const auto* plain = std::get_if<std::string>(&part)) {
        text += *plain;
        continue;
      }
      const Reference& reference = std::get<Reference>(part);
      const Outcome& outcome = look_up(reference);
      text += outcome.value.reveal();
      if (!outcome.error.empty())
        errors.push_back({value.where, value.key,
                          "cannot resolve '" + to_string(reference) + "': " + outcome.error});
    }
  } catch (const ParseError& error) {
    errors.push_back({value.where, value.key, error.what()});
  }
  Secret result(std::move(text));
  if (value.secret) mask_.add(result);
  return result;
}

const ReferenceResolver::Outcome& ReferenceResolver::look_up(const Reference& reference) {
  const auto [found, is_new] = known_.try_emplace(reference);
  if (is_new) {
    found->second = read(reference);
    if (!is_public(reference)) mask_.add(found->second.value);
  }
  return found->second;
}

ReferenceResolver::Outcome ReferenceResolver::read(const Reference& reference) const {
  Outcome outcome;
  try {
    if (reference.kind == ReferenceKind::File)
      outcome.value = Secret(sources_.file(reference.argument));
    else if (reference.kind == ReferenceKind::Credential)
      outcome.value = Secret(sources_.credential(reference.argument));
    else if (std::optional<std::string> found = sources_.environment(reference.argument))
      outcome.value = Secret(std::move(*found));
    else
      outcome.error = "environment variable '" + reference.argument + "' is not set";
  } catch (const std::exception& error) {
    outcome.error = error.what();
  }
  return outcome;
}

}  // namespace orchestrator
