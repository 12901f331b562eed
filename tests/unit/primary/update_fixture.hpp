#pragma once
// UPDATE messages from text, and what a zone becomes by them.

#include "primary/update.hpp"
#include "rdata/rdata.hpp"
#include "support/catch.hpp"
#include "support/zone_text.hpp"
#include "wire/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::test {

using Lines = std::vector<std::string>;
constexpr WallTime update_time{seconds{1'795'348'800}};  // 2026-11-22 12:00

constexpr std::string_view update_zone =
    "@   300 SOA ns1 host 7 3600 600 604800 300\n"
    "@   300 NS ns1\n"
    "@   300 NS ns2\n"
    "ns1 300 A 192.0.2.1\n"
    "www 300 A 192.0.2.2\n"
    "www 300 A 192.0.2.3\n"
    "www 300 TXT \"here\"\n"
    "al  300 CNAME www\n";

/// A message for example.com., record by record. Owners are relative to it.
class UpdateBuilder {
public:
    UpdateBuilder() {
        writer_.start(octets_, octets_.size());
        (void)writer_.question(name("example.com."), RrType::SOA, RrClass::IN);
    }
    // Prerequisites (RFC 2136 §2.4).
    UpdateBuilder& is_in_use(std::string_view owner) {
        return bare(Section::Answer, owner, RrType::ANY, RrClass::ANY);
    }
    UpdateBuilder& is_free(std::string_view owner) {
        return bare(Section::Answer, owner, RrType::ANY, RrClass::NONE);
    }
    UpdateBuilder& has(std::string_view owner, RrType type) {
        return bare(Section::Answer, owner, type, RrClass::ANY);
    }
    UpdateBuilder& lacks(std::string_view owner, RrType type) {
        return bare(Section::Answer, owner, type, RrClass::NONE);
    }
    /// `OWNER 0 TYPE RDATA` lines: one or more whole RRsets.
    UpdateBuilder& has_just(std::string_view text) { return records(Section::Answer, RrClass::IN, text); }
    // Updates (§2.5).
    UpdateBuilder& add(std::string_view text) { return records(Section::Authority, RrClass::IN, text); }
    UpdateBuilder& remove(std::string_view text) { return records(Section::Authority, RrClass::NONE, text); }
    UpdateBuilder& remove_rrset(std::string_view owner, RrType type) {
        return bare(Section::Authority, owner, type, RrClass::ANY);
    }
    UpdateBuilder& remove_name(std::string_view owner) { return remove_rrset(owner, RrType::ANY); }
    /// A record as it should not be.
    UpdateBuilder& raw(Section section, std::string_view owner, RrType type, RrClass rr_class,
                       std::uint32_t ttl, std::string_view rdata) {
        const Name origin = name("example.com.");
        REQUIRE(writer_.record(section, *Name::parse(owner, &origin), type, rr_class, ttl, as_octets(rdata)));
        return *this;
    }

    [[nodiscard]] OctetString octets() {
        const std::size_t size = writer_.finish({.id = MessageId{1}, .opcode = Opcode::Update});
        // The writer's: a copy of this has its octets elsewhere, in a temporary that is alive as long as it.
        const auto written = writer_.buffer().first(size);
        return {written.begin(), written.end()};
    }

private:
    UpdateBuilder& bare(Section section, std::string_view owner, RrType type, RrClass rr_class) {
        return raw(section, owner, type, rr_class, 0, "");
    }
    UpdateBuilder& records(Section section, RrClass rr_class, std::string_view text) {
        for (const RecordView record : test::records("example.com.", text)) {
            REQUIRE(writer_.record(section, record.owner, record.type, rr_class, record.ttl.value(),
                                   record.rdata));
        }
        return *this;
    }

    OctetString octets_ = OctetString(65535);
    MessageWriter writer_;
};

/// A zone and rules, and what updates make of it.
struct UpdateScene {
    ZonePtr zone = test::zone("example.com.", update_zone);
    std::vector<UpdateRule> rules{UpdateRule{}};
    UpdateOutcome outcome;  // of the last message
    std::shared_ptr<const ChangeSet> changes;
    RecordEnds ends;
    WallTime now = update_time;

    [[nodiscard]] UpdateRequest request(UpdateBuilder& message) const {
        auto access = std::make_shared<ZoneAccess>();
        for (const auto& rule : rules)
            access->update.push_back({{*Prefix::parse("192.0.2.0/24"), nullptr,
                                       fmt::format("update rule {}", access->update.size() + 1)},
                                      rule});
        return {.message = message.octets(),
                .zone = name("example.com."),
                .client = {{*IpAddress::parse("192.0.2.7"), 1}, Transport::Udp},
                .key = nullptr,
                .access = access};
    }
    /// The RCODE; `zone` is the new version, `changes` what led there, null where nothing did.
    std::string send(UpdateBuilder message) {
        ZoneUpdater updater(zone, now);
        outcome = updater.carry_out(request(message));
        finish(std::move(updater));
        return to_string(outcome.rcode);
    }
    void finish(ZoneUpdater updater) {
        ends = updater.ends();
        auto updated = std::move(updater).finish();
        REQUIRE(updated);
        changes = *updated ? (*updated)->changes : nullptr;
        if (*updated) zone = (*updated)->zone;
    }
    /// The records of `owner`, without its SOA: `TTL TYPE RDATA`.
    [[nodiscard]] Lines at(std::string_view owner) const {
        const Name origin = name("example.com.");
        Lines lines;
        const auto node = zone->find(*Name::parse(owner, &origin));
        if (!node) return lines;
        for (const RrsetView rrset : *node) {
            if (rrset.type() == RrType::SOA) continue;
            for (const Octets rdata : rrset)
                lines.push_back(fmt::format("{} {} {}", rrset.ttl().value(), to_string(rrset.type()),
                                            rdata_text(rrset.type(), rdata)));
        }
        return lines;
    }
    [[nodiscard]] std::uint32_t serial() const { return zone->serial().value(); }
};

}  // namespace lockstep::test
