#include "wire/message.hpp"

namespace lockstep {

WireResult<MessageView> MessageView::read(Octets octets) {
    if (octets.size() < header_octets) return unexpected(WireError::Truncated);
    return read(octets, Header::read(octets));
}

WireResult<MessageView> MessageView::read(Octets octets, const Header& header) {
    WireResult<MessageView> view;
    view->octets = octets;
    view->header = header;
    if (const auto read = view->read_all(); !read) view = unexpected(read.error());
    return view;
}

WireResult<void> MessageView::read_all() {
    MessageReader reader(octets);
    if (header.question_count != 0) {
        DNS_TRY_ASSIGN(question, reader.first_question());
    }
    for (unsigned i = 1; i < header.question_count; ++i)
        DNS_TRY(reader.question());
    answer_at = reader.position();
    if (header.answer_count != 0) DNS_TRY(walk(reader, header.answer_count, Section::Answer));
    authority_at = reader.position();
    if (header.authority_count != 0) DNS_TRY(walk(reader, header.authority_count, Section::Authority));
    additional_at = reader.position();
    if (header.additional_count != 0) DNS_TRY(walk(reader, header.additional_count, Section::Additional));
    if (!reader.at_end()) return unexpected(WireError::Trailing);
    return {};
}

WireResult<void> MessageView::walk(MessageReader& reader, unsigned count, Section section) {
    WireRecord record;
    for (unsigned i = 0; i < count; ++i) {
        DNS_TRY(i > 0 && reader.repeats_owner(record) ? reader.record_again(record)
                                                      : reader.pass_record(record));
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
