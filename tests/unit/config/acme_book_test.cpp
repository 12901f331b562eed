// The file of grants and accounts: what is written is read back, and what is wrong in it is told.

#include "config/acme_book.hpp"

#include "crypto/encoding.hpp"
#include "support.hpp"
#include "support/name_text.hpp"

using namespace lockstep;
using config_test::Folder;
using test::name;

namespace {

const std::string good_grant =
    R"({"host": "www.example.com.", "key": "acme.www.example.com.", "algorithm": "hmac-sha256", "secret": "YWJj", "made_at": "2026-11-29T06:00:00.000Z"})";
const std::string good_account =
    R"({"user": "u", "password_sha256": "00", "label": "l", "allow_from": ["192.0.2.0/24"], "made_at": "2026-11-29T06:00:00.000Z"})";

std::string with_grant(const std::string& grant) {
    return R"({"format": 1, "grants": [)" + good_grant + ", " + grant + R"(], "accounts": []})";
}
std::string with_account(const std::string& account) {
    return R"({"format": 1, "grants": [], "accounts": [)" + good_account + ", " + account + "]}";
}
/// `text` with the first `from` in it made `to`.
std::string changed(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("A book is read back as it was written", "[config][acme]") {
    AcmeBook book;
    book.grants.push_back({.host = name("www.example.com."),
                           .key = generate_key(name("acme.www.example.com."), TsigAlgorithm::HmacSha512),
                           .made_at = "2026-11-29T06:00:00.000Z"});
    book.grants.push_back({.host = name("a\\.b.\\\"c\\\\.example."),
                           .key = generate_key(name("k\\000\\255.example."), TsigAlgorithm::HmacSha256),
                           .made_at = "2026-11-29T07:00:00.000Z"});
    book.accounts.push_back({.user = "first",
                             .password_digest = password_digest_of("first", "word"),
                             .label = "label",
                             .allow_from = {*Prefix::parse("192.0.2.0/24"), *Prefix::parse("2001:db8::1")},
                             .made_at = "2026-11-29T08:00:00.000Z"});
    book.accounts.push_back({.user = "second",
                             .password_digest = password_digest_of("second", "word"),
                             .label = "other",
                             .allow_from = {},
                             .made_at = "2026-11-29T09:00:00.000Z"});
    const Folder folder;
    const auto read = read_acme_book(folder.write("acme.json", text_of(book)));
    if (!read) FAIL(read.error().text);

    REQUIRE(read->grants.size() == book.grants.size());
    for (std::size_t i = 0; i < book.grants.size(); ++i) {
        CHECK(read->grants[i].host == book.grants[i].host);
        CHECK(read->grants[i].key.name == book.grants[i].key.name);
        CHECK(read->grants[i].key.algorithm == book.grants[i].key.algorithm);
        CHECK(read->grants[i].key.secret == book.grants[i].key.secret);
        CHECK(read->grants[i].made_at == book.grants[i].made_at);
    }
    REQUIRE(read->accounts.size() == book.accounts.size());
    for (std::size_t i = 0; i < book.accounts.size(); ++i) {
        CHECK(read->accounts[i].user == book.accounts[i].user);
        CHECK(read->accounts[i].password_digest == book.accounts[i].password_digest);
        CHECK(read->accounts[i].label == book.accounts[i].label);
        CHECK(read->accounts[i].allow_from == book.accounts[i].allow_from);
        CHECK(read->accounts[i].made_at == book.accounts[i].made_at);
    }
}

TEST_CASE("Where there is no file yet the book is empty, and an empty book is a file like any other",
          "[config][acme]") {
    const Folder folder;
    const auto absent = read_acme_book(folder.path() / "acme.json");
    REQUIRE(absent.has_value());
    CHECK(absent->grants.empty());
    CHECK(absent->accounts.empty());
    const auto empty = read_acme_book(folder.write("acme.json", text_of(AcmeBook{})));
    REQUIRE(empty.has_value());
    CHECK(empty->grants.empty());
    CHECK(empty->accounts.empty());
}

TEST_CASE("The host of a grant is lower-cased, however the file has it", "[config][acme]") {
    const Folder folder;
    const auto book = read_acme_book(folder.write(
        "acme.json",
        with_grant(changed(changed(good_grant, "www.example", "WWW.Example"), "acme.", "second."))));
    REQUIRE(book.has_value());
    CHECK(book->grants.at(1).host.to_string() == "www.example.com.");
}

TEST_CASE("Two grants for one key are refused", "[config][acme]") {
    const Folder folder;
    const auto book = read_acme_book(folder.write("acme.json", with_grant(good_grant)));
    REQUIRE_FALSE(book.has_value());
    CHECK(book.error().text.find("there are two grants for key") != std::string::npos);
}

TEST_CASE("What is wrong in a book is told with the file's name", "[config][acme]") {
    const std::string no_format = "is not of format 1, the one that is known here";
    const struct {
        std::string text;
        std::string problem;
    } cases[] = {
        {"", "is no JSON object"},
        {"{\"format\": 1", "is no JSON object"},
        {"[]", "is no JSON object"},
        {"{}", no_format},
        {R"({"format": 2, "grants": [], "accounts": []})", no_format},
        {R"({"format": "1", "grants": [], "accounts": []})", no_format},
        {with_grant("5"), "'host' is missing in an entry, or is no string"},
        {with_grant("{}"), "'host' is missing in an entry, or is no string"},
        {with_grant(changed(good_grant, "\"host\"", "\"hosts\"")),
         "'host' is missing in an entry, or is no string"},
        {with_grant(changed(good_grant, "\"key\"", "\"keys\"")),
         "'key' is missing in an entry, or is no string"},
        {with_grant(changed(good_grant, "\"algorithm\"", "\"-\"")),
         "'algorithm' is missing in an entry, or is no string"},
        {with_grant(changed(good_grant, "\"YWJj\"", "5")),
         "'secret' is missing in an entry, or is no string"},
        {with_grant(changed(good_grant, "\"made_at\"", "\"-\"")),
         "'made_at' is missing in an entry, or is no string"},
        {with_grant(changed(good_grant, "www.example.com.", "a..b")), "'a..b' is no name"},
        {with_grant(changed(good_grant, "acme.www.example.com.", "k..b")), "'k..b' is no name"},
        {with_account("null"), "'user' is missing in an entry, or is no string"},
        {with_account(changed(good_account, "\"user\"", "\"-\"")),
         "'user' is missing in an entry, or is no string"},
        {with_account(changed(good_account, "\"password_sha256\"", "\"password\"")),
         "'password_sha256' is missing in an entry, or is no string"},
        {with_account(changed(good_account, "\"l\"", "null")),
         "'label' is missing in an entry, or is no string"},
        {with_account(changed(good_account, "\"made_at\"", "\"-\"")),
         "'made_at' is missing in an entry, or is no string"},
        {with_account(changed(good_account, "\"allow_from\"", "\"-\"")),
         "'allow_from' is missing in an account, or is no list"},
        {with_account(changed(good_account, "[\"192.0.2.0/24\"]", "\"192.0.2.0/24\"")),
         "'allow_from' is missing in an account, or is no list"},
        {with_account(changed(good_account, "\"192.0.2.0/24\"", "24")),
         "'allow_from' holds something that is no string"},
    };
    const Folder folder;
    for (const auto& [text, problem] : cases) {
        CAPTURE(text);
        const auto file = folder.write("acme.json", text);
        const auto book = read_acme_book(file);
        REQUIRE_FALSE(book.has_value());
        CHECK(book.error().text == file.string() + ": " + problem);
        CHECK(book.error().code == ErrorCode::Corrupt);
    }
}

TEST_CASE("An algorithm, a secret or a prefix that is none is refused, and no secret is told",
          "[config][acme]") {
    const std::string cases[] = {
        with_grant(changed(good_grant, "hmac-sha256", "hmac-none")),
        with_grant(changed(good_grant, "YWJj", "YWJ!")),
        with_grant(changed(good_grant, "YWJj", "YWJ")),
        with_account(changed(good_account, "192.0.2.0/24", "192.0.2.1/24")),
    };
    const Folder folder;
    for (const auto& text : cases) {
        CAPTURE(text);
        const auto file = folder.write("acme.json", text);
        const auto book = read_acme_book(file);
        REQUIRE_FALSE(book.has_value());
        CHECK(book.error().text.starts_with(file.string() + ": "));
        CHECK(book.error().text.find("YWJ") == std::string::npos);
    }
}

// A ring of keys refuses a key without a secret, and with it all grants that are sound.
TEST_CASE("A grant whose key has no secret is refused", "[config][acme]") {
    const Folder folder;
    const auto file = folder.write("acme.json", with_grant(changed(good_grant, "YWJj", "")));
    const auto book = read_acme_book(file);
    REQUIRE_FALSE(book.has_value());
    CHECK(book.error().text.starts_with(file.string() + ": "));
}

TEST_CASE("A book whose lists are none is refused: it would be written over as empty", "[config][acme]") {
    const Folder folder;
    for (const std::string wrong : {"null", "{}", "\"\"", "false", "0"}) {
        for (const std::string list : {"grants", "accounts"}) {
            CAPTURE(list, wrong);
            const auto file = folder.write("acme.json", changed(text_of(AcmeBook{}), "\"" + list + "\": []",
                                                                "\"" + list + "\": " + wrong));
            CHECK_FALSE(read_acme_book(file).has_value());
        }
    }
}

TEST_CASE("A book that others may read is refused", "[config][acme]") {
    const Folder folder;
    const auto file = folder.write("acme.json", text_of(AcmeBook{}), 0644);
    const auto book = read_acme_book(file);
    REQUIRE_FALSE(book.has_value());
    CHECK(book.error().code == ErrorCode::Refused);
    CHECK(book.error().text.starts_with(file.string() + ": "));
}

TEST_CASE("A password's digest is SHA-256 of user, colon and password", "[config][acme]") {
    // printf 'user:password' | sha256sum
    CHECK(password_digest_of("user", "password") ==
          "c91b1d6acd383c44c4ec20c9723e758c31182a1f4f0231d63d91259a2ea14b9d");
    CHECK(password_digest_of("other", "password") != password_digest_of("user", "password"));
}
