"""`python -m searchsvc`: the command line; Ctrl-C is answered from the first moment, while libraries are read in."""

import sys
from typing import NoReturn


def start() -> NoReturn:
    """Run the command line, and leave with its exit code."""
    try:
        from searchsvc.cli import main
    except KeyboardInterrupt:
        sys.exit(130)
    main()


if __name__ == "__main__":
    start()
