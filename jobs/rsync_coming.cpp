#include "jobs/rsync_coming.hpp"

#include <algorithm>
#include <charconv>

#include "jobs/rsync_arguments.hpp"
#include "jobs/rsync_output.hpp"
#include "jobs/rsync_refusals.hpp"
#include "jobs/run_rsync.hpp"

namespace orchestrator {

namespace {

constexpr std::size_t kItemized = 11;  // "<f+++++++++"

/// Whether the target has room for whatever the source may hold, without a closer look.
awaitable<bool> has_room_for_all(JobContext& context, const RsyncSettings& settings) {
  const Location& source = settings.sources.front();
  std::string from = source.path;
  std::string to = settings.target.path;
  const DiskSpace there = co_await context.host(settings.target.host).disk_space(std::move(to));
  const DiskSpace here = co_await context.host(source.host).disk_space(std::move(from));
  const std::uint64_t held = here.total - std::min(here.total, here.available);
  const std::uint64_t files = here.total_inodes - std::min(here.total_inodes, here.available_inodes);
  const bool inodes = there.total_inodes == 0 || files <= there.available_inodes / 2;
  co_return held <= there.available / 2 && inodes;
}

std::vector<std::string> dry_run_words(const RsyncSettings& settings) {
  const std::string shell = settings.remote().empty() ? std::string() : rsync_shell_program();
  std::vector<std::string> words = rsync_command(settings, true, shell);
  words.insert(std::find(words.begin(), words.end(), "--"), "--out-format=%i %l");
  return words;
}

}  // namespace

void RsyncComing::add(std::string_view line) {
  if (line.starts_with("*deleting")) certain_ = false;
  if (line.size() <= kItemized + 1 || line[kItemized] != ' ') return;
  std::uint64_t length = 0;
  const std::string_view number = line.substr(kItemized + 1);
  if (std::from_chars(number.data(), number.data() + number.size(), length).ec != std::errc()) return;
  const bool is_new = line[2] == '+';
  if (is_new && line[0] != 'h') ++inodes_;
  if ((line[0] != '<' && line[0] != '>') || line[1] != 'f') return;
  if (is_new) {
    created_ += length;
  } else {
    certain_ = false;
    largest_replaced_ = std::max(largest_replaced_, length);
  }
}

awaitable<std::vector<ComingData>> rsync_coming(JobContext& context, const RsyncSettings& settings,
                                                  const RsyncTarget& target) {
  std::vector<ComingData> found;
  if (settings.restricted) co_return found;
  bool roomy = false;
  try {
    if (!target.has_quotas) roomy = co_await has_room_for_all(context, settings);
  } catch (const Error&) {
    // What only root may enter is nothing for df.
    if (!settings.sudo) throw;
  }
  if (roomy) co_return found;
  RsyncComing coming;
  RsyncOutput output([](std::string_view) {}, [&coming](std::string_view line) { coming.add(line); });
  RsyncCall call;
  call.remote = settings.remote();
  call.words = dry_run_words(settings);
  call.on_output = [&output](std::string_view bytes) { output.feed(bytes); };
  call.log_errors = false;
  const RsyncEnd end = co_await run_rsync(context, std::move(call));
  output.finish();
  if (!succeeded(end.status)) co_return found;
  ComingData data;
  data.host = settings.target.host;
  data.path = settings.target.path;
  data.bytes = coming.bytes();
  data.inodes = coming.inodes();
  // Holes take no room, if they are looked for.
  data.certain = coming.certain() && !has_rsync_option(settings.args, "sparse") && !has_rsync_option(settings.args, "S");
  found.push_back(std::move(data));
  co_return found;
}

}  // namespace orchestrator
