"""Immutable bytes under keys of our own making: the port, the folder store, the memory store. Knows no room."""
