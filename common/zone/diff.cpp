#include "rdata/rdata.hpp"
#include "zone/changeset.hpp"
#include "zone/key.hpp"
#include "zone/node.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lockstep {
namespace {

class Differ {
public:
    Differ(const ZoneSnapshot& from, const ZoneSnapshot& to) : apex_octets_(to.apex().size()) {
        changes_.from = from.serial();
        changes_.to = to.serial();
        const Octets apex = to.apex().octets();
        std::copy(apex.begin(), apex.end(), owner_.end() - static_cast<std::ptrdiff_t>(apex.size()));
        append_soa(from, changes_.removed);
        append_soa(to, changes_.added);
    }

    void only_in_old(const TreeCursor& at) { compare(at, NodeView(at.value()), NodeView()); }
    void only_in_new(const TreeCursor& at) { compare(at, NodeView(), NodeView(at.value())); }
    void in_both(const TreeCursor& old_at, const TreeCursor& new_at) {
        if (equal_octets(old_at.value(), new_at.value())) return;
        compare(new_at, NodeView(old_at.value()), NodeView(new_at.value()));
    }
    ChangeSet take() { return std::move(changes_); }

private:
    static void append_soa(const ZoneSnapshot& zone, RecordList& to) {
        const RrsetView soa = zone.soa_rrset();
        to.append({zone.apex(), RrType::SOA, soa.ttl(), soa.front()});
    }

    void compare(const TreeCursor& at, NodeView before, NodeView after) {
        NameKey key;
        at.read_key(key);
        owner_octets_ = write_name(key.octets(), apex_octets_, owner_);
        auto a = before.begin();
        auto b = after.begin();
        const auto order = [](const RrsetView& x, const RrsetView& y) {
            if (x.type() != y.type()) return x.type() <=> y.type();
            return covered_type(x.type(), x.front()) <=> covered_type(y.type(), y.front());
        };
        while (a != before.end() || b != after.end()) {
            const auto which = a == before.end()  ? std::strong_ordering::greater
                               : b == after.end() ? std::strong_ordering::less
                                                  : order(*a, *b);
            if (which < 0) {
                append_all(*a++, changes_.removed);
            } else if (which > 0) {
                append_all(*b++, changes_.added);
            } else {
                compare(*a++, *b++);
            }
        }
    }

    void compare(const RrsetView& before, const RrsetView& after) {
        if (before.ttl() != after.ttl()) {
            append_all(before, changes_.removed);
            append_all(after, changes_.added);
            return;
        }
        auto a = before.begin();
        auto b = after.begin();
        while (a != before.end() || b != after.end()) {
            const auto which = a == before.end()  ? std::strong_ordering::greater
                               : b == after.end() ? std::strong_ordering::less
                                                  : canonical_rdata_order(after.type(), *a, *b);
            // Equal but for the case of a name within: a change all the same, for what is served must be what
            // was given.
            const bool replaced = which == 0 && !equal_octets(*a, *b);
            if (which < 0 || replaced) append(before, *a, changes_.removed);
            if (which > 0 || replaced) append(after, *b, changes_.added);
            if (which <= 0) ++a;
            if (which >= 0) ++b;
        }
    }

    void append_all(const RrsetView& rrset, RecordList& to) {
        for (const Octets rdata : rrset)
            append(rrset, rdata, to);
    }
    void append(const RrsetView& rrset, Octets rdata, RecordList& to) {
        const bool at_apex = owner_octets_ == apex_octets_;
        if (rrset.type() == RrType::SOA && at_apex) return;  // stands in front already
        to.append({NameView::trusted(Octets(owner_).last(owner_octets_)), rrset.type(), rrset.ttl(), rdata});
    }

    ChangeSet changes_;
    std::size_t apex_octets_;
    std::size_t owner_octets_ = 0;
    std::array<std::byte, max_name_octets> owner_;  // the name stands at its end
};

std::strong_ordering compare_places(const TreeCursor& a, const TreeCursor& b) {
    NameKey x;
    NameKey y;
    a.read_key(x);
    b.read_key(y);
    return compare_keys(x.octets(), y.octets());
}

}  // namespace

ChangeSet diff(const ZoneSnapshot& from, const ZoneSnapshot& to) {
    Differ differ(from, to);
    TreeCursor a = from.tree().begin();
    TreeCursor b = to.tree().begin();
    while (a || b) {
        if (a && b && a.shares_entry(b)) {
            TreeCursor::skip_shared(a, b);
            continue;
        }
        const auto order = !a   ? std::strong_ordering::greater
                           : !b ? std::strong_ordering::less
                                : compare_places(a, b);
        if (order < 0) {
            differ.only_in_old(a);
        } else if (order > 0) {
            differ.only_in_new(b);
        } else {
            differ.in_both(a, b);
        }
        if (order <= 0) a.next();
        if (order >= 0) b.next();
    }
    return differ.take();
}

}  // namespace lockstep
