#include "primary/acme_clients.hpp"

#include "config/key_format.hpp"
#include "crypto/encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace lockstep {
namespace {

std::string without_dot(const Name& name) {
    auto text = name.to_string();
    if (text.size() > 1) text.pop_back();
    return text;
}

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& one : out) {
        if (one >= 'a' && one <= 'z') one = static_cast<char>(one - 'a' + 'A');
    }
    return out;
}

/// The parts that all of them want.
struct Parts {
    explicit Parts(const AcmeAccess& access)
        : host(without_dot(access.host)),
          zone(without_dot(access.zone)),
          key(access.key.name.to_string()),
          algorithm(to_string(access.key.algorithm)),
          secret(to_base64(secret_view(access.key.secret))),
          address(access.server.address.is_unspecified() ? "ADDRESS-OF-THIS-SERVER"
                                                         : access.server.address.to_string()),
          port(access.server.port),
          server(access.server.address.is_unspecified() ? fmt::format("{}:{}", address, port)
                                                        : access.server.to_string()) {}

    std::string host;
    std::string zone;
    std::string key;
    std::string algorithm;
    std::string secret;
    std::string address;
    unsigned port;
    std::string server;
};

std::string certbot(const Parts& p) {
    return fmt::format(
        "# certbot with certbot-dns-rfc2136: /etc/letsencrypt/{0}.ini, chmod 600\n"
        "dns_rfc2136_server = {1}\n"
        "dns_rfc2136_port = {2}\n"
        "dns_rfc2136_name = {3}\n"
        "dns_rfc2136_secret = {4}\n"
        "dns_rfc2136_algorithm = {5}\n"
        "# then:\n"
        "# certbot certonly --dns-rfc2136 --dns-rfc2136-credentials /etc/letsencrypt/{0}.ini"
        " --dns-rfc2136-propagation-seconds 0 -d {0} -d '*.{0}'\n",
        p.host, p.address, p.port, p.key, p.secret, upper(p.algorithm));
}

std::string rfc2136_environment(const Parts& p) {
    return fmt::format(
        "RFC2136_NAMESERVER={}\n"
        "RFC2136_TSIG_ALGORITHM={}.\n"
        "RFC2136_TSIG_KEY={}\n"
        "RFC2136_TSIG_SECRET={}\n"
        "RFC2136_SEQUENCE_INTERVAL=0\n",
        p.server, p.algorithm, p.key, p.secret);
}

std::string lego(const Parts& p) {
    return fmt::format(
        "# lego: its environment\n{}"
        "# then:\n"
        "# lego --accept-tos --email YOU --dns rfc2136 -d {} -d '*.{}' run\n",
        rfc2136_environment(p), p.host, p.host);
}

std::string acme_sh(const AcmeAccess& access, const Parts& p) {
    return fmt::format(
        "# acme.sh: a file with the key, chmod 600, here acme.key\n{0}"
        "# then:\n"
        "# NSUPDATE_SERVER={1} NSUPDATE_SERVER_PORT={2} NSUPDATE_KEY=acme.key NSUPDATE_ZONE={3}"
        " acme.sh --issue --dns dns_nsupdate --dnssleep 1 -d {4} -d '*.{4}'\n",
        format_key(access.key, KeyFormat::Bind), p.address, p.port, p.zone, p.host);
}

std::string caddy(const Parts& p) {
    return fmt::format(
        "# Caddy with caddy-dns/rfc2136: in the Caddyfile\n"
        "{0}, *.{0} {{\n"
        "    tls {{\n"
        "        dns rfc2136 {{\n"
        "            key_name \"{1}\"\n"
        "            key_alg \"{2}\"\n"
        "            key \"{3}\"\n"
        "            server \"{4}\"\n"
        "        }}\n"
        "    }}\n"
        "}}\n",
        p.host, p.key, p.algorithm, p.secret, p.server);
}

std::string traefik(const Parts& p) {
    return fmt::format(
        "# Traefik: its environment\n{}"
        "# and in its static configuration:\n"
        "# certificatesResolvers:\n"
        "#   lockstep:\n"
        "#     acme:\n"
        "#       email: YOU\n"
        "#       storage: acme.json\n"
        "#       dnsChallenge:\n"
        "#         provider: rfc2136\n",
        rfc2136_environment(p));
}

std::string cert_manager(const Parts& p) {
    std::string algorithm = upper(p.algorithm);
    algorithm.erase(std::remove(algorithm.begin(), algorithm.end(), '-'), algorithm.end());
    return fmt::format(
        "# cert-manager: the secret, and a solver of an Issuer\n"
        "apiVersion: v1\n"
        "kind: Secret\n"
        "metadata:\n"
        "  name: lockstep-acme\n"
        "stringData:\n"
        "  secret: {0}\n"
        "---\n"
        "# spec.acme.solvers:\n"
        "# - selector:\n"
        "#     dnsNames: [\"{1}\", \"*.{1}\"]\n"
        "#   dns01:\n"
        "#     rfc2136:\n"
        "#       nameserver: \"{2}\"\n"
        "#       tsigKeyName: \"{3}\"\n"
        "#       tsigAlgorithm: {4}\n"
        "#       tsigSecretSecretRef: {{ name: lockstep-acme, key: secret }}\n",
        p.secret, p.host, p.server, p.key, algorithm);
}

struct Word {
    std::string_view text;
    AcmeClient client;
};
constexpr std::array words{Word{"", AcmeClient::All},
                           Word{"certbot", AcmeClient::Certbot},
                           Word{"lego", AcmeClient::Lego},
                           Word{"acme.sh", AcmeClient::AcmeSh},
                           Word{"caddy", AcmeClient::Caddy},
                           Word{"traefik", AcmeClient::Traefik},
                           Word{"cert-manager", AcmeClient::CertManager},
                           Word{"json", AcmeClient::Json}};

}  // namespace

std::optional<AcmeClient> parse_acme_client(std::string_view text) {
    const auto found =
        std::find_if(words.begin(), words.end(), [&](const Word& word) { return word.text == text; });
    return found == words.end() ? std::nullopt : std::optional(found->client);
}

std::string_view acme_client_names() {
    return "known: certbot, lego, acme.sh, caddy, traefik, cert-manager, json";
}

std::string how_to_use(const AcmeAccess& access, AcmeClient client) {
    const Parts parts(access);
    switch (client) {
    case AcmeClient::Certbot: return certbot(parts);
    case AcmeClient::Lego: return lego(parts);
    case AcmeClient::AcmeSh: return acme_sh(access, parts);
    case AcmeClient::Caddy: return caddy(parts);
    case AcmeClient::Traefik: return traefik(parts);
    case AcmeClient::CertManager: return cert_manager(parts);
    case AcmeClient::Json: return format_key(access.key, KeyFormat::Json);
    case AcmeClient::All: break;
    }
    return fmt::format(
               "# The key {} may set TXT records at _acme-challenge.{} and do nothing else. Its secret is\n"
               "# shown this once. For one program alone: --client NAME.\n\n",
               parts.key, parts.host) +
           certbot(parts) + "\n" + lego(parts) + "\n" + acme_sh(access, parts) + "\n" + caddy(parts) + "\n" +
           traefik(parts) + "\n" + cert_manager(parts);
}

Endpoint address_for_clients(const CommonConfig& config) {
    const auto& listen = config.server.listen;
    const auto reachable = std::find_if(listen.begin(), listen.end(), [](const Endpoint& endpoint) {
        return !endpoint.address.is_loopback() && !endpoint.address.is_unspecified();
    });
    return reachable == listen.end() ? listen.front() : *reachable;
}

}  // namespace lockstep
