#pragma once
// Long texts cut into parts that threads read side by side. Only what is in order throughout is read so; what
// has anything to be told is read in its order, so that all rules of telling stay with the one parser.
//
// Threads: the caller's and LoadOptions::readers - 1 more, which are gone when read_parts() returns. They
// share nothing but the text.

#include "zone/builder.hpp"
#include "zonefile/parser.hpp"
#include "zonefile/zone_file.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace lockstep {

/// `text` as a head and the parts behind it, or as one where it is too short to be cut or cannot be: from the
/// end of the head on no directive may stand, nor a parenthesis, be it in a comment. Each part begins with an
/// owner.
[[nodiscard]] std::vector<std::string_view> cut_text(std::string_view text, const LoadOptions& options);

/// What the records of each part make; nothing where some part has a fault, asks for a warning or holds an
/// SOA.
[[nodiscard]] std::optional<std::vector<ZoneBuilder>> read_parts(std::span<const std::string_view> parts,
                                                                 const Name& apex, const LoadOptions& options,
                                                                 const ZoneFileParser::Standing& standing);

}  // namespace lockstep
