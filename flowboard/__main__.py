"""`python -m flowboard` is the command `flowboard`."""

from flowboard.cli import main

main()
