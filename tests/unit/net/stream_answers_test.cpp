// What a connection is yet to be sent, without sockets: order, shares and bounds.
#include "net/stream_answers.hpp"

#include "tcp_scene.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr std::size_t most_octets = 128 * 1024;

/// Answers a number with so many octets, and "transfer N" with N messages of 16,000.
struct Fixture {
    std::vector<std::unique_ptr<NumberedStream::Progress>> transfers;
    ScriptedHandlers handlers{[this](std::string_view question, const Client&, std::span<std::byte> out) {
        std::memset(out.data(), 0, out.size());
        if (question.starts_with("transfer ")) {
            transfers.push_back(std::make_unique<NumberedStream::Progress>());
            const std::size_t count = std::stoul(std::string(question.substr(9)));
            const std::size_t fails_at = question.ends_with("fails") ? count - 1 : SIZE_MAX;
            return Reply{0, std::make_unique<NumberedStream>(count, 16'000, *transfers.back(), fails_at)};
        }
        return Reply{std::stoul(std::string(question)), nullptr};
    }};
    std::unique_ptr<Handler> handler = handlers.make_handler();
    OctetString scratch = OctetString(StreamAnswers::max_message_octets);
    StreamAnswers answers{*handler, Client{{ip("192.0.2.1"), 1}, Transport::Tcp}, scratch};

    void ask(std::string_view question) { answers.answer(as_octets(question)); }
    /// The octets of each message that is to be sent now.
    [[nodiscard]] std::vector<std::size_t> lengths() const {
        std::vector<std::size_t> found;
        for (Octets left = answers.framed(); !left.empty();) {
            found.push_back(load_big_endian<std::uint16_t>(left.data()));
            REQUIRE(left.size() >= 2 + found.back());
            left = left.subspan(2 + found.back());
        }
        return found;
    }
    [[nodiscard]] std::size_t made(std::size_t transfer) const { return transfers.at(transfer)->made; }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "answers stand in the order of their questions, lengths in front", "[tcp]") {
    CHECK(answers.idle());
    ask("12");
    ask("65535");
    ask("300");
    CHECK_FALSE(answers.idle());
    CHECK(lengths() == std::vector<std::size_t>{12, 65535, 300});
    answers.sent();
    CHECK(answers.idle());
}

TEST_CASE_METHOD(Fixture, "nothing is added to 64 KiB, so that 128 KiB are never passed", "[tcp]") {
    ask("65533");
    CHECK(answers.takes_questions());
    ask("65535");
    CHECK_FALSE(answers.takes_questions());
    CHECK(answers.framed().size() <= most_octets);
    answers.sent();
    CHECK(answers.takes_questions());
}

TEST_CASE_METHOD(Fixture, "transfers take turns, and a small one ends before a large one",
                 "[tcp][transfer]") {
    ask("transfer 1000");
    ask("transfer 5");
    std::size_t rounds = 0;
    while (!transfers[1]->gone) {
        answers.go_on();
        CHECK(answers.framed().size() <= most_octets);
        answers.sent();
        REQUIRE(++rounds < 10);
    }
    CHECK(made(1) == 5);
    CHECK(made(0) <= 5 + 5);
}

TEST_CASE_METHOD(Fixture, "a transfer gets on however many questions come behind it", "[tcp][transfer]") {
    ask("transfer 1000");
    for (std::size_t round = 1; round <= 10; ++round) {
        std::size_t answered = 0;
        for (; answers.takes_questions(); ++answered)
            ask("100");
        CHECK(answered > 300);
        answers.go_on();
        CHECK(made(0) >= 2 * round);
        CHECK(answers.framed().size() <= most_octets);
        answers.sent();
    }
}

TEST_CASE_METHOD(Fixture, "a question behind four transfers waits until one has ended", "[tcp][transfer]") {
    for (const auto* question : {"transfer 1000", "transfer 1000", "transfer 2", "transfer 1000"}) {
        CHECK(answers.takes_questions());
        ask(question);
    }
    while (!transfers[2]->gone) {
        CHECK_FALSE(answers.takes_questions());
        answers.go_on();
        answers.sent();
    }
    CHECK(answers.takes_questions());
}

TEST_CASE_METHOD(Fixture, "a message without an answer, and a transfer that fails, end it all", "[tcp]") {
    SECTION("without an answer") {
        ask("12");
        ask("0");
        CHECK(lengths() == std::vector<std::size_t>{12});
    }
    SECTION("a transfer that fails") {
        ask("transfer 3 fails");
        answers.go_on();
        CHECK(lengths() == std::vector<std::size_t>{16'000, 16'000});
    }
    CHECK(answers.broken());
    CHECK_FALSE(answers.takes_questions());
}
