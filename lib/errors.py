"""Bad input is told in one line and ends with exit code 2, never with a traceback."""

import argparse
import io
import sys
from collections.abc import Callable


class InputError(Exception):
    """Something the user gave is not usable. The message says what was expected, what came, what to do."""


class Parser(argparse.ArgumentParser):
    """argparse, with its complaints told in one line as well."""

    def error(self, message: str) -> None:
        raise InputError(f"{message}; see {self.prog} --help")


def run_cli(main: Callable[[list[str]], None], argv: list[str] | None = None) -> None:
    """Run a command line's `main(argv)`; print an InputError as one line on stderr and exit with 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # names of files need not be text, and a terminal may know ASCII only
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        main(sys.argv[1:] if argv is None else argv)
    except InputError as error:
        print("error:", *str(error).splitlines(), file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:  # `... | head` closed the pipe: nothing is wrong
        sys.stderr.close()
        sys.exit(0)
