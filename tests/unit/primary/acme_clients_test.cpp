// What is told to whoever sets up a program that gets certificates.

#include "primary/acme_clients.hpp"

#include "support/catch.hpp"
#include "support/name_text.hpp"

using namespace lockstep;
using lockstep::test::name;

namespace {

AcmeAccess access(std::string_view server = "192.0.2.53:5353") {
    return {.host = name("www.example.com."),
            .zone = name("example.com."),
            .key = {.name = name("acme.www.example.com."),
                    .algorithm = TsigAlgorithm::HmacSha256,
                    .secret = make_secret(as_octets("abc"))},
            .server = Endpoint::parse(server).value()};
}
constexpr AcmeClient programs[] = {AcmeClient::Certbot, AcmeClient::Lego,    AcmeClient::AcmeSh,
                                   AcmeClient::Caddy,   AcmeClient::Traefik, AcmeClient::CertManager};

std::string address_of(std::vector<std::string_view> listen) {
    CommonConfig config;
    config.server.listen.clear();
    for (const auto text : listen)
        config.server.listen.push_back(Endpoint::parse(text).value());
    return address_for_clients(config).to_string();
}

}  // namespace

TEST_CASE("every client is known by its word, and no word is all of the programs", "[acme]") {
    const std::pair<std::string_view, AcmeClient> words[] = {
        {"", AcmeClient::All},
        {"certbot", AcmeClient::Certbot},
        {"lego", AcmeClient::Lego},
        {"acme.sh", AcmeClient::AcmeSh},
        {"caddy", AcmeClient::Caddy},
        {"traefik", AcmeClient::Traefik},
        {"cert-manager", AcmeClient::CertManager},
        {"json", AcmeClient::Json},
    };
    for (const auto& [word, client] : words) {
        CHECK(parse_acme_client(word) == client);
        CHECK(acme_client_names().find(word) != std::string_view::npos);
    }
    for (const auto* none : {"Certbot", "certbot ", "acme", "all", "bind"})
        CHECK_FALSE(parse_acme_client(none).has_value());
}

TEST_CASE("certbot is told of the key in its credentials file", "[acme]") {
    CHECK(how_to_use(access(), AcmeClient::Certbot) ==
          "# certbot with certbot-dns-rfc2136: /etc/letsencrypt/www.example.com.ini, chmod 600\n"
          "dns_rfc2136_server = 192.0.2.53\n"
          "dns_rfc2136_port = 5353\n"
          "dns_rfc2136_name = acme.www.example.com.\n"
          "dns_rfc2136_secret = YWJj\n"
          "dns_rfc2136_algorithm = HMAC-SHA256\n"
          "# then:\n"
          "# certbot certonly --dns-rfc2136 --dns-rfc2136-credentials /etc/letsencrypt/www.example.com.ini"
          " --dns-rfc2136-propagation-seconds 0 -d www.example.com -d '*.www.example.com'\n");
}

TEST_CASE("lego and Traefik are told of it by their environment", "[acme]") {
    const std::string environment =
        "RFC2136_NAMESERVER=192.0.2.53:5353\n"
        "RFC2136_TSIG_ALGORITHM=hmac-sha256.\n"
        "RFC2136_TSIG_KEY=acme.www.example.com.\n"
        "RFC2136_TSIG_SECRET=YWJj\n"
        "RFC2136_SEQUENCE_INTERVAL=0\n";
    CHECK(
        how_to_use(access(), AcmeClient::Lego) ==
        "# lego: its environment\n" + environment +
            "# then:\n"
            "# lego --accept-tos --email YOU --dns rfc2136 -d www.example.com -d '*.www.example.com' run\n");
    CHECK(how_to_use(access(), AcmeClient::Traefik)
              .starts_with("# Traefik: its environment\n" + environment +
                           "# and in its static configuration:\n"));
}

TEST_CASE("acme.sh is told of it in a file as nsupdate reads it", "[acme]") {
    CHECK(how_to_use(access(), AcmeClient::AcmeSh) ==
          "# acme.sh: a file with the key, chmod 600, here acme.key\n"
          "key \"acme.www.example.com.\" {\n"
          "    algorithm hmac-sha256;\n"
          "    secret \"YWJj\";\n"
          "};\n"
          "# then:\n"
          "# NSUPDATE_SERVER=192.0.2.53 NSUPDATE_SERVER_PORT=5353 NSUPDATE_KEY=acme.key "
          "NSUPDATE_ZONE=example.com acme.sh --issue --dns dns_nsupdate --dnssleep 1 -d www.example.com "
          "-d '*.www.example.com'\n");
}

TEST_CASE("Caddy is told of it in the Caddyfile", "[acme]") {
    CHECK(how_to_use(access(), AcmeClient::Caddy) ==
          "# Caddy with caddy-dns/rfc2136: in the Caddyfile\n"
          "www.example.com, *.www.example.com {\n"
          "    tls {\n"
          "        dns rfc2136 {\n"
          "            key_name \"acme.www.example.com.\"\n"
          "            key_alg \"hmac-sha256\"\n"
          "            key \"YWJj\"\n"
          "            server \"192.0.2.53:5353\"\n"
          "        }\n"
          "    }\n"
          "}\n");
}

TEST_CASE("cert-manager is told of it in a Secret and a solver", "[acme]") {
    const auto text = how_to_use(access(), AcmeClient::CertManager);
    for (const std::string line : {
             "  secret: YWJj\n",
             "#     dnsNames: [\"www.example.com\", \"*.www.example.com\"]\n",
             "#       nameserver: \"192.0.2.53:5353\"\n",
             "#       tsigKeyName: \"acme.www.example.com.\"\n",
             "#       tsigAlgorithm: HMACSHA256\n",
             "#       tsigSecretSecretRef: { name: lockstep-acme, key: secret }\n",
         }) {
        CAPTURE(line);
        CHECK(text.find(line) != std::string::npos);
    }
}

TEST_CASE("an address of IPv6 stands in brackets where a port follows it, and alone where none does",
          "[acme]") {
    const auto here = access("[2001:db8::53]:5353");
    const auto holds = [&](AcmeClient client, std::string_view text) {
        return how_to_use(here, client).find(text) != std::string::npos;
    };
    CHECK(holds(AcmeClient::Certbot, "dns_rfc2136_server = 2001:db8::53\n"));
    CHECK(holds(AcmeClient::Lego, "RFC2136_NAMESERVER=[2001:db8::53]:5353\n"));
    CHECK(holds(AcmeClient::AcmeSh, "NSUPDATE_SERVER=2001:db8::53 "));
    CHECK(holds(AcmeClient::Caddy, "server \"[2001:db8::53]:5353\"\n"));
    CHECK(holds(AcmeClient::CertManager, "nameserver: \"[2001:db8::53]:5353\"\n"));
}

TEST_CASE("for json the key comes as a configuration has it", "[acme]") {
    CHECK(how_to_use(access(), AcmeClient::Json) ==
          "{ \"name\": \"acme.www.example.com.\", \"algorithm\": \"hmac-sha256\", \"secret\": \"YWJj\" }\n");
}

TEST_CASE("without a client all of the programs are told, below what the key may do", "[acme]") {
    const auto all = how_to_use(access(), AcmeClient::All);
    CHECK(
        all.starts_with("# The key acme.www.example.com. may set TXT records at "
                        "_acme-challenge.www.example.com and do nothing else."));
    for (const auto program : programs)
        CHECK(all.find(how_to_use(access(), program)) != std::string::npos);
}

TEST_CASE("clients are sent to the first address that others can reach, else to the first", "[acme]") {
    CHECK(address_of({"127.0.0.1:53", "[::1]:53", "0.0.0.0:53", "[::]:53", "192.0.2.1:5353",
                      "192.0.2.2:53"}) == "192.0.2.1:5353");
    CHECK(address_of({"[::]:53", "[2001:db8::1]:53"}) == "[2001:db8::1]:53");
    CHECK(address_of({"0.0.0.0:53", "127.0.0.1:53"}) == "0.0.0.0:53");
    CHECK(address_of({"127.0.0.1:5300"}) == "127.0.0.1:5300");
}
