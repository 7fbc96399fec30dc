#include "orchestrator/config/location.hpp"

#include <vector>

#include "orchestrator/config/error.hpp"
#include "orchestrator/config/names.hpp"
#include "orchestrator/config/value.hpp"

namespace orchestrator {
namespace {

// The colon that ends a host name; npos for a path here. Brackets may hold an IPv6 address.
std::size_t host_end(std::string_view text) {
  const std::size_t slash = text.find('/');
  std::size_t from = 0;
  if (const std::size_t bracket = text.find(']'); bracket < slash) from = bracket;
  const std::size_t colon = text.find(':', from);
  return colon < slash ? colon : std::string_view::npos;
}

[[noreturn]] void refuse_location(std::string_view text, const std::string& reason) {
  throw ParseError("'" + std::string(text) + "' is not a location: " + reason);
}

// Ends within parentheses, so that more can be added.
std::string host_hint(std::string_view name, const std::set<std::string>& hosts) {
  const std::string table = is_valid_name(name) ? toml_key(std::string(name)) : "NAME";
  return did_you_mean(name, {hosts.begin(), hosts.end()}) +
         " (~/.ssh/config is not read: a host needs a table [hosts." + table +
         "] with address, user, identity and known_hosts";
}

void check_remote_path(std::string_view text, const std::string& host, std::string_view path) {
  if (path.starts_with(':'))
    refuse_location(text, "rsync's daemon syntax HOST::MODULE is not supported, write HOST:PATH");
  if (path.empty())
    refuse_location(text, "the path is missing; '" + host + ":.' is the login directory");
  if (path == "~" || path.starts_with("~/"))
    refuse_location(text, "a relative path starts at the login directory, so leave out '~/'");
}

}  // namespace

std::string unknown_host_message(std::string_view name, const std::set<std::string>& hosts) {
  return "there is no host '" + std::string(name) + "' in [hosts]" + host_hint(name, hosts) + ")";
}

Location parse_location(std::string_view text, const std::set<std::string>& hosts) {
  if (text.empty()) refuse_location(text, "it is empty");
  if (text.find('\0') != std::string_view::npos)
    refuse_location(text.substr(0, text.find('\0')), "it holds a NUL byte");
  if (text.starts_with("rsync://") || text.starts_with("ssh://"))
    refuse_location(text, "URLs are not supported, write HOST:PATH");
  const std::size_t colon = host_end(text);
  if (colon == std::string_view::npos) return {"", std::string(text)};

  const std::string host(text.substr(0, colon));
  const std::string_view path = text.substr(colon + 1);
  if (host.empty()) refuse_location(text, "the host is missing before ':'");
  if (const std::size_t at = host.find('@'); at != std::string::npos)
    refuse_location(text, "the login name goes into the host's table: user = " +
                              quote_toml(host.substr(0, at)));
  if (host.find('\n') != std::string::npos)
    refuse_location(text, "the name of the host holds a line break");
  check_remote_path(text, host, path);
  if (!hosts.contains(host))
    throw ParseError("there is no host '" + host + "' in [hosts]" + host_hint(host, hosts) +
                     "; a file here is written './" + std::string(text) + "')");
  return {host, std::string(path)};
}

std::string to_string(const Location& location) {
  if (!location.is_local()) return location.host + ":" + location.path;
  const bool reads_as_host = host_end(location.path) != std::string_view::npos;
  return reads_as_host ? "./" + location.path : location.path;
}

}  // namespace orchestrator
