#include "wire/reader.hpp"

namespace lockstep {

WireResult<QuestionView> MessageReader::first_question() {
    DNS_TRY_ASSIGN(const NameView name, NameView::read(message_.subspan(header_octets)));
    QuestionView question{name};
    DNS_TRY(behind_question_name(header_octets + name.size(), question.type, question.rr_class));
    return question;
}

WireResult<Question> MessageReader::question() {
    WireResult<Question> question;
    std::size_t at = 0;
    auto read = Name::read_into(message_, at_, message_.size(), at, question->name);
    if (read) read = behind_question_name(at, question->type, question->rr_class);
    if (!read) question = unexpected(read.error());
    return question;
}

WireResult<void> MessageReader::behind_question_name(std::size_t at, RrType& type, RrClass& rr_class) {
    if (message_.size() - at < 4) return unexpected(WireError::Truncated);
    type = RrType{load_big_endian<std::uint16_t>(message_.data() + at)};
    rr_class = RrClass{load_big_endian<std::uint16_t>(message_.data() + at + 2)};
    at_ = at + 4;
    return {};
}

WireResult<WireRecord> MessageReader::record() {
    WireResult<WireRecord> record;
    if (const auto read = record_into(*record); !read) record = unexpected(read.error());
    return record;
}

WireResult<void> MessageReader::record_into(WireRecord& out) {
    std::size_t at = 0;
    DNS_TRY(Name::read_into(message_, at_, message_.size(), at, out.owner));
    return behind_owner(at, out);
}

WireResult<void> MessageReader::pass_record(WireRecord& out) {
    std::size_t at = 0;
    DNS_TRY(Name::check(message_, at_, message_.size(), at));
    return behind_owner(at, out);
}

WireResult<void> MessageReader::behind_owner(std::size_t at, WireRecord& out) {
    if (message_.size() - at < 10) return unexpected(WireError::Truncated);
    const auto* fixed = message_.data() + at;
    out.type = RrType{load_big_endian<std::uint16_t>(fixed)};
    out.rr_class = RrClass{load_big_endian<std::uint16_t>(fixed + 2)};
    out.raw_ttl = load_big_endian<std::uint32_t>(fixed + 4);
    out.start = at_;
    out.rdata_at = at + 10;
    out.rdata_octets = load_big_endian<std::uint16_t>(fixed + 8);
    if (message_.size() - out.rdata_at < out.rdata_octets) return unexpected(WireError::Truncated);
    at_ = out.rdata_at + out.rdata_octets;
    return {};
}

}  // namespace lockstep
