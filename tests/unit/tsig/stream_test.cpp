// Transfers: many messages, one question.

#include "forge.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// A question, and as many answers as wanted.
struct Transfer {
    TsigRequestContext client;
    std::optional<TsigStreamSigner> signer;
    /// What an old server signs with: unsigned messages go into the next MAC.
    Hmac sparse = keyed_hmac(pair_key());
    bool first = true;

    Transfer() {
        OctetString request = plain_query();
        client = sign_request(request, std::make_shared<const TsigKey>(pair_key()), signing_time);
        const auto check = verify_request(request, ring_of(pair_key()), signing_time);
        signer.emplace(std::get<TsigVerified>(check).context);
        digest_mac(sparse, client.request_mac.octets());
    }

    OctetString next(unsigned number) {
        OctetString message = plain_answer(number);
        const auto length = message.size();
        message.resize(length + signer->octets());
        message.resize(signer->sign(message, length, signing_time).value());
        return message;
    }
    OctetString next_unsigned(unsigned number) {
        OctetString message = plain_answer(number);
        sparse.update(message);
        return message;
    }
    OctetString next_signed(unsigned number) {
        OctetString message = plain_answer(number);
        TsigRecord record{.key_name = name("pair.example."),
                          .algorithm = name("hmac-sha256."),
                          .time = 1'790'000'000,
                          .fudge = 300,
                          .mac = {},
                          .original_id = MessageId{0x1234},
                          .error = Rcode::NOERROR,
                          .other = {}};
        digest_message(sparse, message, record.original_id, TsigCounted::No);
        if (first) {
            digest_variables(sparse, record);
        } else {
            digest_timers(sparse, record);
        }
        first = false;
        const auto mac = sparse.finish();
        digest_mac(sparse, mac.octets());
        record.mac = mac.octets();
        const auto length = message.size();
        message.resize(1000);
        message.resize(append_tsig(message, length, record).value());
        return message;
    }
};

}  // namespace

TEST_CASE("A thousand signed messages are verified in turn", "[tsig][rfc8945]") {
    Transfer transfer;
    TsigStreamVerifier verifier(transfer.client);
    for (unsigned number = 0; number < 1000; ++number) {
        auto message = transfer.next(number);
        const auto length = verifier.verify(message, signing_time);
        REQUIRE(length.has_value());
        message.resize(*length);
        REQUIRE(message == plain_answer(number));
    }
    CHECK(verifier.finish().has_value());
}

TEST_CASE("A message left out, repeated or moved breaks the stream", "[tsig][rfc8945]") {
    Transfer transfer;
    std::vector<OctetString> messages;
    for (unsigned number = 0; number < 4; ++number)
        messages.push_back(transfer.next(number));
    TsigStreamVerifier verifier(transfer.client);
    auto opening = messages[0];
    REQUIRE(verifier.verify(opening, signing_time).has_value());
    const auto which = GENERATE(0U, 2U, 3U);
    CHECK(verifier.verify(messages[which], signing_time).error().fault == TsigFault::BadSignature);
}

TEST_CASE("Up to 99 unsigned messages between two signed ones are taken", "[tsig][rfc8945]") {
    const auto [run, taken] =
        GENERATE(table<unsigned, bool>({{0, true}, {1, true}, {98, true}, {99, true}, {100, false}}));
    Transfer transfer;
    TsigStreamVerifier verifier(transfer.client);
    auto opening = transfer.next_signed(0);
    REQUIRE(verifier.verify(opening, signing_time).has_value());
    bool failed = false;
    for (unsigned number = 1; number <= run && !failed; ++number) {
        auto message = transfer.next_unsigned(number);
        const auto verified = verifier.verify(message, signing_time);
        failed = !verified.has_value();
        if (failed) {
            CHECK(number == 100);
            CHECK(verified.error().text == "100 messages in a row without signature, at most 99 may be");
        } else {
            CHECK(verifier.finish().error().fault == TsigFault::Missing);
        }
    }
    CHECK(failed == !taken);
    if (failed) return;
    for (unsigned number = 0; number < 2; ++number) {
        auto closing = transfer.next_signed(number);
        REQUIRE(verifier.verify(closing, signing_time).has_value());
        CHECK(verifier.finish().has_value());
    }
}

TEST_CASE("An unsigned message changed on the way shows at the next signed one", "[tsig][rfc8945]") {
    Transfer transfer;
    TsigStreamVerifier verifier(transfer.client);
    auto opening = transfer.next_signed(0);
    REQUIRE(verifier.verify(opening, signing_time).has_value());
    auto changed = transfer.next_unsigned(1);
    changed.back() ^= std::byte{1};
    REQUIRE(verifier.verify(changed, signing_time).has_value());
    auto closing = transfer.next_signed(2);
    CHECK(verifier.verify(closing, signing_time).error().fault == TsigFault::BadSignature);
}

TEST_CASE("A signature stripped in the middle of a stream breaks it", "[tsig][rfc8945]") {
    Transfer transfer;
    TsigStreamVerifier verifier(transfer.client);
    auto first = transfer.next(0);
    REQUIRE(verifier.verify(first, signing_time).has_value());
    static_cast<void>(transfer.next(1));
    auto stripped = plain_answer(1);
    REQUIRE(verifier.verify(stripped, signing_time).has_value());
    auto third = transfer.next(2);
    CHECK(verifier.verify(third, signing_time).error().fault == TsigFault::BadSignature);
}

TEST_CASE("The first message must be signed, and the last", "[tsig][rfc8945]") {
    Transfer transfer;
    TsigStreamVerifier verifier(transfer.client);
    CHECK(verifier.finish().error().fault == TsigFault::Missing);
    auto first = plain_answer(0);
    CHECK(verifier.verify(first, signing_time).error().fault == TsigFault::Missing);

    TsigStreamVerifier last(transfer.client);
    auto opening = transfer.next(0);
    REQUIRE(last.verify(opening, signing_time).has_value());
    auto closing = plain_answer(1);
    REQUIRE(last.verify(closing, signing_time).has_value());
    CHECK(last.finish().error().text == "the last message of the answer is not signed");
}

TEST_CASE("Each message's time is checked", "[tsig][rfc8945]") {
    Transfer transfer;
    TsigStreamVerifier verifier(transfer.client);
    auto first = transfer.next(0);
    REQUIRE(verifier.verify(first, signing_time + seconds{300}).has_value());
    auto second = transfer.next(1);
    CHECK(verifier.verify(second, signing_time + seconds{301}).error().fault == TsigFault::BadTime);
}

TEST_CASE("Without a key a stream is taken as it is, and must not be signed", "[tsig]") {
    Transfer transfer;
    TsigStreamVerifier verifier{TsigRequestContext{}};
    auto plain = plain_answer(0);
    CHECK(verifier.verify(plain, signing_time) == plain.size());
    CHECK(verifier.finish().has_value());
    auto with_signature = transfer.next(0);
    CHECK(verifier.verify(with_signature, signing_time).error().fault == TsigFault::NotAsked);
}
