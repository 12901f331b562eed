#include "store/zone_store.hpp"

#include "store/store_state.hpp"

#include <utility>

namespace lockstep {

Result<std::unique_ptr<ZoneStore>> ZoneStore::open(const std::filesystem::path& directory, const Clock& clock,
                                                   Log& log, HistoryLimits limits,
                                                   std::shared_ptr<DiskCalls> disk) {
    DNS_TRY_ASSIGN(std::unique_ptr<State> state, State::open(directory, clock, log, limits, std::move(disk)));
    return std::unique_ptr<ZoneStore>(new ZoneStore(std::move(state)));
}

ZoneStore::ZoneStore(std::unique_ptr<State> state) : state_(std::move(state)) {}

ZoneStore::~ZoneStore() = default;

ZoneStore::Gathering::Gathering(ZoneStore& store) : store_(store) {
    store_.state_->gather();
}

ZoneStore::Gathering::~Gathering() {
    store_.state_->publish_gathered();
}

void ZoneStore::set_history(HistoryLimits limits) {
    state_->set_history(limits);
}

const Published<ZoneTable>& ZoneStore::table() const {
    return state_->table();
}

ServedZonePtr ZoneStore::zone(NameView apex) const {
    return state_->table().current()->exact(apex);
}

Result<ServedZonePtr> ZoneStore::add_zone(const Name& apex) {
    const StoredName only(apex);
    DNS_TRY_ASSIGN(const auto served, state_->add_zones({&only, 1}));
    return served.front();
}

Result<std::vector<ServedZonePtr>> ZoneStore::add_zones(std::span<const StoredName> apexes) {
    return state_->add_zones(apexes);
}

Result<void> ZoneStore::remove_zone(NameView apex) {
    return state_->remove_zone(apex);
}

std::vector<StoredName> ZoneStore::unserved_zones() const {
    return state_->unserved_zones();
}

Result<ServedZonePtr> ZoneStore::commit(NameView apex, Candidate candidate) {
    return state_->commit(apex, std::move(candidate));
}

std::vector<Result<ServedZonePtr>> ZoneStore::commit_all(std::span<ZoneCandidate> candidates) {
    return state_->commit_all(candidates);
}

Result<void> ZoneStore::store_timers(std::span<const ZoneTimers> timers) {
    return state_->store_timers(timers);
}

std::optional<StoredTimers> ZoneStore::timers(NameView apex) const {
    return state_->timers(apex);
}

std::string ZoneStore::source(NameView apex) const {
    return state_->source(apex);
}

std::optional<std::string> ZoneStore::mark(NameView apex, std::string_view key) const {
    return state_->mark(apex, key);
}

std::vector<Mark> ZoneStore::marks(NameView apex) const {
    return state_->marks(apex);
}

Result<void> ZoneStore::set_expired(NameView apex, bool expired, const std::shared_ptr<const Lease>& life) {
    return state_->set_expired(apex, expired, life);
}

std::optional<std::string> ZoneStore::not_persisted(NameView apex) const {
    return state_->not_persisted().why(apex);
}

void ZoneStore::note_current(NameView apex) {
    state_->not_persisted().content_current(apex);
}

bool ZoneStore::has_unsaved() const {
    return state_->not_persisted().has_unsaved();
}

Result<void> ZoneStore::save_unsaved() {
    return state_->store_timers({});
}

void ZoneStore::on_commit(std::function<void(const Committed&)> listener) {
    state_->on_commit(std::move(listener));
}

}  // namespace lockstep
