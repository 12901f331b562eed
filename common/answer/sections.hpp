#pragma once
// RRsets into the sections of one reply: whole or not at all, with their signatures where asked for.
//
// Threads: one reply, one thread. Errors: what does not fit is told by truncated(). Limits: addresses for 13
// names, 32 for names within a delegation. Security: the work for additional records is bounded whatever the
// zone says. Standards: RFC 2181 §9, RFC 4035 §3.1, RFC 9471.

#include "base/few.hpp"
#include "store/zone_table.hpp"
#include "wire/writer.hpp"
#include "zone/rrset.hpp"
#include "zone/snapshot.hpp"

#include <cstddef>

namespace lockstep {

/// Whether the client wants DNSSEC records (RFC 3225).
enum class Dnssec : bool { No, Wanted };

/// Appends `rrset` under `owner`, or nothing at all. Whether it fitted.
[[nodiscard]] bool put_rrset(MessageWriter& writer, Section section, NameView owner, const RrsetView& rrset,
                             Ttl ttl);

/// The three sections of one reply under way. References.
class ReplySections {
public:
    ReplySections(MessageWriter& writer, Dnssec dnssec) : writer_(writer), dnssec_(dnssec) {}

    /// Adds `rrset`, which stands at `node`, with its signatures. What its records refer to is remembered for
    /// add_addresses(). After the first RRset that does not fit nothing more is added.
    void add(Section section, NameView owner, const NodeView& node, const RrsetView& rrset) {
        add(section, owner, node, rrset, rrset.ttl());
    }
    void add(Section section, NameView owner, const NodeView& node, const RrsetView& rrset, Ttl ttl);
    /// Adds an RRset without signatures.
    void add_plain(Section section, NameView owner, const RrsetView& rrset);
    /// Adds the CNAME that a DNAME stands for (RFC 6672 §3.1): no signature.
    void add_synthesized(NameView owner, Ttl ttl, NameView target);

    /// Glue of a delegation at `cut` in `zone`: what stands within the delegation itself must be there, or
    /// the reply is truncated (RFC 9471 §3).
    void add_glue(const ZoneSnapshot& zone, NameView cut, const RrsetView& ns);
    /// Addresses of what the records so far refer to, from any zone of ours; as many as fit.
    void add_addresses(const ZoneTable& zones);

    [[nodiscard]] bool truncated() const { return truncated_; }
    [[nodiscard]] bool dnssec() const { return dnssec_ == Dnssec::Wanted; }

private:
    static constexpr std::size_t max_targets = 13;
    static constexpr std::size_t max_glue_names = 32;

    void remember_targets(NameView owner, const RrsetView& rrset);
    void remember(NameView target);
    [[nodiscard]] bool add_addresses_of(NameView owner, const NodeView& node);

    MessageWriter& writer_;
    Dnssec dnssec_;
    bool truncated_ = false;
    Few<NameView, max_targets> targets_;
};

}  // namespace lockstep
