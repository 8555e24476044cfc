"""The command line, `python -m engine rewrite FILE --select A:B`. Offsets are code points of the text in FILE."""

import sys

from engine.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
