#include "tsig/key.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace lockstep {
namespace {

using namespace std::string_view_literals;

struct AlgorithmRow {
    TsigAlgorithm algorithm;
    HashAlgorithm hash;
    std::string_view text;
    std::string_view wire_name;  // its final octet, the root label, included
};

constexpr std::array rows{
    AlgorithmRow{TsigAlgorithm::HmacMd5, HashAlgorithm::Md5, "hmac-md5",
                 "\x08hmac-md5\x07sig-alg\x03reg\x03int\0"sv},
    AlgorithmRow{TsigAlgorithm::HmacSha1, HashAlgorithm::Sha1, "hmac-sha1", "\x09hmac-sha1\0"sv},
    AlgorithmRow{TsigAlgorithm::HmacSha224, HashAlgorithm::Sha224, "hmac-sha224", "\x0bhmac-sha224\0"sv},
    AlgorithmRow{TsigAlgorithm::HmacSha256, HashAlgorithm::Sha256, "hmac-sha256", "\x0bhmac-sha256\0"sv},
    AlgorithmRow{TsigAlgorithm::HmacSha384, HashAlgorithm::Sha384, "hmac-sha384", "\x0bhmac-sha384\0"sv},
    AlgorithmRow{TsigAlgorithm::HmacSha512, HashAlgorithm::Sha512, "hmac-sha512", "\x0bhmac-sha512\0"sv},
};

const AlgorithmRow& row_of(TsigAlgorithm algorithm) {
    return rows[std::to_underlying(algorithm)];
}

}  // namespace

std::string_view to_string(TsigAlgorithm algorithm) {
    return row_of(algorithm).text;
}

Result<TsigAlgorithm> parse_tsig_algorithm(std::string_view text) {
    std::string known;
    if (const auto name = Name::parse_absolute(text)) {
        if (const auto algorithm = algorithm_by_name(*name)) return *algorithm;
        // The short form of the one whose name on the wire is long.
        if (*name == *Name::parse_absolute("hmac-md5")) return TsigAlgorithm::HmacMd5;
    }
    for (const AlgorithmRow& row : rows)
        known.append(known.empty() ? "" : ", ").append(row.text);
    return fail(ErrorCode::Invalid, "not a TSIG algorithm; those known are " + known);
}

NameView algorithm_name(TsigAlgorithm algorithm) {
    return NameView::trusted(as_octets(row_of(algorithm).wire_name));
}

std::optional<TsigAlgorithm> algorithm_by_name(NameView name) {
    for (const AlgorithmRow& row : rows) {
        if (name == algorithm_name(row.algorithm)) return row.algorithm;
    }
    return std::nullopt;
}

HashAlgorithm hash_of(TsigAlgorithm algorithm) {
    return row_of(algorithm).hash;
}
std::size_t mac_octets(TsigAlgorithm algorithm) {
    return digest_octets(hash_of(algorithm));
}

TsigKey generate_key(const Name& name, TsigAlgorithm algorithm) {
    return {.name = name, .algorithm = algorithm, .secret = random_octets(mac_octets(algorithm))};
}

Result<TsigKeyring> TsigKeyring::make(std::vector<TsigKey> keys) {
    TsigKeyring ring;
    ring.keys_.reserve(keys.size());
    for (TsigKey& key : keys) {
        if (key.secret.empty()) {
            return fail(ErrorCode::Invalid, "key " + key.name.to_string() + ": the secret is empty");
        }
        ring.keys_.push_back(std::make_shared<const TsigKey>(std::move(key)));
    }
    const auto order = [](const TsigKeyPtr& a, const TsigKeyPtr& b) {
        return canonical_order(a->name, b->name) < 0;
    };
    std::sort(ring.keys_.begin(), ring.keys_.end(), order);
    const auto same = [](const TsigKeyPtr& a, const TsigKeyPtr& b) {
        return a->name.view() == b->name.view();
    };
    const auto twice = std::adjacent_find(ring.keys_.begin(), ring.keys_.end(), same);
    if (twice != ring.keys_.end()) {
        return fail(ErrorCode::Exists, "key " + (*twice)->name.to_string() + " is there twice");
    }
    return ring;
}

TsigKeyPtr TsigKeyring::find(NameView name) const {
    const auto at = std::lower_bound(
        keys_.begin(), keys_.end(), name,
        [](const TsigKeyPtr& key, NameView wanted) { return canonical_order(key->name, wanted) < 0; });
    if (at == keys_.end() || !((*at)->name.view() == name)) return nullptr;
    return *at;
}

}  // namespace lockstep
