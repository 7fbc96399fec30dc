#include "orchestrator/config/secret_mask.hpp"

#include <algorithm>

#include "orchestrator/fields.hpp"

namespace orchestrator {
namespace {

// Shorter lines of a secret of several lines ("}", "--") would hide half of any output.
constexpr std::size_t kShortestMaskedLine = 4;

std::string_view without_line_ends(std::string_view text) {
  const std::size_t first = text.find_first_not_of("\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of("\r\n") - first + 1);
}

}  // namespace

void SecretMask::add(const Secret& secret) {
  add_pattern(secret.reveal());
  const std::string_view rest = without_line_ends(secret.reveal());
  if (rest.find('\n') == std::string_view::npos) {
    add_pattern(rest);
    return;
  }
  // Output is often shown line by line, so that each line has to be found alone.
  for (const std::string_view each : lines_of(rest)) {
    const std::string_view line = without_line_ends(each);
    if (line.size() >= kShortestMaskedLine) add_pattern(line);
  }
}

void SecretMask::add_pattern(std::string_view text) {
  if (text.empty()) return;
  const auto same = [text](const Secret& pattern) { return pattern.reveal() == text; };
  if (std::ranges::any_of(patterns_, same)) return;
  patterns_.emplace_back(std::string(text));
  first_[static_cast<unsigned char>(text.front())] = true;
}

SecretMask::Match SecretMask::match(std::string_view text) const noexcept {
  Match found;
  if (!first_[static_cast<unsigned char>(text.front())]) return found;
  for (const Secret& secret : patterns_) {
    const std::string& pattern = secret.reveal();
    if (text.starts_with(pattern))
      found.length = std::max(found.length, pattern.size());
    else if (std::string_view(pattern).starts_with(text))
      found.may_go_on = true;
  }
  return found;
}

std::string SecretMask::apply(std::string_view text) const {
  if (empty()) return std::string(text);
  MaskStream stream(*this);
  std::string shown = stream.write(text);
  return shown + stream.finish();
}

std::string MaskStream::write(std::string_view piece) {
  held_ += piece;
  return advance(false);
}

std::string MaskStream::finish() {
  std::string rest = advance(true);
  covered_ = 0;
  return rest;
}

std::string MaskStream::advance(bool at_end) {
  std::string shown;
  std::size_t next = 0;
  for (; next < held_.size(); ++next) {
    const SecretMask::Match found = mask_.match(std::string_view(held_).substr(next));
    if (found.may_go_on && !at_end) break;
    if (found.length > 0 && covered_ == 0) shown += kMasked;
    covered_ = std::max(covered_, found.length);
    if (covered_ == 0)
      shown += held_[next];
    else
      --covered_;
  }
  held_.erase(0, next);
  return shown;
}

}  // namespace orchestrator
