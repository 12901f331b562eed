#pragma once
// The gate in front of everything: from the header alone, what is worth reading on.
//
// Threads: pure. Errors: none. Security: a response is never answered, on any opcode, nor is anything shorter
// than a header. Standards: RFC 1035 §4.1.1, RFC 6895 §2.2, RFC 9619 (one question, or
// none where a QUERY asks for a cookie alone, RFC 7873 §5.4).

#include "wire/header.hpp"

namespace lockstep {

enum class Accept : std::uint8_t { Drop, FormErr, NotImp, Yes };

[[nodiscard]] inline Accept accept(Octets message) {
    if (message.size() < header_octets) return Accept::Drop;
    const Header header = Header::read(message);
    if (header.response) return Accept::Drop;
    switch (header.opcode) {
    case Opcode::Query: return header.question_count <= 1 ? Accept::Yes : Accept::FormErr;
    case Opcode::Notify:
    case Opcode::Update: return header.question_count == 1 ? Accept::Yes : Accept::FormErr;
    default: return Accept::NotImp;
    }
}

}  // namespace lockstep
