// Every cell of {UDP, TCP} × {how the request is signed} × {SOA, AXFR, IXFR, NOTIFY}: what is answered, how
// the answer is signed, and that nothing is told or noted but what is right.

#include "fixture.hpp"
#include "tsig/record.hpp"

#include <functional>

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr std::string_view matrix_zone =
    "@ 3600 SOA ns1 host 7 3600 600 86400 300\n@ 3600 NS ns1\nns1 60 A 192.0.2.1\n";

/// How the answer is signed.
enum class Signed { No, NoMac, Yes };

/// How a request is signed, and what is to become of it: `rcode` and `error` of every answer, or, where
/// `error` is empty, the answer to a good request (or, with `allowed` false, to a stranger's).
struct Signing {
    std::string_view what;
    std::function<void(OctetString&, const Server&)> sign;
    Rcode error = Rcode::NOERROR;  // the TSIG error that is told
    std::string_view rcode = {};   // in place of the answer
    Signed answer = Signed::Yes;
    bool allowed = true;  // to transfer and to notify
};

TsigKey matrix_key(std::string_view secret = "a secret of some length") {
    return make_key("pair.example.", secret);
}

/// Signs with `key` at a time that is off by `skew`.
auto with(TsigKey key, seconds skew = seconds{0}) {
    return [key = std::make_shared<const TsigKey>(std::move(key)), skew](OctetString& query,
                                                                         const Server& server) {
        (void)sign_request(query, key, server.clock.wall_now() + skew);
    };
}

/// Signs rightly, and leaves only the first `octets` of the MAC.
auto truncated(std::size_t octets) {
    return [octets](OctetString& query, const Server& server) {
        const TsigKey key = matrix_key();
        TsigRecord record{
            .key_name = key.name,
            .algorithm = name("hmac-sha256."),
            .time = static_cast<std::uint64_t>(
                std::chrono::floor<seconds>(server.clock.wall_now()).time_since_epoch().count()),
            .fudge = 300,
            .mac = {},
            .original_id = Header::read(query).id,
            .error = Rcode::NOERROR,
            .other = {}};
        Hmac hmac = keyed_hmac(key);
        digest_message(hmac, query, record.original_id, TsigCounted::No);
        digest_variables(hmac, record);
        const auto whole = hmac.finish();
        record.mac = whole.octets().first(octets);
        const std::size_t length = query.size();
        query.resize(65535);
        query.resize(append_tsig(query, length, record).value());
    };
}

const std::vector<Signing> signings = {
    {.what = "none", .sign = [](OctetString&, const Server&) {}, .answer = Signed::No, .allowed = false},
    {.what = "right", .sign = with(matrix_key())},
    {.what = "wrong secret",
     .sign = with(matrix_key("not that secret at all")),
     .error = Rcode::BADSIG,
     .rcode = "NOTAUTH",
     .answer = Signed::NoMac},
    {.what = "another key that is known", .sign = with(make_key("other.example.")), .allowed = false},
    {.what = "a key that is not known",
     .sign = with(make_key("nobody.example.")),
     .error = Rcode::BADKEY,
     .rcode = "NOTAUTH",
     .answer = Signed::NoMac},
    {.what = "truncated to half", .sign = truncated(16), .error = Rcode::BADTRUNC, .rcode = "NOTAUTH"},
    {.what = "truncated to less than half", .sign = truncated(15), .rcode = "FORMERR", .answer = Signed::No},
    {.what = "299 s behind", .sign = with(matrix_key(), seconds{-299})},
    {.what = "300 s behind", .sign = with(matrix_key(), seconds{-300})},
    {.what = "301 s behind",
     .sign = with(matrix_key(), seconds{-301}),
     .error = Rcode::BADTIME,
     .rcode = "NOTAUTH"},
    {.what = "299 s ahead", .sign = with(matrix_key(), seconds{299})},
    {.what = "300 s ahead", .sign = with(matrix_key(), seconds{300})},
    {.what = "301 s ahead",
     .sign = with(matrix_key(), seconds{301}),
     .error = Rcode::BADTIME,
     .rcode = "NOTAUTH"},
};

/// A secondary of example., whose primary and downstream is 192.0.2.99 with the key pair.example.
struct TsigMatrixFixture : Server {
    TsigMatrixFixture() {
        serve("example.", matrix_zone);
        const auto key = std::make_shared<const TsigKey>(matrix_key());
        const AccessRule peer{Prefix::of(*IpAddress::parse("192.0.2.99")), key, "peer ns1"};
        AccessPolicy rules;
        rules.keys = *TsigKeyring::make({*key, make_key("other.example.")});
        rules.zones[name("example.")] = std::make_shared<const ZoneAccess>(ZoneAccess{{peer}, {peer}});
        allow(std::move(rules));
    }

    /// The first message of the answer.
    Answered ask_over(Transport transport, const OctetString& query) {
        const Client client = client_at("192.0.2.99", transport);
        if (transport == Transport::Udp) return udp(query, client);
        OctetString out(65535);
        const auto reply = responder.respond_stream(query, client, out);
        REQUIRE(reply.octets >= header_octets);
        return take_apart(Octets(out).first(reply.octets));
    }
};

RecordList held_soa(std::uint32_t serial) {
    const auto held = zone(
        "example.", "@ 3600 SOA ns1 host " + std::to_string(serial) + " 3600 600 86400 300\n@ 3600 NS ns1\n");
    RecordList list;
    list.append({held->apex(), RrType::SOA, held->soa_rrset().ttl(), held->soa_rrset().front()});
    return list;
}

const std::vector<std::pair<std::string_view, Ask>> questions = {
    {"SOA", {.name = "example.", .type = RrType::SOA}},
    {"AXFR", {.name = "example.", .type = RrType::AXFR}},
    {"IXFR", {.name = "example.", .type = RrType::IXFR, .authority = held_soa(6)}},
    {"NOTIFY", {.name = "example.", .type = RrType::SOA, .opcode = Opcode::Notify, .answers = held_soa(8)}},
};

/// What a good request, or a stranger's, is answered.
std::string wanted_rcode(std::string_view question, Transport transport, bool allowed) {
    if (question == "SOA") return "NOERROR";
    if (question == "AXFR" && transport == Transport::Udp) return "NOTIMP";  // RFC 5936 §4.2
    return allowed ? "NOERROR" : "REFUSED";
}

std::size_t wanted_answers(std::string_view question, Transport transport, bool good) {
    if (question == "SOA") return 1;
    if (!good || question == "NOTIFY") return 0;
    // Whole: four records and the SOA once more; IXFR over UDP: the SOA; no history, so IXFR over TCP is
    // whole too.
    if (transport == Transport::Udp) return question == "IXFR" ? 1 : 0;
    return 4;
}

Signed how_signed(const Answered& reply, Rcode& error) {
    if (reply.view.tsig_at == 0) return Signed::No;
    const auto record = TsigRecord::read(reply.octets, reply.view.tsig_at);
    REQUIRE(record.has_value());
    error = record->error;
    return record->mac.empty() ? Signed::NoMac : Signed::Yes;
}

}  // namespace

TEST_CASE("TSIG: each transport, each signing, each kind of request", "[tsig][rfc8945][matrix]") {
    std::size_t cells = 0;
    for (const auto transport : {Transport::Udp, Transport::Tcp}) {
        for (const auto& signing : signings) {
            for (const auto& [question, ask] : questions) {
                INFO((transport == Transport::Udp ? "UDP, " : "TCP, ") << signing.what << ", " << question);
                ++cells;
                TsigMatrixFixture server;
                OctetString query = octets_of(ask);
                signing.sign(query, server);
                const auto reply = server.ask_over(transport, query);
                auto error = Rcode::NOERROR;
                CHECK(how_signed(reply, error) == signing.answer);
                CHECK(error == signing.error);
                const bool good = signing.rcode.empty();
                const std::string rcode =
                    good ? wanted_rcode(question, transport, signing.allowed) : std::string(signing.rcode);
                CHECK(reply.rcode() == rcode);
                const bool granted = good && (signing.allowed || question == "SOA");
                CHECK(reply.answer.size() == (granted ? wanted_answers(question, transport, granted) : 0));
                // What is believed of a NOTIFY, and who is told that something was refused.
                const bool believed = granted && question == "NOTIFY";
                const bool told = std::any_of(
                    server.notifies.events.begin(), server.notifies.events.end(),
                    [](const std::string& event) { return event == "example. from 192.0.2.99 serial 8"; });
                CHECK(told == believed);
                if (rcode == "NOTAUTH" && question != "SOA")
                    CHECK(server.notifies.events.size() + server.transfers.events.size() == 1);
            }
        }
    }
    CHECK(cells == 2 * 13 * 4);
}
