#pragma once
// UPDATE messages, as far as the answering side takes them: who may send one at all. What is in them is for
// whoever carries them out, or for the primary. Standards: RFC 2136 §3.1, §6, RFC 3007.
//
// Threads: any worker. Errors: QueryOutcome. Security: who may not update costs no more than a refusal:
// nothing behind the zone section is looked at, nothing is kept.

#include "answer/late_answer.hpp"
#include "answer/policy.hpp"
#include "answer/query.hpp"
#include "store/zone_table.hpp"
#include "wire/handler.hpp"
#include "wire/message.hpp"

#include <memory>
#include <optional>
#include <string>

namespace lockstep {

/// A message from somebody who may update something in the zone. Value type.
struct UpdateRequest {
    OctetString message;  // as it came
    Name zone;            // the apex, lower-cased
    Client client;        // without its holder
    TsigKeyPtr key;       // null: not signed
    std::shared_ptr<const ZoneAccess> access;
    std::string from_within = {};  // who made it, where it did not come over the network
};

/// Carries updates out, or has reasons not to. This one takes none.
class UpdateSink {
public:
    virtual ~UpdateSink() = default;
    /// Whether one more, of so many octets, can be taken; what is admitted is taken soon. Threads: any, must
    /// not block.
    [[nodiscard]] virtual bool admit(std::size_t /*octets*/) { return false; }
    /// What was admitted; answered by `answer`. Threads: any, must not block.
    virtual void take(UpdateRequest /*request*/, LateAnswer /*answer*/) {}
    /// What was admitted and is the primary's to judge: passed on as it is, and its answer likewise. Threads:
    /// any, must not block.
    virtual void forward(const Name& /*zone*/, const Endpoint& /*from*/, OctetString /*message*/,
                         std::unique_ptr<LateReply> /*way*/) {}
    /// An update was not admitted, or nobody in the zone's rules sent it; `text` names the rule that nearly
    /// matched. Log at a limited rate.
    virtual void update_refused(const Name& /*zone*/, const Endpoint& /*from*/, const std::string& /*text*/) {
    }
};

/// Of an UPDATE: whether the message goes to the zone's primary unread: it is signed, by whatever key, so
/// that the primary knows from whom it comes. By its own address it would not.
[[nodiscard]] bool is_forwarded(const MessageView& message, const ZoneTable& zones,
                                const AccessPolicy& policy);

/// Who may try; the RCODE is what ends it here, nothing where it goes on. FORMERR: the zone section is not
/// one SOA of class IN; NOTAUTH: not a zone of ours, also where the class is another; REFUSED: nobody of the
/// zone's rules.
[[nodiscard]] std::optional<QueryOutcome> admit_update(const MessageView& message, const Client& client,
                                                       const TsigKey* key, const ZoneTable& zones,
                                                       const AccessPolicy& policy, UpdateSink& sink);

}  // namespace lockstep
