#include "primary/inside_update.hpp"

#include "wire/header.hpp"
#include "wire/message.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace lockstep {
namespace {

/// Where the answer is left for the one coroutine that waits for it.
struct Answered {
    explicit Answered(asio::io_context& context) : news(context, asio::steady_timer::time_point::max()) {}
    asio::steady_timer news;  // cancelled when it is there
    std::optional<InsideAnswer> answer;
};

InsideAnswer read_answer(Octets message) {
    InsideAnswer answer{.rcode = Header::read(message).rcode, .text = {}};
    const auto view = MessageView::read(message);
    const auto error = view && view->edns ? view->edns->option(EdnsOption::EDE) : std::nullopt;
    if (error && error->size() > 2) answer.text = std::string(as_text(error->subspan(2)));
    return answer;
}

class InsideReply final : public LateReply {
public:
    InsideReply(asio::io_context& context, std::shared_ptr<Answered> to)
        : context_(context), to_(std::move(to)) {}
    ~InsideReply() override {
        if (to_) tell({});
    }
    InsideReply(const InsideReply&) = delete;
    InsideReply& operator=(const InsideReply&) = delete;
    void send(Octets message) override { tell(read_answer(message)); }

private:
    void tell(InsideAnswer answer) {
        asio::post(context_, [to = std::exchange(to_, nullptr), answer = std::move(answer)] {
            to->answer = answer;
            to->news.cancel();
        });
    }

    asio::io_context& context_;
    std::shared_ptr<Answered> to_;
};

/// The message with its zone's name in place of the root's.
OctetString in_zone(Octets message, const Name& zone) {
    OctetString octets;
    octets.reserve(message.size() + zone.octets().size());
    append_octets(octets, message.first(header_octets));
    append_octets(octets, zone.octets());
    append_octets(octets, message.subspan(header_octets + 1));
    return octets;
}

}  // namespace

awaitable<InsideAnswer> InsideUpdates::carry_out(OctetString message, Name zone, UpdateRule rule,
                                                 std::string by) {
    const auto refuse = [](Rcode rcode, std::string text) {
        return InsideAnswer{.rcode = rcode, .text = std::move(text)};
    };
    if (message.size() <= header_octets || message[header_octets] != std::byte{0})
        co_return refuse(Rcode::FORMERR, "its zone section does not name the root");
    message = in_zone(message, zone);
    const auto view = MessageView::read(message);
    if (message.size() > max_message_octets || !view || !view->question ||
        view->header.opcode != Opcode::Update || view->header.question_count != 1 ||
        view->question->type != RrType::SOA)
        co_return refuse(Rcode::FORMERR, "this is no UPDATE message");
    const auto served = server_.store().zone(zone);
    if (!served || !served->zone)
        co_return refuse(Rcode::SERVFAIL, "the zone is not loaded; 'status' tells why");
    if (!updates_.admit(message.size())) co_return refuse(Rcode::SERVFAIL, "too many updates wait already");
    OctetString shell(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(header_octets));
    Header header = Header::read(shell);
    header.response = true;
    header.question_count = header.answer_count = header.authority_count = header.additional_count = 0;
    header.write(shell.data());
    const Client client{.peer = {*IpAddress::parse("127.0.0.1"), ++last_}, .transport = Transport::Tcp};
    auto access = std::make_shared<ZoneAccess>();
    access->update.push_back({{Prefix::of(client.peer.address), nullptr, by}, std::move(rule)});
    const auto answered = std::make_shared<Answered>(server_.context());
    LateAnswer answer(std::make_unique<InsideReply>(server_.context(), answered), std::move(shell),
                      EdnsBuilder{}, std::nullopt, max_message_octets);
    updates_.take({.message = std::move(message),
                   .zone = std::move(zone),
                   .client = client,
                   .key = nullptr,
                   .access = std::move(access),
                   .from_within = std::move(by)},
                  std::move(answer));
    while (!answered->answer)
        (void)co_await answered->news.async_wait(as_values);
    co_return *answered->answer;
}

}  // namespace lockstep
