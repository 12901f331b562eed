"""Light secondaries: many in one process, each on an address of its own. They answer NOTIFY and SOA, pull by IXFR or
AXFR, and keep what they got and when. What they serve is the SOA alone, for the primary to see."""

import asyncio
import socket
import struct
import threading
import time

import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from lockstep_test.evil import NOTIFY
from lockstep_test.net import Endpoint, free_endpoint


class Light:
    """One of them. It stands in for a Server where a Lockstep primary's `secondaries` are listed: it has no key, its
    address is what it is known by."""

    key = None

    def __init__(self, name, endpoint, zone):
        self.name, self.endpoint, self.zone = name, endpoint, zone
        self.notified, self.arrived = [], []  # (time, serial)
        self.transfers = []  # the messages of each, as octets
        self.probed, self.faults = 0, []
        self.soa = None  # the record that is served
        self.fetching = self.again = False

    @property
    def serial(self):
        return self.soa and self.soa[0].serial

    def lines(self):
        """The whole zone or the differences that came last, as text."""
        return [f"{rrset.name} {rdata.to_text()}" for octets in self.transfers[-1]
                for rrset in dns.message.from_wire(octets, one_rr_per_rrset=True).answer for rdata in rrset]


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, light, primary):
        self.light, self.primary = light, primary

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, octets, sender):
        try:
            self._answer(dns.message.from_wire(octets), sender)
        except Exception as error:  # pylint: disable=broad-except
            self.light.faults.append(repr(error))

    def _answer(self, query, sender):
        light, answer = self.light, dns.message.make_response(query)
        if query.opcode() == NOTIFY:
            told = query.answer[0][0].serial if query.answer else None
            light.notified.append((time.monotonic(), told))
            if told != light.serial:
                _fetch_soon(light, self.primary)
        else:
            light.probed += 1
            if light.soa is None:
                answer.set_rcode(dns.rcode.SERVFAIL)
            else:
                answer.flags |= dns.flags.AA
                answer.answer.append(light.soa)
        self.transport.sendto(answer.to_wire(), sender)


def _fetch_soon(light, primary):
    if light.fetching:
        light.again = True
        return
    light.fetching = True
    asyncio.get_running_loop().create_task(_fetch(light, primary))


async def _fetch(light, primary):
    try:
        light.again = True
        while light.again:
            light.again = False
            await _transfer(light, primary)
    except Exception as error:  # pylint: disable=broad-except
        light.faults.append(repr(error))
    finally:
        light.fetching = False


async def _transfer(light, primary):
    query = dns.message.make_query(light.zone, "IXFR" if light.soa else "AXFR")
    if light.soa:
        query.authority.append(light.soa)
    octets = query.to_wire()
    reader, writer = await asyncio.open_connection(primary.address, primary.port,
                                                   local_addr=(light.endpoint.address, 0))
    try:
        writer.write(struct.pack("!H", len(octets)) + octets)
        messages, records = [], []
        while not _is_whole(records):
            head = await asyncio.wait_for(reader.readexactly(2), 30)
            messages.append(await asyncio.wait_for(reader.readexactly(struct.unpack("!H", head)[0]), 30))
            message = dns.message.from_wire(messages[-1], one_rr_per_rrset=True)
            if message.rcode() != dns.rcode.NOERROR:
                raise ConnectionError(dns.rcode.to_text(message.rcode()))
            records += message.answer
    finally:
        writer.close()
    if light.serial == records[0][0].serial:
        return
    light.soa = records[0]
    light.transfers.append(messages)
    light.arrived.append((time.monotonic(), light.serial))


def _is_whole(records):
    """A SOA alone says "up to date"; else the newest comes first and last, in an IXFR once more (RFC 1995 section 4)."""
    if not records:
        return False
    newest = sum(rrset.rdtype == dns.rdatatype.SOA and rrset[0] == records[0][0] for rrset in records)
    incremental = len(records) > 1 and records[1].rdtype == dns.rdatatype.SOA
    return len(records) == 1 or newest == (3 if incremental else 2)


class Lights:
    """`count` of them on 127.0.1.1 and up, running until close(). `dead` more hold their port, and never answer."""

    def __init__(self, primary, zone, count, dead=0):
        zone = dns.name.from_text(zone)
        places = [free_endpoint(f"127.0.1.{number + 1}") for number in range(count + dead)]
        names = [f"light{number:02}" for number in range(count + dead)]
        self.living = [Light(name, place, zone) for name, place in zip(names[:count], places[:count])]
        self.dead = [Light(name, place, zone) for name, place in zip(names[count:], places[count:])]
        self.silent = [_held(light.endpoint) for light in self.dead]
        self.loop, self.primary = asyncio.new_event_loop(), primary
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self.loop).result(30)

    async def _open(self):
        for light in self.living:
            await self.loop.create_datagram_endpoint(lambda one=light: _Datagrams(one, self.primary.endpoint),
                                                     local_addr=(light.endpoint.address, light.endpoint.port))

    @property
    def all(self):
        return [*self.living, *self.dead]

    def faults(self):
        return [f"{light.name}: {fault}" for light in self.living for fault in light.faults]

    def at(self, serial):
        """How many of the living serve it."""
        return sum(light.serial == serial for light in self.living)

    def times(self, serial, since, what="arrived"):
        """When each of them had it (or was first told of it), in seconds after `since`, the earliest first."""
        return sorted(next(at for at, told in getattr(light, what) if told == serial) - since for light in self.living)

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
        for holder in self.silent:
            holder.close()


def _held(endpoint: Endpoint):
    """A socket that takes datagrams, which nobody reads."""
    holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    holder.bind((endpoint.address, endpoint.port))
    return holder
