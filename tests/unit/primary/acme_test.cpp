// What a grant amounts to: a rule beside those of the configuration.

#include "primary/acme.hpp"

#include "support/catch.hpp"
#include "support/name_text.hpp"

using namespace lockstep;
using lockstep::test::name;

namespace {

const IpAddress anywhere = *IpAddress::parse("203.0.113.9");

TsigKey key(std::string_view text, std::string_view secret = "a secret of some length") {
    return {
        .name = name(text), .algorithm = TsigAlgorithm::HmacSha256, .secret = make_secret(as_octets(secret))};
}
AcmeGrant grant(std::string_view host, std::string_view key_name) {
    return {.host = name(host), .key = key(key_name, key_name), .made_at = ""};
}

/// Zones example.com. and sub.example.com. with a transfer and an update rule each, other.example. without
/// any.
AccessPolicyPtr base() {
    auto policy = std::make_shared<AccessPolicy>();
    policy->keys = TsigKeyring::make({key("configured.")}).value();
    policy->identity = "ns1";
    const auto configured = policy->keys.find(name("configured."));
    auto access = std::make_shared<ZoneAccess>();
    access->transfer.push_back({std::nullopt, configured, "secondary ns2"});
    access->update.push_back({{std::nullopt, configured, "update rule 1"}, UpdateRule{}});
    policy->zones.emplace(name("example.com."), access);
    policy->zones.emplace(name("sub.example.com."), access);
    policy->zones.emplace(name("other.example."), std::make_shared<ZoneAccess>());
    return policy;
}

const std::vector<UpdateAccess>& rules(const AccessPolicyPtr& policy, std::string_view zone) {
    const auto* access = policy->access(name(zone));
    REQUIRE(access != nullptr);
    return access->update;
}

/// The rule of `zone` that lets `key_name` in; none: null.
const UpdateAccess* rule_for(const AccessPolicyPtr& policy, std::string_view zone,
                             std::string_view key_name) {
    const auto used = policy->keys.find(name(key_name));
    REQUIRE(used);
    const UpdateAccess* found = nullptr;
    for (const auto& rule : rules(policy, zone)) {
        if (rule.matches(anywhere, used.get())) found = &rule;
    }
    return found;
}

/// Whether `policy` says nothing but what base() does.
void check_is_base(const AccessPolicyPtr& policy) {
    CHECK(policy->keys.keys().size() == 1);
    CHECK(policy->zones.size() == 3);
    CHECK(rules(policy, "example.com.").size() == 1);
    CHECK(rules(policy, "sub.example.com.").size() == 1);
    CHECK(rules(policy, "other.example.").empty());
}

}  // namespace

TEST_CASE("a rule for challenges is TXT at one name, bounded in number, TTL and time", "[acme]") {
    const auto rule = acme_rule(name("_acme-challenge.www.example.com."), 7);
    CHECK(rule.covers(name("_ACME-challenge.www.example.com."), RrType::TXT));
    CHECK_FALSE(rule.covers(name("_acme-challenge.www.example.com."), RrType::A));
    CHECK_FALSE(rule.covers(name("_acme-challenge.www.example.com."), RrType::ANY));
    CHECK_FALSE(rule.covers(name("www.example.com."), RrType::TXT));
    CHECK_FALSE(rule.covers(name("x._acme-challenge.www.example.com."), RrType::TXT));
    CHECK_FALSE(rule.covers(name("_acme-challenge.example.com."), RrType::TXT));
    CHECK(rule.max_records == 7U);
    CHECK(rule.max_ttl == 3600U);
    CHECK(rule.lifetime == seconds{3600});
    CHECK(rule.waits.has_value());
    CHECK_FALSE(rule.who.key);
    CHECK_FALSE(rule.who.prefix.has_value());
}

TEST_CASE("a name is in the nearest zone above it, or in its own", "[acme]") {
    const auto policy = base();
    const auto zone = [&](std::string_view text) { return zone_in(*policy, name(text)); };
    CHECK(zone("a.b.example.com.") == name("example.com."));
    CHECK(zone("EXAMPLE.com.") == name("example.com."));
    CHECK(zone("a.sub.example.com.") == name("sub.example.com."));
    CHECK(zone("sub.example.com.") == name("sub.example.com."));
    CHECK(zone("asub.example.com.") == name("example.com."));
    CHECK_FALSE(zone("com.").has_value());
    CHECK_FALSE(zone("notexample.com.").has_value());
    CHECK_FALSE(zone(".").has_value());
    auto root = std::make_shared<AccessPolicy>(*policy);
    root->zones.emplace(Name(), std::make_shared<ZoneAccess>());
    CHECK(zone_in(*root, name("notexample.com.")) == Name());
    CHECK(zone_in(*root, Name()) == Name());
}

TEST_CASE("without grants the policy is the configuration's own", "[acme]") {
    const auto before = base();
    CHECK(with_grants(before, {}) == before);
}

TEST_CASE("a grant stands beside the rules of the configuration, and leaves them as they are", "[acme]") {
    const auto before = base();
    const auto after = with_grants(before, {grant("www.example.com.", "acme.www.example.com.")});
    REQUIRE(rules(after, "example.com.").size() == 2);
    CHECK(rules(after, "example.com.")[0].label == "update rule 1");
    CHECK(rule_for(after, "example.com.", "configured.") == &rules(after, "example.com.")[0]);

    const auto* granted = rule_for(after, "example.com.", "acme.www.example.com.");
    REQUIRE(granted == &rules(after, "example.com.")[1]);
    CHECK(granted->label == "acme grant www.example.com.");
    CHECK_FALSE(granted->matches(anywhere, nullptr));
    UpdateRule wanted = acme_rule(name("_acme-challenge.www.example.com."), 16);
    wanted.who.key = granted->key;
    CHECK(granted->allows == wanted);
    CHECK(secret_view(granted->key->secret).size() == std::string_view("acme.www.example.com.").size());

    const auto* access = after->access(name("example.com."));
    REQUIRE(access->transfer.size() == 1);
    CHECK(access->transfer[0].label == "secondary ns2");
    CHECK(after->identity == before->identity);
    CHECK(after->keys.keys().size() == 2);
    CHECK(after->zones.size() == 3);
    CHECK(rules(after, "sub.example.com.").size() == 1);
    CHECK(rules(after, "other.example.").empty());
    check_is_base(before);
}

TEST_CASE("a grant is in the zone that its challenge is in, the longest one", "[acme]") {
    const auto after =
        with_grants(base(), {grant("www.sub.example.com.", "k1."), grant("other.example.", "k2."),
                             grant("sub.example.com.", "k3.")});
    CHECK(rules(after, "example.com.").size() == 1);
    CHECK(rule_for(after, "sub.example.com.", "k1.") != nullptr);
    CHECK(rule_for(after, "sub.example.com.", "k3.") != nullptr);
    CHECK(rules(after, "sub.example.com.").size() == 3);
    CHECK(rule_for(after, "other.example.", "k2.") != nullptr);
    CHECK(rule_for(after, "other.example.", "k1.") == nullptr);
}

TEST_CASE("a zone of the challenge alone is where the grant is", "[acme]") {
    auto policy = std::make_shared<AccessPolicy>(*base());
    policy->zones.emplace(name("_acme-challenge.www.example.com."), std::make_shared<ZoneAccess>());
    const auto after = with_grants(policy, {grant("www.example.com.", "k1.")});
    CHECK(rules(after, "example.com.").size() == 1);
    CHECK(rules(after, "_acme-challenge.www.example.com.").size() == 1);
}

TEST_CASE("several grants in one zone are each for its own host", "[acme]") {
    const auto after = with_grants(base(), {grant("a.example.com.", "ka."), grant("b.example.com.", "kb."),
                                            grant("a.example.com.", "second.")});
    REQUIRE(rules(after, "example.com.").size() == 4);
    CHECK(after->keys.keys().size() == 4);
    const auto covers = [&](std::string_view key_name, std::string_view host) {
        const auto* rule = rule_for(after, "example.com.", key_name);
        REQUIRE(rule != nullptr);
        return rule->allows.covers(name("_acme-challenge." + std::string(host)), RrType::TXT);
    };
    CHECK(covers("ka.", "a.example.com."));
    CHECK_FALSE(covers("ka.", "b.example.com."));
    CHECK(covers("kb.", "b.example.com."));
    CHECK_FALSE(covers("kb.", "a.example.com."));
    CHECK(covers("second.", "a.example.com."));
}

TEST_CASE("a host that is in none of the zones has no rule", "[acme]") {
    const auto after =
        with_grants(base(), {grant("www.example.org.", "k1."), grant("www.example.com.", "k2.")});
    CHECK(rules(after, "example.com.").size() == 2);
    CHECK(rule_for(after, "example.com.", "k1.") == nullptr);
    CHECK(after->zones.size() == 3);
}

TEST_CASE("a host too long to have a challenge has no rule, and the others have theirs", "[acme]") {
    const std::string label(63, 'x');
    const std::string host = label + "." + label + "." + label + "." + std::string(45, 'y') + ".example.com.";
    const auto after = with_grants(base(), {grant(host, "k1."), grant("www.example.com.", "k2.")});
    CHECK(rules(after, "example.com.").size() == 2);
    CHECK(rule_for(after, "example.com.", "k1.") == nullptr);
}

TEST_CASE("a key whose name the configuration has is the configuration's, and the grant is none", "[acme]") {
    const auto before = base();
    const auto after =
        with_grants(before, {grant("www.example.com.", "CONFIGURED."), grant("b.example.com.", "kb.")});
    REQUIRE(rules(after, "example.com.").size() == 2);
    CHECK(rule_for(after, "example.com.", "kb.") == &rules(after, "example.com.")[1]);
    CHECK(after->keys.keys().size() == 2);
    CHECK(after->keys.find(name("configured."))->secret == before->keys.find(name("configured."))->secret);
}
