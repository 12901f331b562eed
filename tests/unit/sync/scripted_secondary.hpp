#pragma once
// A secondary on the loopback that answers NOTIFY and SOA queries as a test wants, in the test's own
// io_context.

#include "net/asio.hpp"
#include "support/catch.hpp"
#include "support/zone_text.hpp"
#include "sync/exchange.hpp"
#include "wire/edns.hpp"
#include "wire/message.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lockstep::test {

inline std::string zone_text(std::uint32_t serial) {
    return "@ 300 SOA ns1 hostmaster " + std::to_string(serial) +
           " 3600 0 604800 300\n@ 300 NS ns1\nns1 300 A 192.0.2.1\n";
}
inline ZonePtr zone_at(std::uint32_t serial) {
    return zone("example.com.", zone_text(serial));
}

class ScriptedSecondary {
public:
    enum class Speech { Right, Silent };

    explicit ScriptedSecondary(asio::io_context& context, std::string name = "ns2")
        : peer{.name = std::move(name), .address = {}, .key = nullptr},
          socket_(context, to_asio<udp>({IpAddress::v4({127, 0, 0, 1}), 0})) {
        peer.address = from_asio(socket_.local_endpoint());
        receive();
    }
    /// Nothing answers at its port any more.
    void close() { socket_.close(); }

    PeerConfig peer;
    Speech to_notify = Speech::Right;
    Speech to_soa = Speech::Right;
    Rcode notify_rcode = Rcode::NOERROR;
    Rcode soa_rcode = Rcode::NOERROR;
    bool authoritative = true;
    bool with_soa = true;
    std::string extended_error;
    std::uint32_t serial = 1;  // that it serves
    std::function<void()> on_soa_query;
    std::function<void()> on_notify;  // before it is answered

    std::vector<std::uint32_t> notified;  // the serials told of, in order
    unsigned soa_queries = 0;
    std::optional<Header> last_notify;

private:
    void receive() {
        socket_.async_receive_from(asio::buffer(buffer_), from_,
                                   [this](const boost::system::error_code& error, std::size_t octets) {
                                       if (error == asio::error::operation_aborted) return;
                                       if (!error) take(Octets(buffer_).first(octets));
                                       receive();
                                   });
    }
    void take(Octets query) {
        const auto view = MessageView::read(query);
        REQUIRE(view);
        REQUIRE(view->question);
        const bool notify = view->header.opcode == Opcode::Notify;
        if (notify) {
            last_notify = view->header;
            MessageReader reader(query);
            REQUIRE(reader.question());
            const auto record = reader.record();
            REQUIRE(record);
            OctetString rdata;
            REQUIRE(read_rdata(RrType::SOA, query, record->rdata_at, record->rdata_octets, rdata));
            notified.push_back(soa_serial(rdata).value());
            if (on_notify) on_notify();
        } else {
            ++soa_queries;
            if (on_soa_query) on_soa_query();
        }
        if ((notify ? to_notify : to_soa) == Speech::Silent) return;
        std::array<std::byte, 512> out{};
        MessageWriter writer;
        writer.start(out, out.size());
        REQUIRE(writer.question(view->question->name, view->question->type, view->question->rr_class));
        const Rcode rcode = notify ? notify_rcode : soa_rcode;
        if (!notify && with_soa && rcode == Rcode::NOERROR) {
            const auto zone = zone_at(serial);
            REQUIRE(writer.record(Section::Answer, zone->apex(), RrType::SOA, RrClass::IN, 300,
                                  zone->soa_rrset().front()));
        }
        if (!extended_error.empty()) {
            // The owner (the root), type 41, payload, flags, one option.
            OctetString option;
            append_big_endian(option, std::uint16_t{15});
            append_big_endian(option, static_cast<std::uint16_t>(2 + extended_error.size()));
            append_big_endian(option, std::uint16_t{18});
            append_octets(option, as_octets(extended_error));
            REQUIRE(writer.record(Section::Additional, NameView(), RrType::OPT, static_cast<RrClass>(1232), 0,
                                  option));
        }
        const std::size_t octets = writer.finish({.id = view->header.id,
                                                  .response = true,
                                                  .opcode = view->header.opcode,
                                                  .authoritative = authoritative,
                                                  .rcode = rcode});
        boost::system::error_code ignored;
        socket_.send_to(asio::buffer(out.data(), octets), from_, 0, ignored);
    }

    udp::socket socket_;
    udp::endpoint from_;
    std::array<std::byte, 4096> buffer_{};
};

}  // namespace lockstep::test
