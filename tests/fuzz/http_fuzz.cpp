// Octets of an HTTP connection: refused with an answer, or requests that are plain paths; in pieces the same
// as whole; where POSTs are taken and where none is.
#include "ops/http_head.hpp"
#include "ops/http_request.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace lockstep;

constexpr std::string_view posted_path = "/update";

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
    const bool posted = request.method == HttpMethod::Post;
    demand(!posted || request.path == posted_path);
    demand(posted || (request.body.empty() && request.fields.empty()));
    demand(request.body.size() <= max_body_octets);
    demand(request.fields.size() <= max_head_fields);
    for (const auto& [name, value] : request.fields) {
        for (const char character : name)
            demand(character < 'A' || character > 'Z');
        demand(request.field(name).has_value());
        demand(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    }
}

/// What `reader` makes of `text`, `piece` octets at a time.
Outcome outcome(HttpRequestReader reader, std::string_view text, std::size_t piece) {
    Outcome outcome;
    for (std::size_t at = 0; at < text.size(); at += piece) {
        reader.add(text.substr(at, piece));
        if (!take(reader, outcome)) break;
    }
    return outcome;
}

/// Whole and in pieces the same, which is given back.
Outcome check_reader(const HttpRequestReader& reader, std::string_view text) {
    const auto whole = outcome(reader, text, text.size());
    for (const auto& request : whole.requests)
        check(request);
    const auto pieces = outcome(reader, text, 7);
    demand(pieces.requests == whole.requests);
    demand((pieces.refused != 0) == (whole.refused != 0));
    return whole;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(octets), size);
    const std::string identity = "ns1.example.net";
    const auto closed = check_reader(HttpRequestReader(identity), text);
    for (const auto& request : closed.requests)
        demand(request.method != HttpMethod::Post);
    const auto takes_post = [](std::string_view path) { return path == posted_path; };
    const auto open = check_reader(HttpRequestReader(identity, takes_post), text);
    // Who takes POSTs takes what comes before the first one as others do.
    demand(open.requests.size() >= closed.requests.size());
    for (std::size_t i = 0; i < closed.requests.size(); ++i)
        demand(open.requests[i] == closed.requests[i]);
    return 0;
}
