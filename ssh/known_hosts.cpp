#include "ssh/known_hosts.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "orchestrator/error.hpp"
#include "ssh/base64.hpp"
#include "ssh/libssh2_engine.hpp"

namespace orchestrator {

namespace {

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string_view next_word(std::string_view& rest) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t begin = std::min(rest.find_first_not_of(kBlank), rest.size());
  rest.remove_prefix(begin);
  const std::size_t end = std::min(rest.find_first_of(kBlank), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

/// `*` and `?`, as in ssh_config(5).
bool pattern_matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, retry = 0;
  while (n < name.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n]) && pattern[p] != '*') {
      ++p;
      ++n;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool names_match(const std::string& names, const std::string& name) {
  if (names.starts_with("|1|")) return hashed_name_matches(names, name);
  bool matches = false;
  std::istringstream list(names);
  for (std::string pattern; std::getline(list, pattern, ',');) {
    const bool negated = pattern.starts_with('!');
    if (!pattern_matches(lower_case(negated ? pattern.substr(1) : pattern), name)) continue;
    if (negated) return false;
    matches = true;
  }
  return matches;
}

}  // namespace

std::string known_hosts_name(const std::string& host, std::uint16_t port) {
  const std::string name = lower_case(host);
  return port == 22 ? name : "[" + name + "]:" + std::to_string(port);
}

KnownHosts::KnownHosts(std::string_view text) {
  std::istringstream input{std::string(text)};
  unsigned number = 0;
  for (std::string text_line; std::getline(input, text_line);) {
    ++number;
    std::string_view rest(text_line);
    std::string_view word = next_word(rest);
    if (word.empty() || word.starts_with('#')) continue;
    Line line;
    if (word.starts_with('@')) {
      if (word == "@cert-authority") {
        line.marker = Marker::Authority;
      } else if (word == "@revoked") {
        line.marker = Marker::Revoked;
      } else {
        continue;
      }
      word = next_word(rest);
    }
    line.names = word;
    line.key.type = next_word(rest);
    line.key.line = number;
    const std::optional<std::string> blob = decode_base64(next_word(rest));
    if (!blob || blob->empty()) continue;
    line.key.blob = *blob;
    lines_.push_back(std::move(line));
  }
}

KnownHosts KnownHosts::load(const std::filesystem::path& file) {
  std::ifstream input(file, std::ios::binary);
  if (!input) {
    const int error = errno;
    if (error == ENOENT) return {};
    throw Error("cannot read '" + file.string() + "', the file of known hosts: " + std::strerror(error));
  }
  std::ostringstream text;
  text << input.rdbuf();
  return KnownHosts(text.str());
}

KnownHosts::Entry KnownHosts::find_exactly(const std::string& name) const {
  Entry entry;
  for (const Line& line : lines_) {
    if (!names_match(line.names, name)) continue;
    switch (line.marker) {
      case Marker::None: entry.keys.push_back(line.key); break;
      case Marker::Revoked: entry.revoked.push_back(line.key); break;
      case Marker::Authority: entry.authorities.push_back(line.key.line); break;
    }
  }
  return entry;
}

KnownHosts::Entry KnownHosts::find(const std::string& host, std::uint16_t port) const {
  Entry entry = find_exactly(known_hosts_name(host, port));
  if (port == 22) return entry;
  Entry plain = find_exactly(known_hosts_name(host, 22));
  if (entry.keys.empty()) entry.keys = std::move(plain.keys);
  entry.revoked.insert(entry.revoked.end(), plain.revoked.begin(), plain.revoked.end());
  return entry;
}

KnownHosts::Verdict KnownHosts::judge(const Entry& entry, const std::string& type, const std::string& blob,
                                      unsigned& line) {
  for (const Key& key : entry.revoked) {
    if (key.blob != blob) continue;
    line = key.line;
    return Verdict::Revoked;
  }
  for (const Key& key : entry.keys) {
    if (key.blob == blob) return Verdict::Known;
  }
  for (const Key& key : entry.keys) {
    if (key.type != type) continue;
    line = key.line;
    return Verdict::Changed;
  }
  if (entry.keys.empty()) return Verdict::Unknown;
  // A key of another kind than those that are known: somebody else may be there as well.
  line = entry.keys.front().line;
  return Verdict::Changed;
}

}  // namespace orchestrator
