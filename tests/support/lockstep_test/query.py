"""Questions to a server, over UDP and TCP, with and without TSIG."""

import socket
import subprocess
import time

import dns.edns
import dns.exception
import dns.flags
import dns.inet
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.tsigkeyring

from lockstep_test.net import KEY

EXPIRE = 9  # the EDNS option, which dnspython does not know


def ask(endpoint, name, rdtype="SOA", *, key=None, tcp=False, timeout=2.0, payload=1232, options=(), held=None, dnssec=False):
    """One question, one answer: the message, or None when nothing (usable) comes back. `options`: of EDNS; `held`: the
    SOA that one asks IXFR with."""
    query = dns.message.make_query(name, rdtype, use_edns=0, payload=payload, options=list(options), want_dnssec=dnssec)
    query.flags &= ~dns.flags.RD
    if held:
        query.authority.append(held)
    if key:
        query.use_tsig(dns.tsigkeyring.from_text({key.name: (key.algorithm, key.secret)}), key.name)
    try:
        if tcp:
            return dns.query.tcp(query, endpoint.address, timeout, endpoint.port)
        return _datagram(query, endpoint, timeout)
    except (dns.exception.Timeout, OSError, EOFError):
        return None


def _datagram(query, endpoint, timeout):
    """The answer to this question: one that was meant for another may come late, to a port that has been given again."""
    end = time.time() + timeout
    with socket.socket(dns.inet.af_for_address(endpoint.address), socket.SOCK_DGRAM) as port:
        port.setblocking(False)
        there = (endpoint.address, endpoint.port)
        dns.query.send_udp(port, query, there, end)
        while True:
            answer, _ = dns.query.receive_udp(port, there, end, keyring=query.keyring, request_mac=query.mac)
            if query.is_response(answer):
                return answer


def serial(endpoint, zone, **options):
    """The serial that the server answers with authority, or None."""
    answer = ask(endpoint, zone, **options)
    if answer is None or answer.rcode() != dns.rcode.NOERROR or not answer.flags & dns.flags.AA:
        return None
    for rrset in answer.answer:
        if rrset.rdtype == dns.rdatatype.SOA:
            return rrset[0].serial
    return None


def expire(endpoint, zone, **options):
    """How many seconds the server says that it has left of the zone's lease (RFC 7314), or None."""
    answer = ask(endpoint, zone, options=[dns.edns.GenericOption(EXPIRE, b"")], **options)
    for option in answer.options if answer is not None else ():
        if option.otype == EXPIRE:
            return int.from_bytes(option.data, "big")
    return None


class TransferFailed(Exception):
    """With what dig says."""


def transfer(endpoint, zone, kind="AXFR", *, since=0, key=KEY, seconds=60):
    """The records of an AXFR, or of an IXFR since serial `since`, as lines in the order of arrival.

    dig asks: it reads a large zone as fast as servers like to send one, and verifies the signatures.
    """
    signed = ["-y", f"{key.algorithm}:{key.name}:{key.secret}"] if key else []
    done = subprocess.run(
        ["dig", f"@{endpoint.address}", "-p", str(endpoint.port), *signed, "+noall", "+answer", "+nosplit", "+tries=1",
         f"+time={seconds}", zone, kind if kind == "AXFR" else f"IXFR={since}"], capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line]
    said = [line for line in lines if line.startswith(";")]
    if said or done.returncode != 0 or not lines:
        raise TransferFailed("; ".join(said) or done.stderr or "no records")
    return lines


def deltas(lines):
    """How many differences an IXFR answer holds; 0 when it came as a whole zone, None when it says "up to date"."""
    soas = sum(line.split(None, 4)[3] == "SOA" for line in lines)
    return None if len(lines) == 1 else (soas - 2) // 2


def refusal(endpoint, zone, kind="AXFR", **options):
    """Why a transfer is refused, as text, or None when it is granted."""
    try:
        transfer(endpoint, zone, kind, seconds=5, **options)
        return None
    except TransferFailed as error:
        return str(error)


def port_in_use(endpoint):
    """Holds the endpoint for UDP and TCP until the two sockets are closed."""
    holders = [socket.socket(socket.AF_INET, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)]
    for holder in holders:
        holder.bind((endpoint.address, endpoint.port))
    holders[1].listen()
    return holders
