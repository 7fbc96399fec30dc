// bare_coroutines COUNT: COUNT coroutines that nobody joins, cancels or counts, until all have had their first turn: what a
// task group is measured against.
#include <cstdlib>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "tests/benchmarks/stopwatch.hpp"

int main(int count, char** words) {
  if (count != 2) return 2;
  orchestrator::bench::Stopwatch watch;
  boost::asio::io_context io;
  for (int i = std::atoi(words[1]); i > 0; --i) {
    boost::asio::co_spawn(io, []() -> boost::asio::awaitable<void> { co_return; }, boost::asio::detached);
  }
  io.run();
  watch.print();
  return 0;
}
