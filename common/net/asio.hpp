#pragma once
// Asio, with the one way in which we await: errors stay values. Included by every coroutine of ours.

#include "base/endpoint.hpp"
#include "base/result.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace lockstep {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using asio::ip::udp;

/// `auto [error, value] = co_await async_x(…, as_values);` after binding the result to a name first (STYLE,
/// coroutines).
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

template <class Protocol>
[[nodiscard]] typename Protocol::endpoint to_asio(const Endpoint& endpoint) {
    typename Protocol::endpoint result;
    sockaddr_storage storage;
    const socklen_t length = endpoint.to_sockaddr(storage);
    std::memcpy(result.data(), &storage, length);
    result.resize(length);
    return result;
}

template <class AsioEndpoint>
[[nodiscard]] Endpoint from_asio(const AsioEndpoint& endpoint) {
    sockaddr_storage storage{};
    std::memcpy(&storage, endpoint.data(), endpoint.size());
    return Endpoint::from_sockaddr(storage);
}

[[nodiscard]] inline auto io_error(std::string_view what, const boost::system::error_code& error) {
    const auto code = error == asio::error::operation_aborted ? ErrorCode::Timeout : ErrorCode::Io;
    return fail(code, std::string(what) + ": " +
                          (code == ErrorCode::Timeout ? "no answer in time" : error.message()));
}

}  // namespace lockstep
