"""``python -m palaver`` is the command line."""

from palaver.cli import main

main()
