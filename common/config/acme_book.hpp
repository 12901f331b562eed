#pragma once
// Who may have certificates made, as `acme grant` and POST /register leave it: a file that the daemon itself
// writes.
//
// Threads: values. Errors: Result, naming the file and what is wrong in it. Limits: 64 MiB. Security: mode
// 0600; keys are there whole, as whoever checks a signature needs them; of passwords only digests.

#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "tsig/key.hpp"
#include "wire/name.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace lockstep {

/// A key for the challenges of one host. Value type.
struct AcmeGrant {
    Name host;  // lower-cased, without `*.`
    TsigKey key;
    std::string made_at;  // RFC 3339
};

/// An account of the API of acme-dns. Value type.
struct AcmeAccount {
    std::string user;
    std::string password_digest;     // password_digest_of()
    std::string label;               // its records are at this label below "acme_dns.domain"
    std::vector<Prefix> allow_from;  // empty: anywhere
    std::string made_at;             // RFC 3339
};

/// Value type.
struct AcmeBook {
    std::vector<AcmeGrant> grants;
    std::vector<AcmeAccount> accounts;
};

/// An empty book where there is no file yet.
[[nodiscard]] Result<AcmeBook> read_acme_book(const std::filesystem::path& file);
/// The file's content.
[[nodiscard]] std::string text_of(const AcmeBook& book);

/// SHA-256 in hex. Passwords are ours, of 240 random bits: there is nothing to guess that a slow digest would
/// make harder.
[[nodiscard]] std::string password_digest_of(std::string_view user, std::string_view password);

}  // namespace lockstep
