#include "transfer/request.hpp"

#include "rdata/rdata.hpp"
#include "wire/edns.hpp"
#include "wire/message.hpp"
#include "wire/writer.hpp"

namespace lockstep {
namespace {

/// The one SOA of an IXFR query's authority section.
Expected<Soa, Rcode> read_held(const MessageView& view, NameView zone) {
    if (view.header.authority_count != 1) return unexpected(Rcode::FORMERR);
    // A reader that has walked over this section before, so it cannot fail on it now.
    MessageReader reader(view.octets.first(view.additional_at));
    if (!reader.question()) return unexpected(Rcode::FORMERR);
    for (unsigned i = 0; i < view.header.answer_count; ++i) {
        if (!reader.record()) return unexpected(Rcode::FORMERR);
    }
    const auto record = reader.record();
    if (!record || record->type != RrType::SOA || record->rr_class != RrClass::IN ||
        !(record->owner.view() == zone)) {
        return unexpected(Rcode::FORMERR);
    }
    OctetString rdata;
    if (!read_rdata(RrType::SOA, view.octets, record->rdata_at, record->rdata_octets, rdata)) {
        return unexpected(Rcode::FORMERR);
    }
    const auto soa = Soa::read(rdata);
    if (!soa) return unexpected(Rcode::FORMERR);
    return *soa;
}

}  // namespace

OctetString make_request(const TransferRequest& request) {
    // A question, a SOA with two names and an OPT record: 4 × 255 and some fixed octets at most.
    OctetString octets(2048);
    MessageWriter writer;
    writer.start(octets, octets.size());
    bool fits = writer.question(request.zone, request.type, RrClass::IN).has_value();
    if (request.type == RrType::IXFR && request.held) {
        fits = fits && writer.record(Section::Authority, request.zone, RrType::SOA, RrClass::IN, 0,
                                     request.held->rdata());
    }
    std::size_t length = writer.finish({.id = request.id});
    if (request.ask_expire == AskExpire::Yes && fits) {
        EdnsBuilder edns;
        edns.add(EdnsOption::EXPIRE, {});
        edns.write(octets.data() + length);
        length += edns.size();
        store_big_endian(octets.data() + 10, std::uint16_t{1});
    }
    octets.resize(length);
    return octets;
}

Expected<TransferQuery, Rcode> read_transfer_query(const MessageView& view) {
    if (view.header.response || view.header.question_count != 1 || !view.question) {
        return unexpected(Rcode::FORMERR);
    }
    if (view.header.opcode != Opcode::Query) return unexpected(Rcode::NOTIMP);
    TransferQuery query{.id = view.header.id,
                        .zone = Name(view.question->name),
                        .type = view.question->type,
                        .recursion_desired = view.header.recursion_desired,
                        .held = {}};
    if (query.type != RrType::AXFR && query.type != RrType::IXFR) return unexpected(Rcode::NOTIMP);
    if (view.question->rr_class != RrClass::IN) return unexpected(Rcode::REFUSED);
    if (query.type == RrType::IXFR) {
        DNS_TRY_ASSIGN(query.held, read_held(view, query.zone));
    }
    return query;
}

Expected<TransferQuery, Rcode> read_transfer_query(Octets message) {
    const auto view = MessageView::read(message);
    if (!view) return unexpected(Rcode::FORMERR);
    return read_transfer_query(*view);
}

std::optional<std::chrono::seconds> told_expire(const MessageView& answer) {
    if (!answer.edns) return std::nullopt;
    const auto option = answer.edns->option(EdnsOption::EXPIRE);
    if (!option || option->size() != 4) return std::nullopt;
    return std::chrono::seconds{load_big_endian<std::uint32_t>(option->data())};
}

}  // namespace lockstep
