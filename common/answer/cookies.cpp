#include "answer/cookies.hpp"

#include <algorithm>
#include <span>

namespace lockstep {
namespace {

constexpr std::size_t client_octets = 8;
constexpr std::size_t server_octets = 16;  // version, reserved, timestamp, hash
constexpr std::size_t hash_octets = 8;
constexpr std::size_t hashed_octets = client_octets + server_octets - hash_octets;
constexpr std::byte version{1};

// RFC 9018 §4.3.
constexpr std::int32_t longest_age = 3600;
constexpr std::int32_t furthest_ahead = 300;
constexpr std::int32_t renewed_from_age = 1800;

/// RFC 7873 §4: eight octets, or these and 8 to 32 more.
bool may_be_cookie(Octets option) {
    return option.size() == client_octets || (option.size() >= 2 * client_octets && option.size() <= 40);
}

}  // namespace

SipHashValue CookieChecker::digest(const SecretOctets& secret, Octets cookie, const IpAddress& client) {
    std::array<std::byte, hashed_octets + 16> input;
    std::copy_n(cookie.begin(), hashed_octets, input.begin());
    const auto address = std::as_bytes(std::span(client.octets())).first(client.is_v4() ? 4 : 16);
    std::copy(address.begin(), address.end(), input.begin() + hashed_octets);
    return siphash_.hash(secret, Octets(input).first(hashed_octets + address.size()));
}

const SecretOctets* CookieChecker::find_maker(Octets cookie, const IpAddress& client,
                                              const CookieSecrets& secrets) {
    const auto at = std::find_if(secrets.begin(), secrets.end(), [&](const SecretOctets& secret) {
        return constant_time_equal(digest(secret, cookie, client), cookie.last(hash_octets));
    });
    return at == secrets.end() ? nullptr : &*at;
}

std::optional<CookieCheck> CookieChecker::check(Octets option, const IpAddress& client,
                                                const CookieSecrets& secrets, WallTime now) {
    if (!may_be_cookie(option)) return std::nullopt;
    const auto time = static_cast<std::uint32_t>(std::chrono::floor<seconds>(now).time_since_epoch().count());
    CookieCheck check;
    if (option.size() == client_octets + server_octets && option[client_octets] == version) {
        // Serial number arithmetic (RFC 9018 §4.3): the counter wraps in 2106.
        const auto age = static_cast<std::int32_t>(time - load_big_endian<std::uint32_t>(option.data() + 12));
        const bool timely = age <= longest_age && age >= -furthest_ahead;
        const SecretOctets* const maker = timely ? find_maker(option, client, secrets) : nullptr;
        check.good = maker != nullptr;
        if (maker == &secrets.front() && age < renewed_from_age) {
            std::copy(option.begin(), option.end(), check.reply.begin());
            return check;
        }
    }
    std::copy_n(option.begin(), client_octets, check.reply.begin());
    const std::span made = std::span(check.reply).subspan(client_octets);
    std::fill_n(made.begin(), 4, std::byte{0});
    made[0] = version;
    store_big_endian(made.data() + 4, time);
    const auto hash = digest(secrets.front(), check.reply, client);
    std::copy(hash.begin(), hash.end(), made.begin() + 8);
    return check;
}

}  // namespace lockstep
