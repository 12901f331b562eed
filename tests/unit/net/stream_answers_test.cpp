// What a connection is yet to be sent, without sockets: order, shares and bounds.
#include "net/stream_answers.hpp"

#include "tcp_scene.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr std::size_t most_octets = 128 * 1024;

/// Answers a number with so many octets, "transfer N" with N messages of 16,000, and "hold" later.
struct Fixture {
    std::vector<std::unique_ptr<NumberedStream::Progress>> transfers;
    std::vector<std::unique_ptr<LateReply>> late;
    ScriptedHandlers handlers{
        [this](std::string_view question, const Client& client, std::span<std::byte> out) {
            std::memset(out.data(), 0, out.size());
            if (question == "hold") {
                late.push_back(client.holder->hold());
                return Reply{0, nullptr, true};
            }
            if (question.starts_with("transfer ")) {
                transfers.push_back(std::make_unique<NumberedStream::Progress>());
                const std::size_t count = std::stoul(std::string(question.substr(9)));
                const std::size_t fails_at = question.ends_with("fails") ? count - 1 : SIZE_MAX;
                return Reply{0, std::make_unique<NumberedStream>(count, 16'000, *transfers.back(), fails_at)};
            }
            return Reply{std::stoul(std::string(question)), nullptr};
        }};
    std::unique_ptr<Handler> handler = handlers.make_handler();
    OctetString scratch = OctetString(max_message_octets);
    asio::io_context context{1};
    std::shared_ptr<Inbox> inbox = std::make_shared<Inbox>(context);
    std::shared_ptr<HeldReplies> held = std::make_shared<HeldReplies>(context, inbox);
    StreamAnswers answers{*handler, Client{{ip("192.0.2.1"), 1}, Transport::Tcp}, scratch, *held};

    ~Fixture() { inbox->close(); }
    void ask(std::string_view question) { answers.answer(as_octets(question)); }
    void reply(std::size_t hold, std::size_t octets) {
        late.at(hold)->send(OctetString(octets));
        arrive();
    }
    void drop(std::size_t hold) {
        late.at(hold).reset();
        arrive();
    }
    /// What was sent gets to the thread that has the connection.
    void arrive() {
        context.restart();
        context.poll();
    }
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

TEST_CASE_METHOD(Fixture, "a transfer hears that it was sent once its last message has gone, and not before",
                 "[tcp][transfer]") {
    SECTION("where its end goes with its last message") {
        ask("transfer 3");
        answers.go_on();
        CHECK(made(0) == 3);
        CHECK_FALSE(transfers[0]->sent);
        answers.sent();
        CHECK(transfers[0]->sent);
        CHECK(transfers[0]->gone);
    }
    SECTION("where it ends with nothing left to send") {
        ask("transfer 5");  // 16,000 octets each: what is added to 64 KiB waits
        answers.go_on();
        CHECK(made(0) == 5);
        answers.sent();
        CHECK_FALSE(transfers[0]->sent);
        ask("hold");
        answers.go_on();
        CHECK(answers.framed().empty());
        CHECK(transfers[0]->sent);
    }
    CHECK_FALSE(answers.broken());
}

TEST_CASE_METHOD(Fixture, "a transfer that fails does not hear that it was sent", "[tcp][transfer]") {
    ask("transfer 3 fails");
    answers.go_on();
    answers.sent();
    CHECK_FALSE(transfers[0]->sent);
    CHECK(transfers[0]->gone);
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

TEST_CASE_METHOD(Fixture, "a reply that is held is nothing to send, and no reason to end", "[tcp]") {
    ask("hold");
    CHECK_FALSE(answers.broken());
    CHECK_FALSE(answers.idle());
    CHECK(answers.waits_for_late());
    CHECK(answers.framed().empty());
    reply(0, 20);
    answers.add_late();
    CHECK_FALSE(answers.waits_for_late());
    CHECK(lengths() == std::vector<std::size_t>{20});
    answers.sent();
    CHECK(answers.idle());
}

TEST_CASE_METHOD(Fixture, "late replies stand in the order in which they come", "[tcp][rfc7766]") {
    ask("hold");
    ask("hold");
    ask("12");
    ask("hold");
    reply(2, 102);
    reply(0, 100);
    answers.add_late();
    CHECK(lengths() == std::vector<std::size_t>{12, 102, 100});
    answers.sent();
    CHECK(answers.waits_for_late());
    reply(1, 101);
    answers.add_late();
    CHECK(lengths() == std::vector<std::size_t>{101});
}

TEST_CASE_METHOD(Fixture, "with 64 replies held no more questions are taken, until one is sent", "[tcp]") {
    while (answers.takes_questions() && late.size() <= 64)
        ask("hold");
    CHECK(late.size() == 64);
    reply(63, 20);
    CHECK_FALSE(answers.takes_questions());
    answers.add_late();
    CHECK(answers.takes_questions());
}

TEST_CASE_METHOD(Fixture, "late replies that come at once are sent within 128 KiB, all of them", "[tcp]") {
    for (int i = 0; i < 64; ++i)
        ask("hold");
    for (std::size_t i = 0; i < 64; ++i)
        reply(i, 65535);
    CHECK_FALSE(answers.takes_questions());
    std::size_t come = 0;
    while (!answers.idle()) {
        answers.add_late();
        CHECK(answers.framed().size() <= most_octets);
        REQUIRE_FALSE(lengths().empty());
        come += lengths().size();
        answers.sent();
    }
    CHECK(come == 64);
    CHECK(answers.takes_questions());
}

TEST_CASE_METHOD(Fixture, "what has come late and is not sent counts against the room for answers", "[tcp]") {
    ask("hold");
    ask("hold");
    reply(0, 60'000);
    CHECK(answers.takes_questions());
    reply(1, 60'000);
    CHECK_FALSE(answers.takes_questions());
}

TEST_CASE_METHOD(Fixture, "late replies leave half of the room to transfers", "[tcp][transfer]") {
    ask("transfer 1000");
    for (int i = 0; i < 60; ++i)
        ask("hold");
    for (std::size_t i = 0; i < 60; ++i)
        reply(i, 8'000);
    for (std::size_t round = 1; round <= 10; ++round) {
        answers.add_late();
        answers.go_on();
        CHECK(made(0) >= 2 * round);
        CHECK(answers.framed().size() <= most_octets);
        answers.sent();
    }
}

TEST_CASE_METHOD(Fixture, "a reply that is lost ends it all, after what had come before", "[tcp]") {
    for (int i = 0; i < 4; ++i)
        ask("hold");
    for (std::size_t i = 0; i < 3; ++i)
        reply(i, 65535);
    drop(3);
    CHECK_FALSE(answers.takes_questions());
    std::size_t come = 0;
    for (; !answers.broken(); answers.sent()) {
        answers.add_late();
        come += lengths().size();
        REQUIRE(come <= 3);
    }
    CHECK(come == 3);
    CHECK_FALSE(answers.waits_for_late());
}

TEST_CASE_METHOD(Fixture, "the only reply, lost, ends it before the next question", "[tcp]") {
    ask("hold");
    drop(0);
    CHECK_FALSE(answers.idle());
    CHECK_FALSE(answers.takes_questions());
    answers.add_late();
    CHECK(answers.broken());
}

TEST_CASE_METHOD(Fixture, "a late reply of no octets, or more than a length can say, is none", "[tcp]") {
    const std::size_t octets = GENERATE(std::size_t{0}, std::size_t{65536});
    ask("hold");
    reply(0, octets);
    answers.add_late();
    CHECK(answers.framed().empty());
    CHECK(answers.broken());
    late.clear();
    arrive();
}

TEST_CASE_METHOD(Fixture, "a late reply that nobody waits for any more does nothing", "[tcp]") {
    auto of_one_that_goes = std::make_shared<HeldReplies>(context, inbox);
    late.push_back(of_one_that_goes->hold());
    late.push_back(of_one_that_goes->hold());
    of_one_that_goes.reset();
    reply(0, 20);
    drop(1);
    CHECK(held->none());
}

TEST_CASE("an inbox that is closed runs nothing, and lets go of what it is given", "[tcp]") {
    asio::io_context context{1};
    Inbox inbox(context);
    int ran = 0;
    inbox.post([&] { ++ran; });
    CHECK(ran == 0);
    context.poll();
    CHECK(ran == 1);
    inbox.close();
    const auto given = std::make_shared<int>();
    inbox.post([&ran, given] { ++ran; });
    CHECK(given.use_count() == 1);
    context.restart();
    context.poll();
    CHECK(ran == 1);
}
