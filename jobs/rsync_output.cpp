#include "jobs/rsync_output.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "orchestrator/process/stream.hpp"

namespace orchestrator {

namespace {

/// Reads a text from left to right; each step says whether it found what it wanted.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

  bool literal(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  template <class Number>
  bool number(Number& value) {
    // from_chars takes "-1", "inf" and "nan" too.
    if (rest_.empty() || rest_[0] < '0' || rest_[0] > '9') return false;
    const auto [end, ec] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (ec != std::errc()) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool read_rate(Reader& reader, double& bytes_per_second) {
  double number = 0;
  if (!reader.number(number)) return false;
  constexpr std::string_view kUnits[] = {"B/s", "kB/s", "MB/s", "GB/s", "TB/s", "PB/s"};
  double factor = 1;
  for (const std::string_view unit : kUnits) {
    if (reader.literal(unit)) {
      bytes_per_second = number * factor;
      return std::isfinite(bytes_per_second);
    }
    factor *= 1024;
  }
  return false;
}

bool read_time(Reader& reader, std::optional<Duration>& time) {
  if (reader.literal("??:??:??")) return true;
  unsigned hours = 0;
  unsigned minutes = 0;
  unsigned seconds = 0;
  if (!reader.number(hours) || !reader.literal(":") || !reader.number(minutes) ||
      !reader.literal(":") || !reader.number(seconds)) {
    return false;
  }
  constexpr unsigned kMostHours = 1'000'000;  // what is more cannot be meant, and fits no Duration
  if (hours > kMostHours || minutes > 59 || seconds > 59) return true;
  time = std::chrono::hours(hours) + std::chrono::minutes(minutes) + std::chrono::seconds(seconds);
  return true;
}

/// "(xfr#6, to-chk=1/9)"; "ir-chk" while rsync still finds new entries.
bool read_counts(Reader& reader, RsyncRecord& record) {
  std::uint64_t transferred = 0;
  if (!reader.literal("(xfr#") || !reader.number(transferred)) return false;
  if (!reader.literal(", to-chk=") && !reader.literal(", ir-chk=")) return false;
  if (!reader.number(record.unchecked) || !reader.literal("/") || !reader.number(record.entries) ||
      !reader.literal(")")) {
    return false;
  }
  if (record.unchecked > record.entries) return false;
  record.transferred = transferred;
  // What stands in the place of the time left is then the time taken.
  record.remaining.reset();
  return true;
}

}  // namespace

std::optional<RsyncRecord> parse_rsync_record(std::string_view text) {
  Reader reader(text);
  RsyncRecord record;
  reader.skip_spaces();
  if (!reader.number(record.bytes)) return std::nullopt;
  reader.skip_spaces();
  if (!reader.number(record.percent) || !reader.literal("%")) return std::nullopt;
  reader.skip_spaces();
  if (!read_rate(reader, record.bytes_per_second)) return std::nullopt;
  reader.skip_spaces();
  if (!read_time(reader, record.remaining)) return std::nullopt;
  reader.skip_spaces();
  if (reader.at_end()) return record;
  if (!read_counts(reader, record)) return std::nullopt;
  return record;
}

std::optional<RsyncChange> parse_rsync_change(std::string_view line) {
  // YXcstpoguax, a space, the name; rsync(1), --itemize-changes.
  constexpr std::size_t kNameBegins = 12;
  if (line.size() <= kNameBegins || line[kNameBegins - 1] != ' ') return std::nullopt;
  RsyncChange change;
  change.name = line.substr(kNameBegins);
  if (line.starts_with("*deleting ")) {
    change.kind = RsyncChange::Kind::Deleted;
    return change;
  }
  if (std::string_view("fdLDS").find(line[1]) == std::string_view::npos) return std::nullopt;
  switch (line[0]) {
    case '<':
    case '>':
      change.kind = RsyncChange::Kind::Sent;
      return change;
    case 'c':
    case 'h':
      change.kind = RsyncChange::Kind::Created;
      return change;
    case '.':
      change.kind = RsyncChange::Kind::Changed;
      return change;
    default:
      return std::nullopt;
  }
}

void RsyncOutput::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view part = bytes.substr(0, end);
    piece_.append(part.substr(0, kLongestLine - std::min(kLongestLine, piece_.size())));
    if (end == std::string_view::npos) return;
    end_piece();
    is_record_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
  }
}

void RsyncOutput::finish() {
  end_piece();
  is_record_ = false;
}

void RsyncOutput::end_piece() {
  if (!piece_.empty()) {
    const Handler& handler = is_record_ ? on_record_ : on_line_;
    if (handler) handler(piece_);
  }
  piece_.clear();
}

void RsyncProgress::add(const RsyncRecord& record) {
  constexpr double kAlmost = 0.999;
  if (record.transferred && record.entries > 0) {
    const std::uint64_t checked = record.entries - record.unchecked;
    const std::uint64_t unsent = checked - std::min(checked, *record.transferred);
    unsent_share_ = static_cast<double>(unsent) / static_cast<double>(record.entries);
  }
  const double sent_share = std::min(record.percent, 100U) / 100.0;
  const double fraction = sent_share + (1 - sent_share) * unsent_share_;
  // rsync prints 100 % before it has renamed the last file, so only its exit ends the work.
  progress_.fraction = std::max(progress_.fraction.value_or(0), std::min(fraction, kAlmost));
  progress_.bytes = std::max(progress_.bytes.value_or(0), record.bytes);
  progress_.bytes_per_second = record.bytes_per_second;
  if (!record.transferred) progress_.remaining = record.remaining;
}

void RsyncProgress::add(const RsyncChange& change) {
  switch (change.kind) {
    case RsyncChange::Kind::Sent:
      ++sent_;
      break;
    case RsyncChange::Kind::Deleted:
      ++deleted_;
      break;
    case RsyncChange::Kind::Created:
    case RsyncChange::Kind::Changed:
      ++others_;
      break;
  }
  progress_.current = change.name;
}

}  // namespace orchestrator
