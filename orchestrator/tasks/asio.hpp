#pragma once
// The names of Asio that the whole project uses.
#include <boost/asio/awaitable.hpp>

namespace orchestrator {

namespace asio = boost::asio;
using boost::asio::awaitable;

}  // namespace orchestrator
