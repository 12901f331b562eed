"""The rows of the table, one family a module."""

from rows import lag, load, transfers, udp

ROWS = {row.name: row for module in (udp, load, transfers, lag) for row in module.ROWS}
