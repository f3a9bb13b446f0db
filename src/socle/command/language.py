"""The language of the command line: French unless the environment or `--lang` asks for English."""

import os
import sys
from collections.abc import Mapping, Sequence

from socle.kernel.outcome import Language


def choose(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """The language of this run: `--lang fr|en`, then SOCLE_LANG, then the locale, then French.

    Read before the commands are declared, because their help is written at that moment.
    """
    for position, argument in enumerate(arguments):
        value = argument.removeprefix("--lang=") if argument.startswith("--lang=") else ""
        if argument == "--lang" and position + 1 < len(arguments):
            value = arguments[position + 1]
        if value:
            return "en" if value.lower().startswith("en") else "fr"
    for name in ("SOCLE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name, ""):
            return "en" if value.lower().startswith("en") else "fr"
    return "fr"


LANGUAGE: Language = choose(sys.argv[1:], os.environ)


def t(fr: str, en: str) -> str:
    """The sentence in the language of this run."""
    return en if LANGUAGE == "en" else fr
