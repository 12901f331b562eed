#include "zone/snapshot.hpp"

#include "zone/key.hpp"

#include <algorithm>

namespace lockstep {

ZoneSnapshot::ZoneSnapshot(NameView apex, ZoneTree tree, ZoneTree hashes, const Counts& counts,
                           NodeView apex_node, RrsetView soa_rrset, const Soa& soa)
    : apex_(apex),
      apex_labels_(static_cast<std::uint8_t>(apex.label_count())),
      has_apex_dname_(apex_node.has(RrType::DNAME)),
      tree_(std::move(tree)),
      hashes_(std::move(hashes)),
      counts_(counts),
      apex_node_(apex_node),
      soa_rrset_(soa_rrset),
      soa_(soa) {
    if (!hashes_.empty()) nsec3_ = nsec3_params(apex_node_);
}

std::optional<NodeView> ZoneSnapshot::find(NameView name) const {
    if (!name.is_within(apex_)) return std::nullopt;
    const auto value = tree_.find(NameKey(name, apex_.octets().size()).octets());
    if (!value) return std::nullopt;
    return NodeView(*value);
}

Located ZoneSnapshot::locate(const LabelledName& name) const {
    const NameKey key(name, apex_.octets().size());
    bool exact = false;
    TreeCursor at = tree_.at_or_before(key.octets(), exact);
    if (exact) return {NodeView(at.value()), true, name.label_count()};
    // The names next to it in order share the longest run of labels with it that any name does: the closest
    // encloser is there. It exists itself, without records, if the next name is below it.
    NameKey neighbour;
    std::size_t labels = 0;
    bool exists = false;
    if (at) {
        at.read_key(neighbour);
        labels = whole_labels(key.octets(), common_prefix(key.octets(), neighbour.octets()));
        at.next();
    } else {
        at = tree_.begin();
    }
    if (at) {
        at.read_key(neighbour);
        const std::size_t common = common_prefix(key.octets(), neighbour.octets());
        labels = std::max(labels, whole_labels(key.octets(), common));
        exists = common == key.size();
    }
    return {std::nullopt, exists, apex_labels_ + labels};
}

std::optional<NodeView> ZoneCursor::find(NameView name) const {
    const auto value = at_.find(NameKey(name, apex_octets_).octets());
    if (!value) return std::nullopt;
    return NodeView(*value);
}

ZoneCursor ZoneSnapshot::begin() const {
    return {tree_.begin(), apex_};
}

ZoneCursor ZoneSnapshot::at_or_after(NameView name) const {
    return {tree_.at_or_after(NameKey(name, apex_.octets().size()).octets()), apex_};
}

ZoneCursor ZoneSnapshot::at_or_before(NameView name) const {
    bool exact = false;
    return {tree_.at_or_before(NameKey(name, apex_.octets().size()).octets(), exact), apex_};
}

Nsec3Place ZoneSnapshot::nsec3_at_or_before(const Nsec3Hash& hash) const {
    Nsec3Place place;
    auto at = hashes_.at_or_before(hash, place.matches);
    if (!at) at = hashes_.last();
    NameKey key;
    at.read_key(key);
    Nsec3Hash found;
    std::copy_n(key.octets().begin(), found.size(), found.begin());
    // It was the label of an owner, so the name is not too long, and the node is there.
    place.owner = Name::prepend(nsec3_label(found), apex_).value();
    place.node = find(place.owner).value();
    return place;
}

ZoneCursor::ZoneCursor(const TreeCursor& at, NameView apex)
    : at_(at), apex_octets_(static_cast<std::uint8_t>(apex.size())) {
    std::copy(apex.octets().begin(), apex.octets().end(), owner_.end() - apex_octets_);
}

void ZoneCursor::next() {
    at_.next();
    owner_octets_ = 0;
}

void ZoneCursor::previous() {
    at_.previous();
    owner_octets_ = 0;
}

void ZoneCursor::read_owner() const {
    NameKey key;
    at_.read_key(key);
    owner_octets_ = static_cast<std::uint8_t>(write_name(key.octets(), apex_octets_, owner_));
}

}  // namespace lockstep
