"""`python -m searchsvc`: the command line."""

from searchsvc.cli import main

if __name__ == "__main__":
    main()
