"""Questions to a server, over UDP and TCP, with and without TSIG."""

import socket

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.tsig
import dns.tsigkeyring

from lockstep_test.net import KEY


def _keyring(key):
    return dns.tsigkeyring.from_text({key.name: (key.algorithm, key.secret)})


def ask(endpoint, name, rdtype="SOA", *, key=None, tcp=False, timeout=2.0):
    """One question, one answer: the message, or None when nothing (usable) comes back."""
    query = dns.message.make_query(name, rdtype, use_edns=0, payload=1232)
    query.flags &= ~dns.flags.RD
    if key:
        query.use_tsig(_keyring(key), key.name)
    send = dns.query.tcp if tcp else dns.query.udp
    try:
        return send(query, endpoint.address, timeout, endpoint.port)
    except (dns.exception.Timeout, OSError, EOFError):
        return None


def serial(endpoint, zone, **options):
    """The serial that the server answers with authority, or None."""
    answer = ask(endpoint, zone, **options)
    if answer is None or answer.rcode() != dns.rcode.NOERROR or not answer.flags & dns.flags.AA:
        return None
    for rrset in answer.answer:
        if rrset.rdtype == dns.rdatatype.SOA:
            return rrset[0].serial
    return None


def transfer(endpoint, zone, kind="AXFR", *, since=0, key=KEY, timeout=60.0):
    """The messages of an AXFR, or of an IXFR since serial `since`. Fails as dnspython does."""
    options = {"keyring": _keyring(key), "keyname": key.name, "keyalgorithm": key.algorithm} if key else {}
    return list(dns.query.xfr(endpoint.address, zone, kind, port=endpoint.port, serial=since, relativize=False,
                              lifetime=timeout, **options))


def records(messages):
    """(owner, TTL, type, RDATA as text) of each record of a transfer, in order, SOAs at both ends included."""
    return [(rrset.name, rrset.ttl, rrset.rdtype, rdata.to_text())
            for message in messages for rrset in message.answer for rdata in rrset]


def deltas(messages):
    """How many differences an IXFR answer holds; 0 when it came as a whole zone, None when it says "up to date"."""
    types = [rdtype for _, _, rdtype, _ in records(messages)]
    if len(types) == 1:
        return None
    return (types.count(dns.rdatatype.SOA) - 2) // 2


def refusal(endpoint, zone, kind="AXFR", **options):
    """Why a transfer is refused, as text, or None when it is granted."""
    try:
        transfer(endpoint, zone, kind, timeout=5.0, **options)
        return None
    except (dns.exception.DNSException, OSError, EOFError) as error:
        return f"{type(error).__name__}: {error}"


def port_in_use(endpoint):
    """Holds the endpoint for UDP and TCP until the two sockets are closed."""
    holders = [socket.socket(socket.AF_INET, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)]
    for holder in holders:
        holder.bind((endpoint.address, endpoint.port))
    holders[1].listen()
    return holders
