#pragma once
// A tree beside a map that it is to equal.

#include "support/catch.hpp"
#include "zone/tree.hpp"
#include "zone/tree_writer.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace lockstep::test {

using Model = std::map<std::string, std::string>;

inline std::string text_of(Octets octets) {
    return std::string(as_text(octets));
}

inline std::string key_at(const TreeCursor& at) {
    NameKey key;
    at.read_key(key);
    return text_of(key.octets());
}

inline void check_same(const ZoneTree& tree, const Model& model) {
    auto at = tree.begin();
    for (const auto& [key, value] : model) {
        REQUIRE(at);
        REQUIRE(key_at(at) == key);
        REQUIRE(text_of(at.value()) == value);
        at.next();
    }
    REQUIRE_FALSE(at);
}

/// The first `on_heap` octets of its pages stand on the heap.
inline ZoneTree write(const Model& model, std::size_t on_heap = 2 * large_page_octets) {
    TreeWriter writer(on_heap);
    for (const auto& [key, value] : model)
        writer.append(as_octets(key), as_octets(value));
    return std::move(writer).finish();
}

}  // namespace lockstep::test
