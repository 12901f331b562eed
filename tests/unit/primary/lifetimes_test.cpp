// Which record ends next.

#include "primary/lifetimes.hpp"

#include "update_fixture.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr WallTime t0{seconds{1'790'000'000}};

/// Zones whose updates add TXT records that end.
struct LifetimeScene {
    Lifetimes lifetimes;
    const Name a = name("a.");
    const Name b = name("b.");

    static std::string key(std::string_view owner) {
        const auto rdata = OctetString{std::byte{1}, std::byte{'x'}};
        return mark_key({name(owner), RrType::TXT, Ttl{60}, rdata});
    }
    /// A mark of a record that was added, and ends so many seconds after `t0`.
    static MarkChange ending(std::string_view owner, int after) {
        const ZonePtr zone = test::zone("a.", "@ 300 SOA n h 1 2 3 4 5\n@ 300 NS n\n");
        ZoneBuilder builder(zone);
        const auto rdata = OctetString{std::byte{1}, std::byte{'x'}};
        builder.add({name(owner), RrType::TXT, Ttl{60}, rdata});
        const auto changed = std::move(builder).finish();
        REQUIRE(changed);
        const auto marks = marks_of_update(diff(*zone, **changed), {{key(owner), t0 + seconds{after}}},
                                           [](std::string_view) { return std::nullopt; });
        REQUIRE(marks.size() == 1);
        return marks.front();
    }
    static Mark as_mark(const MarkChange& change) { return {change.key, *change.value}; }
};

}  // namespace

TEST_CASE_METHOD(LifetimeScene, "Records end in order of time, zone by zone", "[lifetime]") {
    CHECK_FALSE(lifetimes.next(t0));
    lifetimes.note(a, {ending("x.a.", 30), ending("y.a.", 10)});
    lifetimes.note(b, {ending("x.a.", 20)});
    CHECK(lifetimes.next(t0) == t0 + seconds{10});
    CHECK(lifetimes.zones_due(t0 + milliseconds{9'999}).empty());
    CHECK(lifetimes.zones_due(t0 + seconds{10}) == std::vector{a});
    CHECK(lifetimes.next(t0 + seconds{10}) == t0 + seconds{20});
    CHECK(lifetimes.due(a, t0 + seconds{10}, 5) == std::vector{key("y.a.")});
    CHECK(lifetimes.due(a, t0 + seconds{30}, 5) == std::vector{key("y.a."), key("x.a.")});
    CHECK(lifetimes.due(a, t0 + seconds{30}, 1) == std::vector{key("y.a.")});
    lifetimes.note(a, {{key("y.a."), std::nullopt}});
    CHECK(lifetimes.zones_due(t0 + seconds{30}) == std::vector{b, a});
    CHECK(lifetimes.due(b, t0, 5).empty());
}

TEST_CASE_METHOD(LifetimeScene, "A record that is added again ends at its new time", "[lifetime]") {
    lifetimes.note(a, {ending("x.a.", 30)});
    lifetimes.note(a, {ending("x.a.", 90)});
    CHECK(lifetimes.next(t0) == t0 + seconds{90});
    CHECK(lifetimes.due(a, t0 + seconds{30}, 5).empty());
    lifetimes.note(a, {{key("x.a."), std::nullopt}});
    CHECK_FALSE(lifetimes.next(t0));
}

TEST_CASE_METHOD(LifetimeScene, "What a load finds takes the place of what was known", "[lifetime]") {
    lifetimes.note(a, {ending("x.a.", 30)});
    lifetimes.know(a,
                   {as_mark(ending("y.a.", 40)), Mark{key("z.a."), std::string("0\0\0\0\0001\0\0\0\0", 10)}});
    CHECK(lifetimes.next(t0) == t0 + seconds{40});
    CHECK(lifetimes.due(a, t0 + seconds{40}, 5) == std::vector{key("y.a.")});
    lifetimes.forget(a);
    CHECK_FALSE(lifetimes.next(t0));
}

TEST_CASE_METHOD(LifetimeScene, "A zone that could not be changed is held, and the others are not",
                 "[lifetime]") {
    lifetimes.note(a, {ending("x.a.", 10)});
    lifetimes.note(b, {ending("x.a.", 20)});
    lifetimes.hold(a, t0 + seconds{60});
    CHECK(lifetimes.zones_due(t0 + seconds{30}) == std::vector{b});
    CHECK(lifetimes.due(a, t0 + seconds{30}, 5).empty());
    CHECK(lifetimes.next(t0 + seconds{30}) == t0 + seconds{60});
    CHECK(lifetimes.due(a, t0 + seconds{60}, 5) == std::vector{key("x.a.")});
    lifetimes.hold(name("c."), t0 + seconds{60});
    CHECK(lifetimes.zones_due(t0 + seconds{60}) == std::vector{b, a});
}
