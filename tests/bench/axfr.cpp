// axfr ADDRESS:PORT QUERY: sends the octets of QUERY (in hex) over TCP, reads the transfer that is the
// answer, and keeps nothing of it. Prints messages, records, octets and seconds as JSON. It looks at records
// only to find the closing SOA, and not at signatures. Exit code 1: the answer was no whole transfer.

#include "messages.hpp"

#include <algorithm>
#include <cstdio>

using namespace lockstep::bench;

namespace {

struct Received {
    unsigned long long messages = 0, records = 0, octets = 0;
    bool refused = false, whole = false;
};

/// Counts one message; `whole` once its last answer is the closing SOA.
void read_message(const unsigned char* at, const unsigned char* end, Received& received) {
    if (end - at < 12 || (at[3] & 15) != 0) {
        received.refused = true;
        return;
    }
    const unsigned questions = two_octets(at + 4), answers = two_octets(at + 6);
    at += 12;
    for (unsigned i = 0; i < questions; ++i)
        at = after_name(at, end) + 4;
    unsigned type = 0;
    for (unsigned i = 0; i < answers; ++i) {
        at = after_name(at, end);
        if (end - at < 10) {
            received.refused = true;
            return;
        }
        type = two_octets(at);
        at += 10 + two_octets(at + 8);
    }
    ++received.messages;
    received.records += answers;
    received.whole = type == soa && received.records > 1;
}

Octets from_hex(const std::string& text) {
    Octets octets;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        octets.push_back(static_cast<unsigned char>(std::stoul(text.substr(i, 2), nullptr, 16)));
    return octets;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const int tcp = connected(argv[1], SOCK_STREAM);
    if (tcp < 0) {
        std::perror("axfr");
        return 2;
    }
    Octets query = from_hex(argv[2]);
    query.insert(query.begin(), {static_cast<unsigned char>(query.size() >> 8),
                                 static_cast<unsigned char>(query.size() & 255)});
    const Nanoseconds start = now();
    if (write(tcp, query.data(), query.size()) != static_cast<ssize_t>(query.size())) return 2;

    Octets buffer(1 << 20);
    std::size_t filled = 0;
    Received received;
    while (!received.whole && !received.refused) {
        const auto count = read(tcp, buffer.data() + filled, buffer.size() - filled);
        if (count <= 0) break;
        received.octets += static_cast<unsigned long long>(count);
        filled += static_cast<std::size_t>(count);
        std::size_t at = 0;
        while (filled - at >= 2 && filled - at - 2 >= two_octets(&buffer[at])) {
            const std::size_t size = two_octets(&buffer[at]);
            read_message(&buffer[at + 2], &buffer[at + 2] + size, received);
            at += 2 + size;
        }
        std::copy(buffer.begin() + static_cast<long>(at), buffer.begin() + static_cast<long>(filled),
                  buffer.begin());
        filled -= at;
    }
    std::printf(R"({"messages": %llu, "records": %llu, "octets": %llu, "wall_s": %.6f})"
                "\n",
                received.messages, received.records, received.octets,
                static_cast<double>(now() - start) / second);
    return received.whole ? 0 : 1;
}
