"""Verbs by hundreds: straight over a daemon's control socket, without a process for each."""

import json
import socket
import struct
from dataclasses import dataclass


@dataclass
class Reply:
    """What the command would exit with and print; `code` is None where the daemon ended first."""
    code: int = None
    output: str = ""
    errors: str = ""


def ask(server, verb, zone="", *, expect=0, timeout=60, **arguments):
    """As Lockstep.verb(); `arguments` are serial, timeout_seconds, quorum, json, wait. Without a daemon: OSError."""
    if "timeout_seconds" in arguments:
        arguments["timeout"] = arguments.pop("timeout_seconds")
    reply = Reply()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        connection.connect(str(server.directory / "control"))
        connection.sendall(json.dumps({"verb": verb, "zone": zone, **arguments}).encode() + b"\n")
        stream = connection.makefile("rb")
        while len(head := stream.read(5)) == 5:
            text = stream.read(struct.unpack("!I", head[1:])[0]).decode()
            if head[:1] == b"o":
                reply.output += text
            elif head[:1] == b"e":
                reply.errors += text
            else:
                reply.code = int(text)
    if expect is not None and reply.code != expect:
        raise AssertionError(f"{server.name}: {verb} {zone} came to {reply.code}, not {expect}\n{reply.output}{reply.errors}")
    return reply


def statuses(server, zone=""):
    """The zones' objects of `status --json`: of all, or of one."""
    return json.loads(ask(server, "status", zone, json=True).output)["zones"]


def status(server, zone):
    return statuses(server, zone)[0]


def dump(server, zone):
    return ask(server, "dump", zone).output
