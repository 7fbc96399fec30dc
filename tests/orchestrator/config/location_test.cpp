#include "orchestrator/config/location.hpp"

#include <gtest/gtest.h>

#include "orchestrator/config/error.hpp"

namespace orchestrator {
namespace {

const std::set<std::string> kHosts{"nas", "web-1", "nas.lan"};

std::string refusal(const std::string& text) {
  try {
    (void)parse_location(text, kHosts);
  } catch (const ParseError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Location, IsHostAndPath) {
  EXPECT_EQ(parse_location("nas:/srv/", kHosts), (Location{"nas", "/srv/"}));
  EXPECT_EQ(parse_location("nas.lan:a b", kHosts), (Location{"nas.lan", "a b"}));
  EXPECT_EQ(parse_location("nas:.", kHosts), (Location{"nas", "."}));
  EXPECT_EQ(parse_location("nas:a:b", kHosts), (Location{"nas", "a:b"}));
}

TEST(Location, WithoutAColonBeforeTheFirstSlashIsHere) {
  for (const char* text : {"/srv/", "./a:b", "/a:b", "a/b:c", "relative", "..", "~/x", "[a]/b:c"}) {
    EXPECT_EQ(parse_location(text, kHosts), (Location{"", text})) << text;
    EXPECT_TRUE(parse_location(text, kHosts).is_local());
  }
}

TEST(Location, ReadsBackFromItsText) {
  for (const Location& location : {Location{"nas", "/srv"}, Location{"nas", "a:b"},
                                   Location{"", "/a:b"}, Location{"", "plain"}})
    EXPECT_EQ(parse_location(to_string(location), kHosts), location);
  EXPECT_EQ(to_string(Location{"", "a:b"}), "./a:b");
}

TEST(Location, OnAnUnknownHostSaysWhichOneIsNearAndWhatToWrite) {
  EXPECT_EQ(refusal("nsa:/srv"),
            "there is no host 'nsa' in [hosts], did you mean 'nas'? (~/.ssh/config is not read: a "
            "host needs a table [hosts.nsa] with address, user, identity and known_hosts; a file "
            "here is written './nsa:/srv')");
  EXPECT_EQ(unknown_host_message("backup.lan", {}),
            "there is no host 'backup.lan' in [hosts] (~/.ssh/config is not read: a host needs a "
            "table [hosts.\"backup.lan\"] with address, user, identity and known_hosts)");
  EXPECT_NE(refusal("NAS:/srv").find("did you mean 'nas'?"), std::string::npos);
}

TEST(Location, RefusesWhatOtherToolsWouldTake) {
  EXPECT_EQ(refusal("bob@nas:/srv"),
            "'bob@nas:/srv' is not a location: the login name goes into the host's table: user = "
            "\"bob\"");
  EXPECT_EQ(refusal("nas::module"),
            "'nas::module' is not a location: rsync's daemon syntax HOST::MODULE is not supported, "
            "write HOST:PATH");
  EXPECT_EQ(refusal("rsync://nas/x"),
            "'rsync://nas/x' is not a location: URLs are not supported, write HOST:PATH");
  EXPECT_EQ(refusal("nas:~/x"),
            "'nas:~/x' is not a location: a relative path starts at the login directory, so leave "
            "out '~/'");
  EXPECT_NE(refusal("[::1]:/srv"), "accepted");
  EXPECT_NE(refusal("::1"), "accepted");
}

TEST(Location, NeedsAPathAndAHost) {
  EXPECT_EQ(refusal(""), "'' is not a location: it is empty");
  EXPECT_EQ(refusal("nas:"),
            "'nas:' is not a location: the path is missing; 'nas:.' is the login directory");
  EXPECT_EQ(refusal(":/srv"), "':/srv' is not a location: the host is missing before ':'");
  EXPECT_NE(refusal(std::string("/a\0b", 4)), "accepted");
}

}  // namespace
}  // namespace orchestrator
