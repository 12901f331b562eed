// Octets → server's check of a request, client's check of an answer, first and following ones.
#include "tsig/tsig.hpp"

#include "tsig/stream.hpp"
#include "wire/message.hpp"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

using namespace lockstep;

namespace {

constexpr WallTime now{seconds{1'790'000'000}};

TsigKey fuzz_key(std::string_view name, TsigAlgorithm algorithm) {
    SecretOctets secret(32);
    for (std::size_t i = 0; i < secret.size(); ++i)
        secret[i] = static_cast<std::uint8_t>(i);
    return {.name = *Name::parse_absolute(name), .algorithm = algorithm, .secret = secret};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
    static const auto key =
        std::make_shared<const TsigKey>(fuzz_key("pair.example", TsigAlgorithm::HmacSha256));
    static const TsigKeyring keys = *TsigKeyring::make({fuzz_key("pair.example", TsigAlgorithm::HmacSha256),
                                                        fuzz_key("old.example", TsigAlgorithm::HmacMd5)});
    if (size < header_octets || size > 65535) return 0;
    const OctetString message(reinterpret_cast<const std::byte*>(octets),
                              reinterpret_cast<const std::byte*>(octets) + size);

    const TsigCheck check = verify_request(message, keys, now);
    const TsigContext* context = nullptr;
    if (const auto* verified = std::get_if<TsigVerified>(&check)) context = &verified->context;
    if (const auto* rejected = std::get_if<TsigRejected>(&check)) {
        if (rejected->context) context = &*rejected->context;
        if (rejected->text.empty()) std::abort();
    }
    if (context != nullptr) {
        // What is reserved is enough, and what is written is well-formed.
        OctetString answer(header_octets);
        answer.resize(header_octets + tsig_octets(*context));
        const auto length = sign_response(answer, header_octets, *context, now);
        if (!length || *length > answer.size()) std::abort();
        answer.resize(*length);
        const auto view = MessageView::read(answer);
        if (!view || view->tsig_at != header_octets) std::abort();
    }

    for (const auto& asked : {key, TsigKeyPtr()}) {
        TsigStreamVerifier verifier(
            {.key = asked, .request_mac = DigestValue(Octets(message).first(header_octets))});
        for (int turn = 0; turn < 2; ++turn) {
            OctetString answer = message;
            const auto length = verifier.verify(answer, now);
            if (!length) break;
            answer.resize(*length);
            const auto view = MessageView::read(answer);
            if (!view || view->tsig_at != 0) std::abort();
        }
        static_cast<void>(verifier.finish());
    }
    return 0;
}
