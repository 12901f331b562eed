#pragma once
// EDNS(0): the OPT record and the options that we read or write.
//
// Threads: values. Errors: WireError::BadRdata for an option that runs over the end, NoSpace. Limits: one OPT
// a message. Security: options are views, looked at on demand, never copied. Standards: RFC 6891, RFC 5001
// (NSID), RFC 7314 (EXPIRE), RFC 7828 (KEEPALIVE), RFC 7873 (COOKIE), RFC 8914 (EDE), RFC 9660 (ZONEVERSION).

#include "base/bytes.hpp"
#include "wire/error.hpp"
#include "wire/reader.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lockstep {

enum class EdnsOption : std::uint16_t {
    NSID = 3,
    EXPIRE = 9,
    COOKIE = 10,
    KEEPALIVE = 11,
    PADDING = 12,
    EDE = 15,
    ZONEVERSION = 19
};

/// Extended DNS Errors that we send (RFC 8914 §4, IANA).
enum class ExtendedError : std::uint16_t {
    Other = 0,
    StaleAnswer = 3,
    NotReady = 14,
    Prohibited = 18,
    NotAuthoritative = 20,
    NotSupported = 21,
    NetworkError = 23,
    InvalidData = 24,
};

/// What a message's OPT record says. A view of the message.
struct EdnsView {
    std::uint16_t udp_octets = 512;  // never below 512 (RFC 6891 §6.2.3)
    std::uint8_t extended_rcode = 0;
    std::uint8_t version = 0;
    bool dnssec_ok = false;
    Octets options;

    /// Errors: BadRdata, BadSection (owner not the root).
    [[nodiscard]] static WireResult<EdnsView> read(Octets message, const WireRecord& opt);
    /// The first option of that code.
    [[nodiscard]] std::optional<Octets> option(EdnsOption code) const;
};

/// An OPT record to write: appended option by option. Value type, 400 octets of options: room for an NSID of
/// 255 octets beside all others that we send.
class EdnsBuilder {
public:
    static constexpr std::size_t max_options_octets = 400;
    std::uint16_t udp_octets = 1232;
    bool dnssec_ok = false;
    std::uint16_t rcode = 0;  // all twelve bits; the OPT takes the upper eight

    /// Leaves out an option that does not fit.
    void add(EdnsOption code, Octets value);
    void add_error(ExtendedError code, std::string_view text);
    /// Octets of the whole record.
    [[nodiscard]] std::size_t size() const { return 11 + options_size_; }
    /// Writes size() octets.
    void write(std::byte* to) const;

private:
    std::size_t options_size_ = 0;
    std::array<std::byte, max_options_octets> options_;  // the first options_size_ octets count
};

}  // namespace lockstep
