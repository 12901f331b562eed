#include "zone/builder.hpp"

#include "wire/stored_name.hpp"
#include "zone/hash_index.hpp"
#include "zone/key.hpp"
#include "zone/node.hpp"
#include "zone/record_pile.hpp"
#include "zone/tree_writer.hpp"

#include <cassert>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {

class ZoneBuilder::State {
public:
    explicit State(const Name& apex) : apex_(apex.folded()), pile_(std::make_unique<RecordPile>()) {}
    State(NameView apex, ZoneTree tree, HashIndex hashes, const ZoneSnapshot::Counts& counts)
        : apex_(apex), tree_(std::move(tree)), hashes_(std::move(hashes)), counts_(counts) {}

    Added add(const RecordView& record);
    void add_all(State& other);
    bool append(Octets key, Octets node);
    bool remove(const RecordView& record);
    bool remove_rrset(NameView owner, RrType type);
    void set_ttl(NameView owner, RrType type, Ttl ttl);
    std::optional<NodeView> find(NameView owner);
    bool ttls_differ();
    Result<ZonePtr> finish();

private:
    [[nodiscard]] NameKey key_of(NameView owner) const { return {owner, apex_.octets().size()}; }
    void write_tree();
    /// Puts in the place of `owner`'s node, if it has one, what `change` makes of it in node_; whether it
    /// did.
    template <class Change>
    bool change_node(NameView owner, const Change& change);
    /// Accounts for a node that comes (`sign` 1) or goes (-1).
    void count(Octets key, NodeView node, std::size_t owner_octets, int sign);
    void set_node(Octets key, std::optional<Octets> before, std::size_t owner_octets);
    [[nodiscard]] Error error(ErrorCode code, const std::string& text) const {
        return Error{code, text}.in("zone " + apex_.to_string());
    }

    Name apex_;
    std::unique_ptr<RecordPile> pile_;  // until the first change that needs a tree
    Name last_owner_;                   // of what was added to it
    /// What was appended, likewise.
    struct Appended {
        TreeWriter writer;
        NameKey last_key;
    };
    std::unique_ptr<Appended> appended_;
    ZoneTree tree_;
    HashIndex hashes_;
    ZoneSnapshot::Counts counts_;
    OctetString node_;  // the one being made
    std::optional<StoredName> overfull_;
    bool ttls_differ_ = false;
};

ZoneBuilder::ZoneBuilder(const Name& apex) : state_(std::make_unique<State>(apex)) {}
ZoneBuilder::ZoneBuilder(ZonePtr base)
    : state_(std::make_unique<State>(base->apex_, base->tree_,
                                     HashIndex(base->hashes_, nsec3_params(base->apex_node_)),
                                     base->counts_)) {}
ZoneBuilder::ZoneBuilder(ZoneBuilder&&) noexcept = default;
ZoneBuilder& ZoneBuilder::operator=(ZoneBuilder&&) noexcept = default;
ZoneBuilder::~ZoneBuilder() = default;

ZoneBuilder::Added ZoneBuilder::add(const RecordView& record) {
    return state_->add(record);
}
void ZoneBuilder::add_all(ZoneBuilder other) {
    state_->add_all(*other.state_);
}
bool ZoneBuilder::append(Octets key, Octets node) {
    return state_->append(key, node);
}
bool ZoneBuilder::remove(const RecordView& record) {
    return state_->remove(record);
}
bool ZoneBuilder::remove_rrset(NameView owner, RrType type) {
    return state_->remove_rrset(owner, type);
}
void ZoneBuilder::set_ttl(NameView owner, RrType type, Ttl ttl) {
    state_->set_ttl(owner, type, ttl);
}
std::optional<NodeView> ZoneBuilder::find(NameView owner) {
    return state_->find(owner);
}
bool ZoneBuilder::ttls_differ() {
    return state_->ttls_differ();
}
Result<ZonePtr> ZoneBuilder::finish() && {
    return std::exchange(state_, nullptr)->finish();
}

ZoneBuilder::Added ZoneBuilder::State::add(const RecordView& record) {
    const NodeRecord added{record.type, record.ttl, record.rdata};
    // In bulk the records of one owner mostly follow each other.
    if (pile_ && !pile_->empty() && identical(record.owner, last_owner_)) {
        pile_->add_to_last(added);
        return Added::Yes;
    }
    if (!record.owner.is_within(apex_)) return Added::OutOfZone;
    const NameKey key = key_of(record.owner);
    if (pile_) {
        pile_->add(key.octets(), added);
        last_owner_ = Name(record.owner);
        return Added::Yes;
    }
    write_tree();
    const auto before = tree_.find(key.octets());
    const NodeChange change = add_record(before.value_or(Octets{}), added, node_);
    if (change == NodeChange::TooMany) {
        overfull_ = record.owner;
        return Added::Yes;
    }
    // A duplicate may still have lowered the RRset's TTL.
    if (change == NodeChange::Done || !equal_octets(*before, node_)) {
        set_node(key.octets(), before, record.owner.size());
    }
    return change == NodeChange::Done ? Added::Yes : Added::Duplicate;
}

void ZoneBuilder::State::add_all(State& other) {
    assert(pile_ && other.pile_);
    if (!other.pile_->empty()) last_owner_ = other.last_owner_;
    pile_->take_over(*other.pile_);
}

bool ZoneBuilder::State::append(Octets key, Octets node) {
    if (!is_sound_key(key, apex_.octets().size()) || !is_sound_node(node)) return false;
    if (appended_ ? compare_keys(appended_->last_key.octets(), key) >= 0 : !pile_ || !pile_->empty())
        return false;
    if (!appended_) appended_ = std::make_unique<Appended>();
    pile_.reset();
    count(key, NodeView(node), name_octets(key, apex_.octets().size()), 1);
    appended_->writer.append(key, node);
    appended_->last_key.assign(key);
    return true;
}

template <class Change>
bool ZoneBuilder::State::change_node(NameView owner, const Change& change) {
    if (!owner.is_within(apex_)) return false;
    write_tree();
    const NameKey key = key_of(owner);
    const auto before = tree_.find(key.octets());
    if (!before || change(*before) != NodeChange::Done) return false;
    set_node(key.octets(), before, owner.size());
    return true;
}

bool ZoneBuilder::State::remove(const RecordView& record) {
    return change_node(record.owner,
                       [&](Octets node) { return remove_record(node, record.type, record.rdata, node_); });
}

bool ZoneBuilder::State::remove_rrset(NameView owner, RrType type) {
    return change_node(owner, [&](Octets node) { return remove_type(node, type, node_); });
}

void ZoneBuilder::State::set_ttl(NameView owner, RrType type, Ttl ttl) {
    (void)change_node(owner, [&](Octets node) { return lockstep::set_ttl(node, type, ttl, node_); });
}

std::optional<NodeView> ZoneBuilder::State::find(NameView owner) {
    if (!owner.is_within(apex_)) return std::nullopt;
    write_tree();
    const auto node = tree_.find(key_of(owner).octets());
    if (!node) return std::nullopt;
    return NodeView(*node);
}

bool ZoneBuilder::State::ttls_differ() {
    write_tree();
    return ttls_differ_;
}

void ZoneBuilder::State::set_node(Octets key, std::optional<Octets> before, std::size_t owner_octets) {
    hashes_.changed(key, before.value_or(Octets{}), node_);
    if (before) count(key, NodeView(*before), owner_octets, -1);
    if (node_.empty()) {
        tree_.erase(key);
    } else {
        count(key, NodeView(node_), owner_octets, 1);
        tree_.put(key, node_);
    }
}

void ZoneBuilder::State::count(Octets key, NodeView node, std::size_t owner_octets, int sign) {
    // Unsigned arithmetic wraps, so that adding a negated count subtracts it.
    const auto factor = static_cast<std::uint64_t>(sign);
    counts_.names += factor;
    if (has_asterisk_label(key)) counts_.asterisks += factor;
    counts_.records += factor * count_records(node);
    counts_.wire_octets += factor * record_octets(node, owner_octets);
}

void ZoneBuilder::State::write_tree() {
    if (appended_) {
        tree_ = std::move(appended_->writer).finish();
        appended_.reset();
    }
    if (!pile_) return;
    pile_->sort();
    TreeWriter writer;
    Octets key;
    std::vector<NodeRecord> records;
    while (pile_->next(key, records)) {
        const std::size_t owner_octets = name_octets(key, apex_.octets().size());
        const NodeChange change = pack_node(records, node_);
        ttls_differ_ = ttls_differ_ || change == NodeChange::TtlLowered;
        if (change == NodeChange::TooMany) {
            overfull_ = name_of(key, apex_);
            continue;
        }
        count(key, NodeView(node_), owner_octets, 1);
        writer.append(key, node_);
    }
    tree_ = std::move(writer).finish();
    pile_.reset();
}

Result<ZonePtr> ZoneBuilder::State::finish() {
    write_tree();
    if (overfull_) {
        return unexpected(error(ErrorCode::Limit, "more than " + std::to_string(max_rrset_records) +
                                                      " records of one type at " + overfull_->to_string()));
    }
    const NodeView apex_node(tree_.find({}).value_or(Octets{}));
    const auto soa_rrset = apex_node.find(RrType::SOA);
    if (!soa_rrset) return unexpected(error(ErrorCode::Invalid, "no SOA record at the apex"));
    if (soa_rrset->size() != 1) {
        return unexpected(error(ErrorCode::Invalid,
                                std::to_string(soa_rrset->size()) + " SOA records at the apex, not one"));
    }
    const auto soa = Soa::read(soa_rrset->front());
    if (!soa)
        return unexpected(
            error(ErrorCode::Invalid, "a malformed SOA record: " + std::string(to_string(soa.error()))));
    auto hashes = std::move(hashes_).finish(tree_);
    return ZonePtr(
        new ZoneSnapshot(apex_, std::move(tree_), std::move(hashes), counts_, apex_node, *soa_rrset, *soa));
}

}  // namespace lockstep
