// Any octets as UPDATE messages on one zone: each message, its length in front, is carried out on what the
// ones before left. What comes of them must be a zone that could be served and transferred, the changes must
// lead to it, and the marks must bring it back from the file.
#include "primary/update.hpp"

#include "../support/zone_text.hpp"
#include "primary/overlay.hpp"
#include "wire/message.hpp"
#include "zone/checks.hpp"

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

using namespace lockstep;

namespace {

constexpr std::string_view text = R"(
@            300  SOA   ns1 host 7 3600 600 86400 300
@            300  NS    ns1
@            300  NS    ns2
@            60   MX    10 m
ns1          60   A     192.0.2.1
ns2          60   AAAA  2001:db8::1
a            60   A     192.0.2.1
a            60   A     192.0.2.2
a            60   TXT   "text"
c            60   CNAME a
d            60   DNAME n.n
*.w          60   TXT   "wild"
s            60   NS    ns.s
s            60   DS    1 8 1 ABABABABABABABABABABABABABABABABABABABAB
ns.s         60   A     192.0.2.3
w.k          60   WKS   192.0.2.1 6 25 80
)";
constexpr WallTime now{seconds{1'795'348'800}};

void require(bool holds) {
    if (!holds) std::abort();
}

/// A rule without bounds, or one with all of them.
std::shared_ptr<const ZoneAccess> access(bool bounded) {
    UpdateRule rule;
    if (bounded) {
        rule.names = {{NamePattern::Kind::Below, test::name("w.")},
                      {NamePattern::Kind::FirstLabel, test::name("a.")},
                      {NamePattern::Kind::Exactly, test::name("c.")}};
        rule.types = {RrType::A, RrType::TXT, RrType::CNAME};
        rule.max_records = 2;
        rule.max_ttl = 300;
        rule.lifetime = seconds{60};
    }
    auto made = std::make_shared<ZoneAccess>();
    made->update.push_back({{*Prefix::parse("0.0.0.0/0"), nullptr, "rule"}, rule});
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const ZonePtr file = test::zone(".", text);
    static const auto open = access(false);
    static const auto bounded = access(true);
    ByteCursor octets(std::as_bytes(std::span(data, size)));
    ZonePtr zone = file;
    std::map<std::string, std::string> marks;
    for (int message = 0; message < 8; ++message) {
        const auto length = octets.read<std::uint16_t>();
        const auto taken =
            length ? octets.take(std::min<std::size_t>(*length & 0x7fff, octets.remaining())) : std::nullopt;
        if (!taken || taken->size() < header_octets) break;
        // What the answering side lets through: a whole message with one question.
        const auto view = MessageView::read(*taken);
        if (!view || !view->question || view->header.question_count != 1) continue;
        ZoneUpdater updater(zone, now);
        const auto outcome =
            updater.carry_out({.message = OctetString(taken->begin(), taken->end()),
                               .zone = Name(),
                               .client = {{*IpAddress::parse("192.0.2.7"), 53}, Transport::Udp},
                               .key = nullptr,
                               .access = (*length & 0x8000) != 0 ? bounded : open});
        const auto ends = updater.ends();
        auto updated = std::move(updater).finish();
        require(updated.has_value());
        const auto known = [&](std::string_view key) {
            const auto at = marks.find(std::string(key));
            return at == marks.end() ? std::nullopt : std::optional(at->second);
        };
        const auto changes = marks_of_update(*updated ? *(*updated)->changes : ChangeSet{}, ends, known);
        for (const auto& [key, value] : changes) {
            if (value) {
                marks[key] = *value;
            } else {
                marks.erase(key);
            }
        }
        if (!*updated) continue;
        require(outcome.rcode == Rcode::NOERROR);
        require(is_newer((*updated)->zone->serial(), zone->serial()));
        require(check_transferred((*updated)->zone ? *(*updated)->zone : *zone).empty());
        const auto applied = apply_changes(zone, *(*updated)->changes);
        require(applied.has_value() && (*applied)->record_count() == (*updated)->zone->record_count());
        zone = (*updated)->zone;
    }
    std::vector<Mark> all;
    for (const auto& [key, value] : marks)
        all.push_back({key, value});
    const auto overlaid = overlay(file, all);
    require(overlaid.has_value());
    // The serial is no mark's.
    const auto left = diff(*zone, *overlaid->zone);
    require(left.removed.size() == 1 && left.added.size() == 1);
    require(overlaid->marks.empty());
    ZoneUpdater updater(zone, now);
    for (const auto& [key, value] : marks) {
        if (end_of_mark(value)) updater.end(*record_of_mark(key));
    }
    const auto ends = updater.ends();
    const auto ended = std::move(updater).finish();
    require(ended.has_value());
    // What ends leaves no mark, or one that ends no more.
    const auto last =
        marks_of_update(*ended ? *(*ended)->changes : ChangeSet{}, ends,
                        [&](std::string_view key) { return std::optional(marks.at(std::string(key))); });
    require(last.size() == ends.size());
    for (const auto& change : last)
        require(!change.value || !end_of_mark(*change.value));
    return 0;
}
