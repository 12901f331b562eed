#include "net/stream.hpp"

#include "wire/header.hpp"

#include <boost/asio/write.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace lockstep {
namespace {

constexpr std::size_t first_buffer_octets = 2048;
// Longer ones, and all but the first of those that follow each other, let others take their turn, so that no
// transfer and no flood keeps the thread for itself.
constexpr std::size_t sent_at_once_octets = 4096;

}  // namespace

DnsStream::DnsStream(tcp::socket socket) : socket_(std::move(socket)), deadline_(socket_) {
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
}

void DnsStream::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

bool DnsStream::message_waits() const {
    const std::size_t waiting = end_ - begin_;
    return waiting >= message_length_octets &&
           waiting - message_length_octets >= load_big_endian<std::uint16_t>(buffer_.data() + begin_);
}

asio::mutable_buffer DnsStream::free_room() {
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == buffer_.size()) {
        buffer_.resize(
            std::clamp(buffer_.size() * 2, first_buffer_octets, message_length_octets + max_message_octets));
    }
    return asio::buffer(buffer_.data() + end_, buffer_.size() - end_);
}

std::optional<Octets> DnsStream::take() {
    if (!message_waits()) return std::nullopt;
    const std::size_t octets = load_big_endian<std::uint16_t>(buffer_.data() + begin_);
    const Octets message(buffer_.data() + begin_ + message_length_octets, octets);
    begin_ += message_length_octets + octets;
    return message;
}

void DnsStream::receive_more() {
    if (peer_finished_ || message_waits()) return;
    boost::system::error_code error;
    while (!error && !peer_finished_ && !message_waits()) {
        end_ += socket_.read_some(free_room(), error);
        peer_finished_ = error == asio::error::eof;
    }
}

awaitable<Result<std::optional<Octets>>> DnsStream::read(milliseconds timeout) {
    if (!message_waits() && !peer_finished_) deadline_.set(timeout);
    while (!message_waits() && !peer_finished_) {
        auto received = co_await socket_.async_read_some(free_room(), as_values);
        others_had_turns_ = true;
        const auto& [error, octets] = received;
        peer_finished_ = error == asio::error::eof;
        if (error && !peer_finished_) {
            deadline_.clear();
            co_return io_error("receiving over TCP", error);
        }
        end_ += octets;
    }
    deadline_.clear();
    auto message = take();
    if (!message && begin_ != end_)
        co_return fail(ErrorCode::Io, "the connection was closed in the middle of a message");
    co_return message;
}

awaitable<Result<void>> DnsStream::write_framed(Octets framed, milliseconds timeout) {
    if (framed.size() <= sent_at_once_octets && std::exchange(others_had_turns_, false)) {
        boost::system::error_code error;
        framed = framed.subspan(socket_.write_some(asio::buffer(framed.data(), framed.size()), error));
        if (framed.empty()) co_return Result<void>{};
        if (error && error != asio::error::would_block) co_return io_error("sending over TCP", error);
    }
    deadline_.set(timeout);
    auto sent = co_await asio::async_write(socket_, asio::buffer(framed.data(), framed.size()), as_values);
    others_had_turns_ = true;
    deadline_.clear();
    if (std::get<0>(sent)) co_return io_error("sending over TCP", std::get<0>(sent));
    co_return Result<void>{};
}

awaitable<Result<void>> DnsStream::write(Octets message, milliseconds timeout) {
    frame_.clear();
    append_big_endian(frame_, static_cast<std::uint16_t>(message.size()));
    append_octets(frame_, message);
    auto result = co_await write_framed(frame_, timeout);
    co_return result;
}

}  // namespace lockstep
