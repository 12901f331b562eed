#include "zonefile/serial_edit.hpp"

#include "sample.hpp"
#include "support/catch.hpp"

#include <string>

using namespace lockstep;
using namespace lockstep::sample;

TEST_CASE("only the serial's digits are replaced", "[zonefile][serial]") {
    const std::string text =
        "$TTL 1 ; 7\r\n@ IN SOA ns7 h7 (\n\t7 ; serial 7\n\t7 7 7 7 ) ; 7\n@ NS ns7\n; 7";
    const auto edited = with_serial(text, name("example.com."), Serial{2026112201});
    REQUIRE(edited);
    CHECK(*edited ==
          "$TTL 1 ; 7\r\n@ IN SOA ns7 h7 (\n\t2026112201 ; serial 7\n\t7 7 7 7 ) ; 7\n@ NS ns7\n; 7");
    const auto again = with_serial(*edited, name("example.com."), Serial{7});
    REQUIRE(again);
    CHECK(*again == text);
}

TEST_CASE("the same SOA at the end gets the serial too", "[zonefile][serial]") {
    const auto edited = with_serial("@ 1 SOA a b 9 2 3 4 5\n@ 1 NS a\n@ 1 SOA a b 09 2 3 4 5\n",
                                    name("example.com."), Serial{10});
    REQUIRE(edited);
    CHECK(*edited == "@ 1 SOA a b 10 2 3 4 5\n@ 1 NS a\n@ 1 SOA a b 10 2 3 4 5\n");
}

TEST_CASE("a serial that cannot be replaced is said to be so", "[zonefile][serial]") {
    const auto apex = name("example.com.");
    CHECK(with_serial("$TTL 1\n@ NS a\n", apex, Serial{1}).error().code == ErrorCode::NotFound);
    CHECK(with_serial("$TTL 1\n@ SOA \\# 22 0000 00000001 00000001 00000001 00000001 00000001\n", apex,
                      Serial{1})
              .error()
              .code == ErrorCode::Unsupported);
    CHECK(with_serial("$TTL 1\n$GENERATE 1-1 @ SOA a b 1 3 2 5 5\n", apex, Serial{1}).error().code ==
          ErrorCode::Unsupported);
    const auto broken = with_serial("$TTL 1\n@ SOA a b 1 3 2 5 5\nx FOOBAR y\n", apex, Serial{1});
    REQUIRE_FALSE(broken);
    CHECK(broken.error().code == ErrorCode::Invalid);
    CHECK(broken.error().text == "zone text:3:3: error: 'FOOBAR' is not a record type");
}

TEST_CASE("the serial is found in an included file, which is named", "[zonefile][serial]") {
    const Folder folder;
    const auto main = folder.write("main", "$TTL 1\n$INCLUDE soa\n@ NS a\n");
    folder.write("soa", "@ SOA a b 1 3 2 5 5 ; here\n");
    const auto edit = edit_serial(main, name("example.com."), Serial{42});
    REQUIRE(edit);
    CHECK(edit->file == folder.path() / "soa");
    CHECK(edit->text == "@ SOA a b 42 3 2 5 5 ; here\n");
    CHECK(edit->before == Serial{1});
    CHECK(edit_serial(folder.path() / "absent", name("example.com."), Serial{42}).error().code ==
          ErrorCode::Io);
}
