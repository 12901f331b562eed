// Hashed names: RFC 5155's own figures, and the set of hashes over the versions of a zone.
#include "zone/nsec3.hpp"

#include "support/catch.hpp"
#include "support/zone_text.hpp"
#include "zone/builder.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

const std::array<std::byte, 4> salt{std::byte{0xaa}, std::byte{0xbb}, std::byte{0xcc}, std::byte{0xdd}};

std::string label_of(const Nsec3Hash& hash) {
    const auto label = nsec3_label(hash);
    return {reinterpret_cast<const char*>(label.data()), label.size()};
}
Nsec3Hash hash_of(std::string_view label) {
    return nsec3_hash_of(as_octets(label)).value();
}

/// A zone that proves by NSEC3 with these owners; what the records say does not matter here.
std::string chain_text(const std::vector<std::string>& labels, std::string_view params = "1 0 0 -") {
    std::string text = "@ 300 SOA ns1 host 1 3600 600 86400 60\n@ 300 NS ns1\nns1 300 A 192.0.2.1\n";
    if (!params.empty()) text += "@ 0 NSEC3PARAM " + std::string(params) + "\n";
    for (const auto& label : labels)
        text +=
            label + " 60 NSEC3 " + std::string(params.empty() ? "1 0 0 -" : params) + " " + label + " A\n";
    return text;
}

const std::string a = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom";
const std::string b = "2t7b4g4vsa5smi47k61mv5bv1a22bojr";
const std::string c = "t644ebqk9bibcna874givr6joj62mlhv";

ZonePtr zone_of(std::string_view text) {
    return test::zone("example.", text);
}
std::string at_or_before(const ZonePtr& zone, std::string_view label) {
    const auto place = zone->nsec3_at_or_before(hash_of(label));
    return place.owner.to_string().substr(0, nsec3_label_octets) + (place.matches ? " matches" : "");
}

}  // namespace

TEST_CASE("names are hashed as in RFC 5155 Appendix A", "[nsec3][rfc5155]") {
    Nsec3Hasher hasher;
    const Nsec3Params params{.iterations = 12, .salt = salt};
    const std::vector<std::pair<std::string, std::string>> hashes{
        {"example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"},
        {"a.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl"},
        {"ai.example.", "gjeqe526plbf1g8mklp59enfd789njgi"},
        {"ns1.example.", "2t7b4g4vsa5smi47k61mv5bv1a22bojr"},
        {"ns2.example.", "q04jkcevqvmu85r014c7dkba38o0ji5r"},
        {"w.example.", "k8udemvp1j2f7eg6jebps17vp3n8i58h"},
        {"*.w.example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"},
        {"x.w.example.", "b4um86eghhds6nea196smvmlo4ors995"},
        {"y.w.example.", "ji6neoaepv8b5o6k4ev33abha8ht9fgc"},
        {"x.y.w.example.", "2vptu5timamqttgl4luu9kg21e0aor3s"},
        {"xx.example.", "t644ebqk9bibcna874givr6joj62mlhv"}};
    for (const auto& [text, label] : hashes) {
        const auto hash = hasher.hash(params, name(text));
        CHECK(label_of(hash) == label);
        CHECK(nsec3_hash_of(as_octets(label)) == hash);
    }
    CHECK_FALSE(nsec3_hash_of(as_octets("0p9mhaveqvm6t7vbl5lop2u3t2rp3to")).has_value());
    CHECK_FALSE(nsec3_hash_of(as_octets("0p9mhaveqvm6t7vbl5lop2u3t2rp3tow")).has_value());
    CHECK(nsec3_hash_of(as_octets("0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM")) == hash_of(a));
}

TEST_CASE("parameters that cannot be used are passed over", "[nsec3][rfc5155]") {
    const auto params = [](const std::string& records) {
        const auto zone = zone_of(chain_text({}, "") + records);
        const auto found = nsec3_params(zone->apex_node());
        return found ? static_cast<int>(found->iterations) : -1;
    };
    CHECK(params("") == -1);
    CHECK(params("@ 0 NSEC3PARAM 1 0 7 aabb\n") == 7);
    CHECK(params("@ 0 NSEC3PARAM 2 0 7 aabb\n") == -1);
    CHECK(params("@ 0 NSEC3PARAM 1 128 7 aabb\n") == -1);
    CHECK(params("@ 0 NSEC3PARAM 1 0 50 -\n") == 50);
    CHECK(params("@ 0 NSEC3PARAM 1 0 51 -\n") == -1);
    CHECK(params("@ 0 NSEC3PARAM 1 0 51 -\n@ 0 NSEC3PARAM 1 0 3 -\n") == 3);
}

TEST_CASE("a hash is found, or the one that covers it, round the end", "[nsec3][rfc5155]") {
    const auto zone = zone_of(chain_text({a, b, c}));
    REQUIRE(zone->nsec3());
    CHECK(at_or_before(zone, b) == b + " matches");
    CHECK(at_or_before(zone, "2t7b4g4vsa5smi47k61mv5bv1a22bojs") == b);
    CHECK(at_or_before(zone, "2t7b4g4vsa5smi47k61mv5bv1a22bojq") == a);
    CHECK(at_or_before(zone, "00000000000000000000000000000000") == c);
    CHECK(at_or_before(zone, "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv") == c);
    CHECK_FALSE(zone_of(chain_text({a, b, c}, ""))->nsec3());
    CHECK_FALSE(zone_of(chain_text({}))->nsec3());
}

TEST_CASE("the hashes follow what is added and removed, and other parameters", "[nsec3][rfc5155]") {
    auto zone = zone_of(chain_text({a, b}));
    const auto changed = [&](const std::string& removed, const std::string& added) {
        ZoneBuilder builder(zone);
        for (const RecordView record : records("example.", removed))
            REQUIRE(builder.remove(record));
        for (const RecordView record : records("example.", added))
            REQUIRE(builder.add(record) == ZoneBuilder::Added::Yes);
        zone = std::move(builder).finish().value();
    };
    const auto nsec3 = [](const std::string& label, const std::string& params = "1 0 0 -") {
        return label + " 60 NSEC3 " + params + " " + label + " A\n";
    };
    changed("", nsec3(c));
    CHECK(at_or_before(zone, c) == c + " matches");
    changed(nsec3(b), "");
    CHECK(at_or_before(zone, b) == a);
    // Records made with others do not count.
    changed("", nsec3(b, "1 0 9 -"));
    CHECK(at_or_before(zone, b) == a);
    changed("@ 0 NSEC3PARAM 1 0 0 -\n", "@ 0 NSEC3PARAM 1 0 9 -\n");
    CHECK(at_or_before(zone, a) == b);
    changed("@ 0 NSEC3PARAM 1 0 9 -\n", "");
    CHECK_FALSE(zone->nsec3());
    changed("", "@ 0 NSEC3PARAM 1 0 0 -\n");
    CHECK(at_or_before(zone, b) == a);
    changed(nsec3(a) + nsec3(c), "");
    CHECK_FALSE(zone->nsec3());
}
