// Which serial changed content is served under: INTERFACE.md's five policies, RFC 1982's circle.
#include "primary/serial_policy.hpp"

#include "support/catch.hpp"

#include <string>

using namespace lockstep;

namespace {

constexpr WallTime at(int year, unsigned month, unsigned day, seconds of_day = seconds{0}) {
    return std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day)) +
           of_day;
}

constexpr WallTime noon = at(2026, 11, 22, std::chrono::hours{12});
constexpr std::uint32_t noon_unix = 1'795'348'800;
constexpr Serial greatest{4294967295};

/// The serial chosen; 4294967294 (never wanted here) where there was an error.
std::uint32_t chosen(SerialPolicy policy, std::uint32_t file, std::optional<std::uint32_t> served,
                     Content content = Content::Changed, WallTime now = noon) {
    const auto choice = choose_serial(policy, Serial{file},
                                      served ? std::optional(Serial{*served}) : std::nullopt, content, now);
    return choice ? choice->serial.value() : 4294967294;
}
std::string note(SerialPolicy policy, std::uint32_t file, std::uint32_t served, Content content) {
    const auto choice = choose_serial(policy, Serial{file}, Serial{served}, content, noon);
    REQUIRE(choice);
    return choice->note;
}
std::string refusal(SerialPolicy policy, std::uint32_t file, std::uint32_t served) {
    const auto choice = choose_serial(policy, Serial{file}, Serial{served}, Content::Changed, noon);
    REQUIRE_FALSE(choice);
    CHECK(choice.error().code == ErrorCode::Refused);
    return choice.error().text;
}

constexpr std::uint32_t half_round = 0x80000000;

}  // namespace

TEST_CASE("the first load serves the file's serial, under auto and manual and increment", "[serial]") {
    for (const std::uint32_t file : {0U, 1U, 2026112201U, 4294967295U}) {
        CHECK(chosen(SerialPolicy::Auto, file, std::nullopt) == file);
        CHECK(chosen(SerialPolicy::Manual, file, std::nullopt) == file);
        CHECK(chosen(SerialPolicy::Increment, file, std::nullopt) == file);
    }
}

TEST_CASE("auto serves the file's serial where it is newer, changed or not", "[serial][rfc1982]") {
    for (const auto content : {Content::Same, Content::Changed}) {
        CHECK(chosen(SerialPolicy::Auto, 8, 7, content) == 8);
        CHECK(chosen(SerialPolicy::Auto, 7 + half_round - 1, 7, content) == 7 + half_round - 1);
        CHECK(chosen(SerialPolicy::Auto, 0, 4294967295, content) == 0);
        CHECK(chosen(SerialPolicy::Auto, 5, 4294967290, content) == 5);
        CHECK(note(SerialPolicy::Auto, 8, 7, content).empty());
    }
}

TEST_CASE("auto serves changed content under the next serial where the file's did not rise",
          "[serial][rfc1982]") {
    CHECK(chosen(SerialPolicy::Auto, 7, 7) == 8);               // equal
    CHECK(chosen(SerialPolicy::Auto, 6, 7) == 8);               // older
    CHECK(chosen(SerialPolicy::Auto, 7 + half_round, 7) == 8);  // neither
    CHECK(chosen(SerialPolicy::Auto, 4294967295, 4294967295) == 0);
    const auto text = note(SerialPolicy::Auto, 6, 7, Content::Changed);
    INFO(text);
    CHECK(text.find(" 6 ") != std::string::npos);
    CHECK(text.find(" 7,") != std::string::npos);
    CHECK(text.ends_with(" 8"));
}

TEST_CASE("auto keeps the style of the serial served", "[serial]") {
    CHECK(chosen(SerialPolicy::Auto, 2026112107, 2026112107) == 2026112200);
    CHECK(chosen(SerialPolicy::Auto, 2026112200, 2026112200) == 2026112201);
    CHECK(chosen(SerialPolicy::Auto, noon_unix - 100, noon_unix - 100) == noon_unix);
    CHECK(chosen(SerialPolicy::Auto, 41, 41) == 42);
}

TEST_CASE("auto, manual, increment, date and unixtime keep what is served where nothing changed",
          "[serial]") {
    for (const auto policy : {SerialPolicy::Auto, SerialPolicy::Manual, SerialPolicy::Increment,
                              SerialPolicy::Date, SerialPolicy::UnixTime}) {
        CHECK(chosen(policy, 7, 7, Content::Same) == 7);
        CHECK(chosen(policy, 6, 7, Content::Same) == 7);
        CHECK(chosen(policy, 7 + half_round, 7, Content::Same) == 7);
        CHECK(note(policy, 6, 7, Content::Same).empty());
    }
}

TEST_CASE("manual refuses changed content without a newer serial and names both", "[serial]") {
    for (const std::uint32_t file : {1234U, 1233U, 1234U + half_round}) {
        const auto text = refusal(SerialPolicy::Manual, file, 1234);
        INFO(text);
        CHECK(text.find("serial " + std::to_string(file) + " ") != std::string::npos);
        CHECK(text.find(" 1234,") != std::string::npos);
        CHECK(text.find("bump") != std::string::npos);
    }
    CHECK(chosen(SerialPolicy::Manual, 1235, 1234) == 1235);
    CHECK(chosen(SerialPolicy::Manual, 0, 4294967295) == 0);
}

TEST_CASE("increment serves one more for changed content, whatever the file says", "[serial]") {
    for (const std::uint32_t file : {7U, 6U, 8U, 900U, 7U + half_round})
        CHECK(chosen(SerialPolicy::Increment, file, 7) == 8);
    CHECK(chosen(SerialPolicy::Increment, 1, 4294967295) == 0);
    CHECK(chosen(SerialPolicy::Increment, 2026112107, 2026112107) == 2026112108);
}

TEST_CASE("date serves today's first, then one more, whatever the file says", "[serial]") {
    for (const std::uint32_t file : {2026112101U, 2026112099U, 2026112300U, 5U}) {
        CHECK(chosen(SerialPolicy::Date, file, 2026112101) == 2026112200);
        CHECK(chosen(SerialPolicy::Date, file, 2026112200) == 2026112201);
    }
    CHECK(chosen(SerialPolicy::Date, 1, std::nullopt) == 2026112200);
    CHECK(chosen(SerialPolicy::Date, 2026112205, std::nullopt) == 2026112205);
    CHECK(chosen(SerialPolicy::Date, 1, 1) == 2026112200);
}

TEST_CASE("the hundred and first date serial of a day runs into the next day and goes on", "[serial]") {
    CHECK(chosen(SerialPolicy::Date, 1, 2026112299) == 2026112300);
    CHECK(chosen(SerialPolicy::Date, 1, 2026112300, Content::Changed, at(2026, 11, 23)) == 2026112301);
    CHECK(chosen(SerialPolicy::Date, 1, 2026112301, Content::Changed, at(2026, 11, 24)) == 2026112400);
}

TEST_CASE("auto stays with dates where a day's numbers ran over the end of a month", "[serial]") {
    CHECK(chosen(SerialPolicy::Auto, 1, 2026113099, Content::Changed, at(2026, 11, 30)) == 2026113100);
    CHECK(chosen(SerialPolicy::Auto, 1, 2026113100, Content::Changed, at(2026, 11, 30)) == 2026113101);
    CHECK(chosen(SerialPolicy::Auto, 1, 2026113101, Content::Changed, at(2026, 12, 1)) == 2026120100);
    CHECK(chosen(SerialPolicy::Auto, 1, 2026123200, Content::Changed, at(2027, 1, 1)) == 2027010100);
    CHECK(chosen(SerialPolicy::Auto, 1, 2026113250, Content::Changed, at(2026, 12, 2)) == 2026120200);
}

TEST_CASE("a date serial from the future is followed by one more until its day comes", "[serial]") {
    CHECK(chosen(SerialPolicy::Date, 1, 2030010100) == 2030010101);
    CHECK(chosen(SerialPolicy::Auto, 1, 2030010100) == 2030010101);
}

TEST_CASE("unixtime serves the present second, one more within the same second", "[serial]") {
    CHECK(chosen(SerialPolicy::UnixTime, 1, noon_unix - 60) == noon_unix);
    CHECK(chosen(SerialPolicy::UnixTime, 1, noon_unix) == noon_unix + 1);
    CHECK(chosen(SerialPolicy::UnixTime, 1, noon_unix + 5) == noon_unix + 6);
    CHECK(chosen(SerialPolicy::UnixTime, noon_unix + 50, noon_unix - 60) == noon_unix);
    CHECK(chosen(SerialPolicy::UnixTime, 1, std::nullopt) == noon_unix);
    CHECK(chosen(SerialPolicy::UnixTime, noon_unix + 9, std::nullopt) == noon_unix + 9);
}

TEST_CASE("unixtime after a date serial goes on from there: a serial never goes back", "[serial][rfc1982]") {
    CHECK(chosen(SerialPolicy::UnixTime, 1, 2026112200) == 2026112201);
}

TEST_CASE("4294967295 is followed by 0 in every style", "[serial][rfc1982]") {
    for (const auto style : {SerialStyle::Plain, SerialStyle::Date, SerialStyle::UnixTime}) {
        const auto next = next_serial(greatest, style, noon);
        CHECK(is_newer(next, greatest));
    }
    CHECK(next_serial(greatest, SerialStyle::Plain, noon) == Serial{0});
}

TEST_CASE("whatever is served, the next serial is newer", "[serial][rfc1982]") {
    for (std::uint64_t value = 0; value <= 4294967295; value += 12'345'678) {
        const Serial present{static_cast<std::uint32_t>(value)};
        for (const auto style : {SerialStyle::Plain, SerialStyle::Date, SerialStyle::UnixTime})
            REQUIRE(is_newer(next_serial(present, style, noon), present));
    }
}

TEST_CASE("a date is a date from 1980 to tomorrow", "[serial]") {
    const auto style = [](std::uint32_t serial) { return style_of(Serial{serial}, noon); };
    CHECK(style(1980010100) == SerialStyle::Date);
    CHECK(style(1979123199) == SerialStyle::Plain);
    CHECK(style(2026112200) == SerialStyle::Date);
    CHECK(style(2026112399) == SerialStyle::Date);
    CHECK(style(2026112400) == SerialStyle::Plain);
    CHECK(style(2026000100) == SerialStyle::Plain);
    CHECK(style(2025130100) == SerialStyle::Plain);
    CHECK(style(0) == SerialStyle::Plain);
    CHECK(style(20261122) == SerialStyle::Plain);
    CHECK(style(4294967295) == SerialStyle::Plain);
}

TEST_CASE("tomorrow is a date over the end of a month and of a year", "[serial]") {
    CHECK(style_of(Serial{2026120199}, at(2026, 11, 30)) == SerialStyle::Date);
    CHECK(style_of(Serial{2026120200}, at(2026, 11, 30)) == SerialStyle::Plain);
    CHECK(style_of(Serial{2027010199}, at(2026, 12, 31)) == SerialStyle::Date);
    CHECK(style_of(Serial{2028022900}, at(2028, 2, 28)) == SerialStyle::Date);
}

TEST_CASE("Unix time is Unix time from ten years ago to a day ahead", "[serial]") {
    const auto style = [](std::uint32_t serial) { return style_of(Serial{serial}, noon); };
    constexpr std::uint32_t day = 86'400;
    CHECK(style(noon_unix) == SerialStyle::UnixTime);
    CHECK(style(noon_unix + day) == SerialStyle::UnixTime);
    CHECK(style(noon_unix + day + 1) == SerialStyle::Plain);
    CHECK(style(noon_unix - 3653 * day) == SerialStyle::UnixTime);
    CHECK(style(noon_unix - 3653 * day - 1) == SerialStyle::Plain);
}
