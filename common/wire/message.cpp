#include "wire/message.hpp"

namespace lockstep {

WireResult<MessageView> MessageView::read(Octets octets) {
    WireResult<MessageView> view;
    if (const auto read = view->read_all(octets); !read) view = unexpected(read.error());
    return view;
}

WireResult<void> MessageView::read_all(Octets message) {
    if (message.size() < header_octets) return unexpected(WireError::Truncated);
    octets = message;
    header = Header::read(message);
    MessageReader reader(message);
    for (unsigned i = 0; i < header.question_count; ++i) {
        if (i == 0) {
            DNS_TRY(reader.question_into(question.emplace()));
        } else {
            DNS_TRY(reader.question());
        }
    }
    answer_at = reader.position();
    DNS_TRY(walk(reader, header.answer_count, Section::Answer));
    authority_at = reader.position();
    DNS_TRY(walk(reader, header.authority_count, Section::Authority));
    additional_at = reader.position();
    DNS_TRY(walk(reader, header.additional_count, Section::Additional));
    if (!reader.at_end()) return unexpected(WireError::Trailing);
    return {};
}

WireResult<void> MessageView::walk(MessageReader& reader, unsigned count, Section section) {
    WireRecord record;
    for (unsigned i = 0; i < count; ++i) {
        DNS_TRY(reader.pass_record(record));
        if (tsig_at != 0) return unexpected(WireError::BadSection);
        if (record.type == RrType::OPT) {
            if (section != Section::Additional || edns) return unexpected(WireError::BadSection);
            std::size_t end = 0;
            DNS_TRY(Name::read_into(octets, record.start, octets.size(), end, record.owner));
            DNS_TRY_ASSIGN(edns, EdnsView::read(octets, record));
        } else if (record.type == RrType::TSIG) {
            if (section != Section::Additional || i + 1 != count) return unexpected(WireError::BadSection);
            tsig_at = record.start;
        }
    }
    return {};
}

}  // namespace lockstep
