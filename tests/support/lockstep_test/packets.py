"""What a server is asked, and when, seen from beside: datagrams and connections to it on the loopback interface.

Wants root. The kernel stamps each packet, so that a busy machine does not bend the times.
"""

import ctypes
import socket
import struct
import threading
from dataclasses import dataclass

ETH_P_IP, SO_ATTACH_FILTER, SO_RCVBUFFORCE, SO_TIMESTAMPNS, PACKET_OUTGOING = 0x0800, 26, 33, 35, 4
TCP, UDP = 6, 17
SYN, ACK = 0x02, 0x10


@dataclass(frozen=True)
class Packet:
    """One towards the server. `kind`: query, notify or answer over UDP; connect or data over TCP."""
    at: float
    kind: str
    source: tuple
    rdtype: int = None


def _only_to(port):
    """Classic BPF on the IP header: UDP and TCP to this port."""
    load_protocol, jump_equal, load_header, load_half = 0x30, 0x15, 0xB1, 0x48
    code = [(load_protocol, 0, 0, 9), (jump_equal, 1, 0, UDP), (jump_equal, 0, 4, TCP), (load_header, 0, 0, 0),
            (load_half, 0, 0, 2), (jump_equal, 0, 1, port), (0x06, 0, 0, 0x40000), (0x06, 0, 0, 0)]
    octets = b"".join(struct.pack("HBBI", *step) for step in code)
    buffer = ctypes.create_string_buffer(octets)
    return struct.pack("HL", len(code), ctypes.addressof(buffer)), buffer


def _read(octets, at):
    header = (octets[0] & 15) * 4
    source = socket.inet_ntoa(octets[12:16]), struct.unpack_from("!H", octets, header)[0]
    if octets[9] == UDP:
        message = octets[header + 8:]
        if len(message) < 12:
            return None
        if message[2] & 0x80:
            return Packet(at, "answer", source)
        end = message.find(b"\0", 12)
        rdtype = struct.unpack_from("!H", message, end + 1)[0] if 0 < end <= len(message) - 3 else None
        return Packet(at, "notify" if message[2] >> 3 & 15 == 4 else "query", source, rdtype)
    flags, total = octets[header + 13], struct.unpack_from("!H", octets, 2)[0]
    if flags & (SYN | ACK) == SYN:
        return Packet(at, "connect", source)
    data = total - header - (octets[header + 12] >> 4) * 4
    return Packet(at, "data", source) if data > 0 else None


class Packets:
    """Collects until it is closed. Usable with `with`."""

    def __init__(self, endpoint):
        self.seen, self.over = [], threading.Event()
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        program, self._octets = _only_to(endpoint.port)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind(("lo", ETH_P_IP))
        self.socket.settimeout(0.2)
        self.address = socket.inet_aton(endpoint.address)
        self.thread = threading.Thread(target=self._collect, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _collect(self):
        while True:
            try:
                octets, extra, _, place = self.socket.recvmsg(2048, 64)
            except TimeoutError:
                if self.over.is_set():
                    return
                continue
            if place[2] == PACKET_OUTGOING or octets[16:20] != self.address:
                continue  # lo shows each packet twice
            seconds, nanoseconds = struct.unpack("qq", extra[0][2])
            packet = _read(octets, seconds + nanoseconds / 1e9)
            if packet:
                self.seen.append(packet)

    def close(self):
        """All that was sent before this is in `seen` afterwards."""
        self.over.set()
        self.thread.join()
        self.socket.close()

    def of(self, *kinds):
        return [packet for packet in list(self.seen) if packet.kind in kinds]

    def questions(self):
        """Datagrams that ask, and segments with data, each of which holds one question where transfers are small."""
        return self.of("query", "data")


def busiest(packets, seconds):
    """The most of them within any span of so many seconds."""
    times, most, first = sorted(packet.at for packet in packets), 0, 0
    for last, at in enumerate(times):
        while at - times[first] > seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def span(packets):
    """Seconds from the first to the last."""
    times = [packet.at for packet in packets]
    return max(times) - min(times) if times else 0.0
