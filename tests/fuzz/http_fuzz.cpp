// Octets of an HTTP connection: refused with an answer, or requests that are plain paths; in pieces the same
// as whole.
#include "ops/http_head.hpp"
#include "ops/http_request.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace lockstep;

void demand(bool holds) {
    if (!holds) std::abort();
}

struct Outcome {
    std::vector<HttpRequest> requests;
    unsigned refused = 0;
    bool operator==(const Outcome&) const = default;
};

/// Takes what there is; whether more may come.
bool take(HttpRequestReader& reader, Outcome& outcome) {
    while (auto next = reader.next()) {
        if (*next) {
            outcome.requests.push_back(std::move(**next));
            continue;
        }
        outcome.refused = next->error().status;
        demand(outcome.refused >= 400 && outcome.refused < 600);
        demand(http_head(next->error(), AfterAnswer::Close).find("\r\n\r\n") != std::string::npos);
        return false;
    }
    return true;
}

void check(const HttpRequest& request) {
    demand(request.path.starts_with('/'));
    demand(request.path.find("/../") == std::string::npos && !request.path.ends_with("/.."));
    demand(request.path.size() <= max_target_octets);
    for (const auto& [name, value] : request.parameters) {
        demand(name.find('\0') == std::string::npos && value.find('\0') == std::string::npos);
        demand(request.parameter(name) == value);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(octets), size);
    Outcome whole;
    HttpRequestReader reader("ns1.example.net");
    reader.add(text);
    (void)take(reader, whole);
    for (const auto& request : whole.requests)
        check(request);
    Outcome pieces;
    HttpRequestReader slow("ns1.example.net");
    for (std::size_t at = 0; at < text.size(); at += 7) {
        slow.add(text.substr(at, 7));
        if (!take(slow, pieces)) break;
    }
    demand(pieces.requests == whole.requests);
    demand((pieces.refused != 0) == (whole.refused != 0));
    return 0;
}
