"""Who may ask at all: addresses that guess codes have to wait, and hosts must be the ones we serve."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict, deque

MOST_TRIES, WITHIN = 20, 600.0  # wrong codes an address, seconds
MOST_ADDRESSES = 10_000
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


class Attempts:
    """Count wrong codes by address; too many, and the address has to wait.

    With 62 bits a code and 120 tries an hour, one address needs some 10**12 years to find one of a thousand sessions.
    """

    def __init__(self, most: int = MOST_TRIES, within: float = WITHIN) -> None:
        self._most, self._within = most, within
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, address: str) -> int:
        """Return the seconds that this address has to wait; 0 if it may try."""
        failed = self._recent(address)
        return int(failed[0] + self._within - time.monotonic()) + 1 if len(failed) >= self._most else 0

    def note(self, address: str) -> None:
        """Remember a wrong code."""
        self._failed[address] = self._recent(address)
        self._failed[address].append(time.monotonic())
        self._failed.move_to_end(address)
        while len(self._failed) > MOST_ADDRESSES:
            self._failed.popitem(last=False)

    def _recent(self, address: str) -> deque[float]:
        failed = self._failed.get(address, deque())
        while failed and failed[0] < time.monotonic() - self._within:
            failed.popleft()
        return failed


def is_loopback(host: str) -> bool:
    """Tell whether a server on this host hears only its own machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def names_loopback(asked: str) -> bool:
    """Tell whether a request's Host header names this machine, and no site that points its name here."""
    name = asked if asked.endswith("]") else asked.rpartition(":")[0] or asked
    return name.lower() in LOOPBACK_NAMES
