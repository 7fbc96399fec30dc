#include "programs/terminal/frame_painter.hpp"

#include <gtest/gtest.h>

namespace orchestrator {
namespace {

TEST(FramePainter, GoesBackToWhereItBegan) {
  EXPECT_EQ(paint_frame({"one", "two"}), "\rone\x1b[K\ntwo\x1b[K\n\x1b[J\x1b[2A");
}

TEST(FramePainter, ErasesFromTheCursorOn) { EXPECT_EQ(erase_frame(), "\r\x1b[J"); }

TEST(FramePainter, NeverHidesTheCursorNorChangesAMode) {
  EXPECT_EQ(paint_frame({"one"}).find('?'), std::string::npos);
}

}  // namespace
}  // namespace orchestrator
