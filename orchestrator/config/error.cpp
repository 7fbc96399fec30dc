#include "orchestrator/config/error.hpp"

#include <utility>

namespace orchestrator {
namespace {

std::string all_messages(const std::vector<ConfigError>& errors) {
  std::string text;
  for (const ConfigError& error : errors) {
    if (!text.empty()) text += '\n';
    text += to_string(error);
  }
  return text;
}

}  // namespace

std::string to_string(const SourcePosition& where) {
  if (where.line == 0) return where.file;
  return where.file + ":" + std::to_string(where.line) + ":" + std::to_string(where.column);
}

std::string to_string(const ConfigError& error) {
  std::string text = to_string(error.where);
  if (!text.empty()) text += ": ";
  if (!error.key.empty()) text += error.key + ": ";
  return text + error.message;
}

ConfigErrors::ConfigErrors(std::vector<ConfigError> errors)
    : Error(all_messages(errors)), errors_(std::move(errors)) {}

ConfigErrors::ConfigErrors(ConfigError error)
    : ConfigErrors(std::vector<ConfigError>{std::move(error)}) {}

}  // namespace orchestrator
