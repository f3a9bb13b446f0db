"""`socle`: the command line."""

from socle.command import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
