#pragma once
// TSIG keys: shared secrets with a name.
//
// Threads: values, immutable once in a keyring. Errors: Result. Limits: none on the secret's length but that
// it is not empty. Security: a key has no text form; its secret is wiped when the last holder lets go.
// Standards: RFC 8945 §3, §6.

#include "base/result.hpp"
#include "crypto/digest.hpp"
#include "crypto/secret.hpp"
#include "wire/name.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace lockstep {

/// HMAC-MD5 is used only where a key is configured with it by name.
enum class TsigAlgorithm : std::uint8_t { HmacMd5, HmacSha1, HmacSha224, HmacSha256, HmacSha384, HmacSha512 };

/// As configurations have it: `hmac-sha256`, `hmac-md5`, …
[[nodiscard]] std::string_view to_string(TsigAlgorithm algorithm);
/// Any case, with or without a final dot; also `hmac-md5.sig-alg.reg.int`. Errors: Invalid, listing those
/// known.
[[nodiscard]] Result<TsigAlgorithm> parse_tsig_algorithm(std::string_view text);
/// The name on the wire: `hmac-sha256.`, `HMAC-MD5.SIG-ALG.REG.INT.`
[[nodiscard]] NameView algorithm_name(TsigAlgorithm algorithm);
[[nodiscard]] std::optional<TsigAlgorithm> algorithm_by_name(NameView name);
[[nodiscard]] HashAlgorithm hash_of(TsigAlgorithm algorithm);
/// Octets of an untruncated MAC.
[[nodiscard]] std::size_t mac_octets(TsigAlgorithm algorithm);

/// A shared secret. Value type; never printable.
struct TsigKey {
    Name name = {};
    TsigAlgorithm algorithm = TsigAlgorithm::HmacSha256;
    SecretOctets secret = {};
    /// The shortest MAC accepted (RFC 8945 §5.2.4); 0 means only whole ones. What is sent is always whole.
    std::size_t least_mac_octets = 0;
};
using TsigKeyPtr = std::shared_ptr<const TsigKey>;

/// A new key whose secret is as long as the algorithm's digest (RFC 2104 §3), from the system's generator.
[[nodiscard]] TsigKey generate_key(const Name& name, TsigAlgorithm algorithm);

/// All keys that are believed, by name. Value type, cheap to share: keys are held by pointer. Threads:
/// immutable.
class TsigKeyring {
public:
    TsigKeyring() = default;
    /// Errors: Exists where two keys have one name (case-blind), Invalid where a secret is empty.
    [[nodiscard]] static Result<TsigKeyring> make(std::vector<TsigKey> keys);

    /// The key of that name, or null. O(log n).
    [[nodiscard]] TsigKeyPtr find(NameView name) const;
    [[nodiscard]] std::span<const TsigKeyPtr> keys() const { return keys_; }

private:
    std::vector<TsigKeyPtr> keys_;  // by canonical order of name
};

}  // namespace lockstep
