#include "orchestrator/tasks/begin_task.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace orchestrator::detail {

awaitable<void> begin_task() {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto turn = asio::post(asio::deferred);
  co_await std::move(turn);
}

}  // namespace orchestrator::detail
