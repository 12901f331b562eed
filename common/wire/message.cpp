#include "wire/message.hpp"

namespace lockstep {

WireResult<MessageView> MessageView::read(Octets octets) {
    if (octets.size() < header_octets) return unexpected(WireError::Truncated);
    MessageView view;
    view.octets = octets;
    view.header = Header::read(octets);
    MessageReader reader(octets);
    for (unsigned i = 0; i < view.header.question_count; ++i) {
        DNS_TRY_ASSIGN(const Question question, reader.question());
        if (i == 0) view.question = question;
    }
    const auto walk = [&](unsigned count, bool additional) -> WireResult<void> {
        for (unsigned i = 0; i < count; ++i) {
            DNS_TRY_ASSIGN(const WireRecord record, reader.record());
            if (view.tsig_at != 0) return unexpected(WireError::BadSection);
            if (record.type == RrType::OPT) {
                if (!additional || view.edns) return unexpected(WireError::BadSection);
                DNS_TRY_ASSIGN(view.edns, EdnsView::read(octets, record));
            } else if (record.type == RrType::TSIG) {
                if (!additional || i + 1 != count) return unexpected(WireError::BadSection);
                view.tsig_at = record.start;
            }
        }
        return {};
    };
    view.answer_at = reader.position();
    DNS_TRY(walk(view.header.answer_count, false));
    view.authority_at = reader.position();
    DNS_TRY(walk(view.header.authority_count, false));
    view.additional_at = reader.position();
    DNS_TRY(walk(view.header.additional_count, true));
    if (!reader.at_end()) return unexpected(WireError::Trailing);
    return view;
}

}  // namespace lockstep
