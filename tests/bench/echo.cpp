// echo ADDRESS PORT: sends every UDP message back as its own response (QR set), 64 at a time. It does what
// any server on this machine must do at least, so its CPU time a query is the floor of the comparison.

#include <arpa/inet.h>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr unsigned batch = 64;
constexpr std::size_t message_octets = 1500;

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_port = htons(static_cast<in_port_t>(std::atoi(argv[2])));
    const int udp = socket(AF_INET, SOCK_DGRAM, 0);
    if (inet_pton(AF_INET, argv[1], &here.sin_addr) != 1 || udp < 0 ||
        bind(udp, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) {
        std::perror("echo");
        return 1;
    }
    std::array<std::array<unsigned char, message_octets>, batch> octets;
    std::array<sockaddr_in, batch> from;
    std::array<iovec, batch> parts;
    std::array<mmsghdr, batch> messages{};
    for (unsigned i = 0; i < batch; ++i) {
        parts[i].iov_base = octets[i].data();
        messages[i].msg_hdr.msg_name = &from[i];
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    for (;;) {
        for (unsigned i = 0; i < batch; ++i) {
            parts[i].iov_len = message_octets;
            messages[i].msg_hdr.msg_namelen = sizeof from[i];
        }
        const int count = recvmmsg(udp, messages.data(), batch, MSG_WAITFORONE, nullptr);
        if (count < 0) continue;
        const auto received = static_cast<unsigned>(count);
        for (unsigned i = 0; i < received; ++i) {
            parts[i].iov_len = messages[i].msg_len;
            octets[i][2] |= 0x80;
        }
        for (unsigned sent = 0; sent < received;) {
            const int done = sendmmsg(udp, messages.data() + sent, received - sent, 0);
            sent += done > 0 ? static_cast<unsigned>(done) : 1;
        }
    }
}
