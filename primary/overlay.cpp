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
constexpr std::size_t end_octets = 8;    // milliseconds since 1970
constexpr std::size_t soa_numbers = 20;  // serial, refresh, retry, expire, minimum

/// The TTL that the file has the record with, and what is served has it with; nothing: it has none. And when
/// the record ends by itself, which only one does that the file does not have.
struct Sides {
    std::optional<Ttl> file;
    std::optional<Ttl> served;
    std::optional<WallTime> ends{};

    [[nodiscard]] bool can_end() const { return !file && served; }
};

void append_side(const std::optional<Ttl>& ttl, std::string& out) {
    out += ttl ? '1' : '0';
    OctetString octets(ttl_octets);
    store_big_endian(octets.data(), ttl ? ttl->value() : 0);
    out += as_text(octets);
}

std::string encode_sides(const Sides& sides) {
    std::string value;
    append_side(sides.file, value);
    append_side(sides.served, value);
    if (sides.ends) {
        OctetString octets(end_octets);
        store_big_endian(octets.data(), static_cast<std::uint64_t>(sides.ends->time_since_epoch().count()));
        value += as_text(octets);
    }
    return value;
}

std::optional<Sides> decode_sides(std::string_view value) {
    constexpr std::size_t side_octets = 1 + ttl_octets;
    constexpr std::size_t without_end = 2 * side_octets;
    if (value.size() != without_end && value.size() != without_end + end_octets) return std::nullopt;
    const auto side = [&](std::size_t at) -> std::optional<Ttl> {
        if (value[at] != '1') return std::nullopt;
        return Ttl{load_big_endian<std::uint32_t>(as_octets(value).data() + at + 1)};
    };
    Sides sides{side(0), side(side_octets)};
    if (value.size() > without_end && sides.can_end()) {
        const auto since = load_big_endian<std::uint64_t>(as_octets(value).data() + without_end);
        sides.ends = WallTime(milliseconds(static_cast<std::int64_t>(since)));
    }
    return sides;
}

/// RDATA with that serial, where it is an SOA's.
OctetString under_serial(RrType type, Octets rdata, Serial serial) {
    OctetString octets(rdata.begin(), rdata.end());
    if (type == RrType::SOA && octets.size() >= soa_numbers)
        store_big_endian(octets.data() + octets.size() - soa_numbers, serial.value());
    return octets;
}
OctetString without_serial(RrType type, Octets rdata) {
    return under_serial(type, rdata, Serial{});
}

std::unexpected<Error> damaged_mark() {
    return fail(ErrorCode::Corrupt, "a mark of an update cannot be read");
}

/// The record that a key stands for. A view of the key.
struct Marked {
    NameView owner;
    RrType type = RrType::None;
    Octets rdata;
    Sides sides;
};

Result<Marked> read_mark(const Mark& mark) {
    DNS_TRY_ASSIGN(const RecordView record, record_of_mark(mark.key));
    const auto sides = decode_sides(mark.value);
    if (!sides) return damaged_mark();
    return Marked{record.owner, record.type, record.rdata, *sides};
}

/// What each changed record was and is, by key.
std::map<std::string, Sides> sides_of(const ChangeSet& changes) {
    std::map<std::string, Sides> sides;
    for (const RecordView record : changes.removed)
        sides[mark_key(record)].file = record.ttl;
    for (const RecordView record : changes.added)
        sides[mark_key(record)].served = record.ttl;
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
        return under_serial(marked.type, marked.rdata, file_->serial());
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

std::string mark_key(const RecordView& record) {
    OctetString octets;
    append_octets(octets, Name(record.owner).folded().octets());
    append_big_endian(octets, static_cast<std::uint16_t>(record.type));
    append_octets(octets, without_serial(record.type, record.rdata));
    return std::string(as_text(octets));
}

Result<RecordView> record_of_mark(std::string_view key) {
    const Octets octets = as_octets(key);
    const auto owner = NameView::read(octets);
    if (!owner || octets.size() < owner->size() + 2) return damaged_mark();
    const RecordView record{*owner, RrType{load_big_endian<std::uint16_t>(octets.data() + owner->size())},
                            Ttl{}, octets.subspan(owner->size() + 2)};
    if (!check_rdata(record.type, record.rdata)) return damaged_mark();
    return record;
}

std::optional<WallTime> end_of_mark(std::string_view value) {
    const auto sides = decode_sides(value);
    return sides ? sides->ends : std::nullopt;
}

std::vector<MarkChange> marks_of_update(const ChangeSet& changes, const RecordEnds& ends,
                                        const FindMark& find) {
    std::vector<MarkChange> marks;
    const auto keep = [&](const std::string& key, Sides sides, const std::optional<std::string>& known) {
        if (const auto end = ends.find(key); end != ends.end()) sides.ends = end->second;
        if (!sides.can_end()) sides.ends.reset();
        auto value = sides.file == sides.served ? std::nullopt : std::optional(encode_sides(sides));
        if (value != known) marks.push_back({key, std::move(value)});
    };
    const auto changed = sides_of(changes);
    for (auto [key, sides] : changed) {
        const auto known = find(key);
        if (const auto before = known ? decode_sides(*known) : std::nullopt) {
            sides.file = before->file;
            sides.ends = before->ends;
        }
        keep(key, sides, known);
    }
    for (const auto& [key, end] : ends) {
        if (changed.contains(key)) continue;
        const auto known = find(key);
        if (const auto sides = known ? decode_sides(*known) : std::nullopt) keep(key, *sides, known);
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
            if (now->second.can_end()) now->second.ends = end_of_mark(mark.value);
            auto value = encode_sides(now->second);
            if (value != mark.value) overlaid.marks.push_back({mark.key, std::move(value)});
            sides.erase(now);
        }
    }
    for (const auto& [key, differing] : sides)
        overlaid.marks.push_back({key, encode_sides(differing)});
    return overlaid;
}

}  // namespace lockstep
