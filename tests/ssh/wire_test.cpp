#include "ssh/wire.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ssh/base64.hpp"

namespace orchestrator {
namespace {

using testing::ElementsAre;

std::string key_exchange_packet() {
  WireWriter payload;
  payload.byte(0);   // padding
  payload.byte(20);  // SSH_MSG_KEXINIT
  for (int i = 0; i < 16; ++i) payload.byte(7);
  for (const char* list : {"kex-a,kex-b", "ssh-ed25519", "cipher-c2s", "cipher-s2c", "mac-c2s", "mac-s2c", "none", "none", "", ""}) {
    payload.string(list);
  }
  payload.byte(0);
  payload.number(0);
  WireWriter packet;
  packet.string(payload.take());
  return packet.take();
}

TEST(Wire, ReadsWhatItWrote) {
  WireWriter writer;
  writer.byte(200);
  writer.number(0x80000001U);
  writer.string("a,bc");
  const std::string bytes = writer.take();
  WireReader reader(bytes);
  EXPECT_EQ(reader.byte(), 200);
  EXPECT_EQ(reader.number(), 0x80000001U);
  EXPECT_THAT(reader.name_list(), ElementsAre("a", "bc"));
  EXPECT_TRUE(reader.ok());
}

TEST(Wire, GivesNothingMoreOnceSomethingIsMissing) {
  WireReader reader(std::string_view("\0\0\0\x09 short", 10));
  EXPECT_EQ(reader.string(), "");
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.byte(), 0);
  EXPECT_EQ(reader.number(), 0U);
}

TEST(ServerOffer, IsFoundBehindTheGreeting) {
  const auto offer = parse_server_offer("welcome\r\nSSH-2.0-test\r\n" + key_exchange_packet() + "more");
  ASSERT_TRUE(offer);
  EXPECT_THAT(offer->key_exchange, ElementsAre("kex-a", "kex-b"));
  EXPECT_THAT(offer->host_keys, ElementsAre("ssh-ed25519"));
  EXPECT_THAT(offer->ciphers, ElementsAre("cipher-c2s"));
  EXPECT_THAT(offer->macs, ElementsAre("mac-c2s"));
}

TEST(ServerOffer, IsNoneWhenCutAnywhere) {
  const std::string whole = "SSH-2.0-test\r\n" + key_exchange_packet();
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(parse_server_offer(whole.substr(0, size)));
}

TEST(ServerOffer, SurvivesGarbage) {
  std::mt19937 random(4711);
  const std::string whole = "SSH-2.0-test\r\n" + key_exchange_packet();
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = whole;
    for (int i = 0; i < 4; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
    static_cast<void>(parse_server_offer(damaged));
  }
}

TEST(Base64, EncodesAndDecodesEveryLength) {
  for (const auto& [plain, coded] : std::vector<std::pair<std::string, std::string>>{
           {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xff\xfe", "//4="}}) {
    EXPECT_EQ(encode_base64(plain), coded);
    EXPECT_EQ(decode_base64(coded), plain);
  }
  EXPECT_EQ(decode_base64("Zm\n9 v"), "foo");
  EXPECT_EQ(decode_base64("Zg"), "f");
  EXPECT_EQ(decode_base64("Z*=="), std::nullopt);
}

}  // namespace
}  // namespace orchestrator
