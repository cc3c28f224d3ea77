"""Records service for municipalities. The rooms and floors are described in docs/house.md."""

__version__ = "0.1.0"
