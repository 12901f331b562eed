// The rules against a model of them, on random rules and random messages. CVE-2020-8624 and the like: names
// that end alike, fields that are passed over, deletions that shift a counter.

#include "base/random.hpp"
#include "update_fixture.hpp"

#include <array>
#include <map>
#include <set>

using namespace lockstep;
using namespace lockstep::test;

namespace {

using Texts = std::vector<std::string>;

/// A rule in words, and what the model says of it.
struct Rule {
    Texts patterns;  // relative to the zone; empty: all
    Texts types;     // empty: all
    std::size_t most = 65535;
    unsigned longest = 2147483647;

    [[nodiscard]] static bool fits(const std::string& pattern, const std::string& owner) {
        if (pattern == "*") return true;
        if (pattern.starts_with("*."))
            return owner.ends_with(pattern.substr(1)) && owner.size() >= pattern.size();
        if (pattern.ends_with(".*")) return (owner + ".").starts_with(pattern.substr(0, pattern.size() - 1));
        return owner == pattern;
    }
    [[nodiscard]] bool covers(const std::string& owner, const std::string& type) const {
        const bool name_fits =
            patterns.empty() ||
            std::any_of(patterns.begin(), patterns.end(), [&](const auto& one) { return fits(one, owner); });
        return name_fits && (types.empty() || std::find(types.begin(), types.end(), type) != types.end());
    }
    [[nodiscard]] UpdateRule real() const {
        UpdateRule made;
        for (const auto& pattern : patterns) {
            if (pattern == "*") {
                made.names.push_back({NamePattern::Kind::Anything, Name()});
            } else if (pattern.starts_with("*.")) {
                made.names.push_back({NamePattern::Kind::Below, name(pattern.substr(2) + ".example.com.")});
            } else if (pattern.ends_with(".*")) {
                made.names.push_back(
                    {NamePattern::Kind::FirstLabel, name(pattern.substr(0, pattern.size() - 1))});
            } else {
                made.names.push_back({NamePattern::Kind::Exactly, name(pattern + ".example.com.")});
            }
        }
        for (const auto& type : types)
            made.types.push_back(*parse_type(type));
        made.max_records = most;
        made.max_ttl = longest;
        return made;
    }
};

constexpr std::array owners{"a",
                            "b.a",
                            "c.b.a",
                            "ab",
                            "ba",
                            "x-a",
                            "_acme-challenge",
                            "_acme-challenge.a",
                            "x._acme-challenge",
                            "_acme-challenge-a",
                            "_acme-challenge.b.a"};
constexpr std::array patterns{"a", "*.a", "b.a", "*.b.a", "_acme-challenge.*", "a.*", "*", "_acme-challenge"};
constexpr std::array some_types{"A", "TXT", "AAAA"};
const std::map<std::string, Texts> rdata{{"A", {"192.0.2.1", "192.0.2.2", "192.0.2.3"}},
                                         {"TXT", {"\"1\"", "\"2\"", "\"3\""}},
                                         {"AAAA", {"2001:db8::1", "2001:db8::2", "2001:db8::3"}}};

/// What the zone holds at names that updates are about: rdata by owner and type.
using Held = std::map<std::pair<std::string, std::string>, std::set<std::string>>;

struct Model : UpdateScene {
    SeededRandom random{47};
    std::vector<Rule> written;
    Held held;

    template <class List>
    [[nodiscard]] std::string one_of(const List& list) {
        return list[random.below(list.size())];
    }

    void draw_rules() {
        written.clear();
        rules.clear();
        for (auto count = 1 + random.below(3); count > 0; --count) {
            Rule rule;
            for (auto names = random.below(3); names > 0; --names)
                rule.patterns.push_back(one_of(patterns));
            for (auto kinds = random.below(3); kinds > 0; --kinds)
                rule.types.push_back(one_of(some_types));
            if (random.below(2) == 0) rule.most = 1 + random.below(2);
            if (random.below(2) == 0) rule.longest = 60;
            written.push_back(rule);
            rules.push_back(rule.real());
        }
    }

    [[nodiscard]] bool covered(const std::string& owner, const std::string& type) const {
        return std::any_of(written.begin(), written.end(),
                           [&](const Rule& rule) { return rule.covers(owner, type); });
    }
    [[nodiscard]] bool may_add(const std::string& owner, const std::string& type, std::size_t count,
                               unsigned ttl) const {
        return std::any_of(written.begin(), written.end(), [&](const Rule& rule) {
            return rule.covers(owner, type) && count <= rule.most && ttl <= rule.longest;
        });
    }
    /// All of a name may go where a rule is about all types there, or where each type that is there is
    /// covered.
    [[nodiscard]] bool may_clear(const std::string& owner) const {
        bool named = false;
        for (const Rule& rule : written) {
            const bool fits = std::any_of(some_types.begin(), some_types.end(),
                                          [&](const char* type) { return rule.covers(owner, type); });
            if (fits && rule.types.empty()) return true;
            named = named || fits;
        }
        return named && std::all_of(some_types.begin(), some_types.end(), [&](const char* type) {
                   const auto at = held.find({owner, type});
                   return at == held.end() || at->second.empty() || covered(owner, type);
               });
    }

    /// Draws a message, and sends it; whether it is allowed is the model's word.
    void exchange() {
        UpdateBuilder message;
        Held next = held;
        bool allowed = true;
        for (auto steps = 1 + random.below(4); steps > 0; --steps) {
            const auto owner = one_of(owners);
            const auto type = one_of(some_types);
            const auto value = one_of(rdata.at(type));
            auto& records = next[{owner, type}];
            switch (random.below(5)) {
            case 0:
                message.remove_name(owner);
                allowed = allowed && may_clear(owner);
                for (const char* each : some_types)
                    next[{owner, each}].clear();
                break;
            case 1:
                message.remove_rrset(owner, *parse_type(type));
                allowed = allowed && covered(owner, type);
                records.clear();
                break;
            case 2:
                message.remove(fmt::format("{} 0 {} {}", owner, type, value));
                allowed = allowed && covered(owner, type);
                records.erase(value);
                break;
            default: {
                const unsigned ttl = random.below(2) == 0 ? 60 : 61;
                message.add(fmt::format("{} {} {} {}", owner, ttl, type, value));
                records.insert(value);
                allowed = allowed && may_add(owner, type, records.size(), ttl);
            }
            }
        }
        REQUIRE(send(std::move(message)) == (allowed ? "NOERROR" : "REFUSED"));
        if (allowed) held = next;
    }

    void check_zone() {
        for (const char* owner : owners) {
            std::set<std::string> wanted;
            for (const char* type : some_types) {
                for (const auto& value : held[{owner, type}])
                    wanted.insert(fmt::format("{} {}", type, value));
            }
            std::set<std::string> found;
            for (const auto& line : at(owner))
                found.insert(line.substr(line.find(' ') + 1));
            REQUIRE(found == wanted);
        }
    }
};

}  // namespace

TEST_CASE_METHOD(Model, "Random messages under random rules are judged as a model judges them",
                 "[update][acl]") {
    std::size_t refused = 0;
    constexpr int rounds = 300;
    constexpr int messages = 30;
    for (int round = 0; round < rounds; ++round) {
        draw_rules();
        for (int i = 0; i < messages; ++i) {
            INFO("round " << round << ", message " << i);
            exchange();
            refused += outcome.rcode == Rcode::REFUSED ? 1 : 0;
        }
        check_zone();
    }
    // Both happen often, or the test would show nothing.
    CHECK(refused > rounds * messages / 10);
    CHECK(refused < rounds * messages * 9 / 10);
}
