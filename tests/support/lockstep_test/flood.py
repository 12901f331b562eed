"""Many UDP packets a second from addresses that are not the sender's.

Flood starts this file as a program on a host; it takes its work as JSON on its standard input and tells what came of it on
its standard output.
"""

import ipaddress
import json
import random
import socket
import struct
import subprocess
import sys
import time

import dns.flags
import dns.message
import dns.opcode
import dns.rrset
import dns.tsigkeyring

STRANGERS = ipaddress.ip_network("198.18.0.0/15")


def notify(zone, serial, key=None):
    """The octets of a NOTIFY with the SOA of a serial."""
    message = dns.message.make_query(zone, "SOA")
    message.flags = dns.flags.AA
    message.set_opcode(dns.opcode.NOTIFY)
    soa = f"ns1.{zone} hostmaster.{zone} {serial} 3600 60 604800 300"
    message.answer.append(dns.rrset.from_text(zone, 300, "IN", "SOA", soa))
    if key:
        message.use_tsig(dns.tsigkeyring.from_text({key.name: (key.algorithm, key.secret)}), key.name)
    return message.to_wire()


class Flood:
    """Sends `messages` in turn to `endpoint` from a host, `rate` a second for `seconds`. `source`: the address to send
    from, or None for another stranger's each time."""

    def __init__(self, host, endpoint, messages, source, rate=10000, seconds=5):
        work = {"address": endpoint.address, "port": endpoint.port, "messages": [m.hex() for m in messages],
                "source": source, "rate": rate, "seconds": seconds}
        self.process = subprocess.Popen([*host.prefix, sys.executable, "-m", "lockstep_test.flood"], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdin.write(json.dumps(work))
        self.process.stdin.close()

    def wait(self):
        """How many were sent, and in how many seconds."""
        with self.process:
            sent, seconds = json.loads(self.process.stdout.read())
        return sent, seconds


def packet(source, target, source_port, port, message):
    """An IPv4 packet; the kernel puts in the header's checksum, and UDP goes without (RFC 768)."""
    udp = struct.pack("!HHHH", source_port, port, 8 + len(message), 0) + message
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, socket.IPPROTO_UDP, 0, source, target) + udp


def send(address, port, messages, source, rate, seconds):
    target, dice = socket.inet_aton(address), random.Random(1)

    def origin():
        return socket.inet_aton(source or str(STRANGERS[dice.randrange(1, STRANGERS.num_addresses - 1)]))

    packets = [packet(origin(), target, dice.randrange(1024, 65536), port, bytes.fromhex(messages[i % len(messages)]))
               for i in range(min(rate * seconds, 20000))]
    sent, started = 0, time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sender:
        while (passed := time.monotonic() - started) < seconds:
            due = min(int(passed * rate) - sent, rate // 100)  # what a pause has kept back does not come as one burst
            for _ in range(due):
                sender.sendto(packets[sent % len(packets)], (address, 0))
                sent += 1
            time.sleep(0.001)
    return sent, passed


if __name__ == "__main__":
    print(json.dumps(send(**json.load(sys.stdin))))
