// Any octets as a message: read, walked, its names written again.
#include "wire/message.hpp"

#include "wire/writer.hpp"

#include <cstdint>
#include <cstdlib>
#include <vector>

using namespace lockstep;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

/// Writes every record of `view` with compression; what comes back must be the same records.
void write_again(const MessageView& view) {
    static std::vector<std::byte> buffer(65535);
    MessageWriter writer;
    writer.start(buffer, buffer.size());
    MessageReader reader(view.octets);
    std::vector<WireRecord> written;
    for (unsigned i = 0; i < view.header.question_count; ++i) {
        const auto question = reader.question();
        require(question.has_value());
        if (!writer.question(question->name, question->type, question->rr_class)) return;
    }
    while (!reader.at_end()) {
        const auto record = reader.record();
        require(record.has_value());
        const auto before = writer.mark();
        if (!writer.record(Section::Answer, record->owner, record->type, record->rr_class, record->raw_ttl,
                           record->rdata(view.octets))) {
            writer.rollback(before);
            break;
        }
        written.push_back(*record);
    }
    const Octets message = Octets(buffer).first(writer.finish(view.header));
    MessageReader again(message);
    for (unsigned i = 0; i < view.header.question_count; ++i)
        require(again.question().has_value());
    for (const WireRecord& expected : written) {
        const auto record = again.record();
        require(record.has_value() && identical(record->owner, expected.owner) &&
                record->type == expected.type &&
                equal_octets(record->rdata(message), expected.rdata(view.octets)));
    }
    require(again.at_end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Octets octets = std::as_bytes(std::span(data, size));
    const auto view = MessageView::read(octets);
    if (!view) return 0;
    if (view->edns) {
        for (const auto code : {EdnsOption::NSID, EdnsOption::COOKIE, EdnsOption::EDE})
            (void)view->edns->option(code);
    }
    write_again(*view);
    return 0;
}
