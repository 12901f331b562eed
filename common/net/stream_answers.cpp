#include "net/stream_answers.hpp"

#include "wire/header.hpp"

#include <utility>

namespace lockstep {
namespace {

constexpr std::size_t batch_octets = 64 * 1024;  // nothing is added to so much
constexpr std::size_t most_octets = batch_octets - 1 + message_length_octets + max_message_octets;
constexpr std::size_t plain_octets = 4 * 1024;  // kept by a connection that waits

}  // namespace

std::size_t StreamAnswers::room() const {
    // Half of the room is for transfers, however many questions come behind them.
    return transfers_.empty() ? batch_octets : batch_octets / 2;
}

bool StreamAnswers::takes_questions() const {
    return !broken_ && transfers_.size() < max_transfers && !held_.full() && !held_.lost() &&
           framed_.size() + held_.octets() < room();
}

void StreamAnswers::answer(Octets question) {
    Reply reply = handler_.respond_stream(question, client_, scratch_);
    if (reply.octets == 0 && !reply.more && !reply.held) broken_ = true;
    append(Octets(scratch_).first(reply.octets));
    if (reply.more) transfers_.push_back(std::move(reply.more));
}

void StreamAnswers::add_late() {
    while (framed_.size() < room()) {
        const auto message = held_.take();
        if (!message) {
            // What had come before goes out yet.
            if (held_.lost()) broken_ = true;
            return;
        }
        append(*message);
    }
}

void StreamAnswers::go_on() {
    while (!broken_ && !transfers_.empty() && framed_.size() < batch_octets) {
        auto transfer = std::move(transfers_.front());
        transfers_.pop_front();
        const std::size_t octets = transfer->next(scratch_);
        append(Octets(scratch_).first(octets));
        if (transfer->failed())
            broken_ = true;
        else if (octets != 0)
            transfers_.push_back(std::move(transfer));
        else
            written_.push_back(std::move(transfer));
    }
    if (framed_.empty()) tell_written();
}

void StreamAnswers::tell_written() {
    for (const auto& transfer : written_)
        transfer->sent();
    written_.clear();
}

void StreamAnswers::sent() {
    framed_.clear();
    tell_written();
    if (transfers_.empty() && framed_.capacity() > plain_octets) framed_ = OctetString();
}

void StreamAnswers::append(Octets message) {
    if (message.empty()) return;
    // Two sizes only: doubling would hold three times the octets while it copies.
    const std::size_t needed = framed_.size() + message_length_octets + message.size();
    if (needed > framed_.capacity()) framed_.reserve(needed > plain_octets ? most_octets : plain_octets);
    append_big_endian(framed_, static_cast<std::uint16_t>(message.size()));
    append_octets(framed_, message);
}

}  // namespace lockstep
