// Bodies of the API of acme-dns: refused in JSON, or taken as prefixes and as a challenge's text.
#include "ops/acme_text.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace lockstep;

void demand(bool holds) {
    if (!holds) std::abort();
}

void check(const HttpAnswer& answer, unsigned status) {
    demand(answer.status == status);
    demand(answer.content_type == "application/json");
    demand(answer.body && nlohmann::json::parse(*answer.body, nullptr, false).is_object());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(octets), size);
    const auto from = read_acme_registration(body);
    if (from) {
        for (const auto& prefix : *from)
            demand(Prefix::parse(prefix.to_string()).value() == prefix);
        check(acme_registered({"user", "password", "label", "label.example.com", *from}), 201);
    } else {
        check(from.error(), 400);
    }
    const auto update = read_acme_update(body);
    if (update) {
        demand(!update->subdomain.empty());
        demand(update->txt.size() == 43);
        demand(update->txt.find_first_not_of(
                   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos);
        check(acme_updated(update->txt), 200);
    } else {
        check(update.error(), 400);
    }
    // Whatever a stranger has sent may be told him, and shown to the operator.
    check(acme_refusal(401, body), 401);
    return 0;
}
