// Which record ends next.

#include "primary/lifetimes.hpp"

#include "update_fixture.hpp"

using namespace lockstep;
using namespace lockstep::test;

namespace {

constexpr WallTime start{seconds{1'790'000'000}};

/// Zones whose updates add TXT records that end.
struct Scene {
    Lifetimes lifetimes;
    const Name a = name("a.");
    const Name b = name("b.");

    static std::string key(std::string_view owner) {
        const auto rdata = OctetString{std::byte{1}, std::byte{'x'}};
        return mark_key({name(owner), RrType::TXT, Ttl{60}, rdata});
    }
    /// A mark of a record that was added, and ends so many seconds after the start.
    static MarkChange ending(std::string_view owner, int after) {
        const ZonePtr zone = test::zone("a.", "@ 300 SOA n h 1 2 3 4 5\n@ 300 NS n\n");
        ZoneBuilder builder(zone);
        const auto rdata = OctetString{std::byte{1}, std::byte{'x'}};
        builder.add({name(owner), RrType::TXT, Ttl{60}, rdata});
        const auto changed = std::move(builder).finish();
        REQUIRE(changed);
        const auto marks = marks_of_update(diff(*zone, **changed), {{key(owner), start + seconds{after}}},
                                           [](std::string_view) { return std::nullopt; });
        REQUIRE(marks.size() == 1);
        return marks.front();
    }
    static Mark as_mark(const MarkChange& change) { return {change.key, *change.value}; }
};

}  // namespace

TEST_CASE_METHOD(Scene, "Records end in order of time, zone by zone", "[lifetime]") {
    CHECK_FALSE(lifetimes.next(start));
    lifetimes.note(a, {ending("x.a.", 30), ending("y.a.", 10)});
    lifetimes.note(b, {ending("x.a.", 20)});
    CHECK(lifetimes.next(start) == start + seconds{10});
    CHECK(lifetimes.zones_due(start + milliseconds{9'999}).empty());
    CHECK(lifetimes.zones_due(start + seconds{10}) == std::vector{a});
    CHECK(lifetimes.next(start + seconds{10}) == start + seconds{20});
    CHECK(lifetimes.due(a, start + seconds{10}, 5) == std::vector{key("y.a.")});
    CHECK(lifetimes.due(a, start + seconds{30}, 5) == std::vector{key("y.a."), key("x.a.")});
    CHECK(lifetimes.due(a, start + seconds{30}, 1) == std::vector{key("y.a.")});
    lifetimes.note(a, {{key("y.a."), std::nullopt}});
    CHECK(lifetimes.zones_due(start + seconds{30}) == std::vector{b, a});
    CHECK(lifetimes.due(b, start, 5).empty());
}

TEST_CASE_METHOD(Scene, "A record that is added again ends at its new time", "[lifetime]") {
    lifetimes.note(a, {ending("x.a.", 30)});
    lifetimes.note(a, {ending("x.a.", 90)});
    CHECK(lifetimes.next(start) == start + seconds{90});
    CHECK(lifetimes.due(a, start + seconds{30}, 5).empty());
    lifetimes.note(a, {{key("x.a."), std::nullopt}});
    CHECK_FALSE(lifetimes.next(start));
}

TEST_CASE_METHOD(Scene, "What a load finds takes the place of what was known", "[lifetime]") {
    lifetimes.note(a, {ending("x.a.", 30)});
    lifetimes.know(a,
                   {as_mark(ending("y.a.", 40)), Mark{key("z.a."), std::string("0\0\0\0\0001\0\0\0\0", 10)}});
    CHECK(lifetimes.next(start) == start + seconds{40});
    CHECK(lifetimes.due(a, start + seconds{40}, 5) == std::vector{key("y.a.")});
    lifetimes.forget(a);
    CHECK_FALSE(lifetimes.next(start));
}

TEST_CASE_METHOD(Scene, "A zone that could not be changed is held, and the others are not", "[lifetime]") {
    lifetimes.note(a, {ending("x.a.", 10)});
    lifetimes.note(b, {ending("x.a.", 20)});
    lifetimes.hold(a, start + seconds{60});
    CHECK(lifetimes.zones_due(start + seconds{30}) == std::vector{b});
    CHECK(lifetimes.due(a, start + seconds{30}, 5).empty());
    CHECK(lifetimes.next(start + seconds{30}) == start + seconds{60});
    CHECK(lifetimes.due(a, start + seconds{60}, 5) == std::vector{key("x.a.")});
    lifetimes.hold(name("c."), start + seconds{60});
    CHECK(lifetimes.zones_due(start + seconds{60}) == std::vector{b, a});
}
