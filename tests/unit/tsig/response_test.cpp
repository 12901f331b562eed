// What a server answers, and what a client makes of it.

#include "forge.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr auto late = signing_time + seconds{412};

/// A signed question, and the check of it.
struct Asked {
    OctetString request = plain_query();
    TsigRequestContext client;
    TsigCheck check;

    explicit Asked(TsigKey key = pair_key(), WallTime server_now = signing_time,
                   TsigKeyring ring = ring_of(pair_key())) {
        client = sign_request(request, std::make_shared<const TsigKey>(std::move(key)), signing_time);
        check = verify_request(request, ring, server_now);
    }
    [[nodiscard]] const TsigContext& context() const {
        if (const auto* verified = std::get_if<TsigVerified>(&check)) return verified->context;
        return std::get<TsigRejected>(check).context.value();
    }
};

OctetString signed_answer(const TsigContext& context, WallTime now = signing_time) {
    OctetString answer = plain_answer(1);
    const auto length = answer.size();
    answer.resize(length + tsig_octets(context));
    REQUIRE(sign_response(answer, length, context, now) == answer.size());
    return answer;
}

TsigRecord tsig_of(const OctetString& message) {
    return TsigRecord::read(message, MessageView::read(message)->tsig_at).value();
}

TsigFailure failure_of(OctetString answer, const TsigRequestContext& context, WallTime now = signing_time) {
    const auto result = verify_response(answer, context, now);
    REQUIRE_FALSE(result.has_value());
    return result.error();
}

}  // namespace

TEST_CASE("An answer signed with the question's key is taken, its TSIG record removed", "[tsig][rfc8945]") {
    const Asked asked;
    auto answer = signed_answer(asked.context());
    const auto length = verify_response(answer, asked.client, signing_time);
    REQUIRE(length.has_value());
    answer.resize(*length);
    CHECK(answer == plain_answer(1));
}

TEST_CASE("BADKEY and BADSIG are answered without a MAC", "[tsig][rfc8945][cve-2017-3142]") {
    auto key = pair_key();
    Rcode expected = Rcode::BADSIG;
    SECTION("another secret") {
        key.secret[0] = 0xff;
    }
    SECTION("an unknown key") {
        key.name = name("other.example.");
        expected = Rcode::BADKEY;
    }
    const Asked asked(key);
    const auto answer = signed_answer(asked.context());
    const auto record = tsig_of(answer);
    CHECK(record.mac.empty());
    CHECK(record.error == expected);
    CHECK(record.key_name.view() == key.name.view());
    CHECK(record.algorithm.view() == name("hmac-sha256."));
    CHECK(record.other.empty());

    const auto failure = failure_of(answer, asked.client);
    CHECK(failure.fault == TsigFault::Told);
    CHECK(failure.told == expected);
    CHECK(failure.text == (expected == Rcode::BADKEY
                               ? "the peer says BADKEY: the peer has no key other.example. for hmac-sha256."
                               : "the peer says BADSIG: key pair.example. has another secret there"));
}

TEST_CASE("BADTIME is answered signed, with the request's time and ours in other data", "[tsig][rfc8945]") {
    const Asked asked(pair_key(), late);
    const auto answer = signed_answer(asked.context(), late);
    const auto record = tsig_of(answer);
    CHECK(record.mac.size() == 32);
    CHECK(record.time == 1'790'000'000);
    CHECK(record.fudge == 300);
    CHECK(record.other_time() == 1'790'000'412);

    const auto failure = failure_of(answer, asked.client);
    CHECK(failure.fault == TsigFault::Told);
    CHECK(failure.told == Rcode::BADTIME);
    CHECK(failure.text == "the peer says BADTIME: its clock is 412 s ahead of ours");

    auto forged = answer;
    forged.back() ^= std::byte{1};
    CHECK(failure_of(forged, asked.client).fault == TsigFault::BadSignature);
}

TEST_CASE("BADTRUNC is answered signed with a whole MAC", "[tsig][rfc8945]") {
    const auto request = forge(plain_query(), {.mac = [](OctetString mac) {
                                   mac.resize(16);
                                   return mac;
                               }});
    const auto check = verify_request(request, ring_of(pair_key()), signing_time);
    REQUIRE(verdict(check) == "BADTRUNC");
    const auto record = tsig_of(signed_answer(*std::get<TsigRejected>(check).context));
    CHECK(record.mac.size() == 32);
    CHECK(record.error == Rcode::BADTRUNC);
}

TEST_CASE("An answer that does not fit is refused by the signer, to the octet", "[tsig]") {
    const Asked asked;
    OctetString answer = plain_answer(1);
    const auto length = answer.size();
    answer.resize(length + tsig_octets(asked.context()) - 1);
    CHECK(sign_response(answer, length, asked.context(), signing_time).error() == WireError::NoSpace);
    CHECK(sign_response(answer, 11, asked.context(), signing_time).error() == WireError::Truncated);
    CHECK(sign_response(answer, answer.size() + 1, asked.context(), signing_time).error() ==
          WireError::Truncated);
    OctetString large(70'000);
    CHECK(sign_response(large, 65'500, asked.context(), signing_time).error() == WireError::NoSpace);
}

TEST_CASE("An unsigned answer to a signed question is not believed", "[tsig][rfc8945]") {
    const Asked asked;
    const auto failure = failure_of(plain_answer(1), asked.client);
    CHECK(failure.fault == TsigFault::Missing);
    CHECK(failure.text == "the answer (NOERROR) is not signed, key pair.example. was expected");
}

TEST_CASE("A signed answer to an unsigned question is not believed", "[tsig][rfc8945]") {
    const Asked asked;
    CHECK(failure_of(signed_answer(asked.context()), {}).fault == TsigFault::NotAsked);
    auto plain = plain_answer(1);
    CHECK(verify_response(plain, {}, signing_time) == plain.size());
}

TEST_CASE("An answer signed for another question is not believed", "[tsig][rfc8945]") {
    const Asked asked;
    const Asked other(pair_key(), signing_time);
    auto context = asked.context();
    context.request_mac = DigestValue(as_octets("another one, of thirty-two octets"));
    CHECK(failure_of(signed_answer(context), asked.client).fault == TsigFault::BadSignature);
    CHECK(failure_of(forge(plain_answer(1), {}), asked.client).fault == TsigFault::BadSignature);
}

TEST_CASE("An answer signed with another key or algorithm is not believed", "[tsig][rfc8945]") {
    const Asked asked;
    CHECK(failure_of(forge(plain_answer(1), {.key_name = name("other.example.")}), asked.client).fault ==
          TsigFault::WrongKey);
    CHECK(failure_of(forge(plain_answer(1), {.algorithm = name("hmac-sha1.")}), asked.client).fault ==
          TsigFault::WrongKey);
}

TEST_CASE("Clocks may differ by the answer's fudge and not by a second more", "[tsig][rfc8945]") {
    const Asked asked;
    const auto answer = signed_answer(asked.context());
    auto in_time = answer;
    CHECK(verify_response(in_time, asked.client, signing_time + seconds{300}).has_value());
    CHECK(failure_of(answer, asked.client, signing_time + seconds{301}).fault == TsigFault::BadTime);
    CHECK(failure_of(answer, asked.client, signing_time - seconds{301}).fault == TsigFault::BadTime);
}

TEST_CASE("A truncated or impossible MAC in an answer is not believed", "[tsig][rfc8945]") {
    const auto [octets, expected] = GENERATE(table<std::size_t, TsigFault>({{0, TsigFault::Malformed},
                                                                            {15, TsigFault::Malformed},
                                                                            {16, TsigFault::Truncated},
                                                                            {31, TsigFault::Truncated},
                                                                            {33, TsigFault::Malformed}}));
    const Asked asked;
    auto answer = signed_answer(asked.context());
    const auto good = tsig_of(answer);
    OctetString mac(good.mac.begin(), good.mac.end());
    mac.resize(octets);
    auto record = good;
    record.mac = mac;
    auto forged = plain_answer(1);
    const auto length = forged.size();
    forged.resize(1000);
    forged.resize(append_tsig(forged, length, record).value());
    CHECK(failure_of(forged, asked.client).fault == expected);
}

TEST_CASE("An answer cut at any octet, or with any octet changed, is not believed", "[tsig]") {
    const Asked asked;
    const auto answer = signed_answer(asked.context());
    for (std::size_t length = 0; length < answer.size(); ++length) {
        OctetString cut(answer.begin(), answer.begin() + static_cast<std::ptrdiff_t>(length));
        CHECK_FALSE(verify_response(cut, asked.client, signing_time).has_value());
    }
    for (std::size_t at = 2; at < answer.size(); ++at) {
        auto changed = answer;
        changed[at] ^= std::byte{0x04};
        INFO("octet " << at);
        CHECK_FALSE(verify_response(changed, asked.client, signing_time).has_value());
    }
}
