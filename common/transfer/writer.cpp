#include "transfer/writer.hpp"

#include "rdata/rdata.hpp"
#include "wire/header.hpp"
#include "wire/record.hpp"
#include "wire/writer.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace lockstep {
namespace {

/// Of a record, beside the one put before it. Other: or it is not known.
enum class Owner : bool { Other, AsBefore };

/// Goes through every record of a zone but its SOA. A view of its snapshot.
class ZoneRecords {
public:
    explicit ZoneRecords(const ZoneSnapshot& zone) : name_(zone.begin()) { enter_name(); }

    [[nodiscard]] bool at_end() const { return !name_; }
    [[nodiscard]] RecordView current() const {
        return {name_.owner(), rrset_.type(), rrset_.ttl(), *record_};
    }
    [[nodiscard]] Owner owner() const { return owner_; }
    void next() {
        owner_ = Owner::AsBefore;
        if (++record_ != rrset_.end()) return;
        ++rrset_at_;
        enter_rrset();
    }

private:
    void enter_name() {
        if (!name_) return;
        const NodeView node = name_.node();
        rrset_at_ = node.begin();
        rrsets_end_ = node.end();
        enter_rrset();
    }
    void enter_rrset() {
        while (rrset_at_ != rrsets_end_ && rrset_at_.type() == RrType::SOA)
            ++rrset_at_;
        if (rrset_at_ == rrsets_end_) {
            name_.next();
            owner_ = Owner::Other;
            enter_name();
            return;
        }
        rrset_ = *rrset_at_;
        record_ = rrset_.begin();
    }

    ZoneCursor name_;
    NodeView::Iterator rrset_at_;
    NodeView::Iterator rrsets_end_;
    RrsetView rrset_;
    RrsetView::Iterator record_;
    Owner owner_ = Owner::Other;
};

/// Goes through the records of consecutive changes, removed ones before added ones. A view of the changes.
class ChangedRecords {
public:
    explicit ChangedRecords(const ChangeSequence& changes) : changes_(changes) { skip_empty(); }

    [[nodiscard]] bool at_end() const { return list_ == 2 * changes_.size(); }
    [[nodiscard]] RecordView current() const { return *at_; }
    [[nodiscard]] Owner owner() const { return Owner::Other; }
    void next() {
        if (++at_ == end_) {
            ++list_;
            skip_empty();
        }
    }

private:
    void skip_empty() {
        for (; !at_end(); ++list_) {
            const ChangeSet& change = *changes_[list_ / 2];
            const RecordList& list = list_ % 2 == 0 ? change.removed : change.added;
            at_ = list.begin();
            end_ = list.end();
            if (!list.empty()) return;
        }
    }

    const ChangeSequence& changes_;
    std::size_t list_ = 0;  // each change has two
    RecordList::Iterator at_;
    RecordList::Iterator end_;
};

/// Writes `record` whole or not at all.
bool put(MessageWriter& writer, const RecordView& record, Owner owner) {
    const auto mark = writer.mark();
    const auto begun =
        owner == Owner::AsBefore && writer.has_owner()
            ? writer.begin_record_again(Section::Answer, record.type, RrClass::IN, record.ttl.value())
            : writer.begin_record(Section::Answer, record.owner, record.type, RrClass::IN,
                                  record.ttl.value());
    bool fits = begun.has_value();
    visit_rdata(
        record.type, record.rdata,
        [&](NameView name) { fits = fits && writer.name(name, Compress::Yes).has_value(); },
        [&](Octets octets) { fits = fits && writer.octets(octets).has_value(); });
    if (fits) {
        writer.end_record();
    } else {
        writer.rollback(mark);
    }
    return fits;
}

}  // namespace

class TransferWriter::State {
public:
    enum class Phase { OpeningSoa, Between, ClosingSoa, End };

    State(TransferQuery query, ZonePtr zone, ChangeSequence changes, TransferWriterSettings settings)
        : query_(std::move(query)),
          zone_(std::move(zone)),
          changes_(std::move(changes)),
          settings_(std::move(settings)) {
        writer_.set_common_suffix(zone_->apex());
    }

    void give_whole_zone() { zone_records_.emplace(*zone_); }
    void give_changes() { changed_records_.emplace(changes_); }

    [[nodiscard]] Expected<std::size_t, TransferWriteError> next(std::span<std::byte> buffer) {
        if (finished()) return 0;
        buffer = buffer.first(std::min(buffer.size(), max_message_octets));
        std::size_t opt_octets = settings_.opt.size();
        const std::size_t question_octets = messages_ == 0 ? query_.zone.octets().size() + 4 : 0;
        const std::size_t reserved = settings_.reserved_octets + opt_octets;
        const std::size_t least = header_octets + question_octets + reserved;
        if (buffer.size() < least) return unexpected(TransferWriteError::RecordTooLarge);

        writer_.start(buffer, std::clamp(settings_.target_octets, least, buffer.size()));
        writer_.reserve(reserved);
        if (messages_ == 0 && !writer_.question(query_.zone, query_.type, RrClass::IN)) {
            return unexpected(TransferWriteError::RecordTooLarge);
        }
        for (bool alone = false; phase_ != Phase::End && !alone;) {
            if (phase_ == Phase::Between) {
                zone_records_ ? put_most(*zone_records_) : put_most(*changed_records_);
            }
            if (!put(writer_, current(), Owner::Other)) {
                if (writer_.count(Section::Answer) > 0) break;
                // One record longer than the target goes alone.
                alone = true;
                writer_.set_limit(buffer.size());
                if (!put(writer_, current(), Owner::Other)) {
                    writer_.release(std::exchange(opt_octets, 0));
                    if (!put(writer_, current(), Owner::Other))
                        return unexpected(TransferWriteError::RecordTooLarge);
                }
            }
            ++records_;
            advance();
        }
        return finish_message(buffer, opt_octets);
    }

    [[nodiscard]] bool finished() const { return phase_ == Phase::End; }
    [[nodiscard]] const ZoneSnapshot& zone() const { return *zone_; }
    [[nodiscard]] std::uint64_t messages() const { return messages_; }
    [[nodiscard]] std::uint64_t octets() const { return octets_; }
    [[nodiscard]] std::uint64_t records() const { return records_; }

private:
    [[nodiscard]] RecordView current() const {
        if (phase_ == Phase::Between) {
            return zone_records_ ? zone_records_->current() : changed_records_->current();
        }
        const RrsetView soa = zone_->soa_rrset();
        return {zone_->apex(), RrType::SOA, soa.ttl(), soa.front()};
    }
    /// Writes what fits between the SOAs.
    template <class Records>
    void put_most(Records& records) {
        for (; !records.at_end(); records.next(), ++records_) {
            if (!put(writer_, records.current(), records.owner())) return;
        }
        phase_ = Phase::ClosingSoa;
    }
    [[nodiscard]] bool between_at_end() const {
        return zone_records_ ? zone_records_->at_end() : changed_records_->at_end();
    }
    void advance() {
        switch (phase_) {
        case Phase::OpeningSoa:
            if (!zone_records_ && !changed_records_) {
                phase_ = Phase::End;
            } else {
                phase_ = between_at_end() ? Phase::ClosingSoa : Phase::Between;
            }
            break;
        case Phase::Between:
            zone_records_ ? zone_records_->next() : changed_records_->next();
            if (between_at_end()) phase_ = Phase::ClosingSoa;
            break;
        case Phase::ClosingSoa:
        case Phase::End: phase_ = Phase::End; break;
        }
    }
    std::size_t finish_message(std::span<std::byte> buffer, std::size_t opt_octets) {
        std::size_t length = writer_.finish({.id = query_.id,
                                             .response = true,
                                             .authoritative = true,
                                             .recursion_desired = query_.recursion_desired});
        if (opt_octets > 0) {
            std::copy(settings_.opt.begin(), settings_.opt.end(),
                      buffer.begin() + static_cast<std::ptrdiff_t>(length));
            length += opt_octets;
            store_big_endian(buffer.data() + 10, std::uint16_t{1});
        }
        ++messages_;
        octets_ += length;
        return length;
    }

    TransferQuery query_;
    ZonePtr zone_;
    ChangeSequence changes_;
    TransferWriterSettings settings_;
    std::optional<ZoneRecords> zone_records_;
    std::optional<ChangedRecords> changed_records_;
    MessageWriter writer_;
    Phase phase_ = Phase::OpeningSoa;
    std::uint64_t messages_ = 0;
    std::uint64_t octets_ = 0;
    std::uint64_t records_ = 0;
};

TransferWriter TransferWriter::axfr(TransferQuery query, ZonePtr zone, TransferWriterSettings settings) {
    auto state =
        std::make_unique<State>(std::move(query), std::move(zone), ChangeSequence{}, std::move(settings));
    state->give_whole_zone();
    return TransferWriter(std::move(state));
}

TransferWriter TransferWriter::ixfr(TransferQuery query, ZonePtr zone, ChangeSequence changes,
                                    TransferWriterSettings settings) {
    auto state =
        std::make_unique<State>(std::move(query), std::move(zone), std::move(changes), std::move(settings));
    state->give_changes();
    return TransferWriter(std::move(state));
}

TransferWriter TransferWriter::lone_soa(TransferQuery query, ZonePtr zone, TransferWriterSettings settings) {
    return TransferWriter(
        std::make_unique<State>(std::move(query), std::move(zone), ChangeSequence{}, std::move(settings)));
}

TransferWriter::TransferWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
TransferWriter::TransferWriter(TransferWriter&&) noexcept = default;
TransferWriter& TransferWriter::operator=(TransferWriter&&) noexcept = default;
TransferWriter::~TransferWriter() = default;

Expected<std::size_t, TransferWriteError> TransferWriter::next(std::span<std::byte> buffer) {
    return state_->next(buffer);
}
bool TransferWriter::finished() const {
    return state_->finished();
}
Serial TransferWriter::serial() const {
    return state_->zone().serial();
}
std::uint64_t TransferWriter::messages() const {
    return state_->messages();
}
std::uint64_t TransferWriter::octets() const {
    return state_->octets();
}
std::uint64_t TransferWriter::records() const {
    return state_->records();
}

}  // namespace lockstep
