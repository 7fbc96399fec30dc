#include <gtest/gtest.h>

#include <random>

#include "orchestrator/config/effective.hpp"
#include "orchestrator/config/example.hpp"
#include "tests/support/config_fixtures.hpp"

// Bounded fuzzing: whatever is in a file, the answer is a configuration or errors with places.

namespace orchestrator::test {
namespace {

const char* const kSeed = R"([orchestrator]
concurrency = 12
[defaults]
timeout = "90m"
stop = ["TERM", "5s", "KILL"]
[hosts."nas.lan"]
address = "nas.lan"
passphrase = "${file:/etc/pass}"
heartbeat = { every = "1s", misses = 2 }
[jobs.b]
type = "command"
command = ["echo", "a \"b\"\n"]
token = "${env:TOKEN}"
host = "nas.lan"
environment = { "A.B" = "x", C = """multi
line""" }
[jobs.a]
type = "copy"
source = ['/a', "nas.lan:b"]
target = "nas.lan:/b"
keep_free = "10GiB"
bandwidth_limit = "1MiB"
)";

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::string mutate(std::string text) {
    for (std::size_t edits = 1 + below(4); edits > 0; --edits) edit(text);
    return text;
  }

 private:
  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }

  void edit(std::string& text) {
    static const std::vector<std::string> pieces{"\"",
                                                 "'",
                                                 "\"\"\"",
                                                 "[",
                                                 "]",
                                                 "[[",
                                                 "{",
                                                 "}",
                                                 "=",
                                                 ".",
                                                 ",",
                                                 "\n",
                                                 "\r\n",
                                                 "#",
                                                 "${",
                                                 "$${",
                                                 "${env:",
                                                 "\\u0000",
                                                 "\\",
                                                 "\xff",
                                                 "\xef\xbb\xbf",
                                                 "\xc3",
                                                 std::string(1, '\0'),
                                                 "true",
                                                 "-1",
                                                 "9223372036854775808",
                                                 "1.5",
                                                 "1979-05-27T07:32:00Z",
                                                 "inf",
                                                 "\"0s\"",
                                                 "jobs",
                                                 "hosts",
                                                 "[jobs.a]",
                                                 "[jobs.a.b]",
                                                 "type",
                                                 "type = \"copy\"",
                                                 "\xf0\x9f\x92\xa9",
                                                 "a.b.c = 1\n"};
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = std::min(below(12), text.size() - at);
    switch (below(4)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, pieces[below(pieces.size())]);
        break;
      case 2:
        text.replace(at, length, pieces[below(pieces.size())]);
        break;
      default:
        text.insert(below(text.size() + 1), text.substr(at, length * 4));
        break;
    }
    if (text.empty()) text = "x";
  }

  std::mt19937 random_;
};

// False with a reason for anything but a configuration or errors with places.
testing::AssertionResult is_answered(const ConfigSections& sections, const std::string& text) {
  try {
    const Config config = check_config(sections, {{"f.toml", text}}, plain_user());
    (void)print_effective(config);
  } catch (const ConfigErrors& errors) {
    if (errors.errors().empty()) return testing::AssertionFailure() << "no errors in " << text;
    for (const ConfigError& error : errors.errors())
      if (error.where.file != "f.toml" || error.where.line == 0 || error.where.column == 0 ||
          error.message.empty())
        return testing::AssertionFailure() << to_string(error) << " in " << text;
  }
  return testing::AssertionSuccess();
}

TEST(ConfigFuzz, AnswersEveryMutationWithAConfigurationOrErrorsWithPlaces) {
  const ConfigSections sections = sections_with_two_types();
  ASSERT_TRUE(errors_in(kSeed).empty());
  Mutator mutator(20240229);
  for (int round = 0; round < 3000; ++round)
    ASSERT_TRUE(is_answered(sections, mutator.mutate(kSeed)));
}

TEST(ConfigFuzz, AnswersEveryCutOfAFile) {
  const ConfigSections sections = sections_with_two_types();
  const std::string text(kSeed);
  for (std::size_t length = 0; length <= text.size(); ++length)
    ASSERT_TRUE(is_answered(sections, text.substr(0, length)));
}

TEST(ConfigFuzz, AnswersNoise) {
  const ConfigSections sections = sections_with_two_types();
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    std::string text(std::uniform_int_distribution<std::size_t>(1, 200)(random), '\0');
    for (char& c : text) c = static_cast<char>(std::uniform_int_distribution<int>(0, 255)(random));
    ASSERT_TRUE(is_answered(sections, text));
  }
}

}  // namespace
}  // namespace orchestrator::test
