#include "answer/late_answer.hpp"

#include "wire/header.hpp"

#include <utility>

namespace lockstep {

LateAnswer::LateAnswer(std::unique_ptr<LateReply> way, OctetString shell, std::optional<EdnsBuilder> opt,
                       std::optional<TsigContext> signing, std::size_t limit)
    : way_(std::move(way)),
      shell_(std::move(shell)),
      opt_(std::move(opt)),
      signing_(std::move(signing)),
      limit_(limit) {}

void LateAnswer::send(Rcode rcode, const std::optional<ToldError>& error, WallTime now) && {
    OctetString message = std::move(shell_);
    const std::size_t tail = signing_ ? tsig_octets(*signing_) : 0;
    Header header = Header::read(message);
    header.rcode = rcode;
    if (opt_) {
        constexpr std::size_t option_octets = 6;  // code, length, info code
        opt_->rcode = static_cast<std::uint16_t>(rcode);
        if (error && message.size() + opt_->size() + option_octets + error->text.size() + tail <= limit_)
            opt_->add_error(error->code, error->text);
        const std::size_t at = message.size();
        message.resize(at + opt_->size());
        opt_->write(message.data() + at);
        ++header.additional_count;
    }
    header.write(message.data());
    if (signing_) {
        const std::size_t length = message.size();
        message.resize(length + tail);
        const auto size = sign_response(message, length, *signing_, now);
        if (!size) return;  // there is room for it: this cannot be
        message.resize(*size);
    }
    std::exchange(way_, nullptr)->send(message);
}

}  // namespace lockstep
