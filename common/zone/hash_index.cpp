#include "zone/hash_index.hpp"

#include "zone/tree_writer.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lockstep {
namespace {

constexpr std::array<std::byte, 1> there{};

/// The hash that the owner with this key stands for: one label, written without escapes, and its end.
std::optional<Nsec3Hash> hash_of_key(Octets key) {
    if (key.size() != nsec3_label_octets + 1) return std::nullopt;
    return nsec3_hash_of(key.first(nsec3_label_octets));
}

bool has_any_nsec3(Octets node) {
    return !node.empty() && NodeView(node).has(RrType::NSEC3);
}

ZoneTree all_hashes(const ZoneTree& nodes, const Nsec3Params& params) {
    TreeWriter writer;
    NameKey key;
    for (auto at = nodes.begin(); at; at.next()) {
        const NodeView node(at.value());
        if (!has_nsec3(node, params)) continue;
        at.read_key(key);
        // Base 32 hex keeps the order.
        if (const auto hash = hash_of_key(key.octets())) writer.append(*hash, there);
    }
    return std::move(writer).finish();
}

}  // namespace

HashIndex::HashIndex(ZoneTree hashes, const std::optional<Nsec3Params>& params)
    : hashes_(std::move(hashes)), known_(params.has_value()) {
    if (!params) return;
    iterations_ = params->iterations;
    salt_.assign(params->salt.begin(), params->salt.end());
}

void HashIndex::changed(Octets key, Octets before, Octets after) {
    if (has_any_nsec3(before) || has_any_nsec3(after)) changed_.emplace_back(key.begin(), key.end());
}

ZoneTree HashIndex::finish(const ZoneTree& nodes) && {
    const auto apex = nodes.find({});
    const auto params = apex ? nsec3_params(NodeView(*apex)) : std::nullopt;
    if (!params) return {};
    if (!known_ || params->iterations != iterations_ || !equal_octets(params->salt, salt_))
        return all_hashes(nodes, *params);
    for (const auto& key : changed_) {
        const auto hash = hash_of_key(key);
        if (!hash) continue;
        const auto node = nodes.find(key);
        if (node && has_nsec3(NodeView(*node), *params)) {
            hashes_.put(*hash, there);
        } else {
            (void)hashes_.erase(*hash);
        }
    }
    return std::move(hashes_);
}

}  // namespace lockstep
