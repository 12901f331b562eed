"""How often a test does what it does: enough for every day, more in tests/soak, as much as wanted by hand."""

import os


def often(variable, usual, soak):
    """The environment's `variable`, else `soak` under tests/soak, else `usual`."""
    return int(os.environ.get(variable) or (soak if "LOCKSTEP_SOAK_SECONDS" in os.environ else usual))
