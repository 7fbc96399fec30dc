#pragma once
#include <tuple>
#include <type_traits>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "orchestrator/tasks/scope.hpp"

namespace orchestrator {

/// Completion tokens for Asio's operations, the only way that a task waits for one of them.
///
/// Both throw `Cancelled` before the operation starts when the scope is cancelled already, and when
/// the operation ended because of a cancellation. An operation that completed all the same keeps its
/// result: nothing that was read is lost, and the next suspending call throws.
///
/// `use_task` throws boost::system::system_error on failure and gives the value;
/// `use_task_tuple` gives the error code and the values as a tuple.
struct use_task_t {};
struct use_task_tuple_t {};
inline constexpr use_task_t use_task;
inline constexpr use_task_tuple_t use_task_tuple;

}  // namespace orchestrator

namespace boost::asio {

template <class R, class... Args>
class async_result<orchestrator::use_task_tuple_t, R(Args...)> {
 public:
  using Result = std::tuple<std::decay_t<Args>...>;

  template <class Initiation, class... InitArgs>
  static awaitable<Result> initiate(Initiation initiation, orchestrator::use_task_tuple_t, InitArgs... args) {
    orchestrator::Task& task = orchestrator::task_of(co_await this_coro::executor);
    task.throw_if_cancelled();
    // Deferred: the operation lives in this frame, where use_awaitable would give it one of its own.
    auto token = as_tuple(deferred);
    auto operation = async_initiate<decltype(token), R(Args...)>(std::move(initiation), token, std::move(args)...);
    Result result = co_await std::move(operation);
    if constexpr (sizeof...(Args) > 0) {
      if constexpr (std::is_same_v<std::tuple_element_t<0, Result>, boost::system::error_code>) {
        if (std::get<0>(result) == error::operation_aborted) task.throw_if_cancelled();
      }
    }
    co_return result;
  }
};

template <class R, class... Args>
class async_result<orchestrator::use_task_t, R(boost::system::error_code, Args...)> {
 public:
  template <class Initiation, class... InitArgs>
  static auto initiate(Initiation initiation, orchestrator::use_task_t, InitArgs... args) {
    return unwrap(async_result<orchestrator::use_task_tuple_t, R(boost::system::error_code, Args...)>::initiate(
        std::move(initiation), orchestrator::use_task_tuple, std::move(args)...));
  }

 private:
  using Outcome = std::tuple<boost::system::error_code, std::decay_t<Args>...>;

  static void check(const boost::system::error_code& ec) {
    if (ec) throw boost::system::system_error(ec);
  }
  static awaitable<void> unwrap(awaitable<std::tuple<boost::system::error_code>> operation) {
    auto result = co_await std::move(operation);
    check(std::get<0>(result));
  }
  template <class Value>
  static awaitable<Value> unwrap(awaitable<std::tuple<boost::system::error_code, Value>> operation) {
    auto result = co_await std::move(operation);
    check(std::get<0>(result));
    co_return std::move(std::get<1>(result));
  }
};

}  // namespace boost::asio
