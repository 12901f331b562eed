"""Addresses, ports and the key that a pair shares."""

import random
import socket
from dataclasses import dataclass


@dataclass(frozen=True)
class Endpoint:
    address: str
    port: int

    def __str__(self):
        return f"{self.address}:{self.port}"


@dataclass(frozen=True)
class Key:
    """A TSIG key; `name` is absolute, `secret` is base64."""
    name: str
    secret: str
    algorithm: str = "hmac-sha256"


KEY = Key("pair.example.", "dGhpcyBpcyBhIHNlY3JldCBvZiAzMiBvY3RldHMhISE=")
WRONG_KEY = Key("pair.example.", "dGhpcyBpcyBubyBzZWNyZXQgb2YgMzIgb2N0ZXRzISE=")
FOREIGN_KEY = Key("foreign.example.", "YSBrZXkgdGhhdCBub2JvZHkgaGFzIGNvbmZpZ3VyZWQhISE=")


_claims = []  # one a port, until this process ends


def free_endpoint(address="127.0.0.1"):
    """A port below the ephemeral ones, free for UDP and TCP now, and of no other test, nor a second time of this one."""
    for _ in range(1000):
        port = random.SystemRandom().randrange(10000, 32000)
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            # An abstract name: it belongs to the network namespace, as ports do, and goes with its owner.
            claim.bind(f"\0lockstep-test-port-{port}")
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind((address, port))
            _claims.append(claim)
            return Endpoint(address, port)
        except OSError:
            claim.close()
    raise AssertionError(f"no free port on {address}")
