#pragma once
// A whole message taken apart once: header, question, EDNS, where TSIG starts. Everything else is read on
// demand.
//
// Threads: values. Errors: WireError. Limits: linear in the octets. Security: every record is walked over, so
// what follows may trust positions; OPT at most once and only in the additional section, TSIG at most once
// and last. Standards: RFC 1035 §4, RFC 6891 §6.1.1, RFC 8945 §5.1.

#include "wire/edns.hpp"
#include "wire/header.hpp"
#include "wire/reader.hpp"

#include <optional>

namespace lockstep {

/// A view of its octets.
struct MessageView {
    Octets octets;
    Header header;
    std::optional<QuestionView> question;  // the first one; header.question_count tells how many there are
    std::size_t answer_at = 0;             // position of the first record after the questions
    std::size_t authority_at = 0;
    std::size_t additional_at = 0;
    std::optional<EdnsView> edns;
    std::size_t tsig_at = 0;  // position of the TSIG record, 0 where there is none

    /// Errors: Truncated, those of Name::read, BadSection, BadRdata (an option over the end), Trailing.
    [[nodiscard]] static WireResult<MessageView> read(Octets octets);
    /// The same where the header, which is that of `octets`, has been read already.
    [[nodiscard]] static WireResult<MessageView> read(Octets octets, const Header& header);

private:
    [[nodiscard]] WireResult<void> read_all();
    [[nodiscard]] WireResult<void> walk(MessageReader& reader, unsigned count, Section section);
};

}  // namespace lockstep
