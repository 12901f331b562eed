#include "wire/stored_name.hpp"

#include "support/catch.hpp"
#include "support/name_text.hpp"

#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

using namespace lockstep;
using test::name;

TEST_CASE("a stored name is the name that it was made from, its case too", "[wire]") {
    std::string longest;
    while (longest.size() < 252)
        longest += "a.";
    longest += "b";
    for (const std::string& text :
         {std::string("."), std::string("a."), std::string("Example.ORG."), longest}) {
        const Name original = name(text);
        const StoredName stored(original);
        CHECK(identical(stored, original));
        const StoredName copy(stored);
        CHECK(identical(copy, original));
        CHECK(copy.octets().data() != original.octets().data());
        CHECK(stored.to_string() == original.to_string());
        CHECK(identical(stored.folded(), original.folded()));
    }
    CHECK(StoredName().view().is_root());
}

TEST_CASE("a view of a stored name outlives a move, and what was moved from is the root", "[wire]") {
    std::vector<StoredName> names{name("first.example.")};
    const NameView view = names.front();
    for (int i = 0; i < 100; ++i)
        names.emplace_back(name("other.example."));
    CHECK(view == name("first.example."));
    StoredName taken = std::move(names.front());
    CHECK(view == name("first.example."));
    CHECK(names.front().view().is_root());
    taken = StoredName(name("b."));
    CHECK(taken == name("b."));
    StoredName& same = taken;
    taken = same;
    CHECK(taken == name("b."));
}

TEST_CASE("unordered containers find stored names by any name, whatever its case", "[wire]") {
    std::unordered_set<StoredName, HashName, SameName> names{name("Example.org.")};
    CHECK(names.contains(name("eXAMPLE.ORG.")));
    CHECK(names.contains(name("example.org.").view()));
    CHECK_FALSE(names.contains(name("example.com.")));
}
