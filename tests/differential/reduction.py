"""Delta debugging: the smallest part of a list of things with which something still happens."""


def smallest(things, happens):
    """A part of `things` for which `happens(part)` holds and which cannot spare any one of its members.

    Removes halves first, then quarters, down to single ones, and begins again as long as that finds something.
    """
    things = list(things)
    size = max(1, len(things) // 2)
    while things:
        shorter = _without_chunks(things, size, happens)
        spared = len(shorter) < len(things)
        things = shorter
        if size > 1:
            size = max(1, min(size, len(things)) // 2)
        elif not spared:
            break
    return things


def _without_chunks(things, size, happens):
    start = 0
    while start < len(things):
        rest = things[:start] + things[start + size:]
        if happens(rest):
            things = rest
        else:
            start += size
    return things


def simplest(thing, simpler, happens):
    """Applies each of the functions in `simpler` that changes the thing and with which it still happens."""
    for simplify in simpler:
        changed = simplify(thing)
        if changed != thing and happens(changed):
            thing = changed
    return thing
