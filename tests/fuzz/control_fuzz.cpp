// Requests on the control socket: refused with a reason that is fit to print, or understood for good.
#include "ops/control.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void demand(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
    const std::string_view line(reinterpret_cast<const char*>(octets), size);
    const auto request = lockstep::decode_control_request(line);
    if (!request) {
        demand(!request.error().text.empty());
        for (const char character : request.error().text)
            demand(character >= 0x20 && character < 0x7f);
        return 0;
    }
    demand(!request->verb.empty());
    const auto encoded = lockstep::encode(*request);
    if (encoded.size() > lockstep::max_control_request_octets) return 0;  // escapes have made it longer
    const auto again = lockstep::decode_control_request(encoded);
    demand(again && *again == *request);
    return 0;
}
