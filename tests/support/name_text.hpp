#pragma once
// Names as tests write them.

#include "wire/name.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace lockstep::test {

inline Name name(std::string_view text) {
    auto parsed = Name::parse_absolute(text);
    if (!parsed) throw std::invalid_argument("not a name: " + std::string(text));
    return *parsed;
}

}  // namespace lockstep::test
