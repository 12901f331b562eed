#pragma once
// How the programs that get certificates are told of a key: text to paste.
//
// Threads: pure functions. Errors: none. Security: what comes out holds the key's secret.

#include "config/load.hpp"
#include "tsig/key.hpp"
#include "wire/name.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

enum class AcmeClient { All, Certbot, Lego, AcmeSh, Caddy, Traefik, CertManager, Json };

/// `certbot`, `lego`, `acme.sh`, `caddy`, `traefik`, `cert-manager`, `json`; empty: all of the programs.
[[nodiscard]] std::optional<AcmeClient> parse_acme_client(std::string_view text);
/// The words that parse_acme_client() knows, for people.
[[nodiscard]] std::string_view acme_client_names();

/// What a client is to be told.
struct AcmeAccess {
    Name host;
    Name zone;
    TsigKey key;
    Endpoint server;
};
[[nodiscard]] std::string how_to_use(const AcmeAccess& access, AcmeClient client);

/// Of the addresses that `config` listens at the one that clients elsewhere can use, as far as it can be
/// told: the first that is neither loopback nor every address, else the first.
[[nodiscard]] Endpoint address_for_clients(const CommonConfig& config);

}  // namespace lockstep
