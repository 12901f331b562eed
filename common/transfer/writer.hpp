#pragma once
// A zone, or the way from one version to another, as the messages of an AXFR or IXFR answer.
//
// Threads: one; the snapshot and the changes are immutable and held until the writer goes. Errors:
// TransferWriteError. Limits: messages of about 16 KiB, up to 65,535 octets where one record is longer.
// Security: each call writes one message and does no more work than that. Standards: RFC 5936 §2.2, RFC 1995
// §4.

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "transfer/request.hpp"
#include "zone/changeset.hpp"
#include "zone/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace lockstep {

/// Consecutive changes, oldest first.
using ChangeSequence = std::vector<std::shared_ptr<const ChangeSet>>;

enum class TransferWriteError : std::uint8_t {
    /// A record that fits no message beside what is reserved: answer SERVFAIL if nothing was sent yet, then
    /// close.
    RecordTooLarge,
};

/// How messages are cut.
struct TransferWriterSettings {
    /// A message is ended before it grows over this.
    std::size_t target_octets = 16 * 1024;
    /// Left free at the end of every message, for a TSIG record (TsigStreamSigner::octets()).
    std::size_t reserved_octets = 0;
    /// A whole OPT record for the end of every message that has room for it: dig misses a cookie on any that
    /// has none. Empty for none.
    OctetString opt;
};

/// Yields one answer, message by message. Resource type, move-only.
class TransferWriter {
public:
    /// The whole zone; also right as the answer to an IXFR query (RFC 1995 §4).
    [[nodiscard]] static TransferWriter axfr(TransferQuery query, ZonePtr zone,
                                             TransferWriterSettings settings = {});
    /// From the version where `changes` begin to `zone`, where they end. `changes` must not be empty.
    [[nodiscard]] static TransferWriter ixfr(TransferQuery query, ZonePtr zone, ChangeSequence changes,
                                             TransferWriterSettings settings = {});
    /// The zone's SOA alone: the client is up to date (or asked over UDP).
    [[nodiscard]] static TransferWriter lone_soa(TransferQuery query, ZonePtr zone,
                                                 TransferWriterSettings settings = {});

    TransferWriter(TransferWriter&&) noexcept;
    TransferWriter& operator=(TransferWriter&&) noexcept;
    ~TransferWriter();

    /// Writes the next message to the front of `buffer` and returns its length: at most `buffer.size()`,
    /// 65,535 and (but for a longer record) the target, less what is reserved. For a record of any length the
    /// buffer must have 65,535 octets. 0: the last message has been written.
    [[nodiscard]] Expected<std::size_t, TransferWriteError> next(std::span<std::byte> buffer);
    [[nodiscard]] bool finished() const;

    [[nodiscard]] Serial serial() const;
    [[nodiscard]] std::uint64_t messages() const;
    /// Of all messages so far, TSIG not counted.
    [[nodiscard]] std::uint64_t octets() const;
    [[nodiscard]] std::uint64_t records() const;

private:
    class State;
    explicit TransferWriter(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace lockstep
