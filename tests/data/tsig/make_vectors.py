#!/usr/bin/python3
"""Writes vectors.txt: messages signed by dnspython 2.3.0 (python3-dnspython), for tests/unit/tsig.

Usage: make_vectors.py > vectors.txt

One `NAME HEX` a line. The secret is the octets 00 01 02 … 1f, the key `Pair.Example.`, the time 1790000000, the fudge 300.
"""

import struct

import dns
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TSIG
import dns.rrset
import dns.tsig

TIME = 1790000000
SECRET = bytes(range(32))
KEY_NAME = dns.name.from_text("Pair.Example.")
ALGORITHMS = {
    "hmac-md5": dns.tsig.HMAC_MD5,
    "hmac-sha1": dns.tsig.HMAC_SHA1,
    "hmac-sha224": dns.tsig.HMAC_SHA224,
    "hmac-sha256": dns.tsig.HMAC_SHA256,
    "hmac-sha384": dns.tsig.HMAC_SHA384,
    "hmac-sha512": dns.tsig.HMAC_SHA512,
}


def tsig_rdata(algorithm, original_id, error=0, other=b"", time=TIME):
    return dns.rdtypes.ANY.TSIG.TSIG(
        dns.rdataclass.ANY, dns.rdatatype.TSIG, algorithm, time, 300, b"", original_id, error, other)


def with_tsig(wire, rdata):
    """The message with its TSIG record appended and counted."""
    data = rdata.to_wire()
    count = struct.unpack("!H", wire[10:12])[0]
    record = KEY_NAME.to_wire() + struct.pack("!HHIH", dns.rdatatype.TSIG, dns.rdataclass.ANY, 0, len(data)) + data
    return wire[:10] + struct.pack("!H", count + 1) + wire[12:] + record


def show(name, wire):
    print(name, wire.hex())


def query(rdtype="AXFR"):
    message = dns.message.make_query("Example.COM.", rdtype, id=0x1234)
    message.flags = 0
    return message


def response(number):
    message = dns.message.make_response(query())
    message.flags |= dns.flags.AA
    if number > 0:
        message.question = []
    message.answer.append(dns.rrset.from_text(f"host{number}.example.com.", 300, "IN", "A", f"192.0.2.{number}"))
    return message.to_wire()


def main():
    for text, algorithm in ALGORITHMS.items():
        key = dns.tsig.Key(KEY_NAME, SECRET, algorithm)
        wire = query().to_wire()
        rdata, _ = dns.tsig.sign(wire, key, tsig_rdata(algorithm, 0x1234), TIME)
        show(f"{text}.request", with_tsig(wire, rdata))
        request_mac = rdata.mac

        answer, _ = dns.tsig.sign(response(0), key, tsig_rdata(algorithm, 0x1234), TIME + 7, request_mac)
        show(f"{text}.response", with_tsig(response(0), answer))

        context = None
        for number in range(4):
            signed, context = dns.tsig.sign(
                response(number), key, tsig_rdata(algorithm, 0x1234), TIME + number, request_mac, context, True)
            show(f"{text}.stream{number}", with_tsig(response(number), signed))

    algorithm = ALGORITHMS["hmac-sha256"]
    key = dns.tsig.Key(KEY_NAME, SECRET, algorithm)
    wire = query().to_wire()
    rdata, _ = dns.tsig.sign(wire, key, tsig_rdata(algorithm, 0x1234), TIME)
    request_mac = rdata.mac

    # Messages 1 to 3 of 0 to 4 go unsigned.
    context = None
    for number in range(5):
        if number in (0, 4):
            signed, context = dns.tsig.sign(
                response(number), key, tsig_rdata(algorithm, 0x1234), TIME, request_mac, context, True)
            show(f"sparse.stream{number}", with_tsig(response(number), signed))
        else:
            context.update(response(number))
            show(f"sparse.stream{number}", response(number))

    # A forwarder has changed the ID; the MAC covers the original one.
    rdata, _ = dns.tsig.sign(wire, key, tsig_rdata(algorithm, 0x4321), TIME)
    show("original-id.request", with_tsig(wire, rdata))

    # The answer to a request that came 412 s too late: the request's time, ours in Other Data.
    late = dns.message.make_response(query())
    late.set_rcode(dns.rcode.NOTAUTH)
    other = struct.pack("!HI", 0, TIME + 412)
    rdata, _ = dns.tsig.sign(
        late.to_wire(), key, tsig_rdata(algorithm, 0x1234, dns.rcode.BADTIME, other), TIME, request_mac)
    show("badtime.response", with_tsig(late.to_wire(), rdata))


if __name__ == "__main__":
    main()
