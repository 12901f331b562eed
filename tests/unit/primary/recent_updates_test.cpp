// A message that comes again is known; what waits is bounded.

#include "primary/recent_updates.hpp"

#include "primary/update_queue.hpp"
#include "support/catch.hpp"
#include "support/name_text.hpp"

using namespace lockstep;

namespace {

using Seen = RecentUpdates::Seen;
constexpr SteadyTime first_asked{seconds{1000}};

struct Way final : LateReply {
    explicit Way(int& count) : sent(count) {}
    void send(Octets /*message*/) override { ++sent; }
    int& sent;
};

LateAnswer answer_to(int& count) {
    return {std::make_unique<Way>(count), OctetString(12), std::nullopt, std::nullopt, 512};
}

UpdateRequest request(std::string_view text, std::uint16_t port = 1) {
    const auto octets = as_octets(text);
    return {.message = OctetString(octets.begin(), octets.end()),
            .zone = test::name("example.com."),
            .client = {{*IpAddress::parse("192.0.2.7"), port}, Transport::Udp},
            .key = nullptr,
            .access = nullptr};
}

}  // namespace

TEST_CASE("A message is new by its octets and its sender", "[update]") {
    RecentUpdates recent;
    int sent = 0;
    auto answer = answer_to(sent);
    CHECK(recent.note(recent.key_of(request("a")), answer, first_asked) == Seen::First);
    CHECK(recent.note(recent.key_of(request("b")), answer, first_asked) == Seen::First);
    CHECK(recent.note(recent.key_of(request("a", 2)), answer, first_asked) == Seen::First);
    CHECK(recent.note(recent.key_of(request("a")), answer, first_asked) == Seen::Waits);
}

TEST_CASE("Who sends again before the answer gets it with the first; who does later, the same", "[update]") {
    RecentUpdates recent;
    int sent = 0;
    auto first = answer_to(sent);
    auto second = answer_to(sent);
    const auto key = recent.key_of(request("a"));
    (void)recent.note(key, first, first_asked);
    REQUIRE(recent.note(key, second, first_asked) == Seen::Waits);
    auto waiting = recent.answered(key, {Rcode::YXDOMAIN, {}}, first_asked);
    REQUIRE(waiting.size() == 1);
    std::move(waiting[0]).send(Rcode::YXDOMAIN, {}, WallTime{});
    CHECK(sent == 1);
    auto third = answer_to(sent);
    REQUIRE(recent.note(key, third, first_asked + seconds{29}) == Seen::Answered);
    CHECK(recent.told(key).rcode == Rcode::YXDOMAIN);
    CHECK(recent.note(key, third, first_asked + seconds{31}) == Seen::First);
}

TEST_CASE("A signed message is known, whoever sends it, for as long as its signature is good", "[update]") {
    RecentUpdates recent;
    int sent = 0;
    auto answer = answer_to(sent);
    auto signed_request = request("a");
    signed_request.key = std::make_shared<const TsigKey>();
    const auto key = recent.key_of(signed_request);
    (void)recent.note(key, answer, first_asked);
    (void)recent.answered(key, {}, first_asked);
    signed_request.client.peer.port = 2;
    CHECK(recent.note(recent.key_of(signed_request), answer, first_asked + seconds{600}) == Seen::Answered);
    CHECK(recent.note(recent.key_of(signed_request), answer, first_asked + seconds{601}) == Seen::First);
}

TEST_CASE("One message has no more than so many answers", "[update]") {
    RecentUpdates recent;
    int sent = 0;
    const auto key = recent.key_of(request("a"));
    for (int i = 0; i < 100; ++i) {
        auto answer = answer_to(sent);
        (void)recent.note(key, answer, first_asked);
    }
    CHECK(recent.answered(key, {}, first_asked).size() == 8);
}

TEST_CASE("A zone's updates come in order, and somebody is woken for the first", "[update]") {
    std::vector<std::string> woken;
    UpdateQueue queue([&](const Name& zone) { woken.push_back(zone.to_string()); });
    int sent = 0;
    for (const auto* text : {"1", "2", "3"}) {
        REQUIRE(queue.admit(1));
        queue.put({request(text), answer_to(sent)});
    }
    CHECK(woken == std::vector<std::string>{"example.com."});
    const auto zone = test::name("example.com.");
    auto taken = queue.take(zone, 2);
    REQUIRE(taken.size() == 2);
    CHECK(as_text(taken[0].request.message) == "1");
    CHECK(as_text(taken[1].request.message) == "2");
    CHECK(queue.take(zone, 2).size() == 1);
    CHECK(queue.take(zone, 2).empty());
    queue.put({request("4"), answer_to(sent)});
    CHECK(woken.size() == 2);
}

TEST_CASE("No more updates are admitted than there is room for, until some are answered", "[update]") {
    UpdateQueue queue([](const Name&) {});
    for (std::size_t i = 0; i < UpdateQueue::most_updates; ++i)
        REQUIRE(queue.admit(1));
    CHECK_FALSE(queue.admit(1));
    queue.answered(1);
    CHECK(queue.admit(1));

    UpdateQueue large([](const Name&) {});
    for (std::size_t octets = 0; octets + 65535 <= UpdateQueue::most_octets; octets += 65535)
        REQUIRE(large.admit(65535));
    CHECK_FALSE(large.admit(65535));
    large.answered(65535);
    CHECK(large.admit(65535));
}
