#include "config/key_format.hpp"

#include "crypto/encoding.hpp"
#include "support.hpp"

using namespace lockstep;

namespace {

TsigKey key(std::string_view name) {
    return {Name::parse_absolute(name).value(), TsigAlgorithm::HmacSha256,
            secret_from_base64("c2l4dGVlbiBvY3RldHMhIQ==").value()};
}

}  // namespace

TEST_CASE("A key is printed in each server's own form", "[config]") {
    const auto pair = key("pair.example.");
    CHECK(
        format_key(pair, KeyFormat::Json) ==
        "{ \"name\": \"pair.example.\", \"algorithm\": \"hmac-sha256\", \"secret\": \"c2l4dGVlbiBvY3RldHMhIQ==\" }\n");
    CHECK(
        format_key(pair, KeyFormat::Bind) ==
        "key \"pair.example.\" {\n    algorithm hmac-sha256;\n    secret \"c2l4dGVlbiBvY3RldHMhIQ==\";\n};\n");
    CHECK(
        format_key(pair, KeyFormat::Knot) ==
        "key:\n  - id: \"pair.example.\"\n    algorithm: hmac-sha256\n    secret: c2l4dGVlbiBvY3RldHMhIQ==\n");
    CHECK(
        format_key(pair, KeyFormat::Nsd) ==
        "key:\n    name: \"pair.example.\"\n    algorithm: hmac-sha256\n    secret: \"c2l4dGVlbiBvY3RldHMhIQ==\"\n");
    CHECK(format_key(pair, KeyFormat::Secret) == "c2l4dGVlbiBvY3RldHMhIQ==\n");
    CHECK(parse_key_format("knot") == KeyFormat::Knot);
    CHECK_FALSE(parse_key_format("KNOT"));
}

TEST_CASE("A printed key with any name is read back as it was", "[config]") {
    for (const std::string name : {"pair.example.", "\\\"\\\\\\;\\010\\255{}.example.", "."}) {
        const auto printed = format_key(key(name), KeyFormat::Json);
        const auto config = parse_primary_config(
            "{ \"server\": { \"listen\": [\"::1\"] }, \"keys\": [" + printed + "] }", "/c.json");
        INFO(printed);
        REQUIRE(config.has_value());
        const auto found = config->keys.find(key(name).name);
        REQUIRE(found != nullptr);
        CHECK(found->secret == key(name).secret);
    }
}
