#include "crypto/encoding.hpp"

#include "support/catch.hpp"

#include <string>

using namespace lockstep;

namespace {

std::string decoded(const Result<OctetString>& octets) {
    return octets ? std::string(as_text(*octets)) : "error: " + octets.error().text;
}

}  // namespace

TEST_CASE("Base 64 is that of RFC 4648 section 10", "[crypto][rfc4648]") {
    const auto [plain, coded] = GENERATE(table<std::string, std::string>({{"", ""},
                                                                          {"f", "Zg=="},
                                                                          {"fo", "Zm8="},
                                                                          {"foo", "Zm9v"},
                                                                          {"foob", "Zm9vYg=="},
                                                                          {"fooba", "Zm9vYmE="},
                                                                          {"foobar", "Zm9vYmFy"}}));
    CHECK(to_base64(as_octets(plain)) == coded);
    CHECK(decoded(from_base64(coded)) == plain);
}

TEST_CASE("Base 64 that nobody would have written is refused", "[crypto][rfc4648]") {
    const auto text = GENERATE("Zg", "Zg=", "Zg===", "Zh==", "Z", "Zm9v=", "====", "Zm 9v", "Zm9v\n", "Zm-_",
                               "=Zg=", "Zg==Zg==");
    CHECK_FALSE(from_base64(text).has_value());
}

TEST_CASE("Whitespace in base 64 and hex is skipped where asked for", "[crypto][rfc4648]") {
    CHECK(decoded(from_base64(" Zm 9v\r\n\tYg = =\n", Whitespace::Skip)) == "foob");
    CHECK(decoded(from_hex("66 6f\n6F", Whitespace::Skip)) == "foo");
    CHECK_FALSE(from_hex("66 6f").has_value());
}

TEST_CASE("An error says where, and for a secret never what", "[crypto][rfc4648]") {
    CHECK(from_base64("Zm9*").error().text == "base 64: a character that is no digit at character 4");
    CHECK(secret_from_base64("geheim!!").error().text ==
          "base 64: a character that is no digit at character 7");
    const auto secret = secret_from_base64("Zm9v");
    REQUIRE(secret.has_value());
    CHECK(as_text(secret_view(*secret)) == "foo");
}

TEST_CASE("Base 32 hex is that of RFC 4648 section 10, in lower case without padding", "[crypto][rfc4648]") {
    const auto [plain, coded] = GENERATE(table<std::string, std::string>({{"", ""},
                                                                          {"f", "co"},
                                                                          {"fo", "cpng"},
                                                                          {"foo", "cpnmu"},
                                                                          {"foob", "cpnmuog"},
                                                                          {"fooba", "cpnmuoj1"},
                                                                          {"foobar", "cpnmuoj1e8"}}));
    CHECK(to_base32hex(as_octets(plain)) == coded);
    CHECK(decoded(from_base32hex(coded)) == plain);
    CHECK(decoded(from_base32hex("CPNMU")) == "foo");
    CHECK_FALSE(from_base32hex("c").has_value());
    CHECK_FALSE(from_base32hex("cp").has_value());
    CHECK_FALSE(from_base32hex("cpn").has_value());
    CHECK_FALSE(from_base32hex("wwww").has_value());
}

TEST_CASE("Hex reads either case and demands whole octets", "[crypto][rfc4648]") {
    CHECK(to_hex(as_octets("\x0f\xa5")) == "0fa5");
    CHECK(decoded(from_hex("0Fa5")) == "\x0f\xa5");
    CHECK(decoded(from_hex("")).empty());
    CHECK_FALSE(from_hex("0").has_value());
    CHECK_FALSE(from_hex("0g").has_value());
    CHECK_FALSE(from_hex("0x").has_value());
}
