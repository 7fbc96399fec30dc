#include "orchestrator/tasks/begin_task.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace orchestrator::detail {

awaitable<void> begin_task() {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await asio::post(asio::use_awaitable);
}

}  // namespace orchestrator::detail
