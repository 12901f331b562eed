// Which records a rule lets its key change. RFC 3007 §3.1, CVE-2020-8624.

#include "update_fixture.hpp"

using namespace lockstep;
using namespace lockstep::test;

using M = UpdateBuilder;

namespace {

NamePattern exactly(std::string_view text) {
    return {NamePattern::Kind::Exactly, name(text)};
}
NamePattern below(std::string_view text) {
    return {NamePattern::Kind::Below, name(text)};
}
const NamePattern challenge{NamePattern::Kind::FirstLabel, name("_acme-challenge.")};

UpdateRule rule(std::vector<NamePattern> names, std::vector<RrType> types = {}) {
    UpdateRule made;
    made.names = std::move(names);
    made.types = std::move(types);
    return made;
}

}  // namespace

TEST_CASE_METHOD(UpdateScene, "A key may change the names and types of its rule, and no others",
                 "[update][acl]") {
    rules = {rule({challenge}, {RrType::TXT})};
    CHECK(send(M().add("_acme-challenge 60 TXT 1")) == "NOERROR");
    CHECK(send(M().add("_ACME-challenge.www 60 TXT 1")) == "NOERROR");
    CHECK(send(M().add("www 60 TXT 1")) == "REFUSED");
    CHECK(send(M().add("x._acme-challenge 60 TXT 1")) == "REFUSED");
    CHECK(send(M().add("_acme-challenge 60 A 192.0.2.1")) == "REFUSED");
    CHECK(send(M().remove_rrset("www", RrType::TXT)) == "REFUSED");
    CHECK(send(M().remove("www 0 TXT \"here\"")) == "REFUSED");
    CHECK(
        outcome.text ==
        "deleting www.example.com. TXT: update rule 1 (192.0.2.0/24) nearly matches: its names or types are others");
    CHECK(outcome.error->text == "a name or type that this key may not update");
    CHECK(at("www").size() == 3);
}

TEST_CASE_METHOD(UpdateScene, "A subtree is what is below it, not what ends alike", "[update][acl]") {
    rules = {rule({below("sub.example.com.")}), rule({exactly("one.example.com.")})};
    CHECK(send(M().add("a.sub 60 A 192.0.2.1\nb.a.sub 60 A 192.0.2.1\none 60 A 192.0.2.1")) == "NOERROR");
    CHECK(send(M().add("sub 60 A 192.0.2.1")) == "REFUSED");
    CHECK(send(M().add("asub 60 A 192.0.2.1")) == "REFUSED");
    CHECK(send(M().add("a.one 60 A 192.0.2.1")) == "REFUSED");
}

TEST_CASE_METHOD(UpdateScene, "One record that is not allowed refuses the whole message", "[update][acl]") {
    rules = {rule({challenge}, {RrType::TXT})};
    CHECK(send(M().add("_acme-challenge 60 TXT 1").add("www 60 TXT 2").add("_acme-challenge 60 TXT 3")) ==
          "REFUSED");
    CHECK_FALSE(changes);
}

TEST_CASE_METHOD(UpdateScene, "All of a name may go where all of its types may", "[update][acl]") {
    rules = {rule({exactly("www.example.com.")}, {RrType::TXT})};
    CHECK(send(M().remove_name("www")) == "REFUSED");
    rules = {rule({exactly("www.example.com.")}, {RrType::TXT}),
             rule({exactly("www.example.com.")}, {RrType::A})};
    CHECK(send(M().remove_name("www")) == "NOERROR");
    CHECK(at("www").empty());
    CHECK(send(M().remove_name("www")) == "NOERROR");
    CHECK(send(M().remove_name("ns1")) == "REFUSED");
}

TEST_CASE_METHOD(UpdateScene, "A rule bounds the TTL and the count of records", "[update][acl]") {
    rules = {rule({challenge}, {RrType::TXT})};
    rules[0].max_records = 2;
    rules[0].max_ttl = 120;
    CHECK(send(M().add("_acme-challenge 121 TXT 1")) == "REFUSED");
    CHECK(outcome.error->text == "a TTL above what this key may set");
    CHECK(send(M().add("_acme-challenge 120 TXT 1\n_acme-challenge 120 TXT 2")) == "NOERROR");
    CHECK(send(M().add("_acme-challenge 60 TXT 3")) == "REFUSED");
    CHECK(outcome.error->text == "more records of one name and type than this key may make");
    CHECK(send(M().add("_acme-challenge 60 TXT 2")) == "NOERROR");
    CHECK(send(M().remove("_acme-challenge 0 TXT 1").add("_acme-challenge 60 TXT 3")) == "NOERROR");
    CHECK(send(M().remove_rrset("_acme-challenge", RrType::TXT)
                   .add("_acme-challenge 60 TXT 4\n_acme-challenge 60 TXT 5")) == "NOERROR");
    CHECK(send(M().remove_rrset("_acme-challenge", RrType::TXT)
                   .add("_acme-challenge 60 TXT 6\n_acme-challenge 60 TXT 7\n_acme-challenge 60 TXT 8")) ==
          "REFUSED");
}

TEST_CASE_METHOD(UpdateScene, "What one rule denies by its bounds another may allow", "[update][acl]") {
    rules = {rule({challenge}, {RrType::TXT}), rule({exactly("_acme-challenge.example.com.")})};
    rules[0].max_ttl = 60;
    CHECK(send(M().add("_acme-challenge 3600 TXT 1")) == "NOERROR");
    CHECK(send(M().add("_acme-challenge.www 3600 TXT 1")) == "REFUSED");
}

TEST_CASE_METHOD(UpdateScene, "Prerequisites come before rights, as RFC 2136 has it", "[update][rfc2136]") {
    rules = {rule({challenge}, {RrType::TXT})};
    CHECK(send(M().is_free("www").add("www 60 TXT 1")) == "YXDOMAIN");
}
