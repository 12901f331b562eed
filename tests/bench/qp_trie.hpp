#pragma once
// The candidate that lost: a persistent qp-trie over the same keys and values as ZoneTree, after Tony Finch's
// qp-trie with one branch a character. Kept for the comparison in common/README.md; nothing but the benchmark
// uses it.

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

namespace lockstep::bench {

/// How octets become symbols.
struct SymbolTable {
    std::array<std::uint8_t, 256> first{};
    std::array<std::uint8_t, 256> second{};
    constexpr SymbolTable() {
        unsigned next = 0;
        unsigned in_group = 48;
        for (unsigned octet = 0; octet < 256; ++octet) {
            const bool common = octet == 0 || octet == '-' || octet == '_' ||
                                (octet >= '0' && octet <= '9') || (octet >= 'a' && octet <= 'z');
            if (common) {
                first[octet] = static_cast<std::uint8_t>(++next);
                in_group = 48;
            } else {
                if (in_group == 48) {
                    ++next;
                    in_group = 1;
                }
                first[octet] = static_cast<std::uint8_t>(next);
                second[octet] = static_cast<std::uint8_t>(in_group++);
            }
        }
    }
};
inline constexpr SymbolTable symbol_table;

/// Value type like ZoneTree: copying shares, changing copies the path that others share.
class QpTrie {
public:
    QpTrie() = default;
    QpTrie(const QpTrie& other) : root_(other.root_) { hold(root_); }
    QpTrie(QpTrie&& other) noexcept : root_(std::exchange(other.root_, Node{})) {}
    QpTrie& operator=(QpTrie other) noexcept {
        std::swap(root_, other.root_);
        return *this;
    }
    ~QpTrie() { release(root_); }

    [[nodiscard]] std::optional<Octets> find(Octets key) const {
        if (root_.is_empty()) return std::nullopt;
        const Symbols symbols(key);
        const Node* node = &root_;
        while (node->is_branch()) {
            const unsigned bit = symbols.at(node->offset());
            if (!node->has(bit)) return std::nullopt;
            node = node->twigs + node->position(bit);
        }
        const Leaf& leaf = node->leaf();
        if (!equal_octets(leaf.key(), key)) return std::nullopt;
        return leaf.value();
    }

    void put(Octets key, Octets value) {
        const Node added = make_leaf(key, value);
        if (root_.is_empty()) {
            root_ = added;
            return;
        }
        const Symbols symbols(key);
        const Node* near = &root_;
        while (near->is_branch()) {
            const unsigned bit = symbols.at(near->offset());
            near = near->twigs + (near->has(bit) ? near->position(bit) : 0);
        }
        const Symbols other(near->leaf().key());
        std::size_t offset = 0;
        const std::size_t end = std::max(symbols.size, other.size);
        while (offset < end && symbols.at(offset) == other.at(offset))
            ++offset;

        Node* node = &root_;
        while (node->is_branch() && node->offset() < offset) {
            own(*node);
            node = node->twigs + node->position(symbols.at(node->offset()));
        }
        if (offset == end) {
            while (node->is_branch()) {
                own(*node);
                node = node->twigs + node->position(symbols.at(node->offset()));
            }
            release(*node);
            *node = added;
        } else if (node->is_branch() && node->offset() == offset) {
            insert_twig(*node, symbols.at(offset), added);
        } else {
            const unsigned mine = symbols.at(offset);
            const unsigned theirs = other.at(offset);
            Node branch;
            branch.word = Node::branch_tag | std::uint64_t{offset} << Node::offset_shift |
                          Node::bit_of(mine) | Node::bit_of(theirs);
            branch.twigs = allocate(2);
            branch.twigs[mine > theirs] = added;
            branch.twigs[mine < theirs] = *node;
            *node = branch;
        }
    }

    /// Calls `visit(key, value)` in key order.
    template <class Visit>
    void walk(const Visit& visit) const {
        if (!root_.is_empty()) walk(root_, visit);
    }

private:
    /// A key's octets as 6-bit symbols that order like them: a character that host names are made of is one
    /// symbol, any other octet two. 0 is the end of the key.
    struct Symbols {
        explicit Symbols(Octets key) {
            for (const std::byte octet : key) {
                const auto value = std::to_integer<std::size_t>(octet);
                symbols[size++] = symbol_table.first[value];
                if (symbol_table.second[value] != 0) symbols[size++] = symbol_table.second[value];
            }
        }
        [[nodiscard]] unsigned at(std::size_t offset) const { return offset < size ? symbols[offset] : 0U; }
        std::size_t size = 0;
        std::array<std::uint8_t, 1024> symbols;
    };

    struct Leaf {
        std::atomic<std::uint32_t> references{1};
        std::uint32_t key_octets = 0;
        std::uint32_t value_octets = 0;
        [[nodiscard]] const std::byte* octets() const { return reinterpret_cast<const std::byte*>(this + 1); }
        [[nodiscard]] Octets key() const { return {octets(), key_octets}; }
        [[nodiscard]] Octets value() const { return {octets() + key_octets, value_octets}; }
    };

    /// A branch: tag, which symbols have a twig, the offset of the symbol that decides; and the twigs. A
    /// leaf: its address.
    struct Node {
        static constexpr std::uint64_t branch_tag = 1;
        static constexpr unsigned bitmap_shift = 1;  // 50 bits
        static constexpr unsigned offset_shift = 52;
        static constexpr std::uint64_t bitmap_mask = ((std::uint64_t{1} << 51) - 1) << bitmap_shift;

        std::uint64_t word = 0;
        Node* twigs = nullptr;

        static std::uint64_t bit_of(unsigned symbol) { return std::uint64_t{1} << (bitmap_shift + symbol); }
        [[nodiscard]] bool is_empty() const { return word == 0; }
        [[nodiscard]] bool is_branch() const { return (word & branch_tag) != 0; }
        [[nodiscard]] std::size_t offset() const { return word >> offset_shift; }
        [[nodiscard]] bool has(unsigned symbol) const { return (word & bit_of(symbol)) != 0; }
        [[nodiscard]] std::size_t position(unsigned symbol) const {
            return static_cast<std::size_t>(std::popcount(word & bitmap_mask & (bit_of(symbol) - 1)));
        }
        [[nodiscard]] std::size_t count() const {
            return static_cast<std::size_t>(std::popcount(word & bitmap_mask));
        }
        [[nodiscard]] Leaf& leaf() const { return *reinterpret_cast<Leaf*>(word); }
    };

    using Count = std::atomic<std::uint64_t>;
    static Count& references(const Node* twigs) {
        return *reinterpret_cast<Count*>(reinterpret_cast<std::byte*>(const_cast<Node*>(twigs)) -
                                         sizeof(Count));
    }
    static Node* allocate(std::size_t count) {
        auto* block = static_cast<std::byte*>(::operator new(sizeof(Count) + count * sizeof(Node)));
        new (block) Count(1);
        return reinterpret_cast<Node*>(block + sizeof(Count));
    }
    static void deallocate(Node* twigs) { ::operator delete(&references(twigs)); }

    static Node make_leaf(Octets key, Octets value) {
        auto* leaf = new (::operator new(sizeof(Leaf) + key.size() + value.size())) Leaf;
        leaf->key_octets = static_cast<std::uint32_t>(key.size());
        leaf->value_octets = static_cast<std::uint32_t>(value.size());
        auto* out = reinterpret_cast<std::byte*>(leaf + 1);
        std::copy(key.begin(), key.end(), out);
        std::copy(value.begin(), value.end(), out + key.size());
        return {reinterpret_cast<std::uint64_t>(leaf), nullptr};
    }
    static void hold(const Node& node) {
        if (node.is_empty()) return;
        if (node.is_branch()) {
            references(node.twigs).fetch_add(1, std::memory_order_relaxed);
        } else {
            node.leaf().references.fetch_add(1, std::memory_order_relaxed);
        }
    }
    static void release(const Node& node) {
        if (node.is_empty()) return;
        if (!node.is_branch()) {
            if (node.leaf().references.fetch_sub(1, std::memory_order_acq_rel) == 1)
                ::operator delete(&node.leaf());
            return;
        }
        if (references(node.twigs).fetch_sub(1, std::memory_order_acq_rel) != 1) return;
        for (std::size_t i = 0; i < node.count(); ++i)
            release(node.twigs[i]);
        deallocate(node.twigs);
    }
    /// Makes the branch's twigs this trie's alone.
    static void own(Node& node) {
        if (references(node.twigs).load(std::memory_order_acquire) == 1) return;
        Node* copy = allocate(node.count());
        for (std::size_t i = 0; i < node.count(); ++i) {
            copy[i] = node.twigs[i];
            hold(copy[i]);
        }
        release(node);
        node.twigs = copy;
    }
    static void insert_twig(Node& node, unsigned symbol, const Node& added) {
        const std::size_t count = node.count();
        const std::size_t at = node.position(symbol);
        Node* copy = allocate(count + 1);
        for (std::size_t i = 0; i < count; ++i) {
            copy[i + (i >= at)] = node.twigs[i];
            hold(node.twigs[i]);
        }
        copy[at] = added;
        release(node);
        node.word |= Node::bit_of(symbol);
        node.twigs = copy;
    }
    template <class Visit>
    static void walk(const Node& node, const Visit& visit) {
        if (!node.is_branch()) {
            visit(node.leaf().key(), node.leaf().value());
            return;
        }
        for (std::size_t i = 0; i < node.count(); ++i)
            walk(node.twigs[i], visit);
    }

    Node root_;
};

}  // namespace lockstep::bench
