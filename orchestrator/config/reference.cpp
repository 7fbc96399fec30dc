#include "orchestrator/config/reference.hpp"

#include <algorithm>
#include <utility>

#include "orchestrator/config/names.hpp"

namespace orchestrator {
namespace {

[[noreturn]] void refuse_reference(std::size_t offset, const std::string& reason) {
  throw ParseError("at character " + std::to_string(offset + 1) + ": " + reason);
}

// What systemd takes for one: the name of a file.
bool is_credential_name(std::string_view name) {
  constexpr std::size_t kLongest = 255;
  const auto fits = [](char c) { return c > ' ' && c < 127 && c != '/' && c != ':' && c != '"'; };
  return !name.empty() && name.size() <= kLongest && name != "." && name != ".." && std::ranges::all_of(name, fits);
}

// `body` is what stands between "${" and "}".
Reference parse_body(std::string_view body, std::size_t offset) {
  const std::string shown = "'${" + std::string(body) + "}'";
  if (body.find("${") != std::string_view::npos)
    refuse_reference(offset, "a reference cannot hold another one");
  const std::size_t colon = body.find(':');
  if (colon == std::string_view::npos)
    refuse_reference(offset, shown + " has no kind: write ${env:NAME}, ${file:PATH} or ${credential:NAME}, or '$${' " +
                                 "for the characters '${'");
  const std::string kind(body.substr(0, colon));
  std::string argument(body.substr(colon + 1));
  if (kind == "command")
    refuse_reference(offset, "'${" + kind + ":...}' is not supported by this version");
  if (kind == "env") {
    if (!is_variable_name(argument))
      refuse_reference(offset, shown + " does not name an environment variable");
    return {ReferenceKind::Environment, std::move(argument)};
  }
  if (kind == "file") {
    if (!argument.starts_with('/') && !argument.starts_with("~/"))
      refuse_reference(offset, shown + " needs a path that begins with '/' or '~/'");
    return {ReferenceKind::File, std::move(argument)};
  }
  if (kind == "credential") {
    if (!is_credential_name(argument))
      refuse_reference(offset, shown + " does not name a credential: a plain name without '/' is expected");
    return {ReferenceKind::Credential, std::move(argument)};
  }
  refuse_reference(offset, "there are no references of the kind '" + kind + "'" +
                               did_you_mean(kind, {"env", "file", "credential"}) + " (known: env, file, credential)");
}

void add_text(ReferenceText& result, std::string& plain) {
  if (plain.empty()) return;
  result.parts.emplace_back(std::move(plain));
  plain.clear();
}

}  // namespace

std::string to_string(const Reference& reference) {
  std::string kind = "env";
  if (reference.kind == ReferenceKind::File) kind = "file";
  if (reference.kind == ReferenceKind::Credential) kind = "credential";
  return "${" + kind + ":" + reference.argument + "}";
}

bool ReferenceText::has_references() const noexcept {
  return std::ranges::any_of(
      parts, [](const auto& part) { return std::holds_alternative<Reference>(part); });
}

ReferenceText parse_references(std::string_view text) {
  ReferenceText result;
  std::string plain;
  std::size_t next = 0;
  while (next < text.size()) {
    const std::string_view rest = text.substr(next);
    if (rest.starts_with("$${")) {
      plain += "${";
      next += 3;
    } else if (rest.starts_with("${")) {
      const std::size_t end = rest.find('}');
      if (end == std::string_view::npos)
        refuse_reference(next, "the reference has no '}' (write '$${' for the characters '${')");
      add_text(result, plain);
      result.parts.emplace_back(parse_body(rest.substr(2, end - 2), next));
      next += end + 1;
    } else {
      plain += rest.front();
      ++next;
    }
  }
  add_text(result, plain);
  return result;
}

}  // namespace orchestrator
