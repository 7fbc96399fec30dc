#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>

#include "orchestrator/config/reference.hpp"
#include "tests/support/config_fixtures.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {
namespace {

class ReferenceResolverTest : public testing::Test {
 protected:
  ReferenceSources sources() {
    ReferenceSources from;
    from.environment = [this](const std::string& name) -> std::optional<std::string> {
      ++reads[name];
      if (name == "UNSET") return std::nullopt;
      return name == "HOME" ? "/home/alice" : "value of " + name;
    };
    from.file = [this](const std::filesystem::path& file) -> std::string {
      ++reads[file.string()];
      if (file == "/missing") throw ParseError("cannot read '/missing': No such file or directory");
      return "content of " + file.string();
    };
    return from;
  }

  static ReferenceValue value(std::string text, std::string key = "jobs.a.x") {
    return {{"test.toml", 3, 5}, std::move(key), std::move(text)};
  }

  std::map<std::string, int> reads;
  SecretMask mask;
};

TEST_F(ReferenceResolverTest, PutsValuesIntoTheText) {
  ReferenceResolver resolver(sources(), mask);
  const auto results = resolver.resolve(
      {value("a ${env:X} b ${file:/s}"), value("plain"), value("$${env:X}"), value("")});
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[0].reveal(), "a value of X b content of /s");
  EXPECT_EQ(results[1].reveal(), "plain");
  EXPECT_EQ(results[2].reveal(), "${env:X}");
  EXPECT_EQ(results[3].reveal(), "");
}

TEST_F(ReferenceResolverTest, ReadsEachReferenceOncePerRun) {
  ReferenceResolver resolver(sources(), mask);
  (void)resolver.resolve({value("${env:X}${env:X}"), value("${env:X}${file:/s}")});
  (void)resolver.resolve({value("${env:X}${file:/s}")});
  EXPECT_EQ(reads, (std::map<std::string, int>{{"X", 1}, {"/s", 1}}));
}

TEST_F(ReferenceResolverTest, ReportsAllFailuresTogether) {
  ReferenceResolver resolver(sources(), mask);
  const auto errors = errors_of([&] {
    (void)resolver.resolve({value("${env:UNSET} ${file:/missing}", "jobs.a.x"), value("${env:X}"),
                            value("${env:UNSET}", "jobs.a.y"), value("${env:", "jobs.a.z")});
  });
  EXPECT_EQ(errors,
            (std::vector<std::string>{
                "test.toml:3:5: jobs.a.x: cannot resolve '${env:UNSET}': environment variable "
                "'UNSET' is not set",
                "test.toml:3:5: jobs.a.x: cannot resolve '${file:/missing}': cannot read "
                "'/missing': No such file or directory",
                "test.toml:3:5: jobs.a.y: cannot resolve '${env:UNSET}': environment variable "
                "'UNSET' is not set",
                "test.toml:3:5: jobs.a.z: at character 1: the reference has no '}' (write '$${' "
                "for the characters '${')"}));
}

TEST_F(ReferenceResolverTest, ReadsTheCredentialsThatTheServiceWasGiven) {
  TemporaryDirectory given;
  given.write("nas-pass", "s3cret\n");
  UserContext user;
  user.environment = [&](const std::string& name) -> std::optional<std::string> {
    if (name != "CREDENTIALS_DIRECTORY") return std::nullopt;
    return given.path().string();
  };
  ReferenceResolver resolver(system_sources(user), mask);
  EXPECT_EQ(resolver.resolve({value("${credential:nas-pass}")}).front().reveal(), "s3cret");
  EXPECT_EQ(mask.apply("it is s3cret"), "it is ***");
  EXPECT_EQ(errors_of([&] { (void)resolver.resolve({value("${credential:other}")}); }),
            std::vector<std::string>{"test.toml:3:5: jobs.a.x: cannot resolve '${credential:other}': this service was given no such "
                                     "credential; give it one with LoadCredential=other:FILE in its unit, see credentials.conf"});
}

TEST_F(ReferenceResolverTest, SaysWhenThereAreNoCredentialsAtAll) {
  UserContext user;
  user.environment = [](const std::string&) { return std::nullopt; };
  ReferenceResolver resolver(system_sources(user), mask);
  const auto errors = errors_of([&] { (void)resolver.resolve({value("${credential:x}")}); });
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_NE(errors.front().find("$CREDENTIALS_DIRECTORY is not set"), std::string::npos);
}

TEST_F(ReferenceResolverTest, MasksWhatIsSecret) {
  ReferenceResolver resolver(sources(), mask);
  (void)resolver.resolve({value("${env:TOKEN}"), value("${file:/s}"), value("${env:HOME}")});
  EXPECT_EQ(mask.apply("value of TOKEN, content of /s, /home/alice, jobs"),
            "***, ***, /home/alice, jobs");
}

TEST_F(ReferenceResolverTest, MasksPlainTextOfSecretKeys) {
  ReferenceResolver resolver(sources(), mask);
  ReferenceValue passphrase = value("hunter2");
  passphrase.secret = true;
  (void)resolver.resolve({passphrase, value("plain")});
  EXPECT_EQ(mask.apply("hunter2 plain"), "*** plain");
}

TEST_F(ReferenceResolverTest, TakesValuesFromTablesWithTheirPlaces) {
  const Config config =
      check_text("[hosts.nas]\naddress = \"x\"\npassphrase = \"p-${env:UNSET}\"\n");
  const ReferenceValue passphrase = reference_value(config.hosts.at("nas").table, "passphrase");
  EXPECT_TRUE(passphrase.secret);
  ReferenceResolver resolver(sources(), mask);
  EXPECT_EQ(errors_of([&] { (void)resolver.resolve({passphrase}); }),
            (std::vector<std::string>{"test.toml:3:14: hosts.nas.passphrase: cannot resolve "
                                      "'${env:UNSET}': environment variable 'UNSET' is not set"}));
}

TEST(SecretFile, LosesOneNewlineAtItsEnd) {
  const TemporaryDirectory directory;
  EXPECT_EQ(read_secret_file(directory.write("a", "secret\n")), "secret");
  EXPECT_EQ(read_secret_file(directory.write("b", "secret\n\n")), "secret\n");
  EXPECT_EQ(read_secret_file(directory.write("c", "secret")), "secret");
  EXPECT_EQ(read_secret_file(directory.write("d", "")), "");
}

std::string refusal(const std::filesystem::path& file) {
  try {
    (void)read_secret_file(file);
  } catch (const ParseError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(SecretFile, IsARegularFileOfModestSize) {
  const TemporaryDirectory directory;
  const std::string root = directory.path().string();
  EXPECT_EQ(refusal(root + "/none"), "cannot read '" + root + "/none': No such file or directory");
  EXPECT_EQ(refusal(root), "cannot read '" + root + "': it is a directory");
  ASSERT_EQ(::mkfifo((root + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(refusal(root + "/pipe"), "cannot read '" + root + "/pipe': it is not a regular file");
  EXPECT_EQ(refusal("/dev/zero"), "cannot read '/dev/zero': it is not a regular file");
  const auto fits = directory.write("fits", std::string(kLargestSecretFile, 'x'));
  EXPECT_EQ(read_secret_file(fits).size(), kLargestSecretFile);
  const auto large = directory.write("large", std::string(kLargestSecretFile + 1, 'x'));
  EXPECT_EQ(refusal(large), "cannot read '" + root + "/large': it is larger than 64KiB");
  const auto binary = directory.write("binary", std::string_view("a\0b", 3));
  EXPECT_EQ(refusal(binary), "cannot use '" + root + "/binary': it holds a NUL byte");
}

TEST(SecretFile, MayBeBelowTheHomeOfTheUser) {
  const TemporaryDirectory directory;
  directory.write("secret", "s3cret\n");
  UserContext user = plain_user({{"X", "y"}});
  user.home = directory.path();
  SecretMask mask;
  ReferenceResolver resolver(system_sources(user), mask);
  const auto results = resolver.resolve({{{}, "k", "${env:X} ${file:~/secret}"}});
  EXPECT_EQ(results.front().reveal(), "y s3cret");
}

}  // namespace
}  // namespace orchestrator::test
