#include "answer/server_identity.hpp"

#include <algorithm>
#include <array>

namespace lockstep {
namespace {

bool asks_identity(NameView name) {
    using namespace std::literals;
    static constexpr std::array names{"\x02id\x06server\0"sv,
                                      "\x08hostname\x04"
                                      "bind\0"sv};
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view known) { return name == NameView::trusted(as_octets(known)); });
}

}  // namespace

QueryOutcome answer_chaos(const QuestionView& question, const std::optional<std::string>& identity,
                          MessageWriter& writer) {
    const bool asks_text = question.type == RrType::TXT || question.type == RrType::ANY;
    if (!identity || !asks_text || !asks_identity(question.name)) return {.rcode = Rcode::REFUSED};
    std::array<std::byte, 256> rdata{};
    const Octets text = as_octets(*identity).first(std::min<std::size_t>(identity->size(), 255));
    rdata[0] = static_cast<std::byte>(text.size());
    std::copy(text.begin(), text.end(), rdata.begin() + 1);
    const auto before = writer.mark();
    if (!writer.record(Section::Answer, question.name, RrType::TXT, RrClass::CH, 0,
                       Octets(rdata).first(1 + text.size()))) {
        writer.rollback(before);
        return {.authoritative = true, .truncated = true};
    }
    return {.authoritative = true};
}

}  // namespace lockstep
