#include "primary/overlay.hpp"

#include "rdata/rdata.hpp"
#include "wire/record.hpp"
#include "zone/builder.hpp"
#include "zone/checks.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace lockstep {
namespace {

constexpr std::size_t ttl_octets = 4;
constexpr std::size_t soa_numbers = 20;  // serial, refresh, retry, expire, minimum

/// The TTL that the file has the record with, and what is served has it with; nothing: it has none.
struct Sides {
    std::optional<Ttl> file;
    std::optional<Ttl> served;
};

void append_side(const std::optional<Ttl>& ttl, std::string& out) {
    out += ttl ? '1' : '0';
    OctetString octets(ttl_octets);
    store_big_endian(octets.data(), ttl ? ttl->value() : 0);
    out += as_text(octets);
}

std::string encode(const Sides& sides) {
    std::string value;
    append_side(sides.file, value);
    append_side(sides.served, value);
    return value;
}

std::optional<Sides> decode_sides(std::string_view value) {
    constexpr std::size_t side_octets = 1 + ttl_octets;
    if (value.size() != 2 * side_octets) return std::nullopt;
    const auto side = [&](std::size_t at) -> std::optional<Ttl> {
        if (value[at] != '1') return std::nullopt;
        return Ttl{load_big_endian<std::uint32_t>(as_octets(value).data() + at + 1)};
    };
    return Sides{side(0), side(side_octets)};
}

/// RDATA with that serial, where it is an SOA's.
OctetString with_serial(RrType type, Octets rdata, Serial serial) {
    OctetString octets(rdata.begin(), rdata.end());
    if (type == RrType::SOA && octets.size() >= soa_numbers)
        store_big_endian(octets.data() + octets.size() - soa_numbers, serial.value());
    return octets;
}
OctetString without_serial(RrType type, Octets rdata) {
    return with_serial(type, rdata, Serial{});
}

/// Owner, type, RDATA.
std::string key_of(const RecordView& record) {
    OctetString octets;
    append_octets(octets, Name(record.owner).folded().octets());
    append_big_endian(octets, static_cast<std::uint16_t>(record.type));
    append_octets(octets, without_serial(record.type, record.rdata));
    return std::string(as_text(octets));
}

/// The record that a key stands for. A view of the key.
struct Marked {
    NameView owner;
    RrType type = RrType::None;
    Octets rdata;
    Sides sides;
};

Result<Marked> read_mark(const Mark& mark) {
    const auto damaged = [] { return fail(ErrorCode::Corrupt, "a mark of an update cannot be read"); };
    const Octets key = as_octets(mark.key);
    const auto owner = NameView::read(key);
    const auto sides = decode_sides(mark.value);
    if (!owner || !sides || key.size() < owner->size() + 2) return damaged();
    Marked marked;
    marked.owner = *owner;
    marked.type = RrType{load_big_endian<std::uint16_t>(key.data() + owner->size())};
    marked.rdata = key.subspan(owner->size() + 2);
    marked.sides = *sides;
    if (!check_rdata(marked.type, marked.rdata)) return damaged();
    return marked;
}

/// What each changed record was and is, by key.
std::map<std::string, Sides> sides_of(const ChangeSet& changes) {
    std::map<std::string, Sides> sides;
    for (const RecordView record : changes.removed)
        sides[key_of(record)].file = record.ttl;
    for (const RecordView record : changes.added)
        sides[key_of(record)].served = record.ttl;
    std::erase_if(sides, [](const auto& entry) { return entry.second.file == entry.second.served; });
    return sides;
}

/// The TTL of a record as `zone` has it.
std::optional<Ttl> ttl_in(const ZoneSnapshot& zone, const Marked& marked) {
    const auto node = zone.find(marked.owner);
    if (!node) return std::nullopt;
    for (const RrsetView rrset : *node) {
        if (rrset.type() != marked.type) continue;
        for (const Octets rdata : rrset) {
            if (marked.type == RrType::SOA ? equal_octets(without_serial(marked.type, rdata), marked.rdata)
                                           : equal_octets(rdata, marked.rdata))
                return rrset.ttl();
        }
    }
    return std::nullopt;
}

/// Puts the updates that still hold onto the file's version.
class Overlayer {
public:
    explicit Overlayer(const ZonePtr& file) : file_(file), builder_(file) {}

    void remove(const Marked& marked) {
        const auto rdata = real_rdata(marked);
        builder_.remove({marked.owner, marked.type, *marked.sides.file, rdata});
    }
    void set_ttl(const Marked& marked) { builder_.set_ttl(marked.owner, marked.type, *marked.sides.served); }
    void add(const Marked& marked) {
        const auto rdata = real_rdata(marked);
        Ttl ttl = *marked.sides.served;
        if (const auto node = builder_.find(marked.owner)) {
            const auto rrset = node->find(marked.type);
            if (!can_stand_beside(marked.type, *node) || (rrset && is_singleton(marked.type))) {
                notes_ += fmt::format("{}: the file leaves no room for what an update had put there: {}\n",
                                      marked.owner.to_string(), to_string(marked.type));
                return;
            }
            if (rrset) ttl = rrset->ttl();  // the RRset's, which may have been changed in the file
        }
        builder_.add({marked.owner, marked.type, ttl, rdata});
    }

    Result<Overlaid> finish() {
        keep_name_servers();
        DNS_TRY_ASSIGN(auto zone, std::move(builder_).finish());
        return Overlaid{std::move(zone), {}, std::move(notes_)};
    }

private:
    /// With the serial of the version.
    [[nodiscard]] OctetString real_rdata(const Marked& marked) const {
        return with_serial(marked.type, marked.rdata, file_->serial());
    }

    /// Where the file's last name servers are those that an update removed.
    void keep_name_servers() {
        const auto apex = builder_.find(file_->apex());
        const auto servers = file_->apex_node().find(RrType::NS);
        if ((apex && apex->has(RrType::NS)) || !servers) return;
        for (const Octets rdata : *servers)
            builder_.add({file_->apex(), RrType::NS, servers->ttl(), rdata});
        notes_ += fmt::format(
            "{}: NS records that an update had removed are served again, as the file has no others\n",
            file_->apex().to_string());
    }

    const ZonePtr& file_;
    ZoneBuilder builder_;
    std::string notes_;
};

}  // namespace

std::vector<MarkChange> marks_of_update(const ChangeSet& changes, const FindMark& find) {
    std::vector<MarkChange> marks;
    for (auto& [key, sides] : sides_of(changes)) {
        const auto known = find(key);
        const auto before = known ? decode_sides(*known) : std::nullopt;
        if (before) sides.file = before->file;
        if (sides.file != sides.served) {
            marks.push_back({key, encode(sides)});
        } else if (known) {
            marks.push_back({key, std::nullopt});
        }
    }
    return marks;
}

Result<Overlaid> overlay(const ZonePtr& file, const std::vector<Mark>& marks) {
    if (marks.empty()) return Overlaid{file, {}, {}};
    std::vector<Marked> holding;
    for (const Mark& mark : marks) {
        DNS_TRY_ASSIGN(const Marked marked, read_mark(mark));
        if (ttl_in(*file, marked) == marked.sides.file) holding.push_back(marked);
    }
    Overlayer overlayer(file);
    for (const Marked& marked : holding) {
        if (!marked.sides.served) overlayer.remove(marked);
    }
    for (const Marked& marked : holding) {
        if (marked.sides.file && marked.sides.served) overlayer.set_ttl(marked);
    }
    for (const Marked& marked : holding) {
        if (!marked.sides.file && marked.sides.served) overlayer.add(marked);
    }
    DNS_TRY_ASSIGN(Overlaid overlaid, overlayer.finish());
    auto sides = sides_of(diff(*file, *overlaid.zone));
    for (const Mark& mark : marks) {
        const auto now = sides.find(mark.key);
        if (now == sides.end()) {
            overlaid.marks.push_back({mark.key, std::nullopt});
        } else {
            auto value = encode(now->second);
            if (value != mark.value) overlaid.marks.push_back({mark.key, std::move(value)});
            sides.erase(now);
        }
    }
    for (const auto& [key, differing] : sides)
        overlaid.marks.push_back({key, encode(differing)});
    return overlaid;
}

}  // namespace lockstep
