#include "ssh/libssh2_engine.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ssh/libssh2_memory.hpp"
#include "ssh/wire.hpp"

namespace orchestrator {
namespace {

void give(SshEngine& engine, std::string_view bytes) { engine.receive(std::span<const char>(bytes.data(), bytes.size())); }

std::optional<EngineFailure> handshake_failure(SshEngine& engine) {
  try {
    static_cast<void>(engine.handshake());
  } catch (const EngineError& error) {
    return error.failure();
  }
  return std::nullopt;
}

/// What an engine says first: another one may take it for a server's, up to a point.
std::string first_words() {
  const auto engine = make_libssh2_engine();
  static_cast<void>(engine->handshake());
  give(*engine, "SSH-2.0-other\r\n");
  static_cast<void>(engine->handshake());
  return engine->take_unsent();
}

TEST(Libssh2Engine, GreetsBeforeItHearsAnything) {
  const auto engine = make_libssh2_engine();
  EXPECT_FALSE(engine->handshake());
  EXPECT_THAT(engine->take_unsent(), testing::StartsWith("SSH-2.0-libssh2"));
  EXPECT_EQ(engine->unsent(), 0U);
}

TEST(Libssh2Engine, WantsInputUntilTheGreetingIsThere) {
  const auto engine = make_libssh2_engine();
  for (const char c : std::string("welcome to this server\r\nSSH-2.0-test\r")) {
    give(*engine, std::string_view(&c, 1));
    EXPECT_FALSE(engine->handshake());
  }
  EXPECT_EQ(engine->unread(), 0U);
}

TEST(Libssh2Engine, SaysThatItLostTheOtherSideWhereverTheInputEnds) {
  const std::string words = first_words();
  ASSERT_GT(words.size(), 500U);
  for (std::size_t size = 0; size < words.size(); size += 7) {
    const auto engine = make_libssh2_engine();
    give(*engine, std::string_view(words).substr(0, size));
    static_cast<void>(engine->handshake());
    engine->receive_end();
    EXPECT_EQ(handshake_failure(*engine), EngineFailure::Lost) << "after " << size << " bytes";
  }
}

TEST(Libssh2Engine, TellsWhatAServerOffersWhenNothingIsInCommon) {
  WireWriter payload;
  const std::string padding(8, '\0');
  payload.byte(8);
  payload.byte(20);
  for (int i = 0; i < 16; ++i) payload.byte(7);
  for (const char* list : {"curve25519-sha256", "ssh-ed25519", "aes256-ctr", "aes256-ctr", "mac-of-the-future", "mac-of-the-future",
                           "none", "none", "", ""}) {
    payload.string(list);
  }
  payload.byte(0);
  payload.number(0);
  std::string body = payload.take() + padding;
  while ((body.size() + 4) % 8 != 0) {
    body += '\0';
    ++body[0];
  }
  WireWriter packet;
  packet.string(body);
  const auto engine = make_libssh2_engine();
  give(*engine, "SSH-2.0-test\r\n" + packet.take());
  EXPECT_EQ(handshake_failure(*engine), EngineFailure::KeyExchange);
  EXPECT_THAT(engine->offered(AlgorithmKind::Mac), testing::ElementsAre("mac-of-the-future"));
  EXPECT_THAT(engine->supported(AlgorithmKind::Mac), testing::Contains("hmac-sha2-256"));
  EXPECT_EQ(engine->server_banner(), "SSH-2.0-test");
}

TEST(Libssh2Engine, SurvivesDamagedInput) {
  std::mt19937 random(4711);
  const std::string words = first_words();
  for (int round = 0; round < 300; ++round) {
    std::string damaged = words;
    for (int i = 0; i < 3; ++i) damaged[15 + random() % (damaged.size() - 15)] = static_cast<char>(random());
    const auto engine = make_libssh2_engine();
    give(*engine, damaged);
    static_cast<void>(handshake_failure(*engine));
    engine->receive_end();
    EXPECT_NE(handshake_failure(*engine), std::nullopt);
  }
}

TEST(Libssh2Engine, SurvivesGarbageInsteadOfAServer) {
  std::mt19937 random(4711);
  for (int round = 0; round < 100; ++round) {
    std::string garbage = round % 2 == 0 ? "SSH-2.0-x\r\n" : "";
    for (int i = 0; i < 3000; ++i) garbage += static_cast<char>(random());
    const auto engine = make_libssh2_engine();
    give(*engine, garbage);
    static_cast<void>(handshake_failure(*engine));
    engine->receive_end();
    EXPECT_NE(handshake_failure(*engine), std::nullopt);
  }
}

TEST(Libssh2Engine, KnowsWhatAnHttpServerSaid) {
  const auto engine = make_libssh2_engine();
  give(*engine, "HTTP/1.1 400 Bad Request\r\nServer: x\r\n");
  static_cast<void>(engine->handshake());
  EXPECT_EQ(engine->server_banner(), "HTTP/1.1 400 Bad Request");
}

std::string channel_request(std::uint32_t channel, const std::string& name, const std::string& rest) {
  WireWriter writer;
  writer.byte(98);
  writer.number(channel);
  writer.string(name);
  writer.byte(0);
  return writer.take() + rest;
}

void pass_through(Libssh2Memory& memory, const std::string& message) {
  void* block = memory.allocate(message.size());
  std::copy(message.begin(), message.end(), static_cast<char*>(block));
  memory.release(block);
}

TEST(Libssh2Memory, SeesTheExitStatusThatPassesThrough) {
  Libssh2Memory memory;
  WireWriter code;
  code.number(0);
  EXPECT_EQ(memory.exit_status(3), std::nullopt);
  pass_through(memory, channel_request(3, "exit-status", code.take()));
  EXPECT_EQ(memory.exit_status(3), ExitStatus(Exited{0}));
  EXPECT_EQ(memory.exit_status(4), std::nullopt);
  memory.forget(3);
  EXPECT_EQ(memory.exit_status(3), std::nullopt);
}

TEST(Libssh2Memory, SeesTheSignalThatEndedACommand) {
  Libssh2Memory memory;
  WireWriter signal;
  signal.string("KILL");
  signal.byte(1);
  pass_through(memory, channel_request(0, "exit-signal", signal.take()));
  EXPECT_EQ(memory.exit_status(0), ExitStatus(Signalled{"KILL", true}));
}

TEST(Libssh2Memory, IgnoresMessagesThatAreCutShort) {
  Libssh2Memory memory;
  const std::string whole = channel_request(3, "exit-status", std::string(4, '\0'));
  for (std::size_t size = 0; size < whole.size(); ++size) pass_through(memory, whole.substr(0, size));
  EXPECT_EQ(memory.exit_status(3), std::nullopt);
}

TEST(Libssh2Memory, KeepsContentWhenABlockGrows) {
  Libssh2Memory memory;
  auto* block = static_cast<char*>(memory.allocate(4));
  std::copy_n("abcd", 4, block);
  block = static_cast<char*>(memory.reallocate(block, 4000));
  EXPECT_EQ(std::string(block, 4), "abcd");
  memory.release(block);
  memory.release(nullptr);
}

}  // namespace
}  // namespace orchestrator
