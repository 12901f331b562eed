#include "wire/name.hpp"

#include "support/catch.hpp"
#include "support/name_text.hpp"

#include <random>
#include <string>

using namespace lockstep;
using test::name;

namespace {

WireError parse_error(std::string_view text) {
    const auto parsed = Name::parse_absolute(text);
    REQUIRE_FALSE(parsed.has_value());
    return parsed.error();
}

/// A name of so many octets, made of labels of 63 octets and a rest.
std::string text_of_octets(std::size_t octets) {
    std::string text;
    for (std::size_t left = octets - 1; left > 0;) {
        const std::size_t label = std::min<std::size_t>(left, 64);
        text += std::string(label - 1, 'a') + '.';
        left -= label;
    }
    return text;
}

/// Reads the name at `at` of a message whose octets behind the header are `body`.
WireResult<Name> read(std::string_view body, std::size_t at = 12, std::size_t* end = nullptr,
                      std::size_t limit = 65535) {
    const std::string message = std::string(12, '\0') + std::string(body);
    std::size_t after = 0;
    auto result = Name::read(as_octets(message), at, limit, after);
    if (end != nullptr) *end = after;
    return result;
}

using namespace std::literals;

}  // namespace

TEST_CASE("A default name is the root", "[name]") {
    const Name root;
    CHECK(root.view().is_root());
    CHECK(root.to_string() == ".");
    CHECK(root.view().label_count() == 0);
    CHECK(root.view().parent().is_root());
    CHECK(name(".").view() == root.view());
}

TEST_CASE("Presentation form goes in and comes out the same", "[name][rfc1035]") {
    for (const auto* text :
         {"example.com.", "*.example.", R"(a\.b.example.)", R"(\000\255.x.)", R"(\@\$\;\(\)\".x.)",
          R"(a\\b.example.)", R"(\032leading.space.)", "_tcp.xn--bcher-kva.example."}) {
        CHECK(name(text).to_string() == text);
    }
    CHECK(name("no.final.dot").to_string() == "no.final.dot.");
    CHECK(name(R"(\065bc.)").to_string() == "Abc.");
}

TEST_CASE("A dot inside a label is no separator", "[name][CVE-2016-5427]") {
    const Name one = name(R"(a\.b.example.)");
    const Name two = name("a.b.example.");
    CHECK(one.view().label_count() == 2);
    CHECK(two.view().label_count() == 3);
    CHECK_FALSE(one.view() == two.view());
    CHECK(as_text(one.view().first_label()) == "a.b");
}

TEST_CASE("Names have at most 255 octets and labels 63", "[name][rfc1035]") {
    CHECK(name(text_of_octets(255)).octets().size() == 255);
    CHECK(parse_error(text_of_octets(256)) == WireError::NameTooLong);
    CHECK(name(std::string(63, 'x') + ".").octets().size() == 65);
    CHECK(parse_error(std::string(64, 'x') + ".") == WireError::LabelTooLong);
    std::string many;
    for (int i = 0; i < 127; ++i)
        many += "a.";
    CHECK(name(many).view().label_count() == 127);
    CHECK(parse_error(many + "a.") == WireError::NameTooLong);
}

TEST_CASE("Text that is no name is refused with its reason", "[name]") {
    CHECK(parse_error("") == WireError::EmptyLabel);
    CHECK(parse_error("a..b.") == WireError::EmptyLabel);
    CHECK(parse_error(".a.") == WireError::EmptyLabel);
    CHECK(parse_error(R"(\256.)") == WireError::BadEscape);
    CHECK(parse_error(R"(\1.)") == WireError::BadEscape);
    CHECK(parse_error(R"(\12)") == WireError::BadEscape);
    CHECK(parse_error("a\\") == WireError::BadEscape);
    CHECK(parse_error("@") == WireError::Relative);
    CHECK(Name::parse("relative", nullptr).error() == WireError::Relative);
}

TEST_CASE("A relative name takes the origin, also one that makes it too long", "[name][CVE-2019-13207]") {
    const Name origin = name("example.com.");
    CHECK(Name::parse("www", &origin)->to_string() == "www.example.com.");
    CHECK(Name::parse("@", &origin)->to_string() == "example.com.");
    CHECK(Name::parse("www.", &origin)->to_string() == "www.");
    const Name long_origin = name(text_of_octets(250));
    CHECK(Name::parse("abcd", &long_origin)->octets().size() == 255);
    CHECK(Name::parse("abcde", &long_origin).error() == WireError::NameTooLong);
    CHECK(Name::parse(std::string(63, 'x'), &long_origin).error() == WireError::NameTooLong);
}

TEST_CASE("A name is read the same with an escape in it and without", "[name]") {
    std::mt19937 random(1);
    const Name short_origin = name("Example.");
    const Name long_origin = name(text_of_octets(200));
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        const std::size_t octets = 1 + random() % (round % 4 == 0 ? 270 : 40);
        const auto dots = random() % 40;
        while (text.size() < octets)
            text += random() % 40 < dots / 4 ? '.' : "aZ-*_\xff"[random() % 6];
        const std::size_t first = text.find_first_not_of('.');
        if (first == std::string::npos) continue;
        const std::string escaped = text.substr(0, first) + '\\' + text.substr(first);
        for (const Name* origin : {static_cast<const Name*>(nullptr), &short_origin, &long_origin}) {
            const auto plain = Name::parse(text, origin);
            const auto careful = Name::parse(escaped, origin);
            CAPTURE(text, plain.has_value());
            REQUIRE(plain.has_value() == careful.has_value());
            if (plain) REQUIRE(identical(*plain, *careful));
        }
    }
}

TEST_CASE("Names compare without case, octet by octet elsewhere", "[name][rfc4343]") {
    CHECK(name("WWW.Example.COM.").view() == name("www.example.com.").view());
    CHECK_FALSE(identical(name("WWW.example."), name("www.example.")));
    CHECK_FALSE(name("a.example.").view() == name("b.example.").view());
    // 0x40 and 0x60 differ by the bit that letters differ by.
    CHECK_FALSE(name(R"(\064.)").view() == name(R"(\096.)").view());
    CHECK_FALSE(name("[.").view() == name("{.").view());
    CHECK(name("MiXed.").folded().to_string() == "mixed.");
    CHECK(hash_name(name("MiXed.Example."), 7) == hash_name(name("mixed.example."), 7));
    CHECK(hash_name(name("mixed.example."), 7) != hash_name(name("mixed.example."), 8));
}

TEST_CASE("Names stand in the order of RFC 4034", "[name][rfc4034]") {
    const std::array ordered{name("example."),           name("a.example."),      name("yljkjljk.a.example."),
                             name("Z.a.example."),       name("zABC.a.EXAMPLE."), name("z.example."),
                             name(R"(\001.z.example.)"), name("*.z.example."),    name(R"(\200.z.example.)")};
    for (std::size_t i = 0; i < ordered.size(); ++i) {
        for (std::size_t j = 0; j < ordered.size(); ++j) {
            INFO(ordered[i].to_string() << " and " << ordered[j].to_string());
            CHECK((canonical_order(ordered[i], ordered[j]) == (i <=> j)));
        }
    }
}

TEST_CASE("Ancestors are found by labels, not by octets", "[name]") {
    const Name www = name("www.example.com.");
    CHECK(www.view().is_within(name("EXAMPLE.com.")));
    CHECK(www.view().is_below(name("example.com.")));
    CHECK(www.view().is_within(www));
    CHECK_FALSE(www.view().is_below(www));
    CHECK(www.view().is_within(Name{}));
    CHECK_FALSE(www.view().is_within(name("ample.com.")));
    CHECK_FALSE(name("com.").view().is_within(www));
    // The label's last octets look like a label with its length in front.
    CHECK_FALSE(name(R"(x\003com.)").view().is_within(name("com.")));
    CHECK(www.view().common_labels(name("ftp.EXAMPLE.com.")) == 2);
    CHECK(www.view().common_labels(name("example.org.")) == 0);
    CHECK(www.view().parent(2).octets().size() == 5);
    CHECK(www.view().parent(9).is_root());
    CHECK(www.view().suffix(1) == name("com.").view());
    CHECK(www.view().suffix(5) == www.view());
}

TEST_CASE("A suffix is replaced as DNAME wants, unless the result is too long", "[name][rfc6672]") {
    const auto moved = Name::substitute(name("a.b.old.example."), name("old.example."), name("new.test."));
    CHECK(moved->to_string() == "a.b.new.test.");
    CHECK(Name::substitute(name("a.old."), name("old."), Name{})->to_string() == "a.");
    CHECK(Name::substitute(name("abcd.old."), name("old."), name(text_of_octets(250)))->octets().size() ==
          255);
    CHECK(Name::substitute(name("abcde.old."), name("old."), name(text_of_octets(250))).error() ==
          WireError::NameTooLong);
    CHECK(Name::wildcard(name("example."))->to_string() == "*.example.");
    CHECK(Name::wildcard(name("example."))->view().is_wildcard());
    CHECK_FALSE(name(R"(\*a.example.)").view().is_wildcard());
    CHECK(Name::wildcard(name(text_of_octets(254))).error() == WireError::NameTooLong);
    CHECK(Name::prepend(Octets{}, name("example.")).error() == WireError::EmptyLabel);
}

TEST_CASE("A name is read in place and through pointers", "[name][rfc1035]") {
    std::size_t end = 0;
    CHECK(read("\3www\7example\0rest"sv, 12, &end)->to_string() == "www.example.");
    CHECK(end == 12 + 13);
    // example. at 12, www and a pointer to it at 21.
    CHECK(read("\7example\0\3www\xc0\x0c"sv, 21, &end)->to_string() == "www.example.");
    CHECK(end == 27);
    CHECK(read("\0\xc0\x0c"sv, 13, &end)->view().is_root());
    CHECK(end == 15);
}

TEST_CASE("Pointers go strictly backwards and never into the header", "[name][CVE-2015-1868]") {
    CHECK(read("\xc0\x0c"sv).error() == WireError::BadPointer);              // to itself
    CHECK(read("\3www\xc0\x0c"sv).error() == WireError::BadPointer);         // to its own beginning
    CHECK(read("\xc0\x0e\0"sv).error() == WireError::BadPointer);            // forward
    CHECK(read("\xc0\xff"sv).error() == WireError::BadPointer);              // beyond the end
    CHECK(read("\xc0\x0e\xc0\x0c"sv, 14).error() == WireError::BadPointer);  // two that meet
    for (char target = 0; target < 12; ++target) {
        const std::string body{'\xc0', target};
        CHECK(read(body).error() == WireError::BadPointer);
    }
}

TEST_CASE("A chain of 127 pointers is read, as long as each goes back, and no longer one",
          "[name][CVE-2015-5470]") {
    std::string body("\1a\0", 3);
    for (unsigned i = 0; i < 128; ++i) {
        const unsigned target = i == 0 ? 12 : 12 + 3 + 2 * (i - 1);
        body += static_cast<char>(0xc0 | target >> 8);
        body += static_cast<char>(target & 0xff);
    }
    std::size_t end = 0;
    CHECK(read(body, 12 + 3 + 2 * 126, &end)->to_string() == "a.");
    CHECK(end == 12 + body.size() - 2);
    CHECK(read(body, 12 + 3 + 2 * 127).error() == WireError::BadPointer);
}

TEST_CASE("A name grown by pointers ends at 255 octets", "[name]") {
    // Each step adds a label and points to the one before it.
    std::string body("\0", 1);
    unsigned previous = 12;
    for (unsigned i = 0; i < 128; ++i) {
        const auto here = static_cast<unsigned>(12 + body.size());
        body += "\1a";
        body += static_cast<char>(0xc0 | previous >> 8);
        body += static_cast<char>(previous & 0xff);
        previous = here;
    }
    CHECK(read(body, previous - 4)->octets().size() == 255);
    CHECK(read(body, previous).error() == WireError::NameTooLong);
}

TEST_CASE("Labels of unknown types and names without an end are refused", "[name]") {
    CHECK(read("\x40"sv).error() == WireError::BadLabelType);
    CHECK(read("\x80\0"sv).error() == WireError::BadLabelType);
    CHECK(read(""sv).error() == WireError::Truncated);
    CHECK(read("\3www"sv).error() == WireError::Truncated);
    CHECK(read("\3ww"sv).error() == WireError::Truncated);
    CHECK(read("\xc0"sv).error() == WireError::Truncated);
    CHECK(read("\3www\0"sv, 12, nullptr, 16).error() ==
          WireError::Truncated);  // the RDATA ends before the root
}

TEST_CASE("An uncompressed name may have no pointers", "[name]") {
    CHECK(Name::read_uncompressed(as_octets("\3www\0more"sv))->to_string() == "www.");
    CHECK(Name::read_uncompressed(as_octets("\3www\xc0\x0c"sv)).error() == WireError::BadPointer);
    CHECK(Name::read_uncompressed(as_octets("\3www"sv)).error() == WireError::Truncated);
    CHECK(Name::read_uncompressed(as_octets("\x41"sv)).error() == WireError::BadLabelType);
    std::string long_name;
    for (int i = 0; i < 4; ++i)
        long_name += '\x3f' + std::string(63, 'x');
    CHECK(Name::read_uncompressed(as_octets(long_name + '\0')).error() == WireError::NameTooLong);
}
