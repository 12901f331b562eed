"""The rows of the table, one family a module."""

from rows import load, transfers, udp

ROWS = {row.name: row for module in (udp, load, transfers) for row in module.ROWS}
