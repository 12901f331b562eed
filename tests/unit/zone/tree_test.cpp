#include "zone/tree.hpp"

#include "tree_model.hpp"
#include "zone/page.hpp"

#include <random>
#include <string>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

/// A key of the form that names have: labels of octets above 1, each ended by 0x00. Few distinct labels, so
/// that prefixes, equal heads and repeated keys are frequent.
std::string random_key(std::mt19937& random) {
    static const std::vector<std::string> labels{"a",
                                                 "b",
                                                 "aaaa",
                                                 "aaaaa",
                                                 "aaaab",
                                                 "\x01\x01",
                                                 "\x01\x02",
                                                 "\xff\xff",
                                                 "mail",
                                                 std::string(63, 'x'),
                                                 std::string(63, 'x').replace(60, 3, "yyy")};
    std::string key;
    for (auto count = random() % 5; count > 0; --count) {
        key += random() % 3 == 0 ? std::to_string(random() % 500) : labels[random() % labels.size()];
        key += '\0';
    }
    return key;
}

std::string random_value(std::mt19937& random) {
    const std::size_t octets = random() % 40 == 0 ? 900 + random() % 800 : 1 + random() % 60;
    return std::string(octets, static_cast<char>('a' + random() % 26));
}

void check_seeks(const ZoneTree& tree, const Model& model, const std::string& key) {
    const auto found = tree.find(as_octets(key));
    const auto expected = model.find(key);
    REQUIRE(found.has_value() == (expected != model.end()));
    if (found) REQUIRE(text_of(*found) == expected->second);

    const auto after = model.lower_bound(key);
    auto at = tree.at_or_after(as_octets(key));
    REQUIRE(static_cast<bool>(at) == (after != model.end()));
    if (at) {
        REQUIRE(key_at(at) == after->first);
        at.previous();
        REQUIRE(static_cast<bool>(at) == (after != model.begin()));
        if (at) REQUIRE(key_at(at) == std::prev(after)->first);
    }

    const auto above = model.upper_bound(key);
    bool exact = false;
    at = tree.at_or_before(as_octets(key), exact);
    REQUIRE(exact == found.has_value());
    REQUIRE(static_cast<bool>(at) == (above != model.begin()));
    if (at) {
        REQUIRE(key_at(at) == std::prev(above)->first);
        at.next();
        REQUIRE(static_cast<bool>(at) == (above != model.end()));
        if (at) REQUIRE(key_at(at) == above->first);
    }

    // From near, and from both ends.
    for (const auto& from : {tree.at_or_before(as_octets(key), exact), tree.begin(),
                             tree.at_or_before(as_octets(std::string(3, '\xff')), exact)}) {
        if (!from) continue;
        const auto same = from.find(as_octets(key));
        REQUIRE(same.has_value() == found.has_value());
        if (found) REQUIRE(same->data() == found->data());
    }
}

}  // namespace

TEST_CASE("a tree holds what a map holds, through thousands of changes, and old versions stay as they were",
          "[zone]") {
    const auto seed = GENERATE(1U, 2U, 3U);
    std::mt19937 random(seed);
    ZoneTree tree;
    Model model;
    std::vector<std::pair<ZoneTree, Model>> versions;
    for (int step = 0; step < 6000; ++step) {
        // Grows, then shrinks to nothing much.
        const bool put = random() % 100 < (step < 3500 ? 75U : 15U);
        std::string key = random_key(random);
        if (put) {
            const std::string value = random_value(random);
            tree.put(as_octets(key), as_octets(value));
            model[key] = value;
        } else {
            if (!model.empty() && random() % 4 != 0) {
                const auto at = model.lower_bound(key);
                key = at == model.end() ? model.begin()->first : at->first;
            }
            REQUIRE(tree.erase(as_octets(key)) == (model.erase(key) == 1));
        }
        if (step % 500 == 0) versions.emplace_back(tree, model);
        if (step % 10 == 0) check_seeks(tree, model, random_key(random));
        if (step % 1000 == 0) check_same(tree, model);
    }
    check_same(tree, model);
    while (!model.empty()) {
        const auto at = model.lower_bound(random_key(random));
        const std::string key = at == model.end() ? model.begin()->first : at->first;
        REQUIRE(tree.erase(as_octets(key)));
        model.erase(key);
    }
    REQUIRE(tree.empty());
    for (const auto& [old_tree, old_model] : versions) {
        check_same(old_tree, old_model);
        for (int i = 0; i < 200; ++i)
            check_seeks(old_tree, old_model, random_key(random));
    }
}

TEST_CASE("a tree written from sorted entries equals one made by single changes", "[zone]") {
    std::mt19937 random(7);
    Model model;
    ZoneTree changed;
    for (int i = 0; i < 4000; ++i) {
        const std::string key = random_key(random);
        const std::string value = random_value(random);
        model[key] = value;
        changed.put(as_octets(key), as_octets(value));
    }
    ZoneTree written = write(model);
    check_same(written, model);
    check_same(changed, model);
    for (int i = 0; i < 2000; ++i)
        check_seeks(written, model, random_key(random));
    // And it takes changes like any other.
    for (int i = 0; i < 500; ++i) {
        const std::string key = random_key(random);
        written.put(as_octets(key), as_octets(std::string_view("new")));
        model[key] = "new";
    }
    check_same(written, model);
}

TEST_CASE("a tree written from nothing is empty", "[zone]") {
    const ZoneTree tree = write({});
    REQUIRE(tree.empty());
    REQUIRE_FALSE(tree.begin());
    bool exact = true;
    REQUIRE_FALSE(tree.at_or_before(as_octets("a"), exact));
    REQUIRE_FALSE(exact);
    REQUIRE_FALSE(tree.at_or_after({}));
}

TEST_CASE("keys and values of the largest size find room in pages", "[zone]") {
    Model model;
    for (int i = 0; i < 64; ++i) {
        std::string key(500, '\x01');
        key[480] = static_cast<char>(2 + i);
        key += '\0';
        model[key] = std::string(inline_value_octets - 10 + static_cast<std::size_t>(i % 20), 'v');
        model["z" + std::to_string(i) + '\0'] = std::string(70000, 'w');
    }
    const ZoneTree written = write(model);
    check_same(written, model);
    ZoneTree changed;
    for (auto at = model.rbegin(); at != model.rend(); ++at)
        changed.put(as_octets(at->first), as_octets(at->second));
    check_same(changed, model);
    for (const auto& [key, value] : model) {
        REQUIRE(changed.erase(as_octets(key)));
    }
    REQUIRE(changed.empty());
    check_same(written, model);
}

TEST_CASE("a changed version shares all but the path to the change", "[zone]") {
    Model model;
    for (int i = 0; i < 20000; ++i) {
        std::string key = std::to_string(1000000 + i);
        key += '\0';
        model[key] = std::string(50, 'v');
    }
    const ZoneTree before = write(model);
    ZoneTree after = before;
    after.put(as_octets(std::string_view("1010000\0", 8)), as_octets("changed"));
    std::size_t visited = 0;
    std::size_t different = 0;
    auto a = before.begin();
    auto b = after.begin();
    while (a && b) {
        ++visited;
        if (a.shares_entry(b)) {
            TreeCursor::skip_shared(a, b);
            continue;
        }
        if (!equal_octets(a.value(), b.value())) ++different;
        a.next();
        b.next();
    }
    REQUIRE_FALSE(a);
    REQUIRE_FALSE(b);
    REQUIRE(different == 1);
    REQUIRE(visited < 800);  // of 20,000 entries
}

TEST_CASE("a tree that lost most of its entries gives the room back", "[zone]") {
    Model model;
    for (int i = 0; i < 20000; ++i) {
        std::string key = std::to_string(1000000 + i);
        key += '\0';
        model[key] = std::string(50, 'v');
    }
    ZoneTree tree = write(model);
    const std::size_t full = tree.memory_octets();
    int i = 0;
    for (const auto& [key, value] : model) {
        if (i++ % 20 != 0) REQUIRE(tree.erase(as_octets(key)));
    }
    REQUIRE(tree.memory_octets() < full / 4);
}
