"""`python -m edms.cli` is `edms`."""

from edms.cli import main

main()
