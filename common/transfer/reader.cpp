#include "transfer/reader.hpp"

#include "rdata/rdata.hpp"
#include "transfer/whole_zone.hpp"
#include "wire/message.hpp"
#include "zone/builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lockstep {

std::string_view to_string(TransferError error) {
    switch (error) {
    case TransferError::BadMessage: return "bad message";
    case TransferError::NotResponse: return "not a response";
    case TransferError::TruncatedFlag: return "truncated";
    case TransferError::IdMismatch: return "ID mismatch";
    case TransferError::QuestionMismatch: return "question mismatch";
    case TransferError::BadRcode: return "bad RCODE";
    case TransferError::EmptyAnswer: return "empty answer";
    case TransferError::BadSoa: return "bad SOA";
    case TransferError::TrailingRecords: return "trailing records";
    case TransferError::NotInClass: return "class not IN";
    case TransferError::MetaType: return "meta type";
    case TransferError::OutOfZone: return "out of zone";
    case TransferError::TooLarge: return "too large";
    case TransferError::RrsetTooLarge: return "RRset too large";
    case TransferError::BadSequence: return "bad sequence";
    case TransferError::NotNewer: return "not newer";
    case TransferError::LoneSoa: return "lone SOA";
    case TransferError::NoApexNs: return "no apex NS";
    case TransferError::CnameNotAlone: return "CNAME not alone";
    case TransferError::Incomplete: return "incomplete";
    case TransferError::Unfit: return "unfit";
    }
    return "unknown";
}

class TransferReader::State {
public:
    State(TransferRequest request, TransferLimits limits) : request_(std::move(request)), limits_(limits) {}

    [[nodiscard]] Expected<TransferProgress, TransferFailure> feed(Octets message);
    [[nodiscard]] TransferFailure ended() const;
    [[nodiscard]] Expected<TransferOutcome, TransferFailure> take();

    [[nodiscard]] const TransferCounts& counts() const { return counts_; }
    [[nodiscard]] std::optional<Serial> offered() const {
        if (!first_soa_) return std::nullopt;
        return first_soa_->serial;
    }
    [[nodiscard]] std::optional<RrType> style() const {
        if (whole_) return RrType::AXFR;
        if (!changes_.empty() || phase_ == Phase::Removing) return RrType::IXFR;
        return std::nullopt;
    }
    [[nodiscard]] std::optional<std::chrono::seconds> expire() const { return expire_; }

private:
    enum class Phase { Start, FirstSoa, Whole, Removing, Adding, Done };
    using Step = Expected<void, TransferFailure>;

    [[nodiscard]] bool incremental() const { return request_.type == RrType::IXFR; }
    [[nodiscard]] bool newer_than_held() const {
        return !incremental() || !request_.held || is_newer(first_soa_->serial, request_.held->serial);
    }

    [[nodiscard]] TransferFailure failure(TransferError error, std::string text) const {
        // To ask again for what has come already would bring the same.
        const bool ask_axfr = incremental() && !whole_ && error != TransferError::NotNewer;
        return {.error = error,
                .remedy = ask_axfr ? TransferRemedy::AskAxfr : TransferRemedy::BackOff,
                .rcode = Rcode::NOERROR,
                .text = fmt::format("message {}: {}", counts_.messages, text)};
    }
    template <class... Args>
    [[nodiscard]] std::unexpected<TransferFailure> bad(TransferError error,
                                                       fmt::format_string<Args...> format,
                                                       Args&&... args) const {
        return unexpected(failure(error, fmt::format(format, std::forward<Args>(args)...)));
    }

    [[nodiscard]] Step check_header(const MessageView& view) const;
    [[nodiscard]] Step check_question(const MessageView& view) const;
    [[nodiscard]] Step take_record(Octets message, const WireRecord& wire);
    [[nodiscard]] Step take_soa(const RecordView& record);
    [[nodiscard]] Step take_other(const RecordView& record);
    [[nodiscard]] Step open_change(const RecordView& record, Serial serial);
    [[nodiscard]] Step close_change(const RecordView& record, Serial serial);
    [[nodiscard]] Step not_newer() const;
    void open_whole_zone();
    [[nodiscard]] bool same_as_first(const RecordView& record) const {
        return equal_rdata(RrType::SOA, record.rdata, first_soa_rdata_);
    }

    TransferRequest request_;
    TransferLimits limits_;
    TransferCounts counts_;
    Phase phase_ = Phase::Start;
    unsigned empty_run_ = 0;
    std::uint64_t kept_octets_ = 0;  // of records, uncompressed
    WireRecord record_;              // at hand
    OctetString rdata_;              // its own, uncompressed
    std::optional<Soa> first_soa_;
    OctetString first_soa_rdata_;
    Ttl first_soa_ttl_;
    std::optional<std::chrono::seconds> expire_;
    std::optional<ZoneBuilder> whole_;
    ChangeSet change_;  // the one at hand
    std::vector<ChangeSet> changes_;
};

Expected<TransferProgress, TransferFailure> TransferReader::State::feed(Octets message) {
    ++counts_.messages;
    counts_.octets += message.size();
    if (phase_ == Phase::Done) return bad(TransferError::TrailingRecords, "the transfer was complete before");
    if (counts_.octets > limits_.max_octets) {
        return bad(TransferError::TooLarge, "over {} octets of messages", limits_.max_octets);
    }
    const auto view = MessageView::read(message);
    if (!view) return bad(TransferError::BadMessage, "not well-formed: {}", to_string(view.error()));
    DNS_TRY(check_header(*view));
    DNS_TRY(check_question(*view));
    if (!view->header.authoritative) ++counts_.not_authoritative;
    if (counts_.messages == 1) expire_ = told_expire(*view);

    const unsigned records = view->header.answer_count;
    empty_run_ = records == 0 ? empty_run_ + 1 : 0;
    if (records == 0 && counts_.messages == 1) {
        return bad(TransferError::EmptyAnswer, "NOERROR and no record in the answer section{}",
                   view->header.authority_count > 0 ? " (but there are some in the authority section)" : "");
    }
    if (empty_run_ > limits_.max_empty_messages) {
        return bad(TransferError::EmptyAnswer, "{} messages in a row without records", empty_run_);
    }
    MessageReader reader(message);
    for (unsigned i = 0; i < view->header.question_count; ++i) {
        if (!reader.question()) return bad(TransferError::BadMessage, "not well-formed");
    }
    for (unsigned i = 0; i < records; ++i) {
        const auto read = i > 0 && reader.repeats_owner(record_) ? reader.record_again(record_)
                                                                 : reader.record_into(record_);
        if (!read) return bad(TransferError::BadMessage, "not well-formed: {}", to_string(read.error()));
        DNS_TRY(take_record(message, record_));
    }

    if (phase_ == Phase::FirstSoa && !newer_than_held()) phase_ = Phase::Done;
    if (phase_ == Phase::Done) return TransferProgress::Done;
    return phase_ == Phase::FirstSoa && incremental() ? TransferProgress::LoneSoa
                                                      : TransferProgress::NeedMore;
}

TransferReader::State::Step TransferReader::State::check_header(const MessageView& view) const {
    const Header& header = view.header;
    if (!header.response || header.opcode != Opcode::Query) {
        return bad(TransferError::NotResponse, "not a response to a query");
    }
    if (header.id != request_.id) {
        return bad(TransferError::IdMismatch, "ID {} instead of {}", std::to_underlying(header.id),
                   std::to_underlying(request_.id));
    }
    const unsigned extended = view.edns ? view.edns->extended_rcode : 0U;
    const auto rcode = static_cast<Rcode>(extended << 4 | std::to_underlying(header.rcode));
    if (rcode != Rcode::NOERROR) {
        auto told = failure(TransferError::BadRcode, fmt::format("the peer says {}", to_string(rcode)));
        told.rcode = rcode;
        return unexpected(std::move(told));
    }
    if (header.truncated) return bad(TransferError::TruncatedFlag, "TC is set");
    return {};
}

TransferReader::State::Step TransferReader::State::check_question(const MessageView& view) const {
    const unsigned count = view.header.question_count;
    if (count > 1) return bad(TransferError::QuestionMismatch, "{} questions", count);
    if (count == 0) {
        if (counts_.messages > 1) return {};
        return bad(TransferError::QuestionMismatch, "no question in the first message");
    }
    const QuestionView& question = *view.question;
    if (question.name == request_.zone.view() && question.type == request_.type &&
        question.rr_class == RrClass::IN) {
        return {};
    }
    return bad(TransferError::QuestionMismatch, "the question is {} {} {}, but {} IN {} was asked",
               question.name.to_string(), to_string(question.rr_class), to_string(question.type),
               request_.zone.to_string(), to_string(request_.type));
}

TransferReader::State::Step TransferReader::State::take_record(Octets message, const WireRecord& wire) {
    ++counts_.records;
    const auto what = [&] { return fmt::format("{} {}", wire.owner.to_string(), to_string(wire.type)); };
    if (phase_ == Phase::Done) {
        return bad(TransferError::TrailingRecords, "{} after the closing SOA", what());
    }
    if (wire.rr_class != RrClass::IN) {
        return bad(TransferError::NotInClass, "{} is of class {}", what(), to_string(wire.rr_class));
    }
    if (is_meta(wire.type)) return bad(TransferError::MetaType, "{} cannot be in a zone", what());
    rdata_.clear();
    if (const auto read = read_rdata(wire.type, message, wire.rdata_at, wire.rdata_octets, rdata_); !read) {
        return bad(TransferError::BadMessage, "{}: RDATA: {}", what(), to_string(read.error()));
    }
    kept_octets_ += wire.owner.octets().size() + 10 + rdata_.size();
    if (kept_octets_ > limits_.max_octets) {
        return bad(TransferError::TooLarge, "over {} octets of records", limits_.max_octets);
    }
    const RecordView record{wire.owner, wire.type, Ttl{wire.raw_ttl}, rdata_};
    return wire.type == RrType::SOA ? take_soa(record) : take_other(record);
}

TransferReader::State::Step TransferReader::State::take_soa(const RecordView& record) {
    if (!(record.owner == request_.zone.view())) {
        return bad(TransferError::BadSoa, "a SOA at {}", record.owner.to_string());
    }
    const Serial serial = soa_serial(record.rdata);
    switch (phase_) {
    case Phase::Start: {
        const auto soa = Soa::read(record.rdata);
        if (!soa) return bad(TransferError::BadSoa, "RDATA: {}", to_string(soa.error()));
        first_soa_ = *soa;
        first_soa_rdata_.assign(record.rdata.begin(), record.rdata.end());
        first_soa_ttl_ = record.ttl;
        phase_ = Phase::FirstSoa;
        return {};
    }
    case Phase::FirstSoa:
        if (!newer_than_held()) return not_newer();
        if (!incremental()) {
            open_whole_zone();
            return take_soa(record);
        }
        if (request_.held && serial != request_.held->serial) {
            return bad(TransferError::BadSequence, "the changes begin at serial {}, ours is {}",
                       to_string(serial), to_string(request_.held->serial));
        }
        return open_change(record, serial);
    case Phase::Whole:
        if (!same_as_first(record)) {
            return bad(TransferError::BadSoa,
                       "a second SOA (serial {}) that is not the first one (serial {})", to_string(serial),
                       to_string(first_soa_->serial));
        }
        phase_ = Phase::Done;
        return {};
    case Phase::Removing:
        if (!is_newer(serial, change_.from) || is_newer(serial, first_soa_->serial)) {
            return bad(TransferError::BadSequence, "a step from serial {} to {} on the way to {}",
                       to_string(change_.from), to_string(serial), to_string(first_soa_->serial));
        }
        if (serial == first_soa_->serial && !same_as_first(record)) {
            return bad(TransferError::BadSoa, "the last new SOA (serial {}) is not the first one",
                       to_string(serial));
        }
        change_.to = serial;
        change_.added.append(record);
        phase_ = Phase::Adding;
        return {};
    case Phase::Adding: return close_change(record, serial);
    case Phase::Done: break;
    }
    return not_newer();
}

TransferReader::State::Step TransferReader::State::take_other(const RecordView& record) {
    if (phase_ == Phase::Start) {
        return bad(TransferError::BadSoa, "the first record is {} {}, not the zone's SOA",
                   record.owner.to_string(), to_string(record.type));
    }
    if (phase_ == Phase::FirstSoa) {
        if (!newer_than_held()) return not_newer();
        open_whole_zone();
    }
    if (!record.owner.is_within(request_.zone)) {
        if (limits_.out_of_zone == OutOfZone::Reject) {
            return bad(TransferError::OutOfZone, "{} is not in {}", record.owner.to_string(),
                       request_.zone.to_string());
        }
        if (counts_.out_of_zone++ == 0) counts_.first_out_of_zone = Name(record.owner);
        return {};
    }
    switch (phase_) {
    case Phase::Whole: static_cast<void>(whole_->add(record)); break;
    case Phase::Removing: change_.removed.append(record); break;
    case Phase::Adding: change_.added.append(record); break;
    case Phase::Start:
    case Phase::FirstSoa:
    case Phase::Done: break;
    }
    return {};
}

TransferReader::State::Step TransferReader::State::not_newer() const {
    return bad(TransferError::NotNewer, "serial {} is not newer than ours, {}", to_string(first_soa_->serial),
               request_.held ? to_string(request_.held->serial) : "none");
}

void TransferReader::State::open_whole_zone() {
    whole_.emplace(request_.zone);
    static_cast<void>(whole_->add({request_.zone, RrType::SOA, first_soa_ttl_, first_soa_rdata_}));
    phase_ = Phase::Whole;
}

TransferReader::State::Step TransferReader::State::open_change(const RecordView& record, Serial serial) {
    change_ = ChangeSet{.from = serial, .to = {}, .removed = {}, .added = {}};
    change_.removed.append(record);
    phase_ = Phase::Removing;
    return {};
}

TransferReader::State::Step TransferReader::State::close_change(const RecordView& record, Serial serial) {
    if (serial != change_.to) {
        return bad(TransferError::BadSequence, "the next step begins at serial {}, the last one ended at {}",
                   to_string(serial), to_string(change_.to));
    }
    const bool last = change_.to == first_soa_->serial;
    if (last && !same_as_first(record)) {
        return bad(TransferError::BadSoa, "the closing SOA (serial {}) is not the first one",
                   to_string(serial));
    }
    changes_.push_back(std::move(change_));
    if (!last) return open_change(record, serial);
    phase_ = Phase::Done;
    return {};
}

TransferFailure TransferReader::State::ended() const {
    switch (phase_) {
    case Phase::Start: return failure(TransferError::Incomplete, "the stream ended before the first record");
    case Phase::FirstSoa:
        return failure(TransferError::LoneSoa,
                       fmt::format("nothing after the SOA (serial {})", to_string(first_soa_->serial)));
    default:
        return failure(
            TransferError::Incomplete,
            fmt::format("the stream ended after {} records, before the closing SOA", counts_.records));
    }
}

Expected<TransferOutcome, TransferFailure> TransferReader::State::take() {
    if (phase_ != Phase::Done) return unexpected(ended());
    if (whole_) {
        auto zone = finish_whole_zone(*std::exchange(whole_, std::nullopt), limits_.max_rrset_records);
        if (zone) return WholeZone{std::move(*zone)};
        return unexpected(TransferFailure{.error = zone.error().error,
                                          .remedy = TransferRemedy::BackOff,
                                          .rcode = Rcode::NOERROR,
                                          .text = std::move(zone.error().text)});
    }
    if (changes_.empty()) return UpToDate{*first_soa_};
    return Changes{.to = first_soa_->serial, .sequence = std::move(changes_)};
}

TransferReader::TransferReader(TransferRequest request, TransferLimits limits)
    : state_(std::make_unique<State>(std::move(request), limits)) {}
TransferReader::TransferReader(TransferReader&&) noexcept = default;
TransferReader& TransferReader::operator=(TransferReader&&) noexcept = default;
TransferReader::~TransferReader() = default;

Expected<TransferProgress, TransferFailure> TransferReader::feed(Octets message) {
    return state_->feed(message);
}
TransferFailure TransferReader::ended() const {
    return state_->ended();
}
Expected<TransferOutcome, TransferFailure> TransferReader::take() && {
    return state_->take();
}
const TransferCounts& TransferReader::counts() const {
    return state_->counts();
}
std::optional<Serial> TransferReader::offered() const {
    return state_->offered();
}
std::optional<RrType> TransferReader::style() const {
    return state_->style();
}
std::optional<std::chrono::seconds> TransferReader::expire() const {
    return state_->expire();
}

}  // namespace lockstep
