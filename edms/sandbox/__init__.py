"""Runs a function on untrusted bytes in a child process with limits, without network. Knows no room."""
