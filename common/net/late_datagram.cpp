#include "net/late_datagram.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <netinet/in.h>
#include <unistd.h>
#include <utility>

namespace lockstep {
namespace {

/// Owns all that it takes to answer. Resource type.
class LateDatagram final : public LateReply {
public:
    LateDatagram(std::shared_ptr<DatagramSocket> socket, const msghdr& asked) : socket_(std::move(socket)) {
        peer_octets_ = std::min<socklen_t>(asked.msg_namelen, sizeof peer_);
        std::memcpy(&peer_, asked.msg_name, peer_octets_);
        if (asked.msg_control == nullptr) return;  // bound to the one address that can be asked
        control_used_ = std::min<std::size_t>(asked.msg_controllen, control_.size());
        std::memcpy(control_.data(), asked.msg_control, control_used_);
    }

    void send(Octets message) override {
        if (message.empty()) return;
        iovec part{const_cast<std::byte*>(message.data()), message.size()};
        msghdr to{};
        to.msg_name = &peer_;
        to.msg_namelen = peer_octets_;
        to.msg_iov = &part;
        to.msg_iovlen = 1;
        to.msg_control = control_used_ != 0 ? control_.data() : nullptr;
        to.msg_controllen = control_used_;
        forget_interface(to);
        socket_->send(to);
    }

private:
    const std::shared_ptr<DatagramSocket> socket_;
    sockaddr_storage peer_{};
    socklen_t peer_octets_ = 0;
    alignas(cmsghdr) std::array<std::byte, control_octets> control_{};
    std::size_t control_used_ = 0;
};

}  // namespace

void DatagramSocket::send(const msghdr& message) {
    // A closed descriptor's number may be another file's by now.
    const std::lock_guard lock(mutex_);
    if (descriptor_ >= 0) (void)::sendmsg(descriptor_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void DatagramSocket::close() {
    const std::lock_guard lock(mutex_);
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

std::unique_ptr<LateReply> DatagramHolder::hold() {
    return std::make_unique<LateDatagram>(socket_, asked_);
}

void forget_interface(msghdr& message) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
            in_pktinfo info;
            std::memcpy(&info, CMSG_DATA(part), sizeof info);
            info.ipi_ifindex = 0;
            std::memcpy(CMSG_DATA(part), &info, sizeof info);
        } else if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info;
            std::memcpy(&info, CMSG_DATA(part), sizeof info);
            info.ipi6_ifindex = 0;
            std::memcpy(CMSG_DATA(part), &info, sizeof info);
        }
    }
}

}  // namespace lockstep
