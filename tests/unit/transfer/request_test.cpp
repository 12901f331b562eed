#include "transfer/request.hpp"

#include "script.hpp"

using namespace lockstep;
using namespace lockstep::script;

namespace {

/// An IXFR question whose authority section is up to the test.
OctetString ixfr_question(const std::vector<Rr>& records) {
    Msg message{
        .records = records, .question = asked(RrType::IXFR), .response = false, .authoritative = false};
    for (Rr& rr : message.records)
        rr.section = Section::Authority;
    return message.encode();
}
std::string verdict(const OctetString& message) {
    const auto query = read_transfer_query(message);
    return query ? "ok" : to_string(query.error());
}

}  // namespace

TEST_CASE("An IXFR question carries the SOA that is held", "[transfer][rfc1995]") {
    const auto octets = make_request(ixfr_request(42));
    const auto query = read_transfer_query(octets);
    REQUIRE(query.has_value());
    CHECK(query->type == RrType::IXFR);
    CHECK(query->zone.view() == name("example.org"));
    CHECK(query->id == asked_id);
    REQUIRE(query->held);
    CHECK(query->held->serial == Serial{42});
    CHECK(query->held->mname.view() == name("ns1.example.org"));
    const Header header = Header::read(octets);
    CHECK_FALSE(header.response);
    CHECK_FALSE(header.recursion_desired);
    CHECK(header.authority_count == 1);
    CHECK(header.additional_count == 0);
}

TEST_CASE("AXFR and SOA questions are a question and nothing else", "[transfer][rfc5936]") {
    auto request = axfr_request();
    request.held = Soa::read(sample::soa(1).rdata).value();
    CHECK(verdict(make_request(request)) == "ok");
    CHECK(make_request(request).size() == header_octets + name("example.org").octets().size() + 4);
    request.type = RrType::SOA;
    const auto view = MessageView::read(make_request(request));
    REQUIRE(view.has_value());
    CHECK(view->question->type == RrType::SOA);
    CHECK(view->header.authority_count == 0);
}

TEST_CASE("Who asks for EXPIRE sends the empty option", "[transfer][rfc7314]") {
    auto request = ixfr_request();
    request.ask_expire = AskExpire::Yes;
    const auto octets = make_request(request);
    const auto view = MessageView::read(octets);
    REQUIRE(view.has_value());
    REQUIRE(view->edns);
    const auto option = view->edns->option(EdnsOption::EXPIRE);
    REQUIRE(option.has_value());
    CHECK(option->empty());
    CHECK(verdict(octets) == "ok");
}

TEST_CASE("The longest names still fit a question", "[transfer]") {
    const std::string label(63, 'l');
    const Name longest = name(label + "." + label + "." + label + "." + label.substr(0, 61));
    TransferRequest request = ixfr_request();
    request.zone = longest;
    request.held->mname = request.held->rname = longest;
    request.ask_expire = AskExpire::Yes;
    CHECK(verdict(make_request(request)) == "ok");
}

TEST_CASE("An IXFR question without exactly one SOA of the zone is FORMERR", "[transfer][rfc1995]") {
    CHECK(verdict(ixfr_question({sample::soa(1)})) == "ok");
    CHECK(verdict(ixfr_question({})) == "FORMERR");
    CHECK(verdict(ixfr_question({sample::soa(1), sample::soa(1)})) == "FORMERR");
    CHECK(verdict(ixfr_question({sample::soa(1, "example.com")})) == "FORMERR");
    CHECK(verdict(ixfr_question({sample::ns("example.org", "ns1.example.org")})) == "FORMERR");
    Rr chaos = sample::soa(1);
    chaos.rr_class = RrClass::CH;
    CHECK(verdict(ixfr_question({chaos})) == "FORMERR");
    Rr huge = sample::soa(1);
    huge.record.rdata.resize(65'000);
    CHECK(verdict(ixfr_question({huge})) == "FORMERR");
    Rr cut = sample::soa(1);
    cut.record.rdata.pop_back();
    CHECK(verdict(ixfr_question({cut})) == "FORMERR");
}

TEST_CASE("What is no transfer question is told apart", "[transfer]") {
    CHECK(verdict({}) == "FORMERR");
    CHECK(verdict(OctetString(header_octets)) == "FORMERR");
    CHECK(verdict(Msg{.records = {}, .question = asked(RrType::AXFR)}.encode()) == "FORMERR");
    CHECK(verdict(Msg{.records = {}, .question = asked(RrType::SOA), .response = false}.encode()) ==
          "NOTIMP");
    CHECK(verdict(Msg{.records = {},
                      .question = Question{name("example.org"), RrType::AXFR, RrClass::CH},
                      .response = false}
                      .encode()) == "REFUSED");
    auto notify = make_request(axfr_request());
    notify[2] = std::byte{0x20};
    CHECK(verdict(notify) == "NOTIMP");
    auto whole = make_request(ixfr_request());
    for (std::size_t length = 0; length < whole.size(); ++length) {
        CHECK(verdict(OctetString(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length))) ==
              "FORMERR");
    }
}
