#pragma once
// The messages of an AXFR or IXFR answer as a new version of a zone, or the changes to one. Nothing is
// believed before all of it has been seen.
//
// Threads: one. Errors: TransferFailure. Limits: TransferLimits. Security: no message is trusted; memory
// stays within max_octets. Standards: RFC 5936 §2.2, §3; RFC 1995 §4; RFC 2181 §5.2, §8; RFC 7314 §4.
//
//        first SOA             second record
//   Start ──────▶ FirstSoa ┬─ SOA, our serial (IXFR) ─▶ Removing ⇄ Adding ─ first SOA ─▶ Done
//                          ├─ no SOA ─────────────────▶ Whole ───────────── first SOA ─▶ Done
//                          └─ IXFR, serial not newer than ours ────────────────────────▶ Done

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "transfer/request.hpp"
#include "zone/changeset.hpp"
#include "zone/snapshot.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lockstep {

/// What becomes of records whose owner is not in the zone.
enum class OutOfZone : std::uint8_t { Drop, Reject };

/// How much an answer may cost.
struct TransferLimits {
    /// Of all messages, and of all records uncompressed. Callers give 4 × the last version's size + 16 MiB,
    /// if that is more.
    std::uint64_t max_octets = std::uint64_t{64} << 20;
    /// Records of one RRset: no more of even the shortest useful ones fit an answer of 65,535 octets.
    std::size_t max_rrset_records = 4096;
    /// Messages in a row without any record.
    unsigned max_empty_messages = 8;
    OutOfZone out_of_zone = OutOfZone::Drop;
};

enum class TransferError : std::uint8_t {
    BadMessage,     // not well-formed: header, question, record framing, RDATA
    NotResponse,    // QR clear, or another opcode
    TruncatedFlag,  // TC set
    IdMismatch,
    QuestionMismatch,  // another zone, type or class, two questions, or none in the first message
    BadRcode,          // see TransferFailure::rcode
    EmptyAnswer,       // a first message without records, or too many empty ones in a row
    BadSoa,            // not first, at another owner, not the same at the end, or one where none may be
    TrailingRecords,   // records after the closing SOA
    NotInClass,        // a class other than IN
    MetaType,          // a type that cannot be in a zone
    OutOfZone,         // and OutOfZone::Reject is set
    TooLarge,          // over max_octets
    RrsetTooLarge,     // over max_rrset_records
    BadSequence,       // IXFR: old serial not ours or not the last new one, serials that do not rise
    NotNewer,          // a whole zone or changes that are not newer than what we hold, in answer to IXFR
    LoneSoa,           // a newer SOA and nothing after it
    NoApexNs,          // whole zone without NS at the apex
    CnameNotAlone,     // a CNAME beside other data
    Incomplete,        // the stream ended before the closing SOA
    Unfit,             // the builder refused the whole
};
[[nodiscard]] std::string_view to_string(TransferError error);

/// What is to be done about it.
enum class TransferRemedy : std::uint8_t {
    /// Ask this primary for AXFR at once, on the same connection where it still stands.
    AskAxfr,
    /// Back off; then the next primary, or the same one again.
    BackOff,
};

/// Value type.
struct TransferFailure {
    TransferError error = TransferError::BadMessage;
    TransferRemedy remedy = TransferRemedy::BackOff;
    /// With BadRcode; NOTIMP and FORMERR in answer to IXFR are worth remembering for the peer.
    Rcode rcode = Rcode::NOERROR;
    /// For people: which message and record, what was found, what was expected.
    std::string text;
};

enum class TransferProgress : std::uint8_t {
    NeedMore,
    /// A newer SOA stood alone in the message. More may follow (one record a message), or nothing ever: wait
    /// briefly (lone_soa_patience), then call ended().
    LoneSoa,
    Done,
};
constexpr std::chrono::milliseconds lone_soa_patience{2000};

/// The peer's version is not newer than ours; equal, unless the peer lags.
struct UpToDate {
    Soa soa;
};
/// A whole zone, checked as TransferReader says.
struct WholeZone {
    ZonePtr zone;
};
/// What leads from the version held to `to`, at least one; to be applied in order by the caller
/// (zone/changeset).
struct Changes {
    Serial to;
    std::vector<ChangeSet> sequence;
};
using TransferOutcome = std::variant<UpToDate, WholeZone, Changes>;

/// What was seen on the way. Value type.
struct TransferCounts {
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;   // of the messages as they were fed
    std::uint64_t records = 0;  // SOAs counted
    std::uint64_t out_of_zone = 0;
    std::uint64_t not_authoritative = 0;  // messages with AA clear: accepted, worth one line in the log
    /// The first owner that was out of the zone.
    std::optional<Name> first_out_of_zone;
};

/// Reads the answer to one AXFR or IXFR query. Resource type, move-only; no I/O. After a failure it must not
/// be fed again.
class TransferReader {
public:
    /// `request.type` is AXFR or IXFR; for IXFR `request.held` must be there.
    explicit TransferReader(TransferRequest request, TransferLimits limits = {});
    TransferReader(TransferReader&&) noexcept;
    TransferReader& operator=(TransferReader&&) noexcept;
    ~TransferReader();

    /// Takes the next message of the stream, whose TSIG record has been checked and taken off.
    [[nodiscard]] Expected<TransferProgress, TransferFailure> feed(Octets message);
    /// The failure to report where the stream ended, or fell silent, before Done.
    [[nodiscard]] TransferFailure ended() const;
    /// What it all came to; once, after Done. Sorts and checks a whole zone, so it may take long.
    [[nodiscard]] Expected<TransferOutcome, TransferFailure> take() &&;

    [[nodiscard]] const TransferCounts& counts() const;
    /// The serial that is offered, as soon as the first SOA has been read.
    [[nodiscard]] std::optional<Serial> offered() const;
    /// Whether the answer turned out to be a whole zone; nothing as long as it is open.
    [[nodiscard]] std::optional<RrType> style() const;
    /// The EXPIRE option of the first message (RFC 7314).
    [[nodiscard]] std::optional<std::chrono::seconds> expire() const;

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace lockstep
