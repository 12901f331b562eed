#include "primary/serial_policy.hpp"

#include <fmt/format.h>

namespace lockstep {
namespace {

constexpr std::chrono::days ten_years{3653};

Serial unix_serial(WallTime now) {
    return Serial{
        static_cast<std::uint32_t>(std::chrono::duration_cast<seconds>(now.time_since_epoch()).count())};
}

Serial date_serial(WallTime now) {
    const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(now)};
    return Serial{static_cast<std::uint32_t>(static_cast<int>(day.year())) * 1'000'000 +
                  static_cast<unsigned>(day.month()) * 10'000 + static_cast<unsigned>(day.day()) * 100};
}

bool is_date(Serial serial, WallTime now) {
    const auto value = serial.value();
    const auto month = value / 10'000 % 100;
    // Whatever the day's digits: more than a hundred changes in a day carry into them, over a month's last
    // day, too.
    return value >= 1'980'000'000 && month >= 1 && month <= 12 &&
           value <= date_serial(now + std::chrono::days(1)).value() + 99;
}

bool is_unix_time(Serial serial, WallTime now) {
    const std::chrono::sys_seconds time{seconds(serial.value())};
    return time <= now + std::chrono::days(1) && time >= now - ten_years;
}

}  // namespace

SerialStyle style_of(Serial serial, WallTime now) {
    if (is_date(serial, now)) return SerialStyle::Date;
    if (is_unix_time(serial, now)) return SerialStyle::UnixTime;
    return SerialStyle::Plain;
}

Serial next_serial(Serial present, SerialStyle style, WallTime now) {
    const Serial wanted = style == SerialStyle::Date       ? date_serial(now)
                          : style == SerialStyle::UnixTime ? unix_serial(now)
                                                           : present;
    return is_newer(wanted, present) ? wanted : present.advanced();
}

Result<SerialChoice> choose_serial(SerialPolicy policy, Serial file, std::optional<Serial> served,
                                   Content content, WallTime now) {
    const bool sets_itself =
        policy == SerialPolicy::Increment || policy == SerialPolicy::Date || policy == SerialPolicy::UnixTime;
    if (sets_itself) {
        if (served && content == Content::Same) return SerialChoice{*served, {}};
        const auto style = policy == SerialPolicy::Date       ? SerialStyle::Date
                           : policy == SerialPolicy::UnixTime ? SerialStyle::UnixTime
                                                              : SerialStyle::Plain;
        if (served) return SerialChoice{next_serial(*served, style, now), {}};
        if (policy == SerialPolicy::Increment) return SerialChoice{file, {}};
        const Serial first = style == SerialStyle::Date ? date_serial(now) : unix_serial(now);
        return SerialChoice{is_newer(file, first) ? file : first, {}};
    }
    if (!served || is_newer(file, *served)) return SerialChoice{file, {}};
    if (content == Content::Same) return SerialChoice{*served, {}};
    if (policy == SerialPolicy::Manual) {
        return fail(
            ErrorCode::Refused,
            fmt::format(
                "the file's serial {} is not newer than {}, which is served, and the content changed; raise it ('bump' does), or set "
                "serial_policy to auto",
                to_string(file), to_string(*served)));
    }
    const Serial next = next_serial(*served, style_of(*served, now), now);
    return SerialChoice{
        next,
        fmt::format("the content changed and the file's serial {} is not newer than {}, which was served: "
                    "served as {}",
                    to_string(file), to_string(*served), to_string(next))};
}

}  // namespace lockstep
