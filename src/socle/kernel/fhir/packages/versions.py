"""Versions of packages and of definitions: which is later, and which answers one that was asked. Source: semver.org 2.0.0."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

_RANGE = re.compile(r"(\d+)\.(?:(\d+)\.)?[x*]", re.ASCII)
_PIECE = re.compile(r"\d+|[^\d]+", re.ASCII)
_LONGEST = 100  # characters that are looked at: a version comes from outside

Precedence = tuple[tuple[int, ...], int, tuple[tuple[int, int, str], ...]]


@lru_cache(maxsize=4096)
def precedence(version: str) -> Precedence:
    """What versions are compared by: later ones are greater, a pre-release comes before its release.

    Any text has its place (dates, "R4", "") so that lists can always be sorted; numbers are compared as numbers.
    """
    released, _, before = version[:_LONGEST].partition("+")[0].partition("-")
    numbers: list[int] = []
    rest: list[str] = []
    for piece in released.split("."):
        if piece.isascii() and piece.isdigit() and not rest:
            numbers.append(int(piece))
        else:
            rest.append(piece)
    while numbers and numbers[-1] == 0:
        numbers.pop()  # 1.0 is 1.0.0
    tail = tuple(_identifier(piece) for part in (*rest, *before.split(".")) for piece in _PIECE.findall(part))
    return tuple(numbers), 0 if before else 1, tail


def _identifier(piece: str) -> tuple[int, int, str]:
    return (0, int(piece), "") if piece.isascii() and piece.isdigit() else (1, 0, piece)


@dataclass(frozen=True, slots=True)
class Match:
    """What answers a version that was asked.

    how   exact: the very one (or one of the range asked); near: another one of the same package
    """

    version: str
    how: Literal["exact", "near"]


def answering(asked: str, held: Iterable[str]) -> Match | None:
    """The version among `held` that answers `asked`; None when nothing is held.

    "4.0.1" wants that one, "4.0.x" the latest of the range, "latest", "current", "dev" and "" the latest. When the one
    asked is not held, the nearest is taken: the first later one of the same major version, else its latest, else the
    latest of all. Callers say so when it is `near`.
    """
    versions = sorted(set(held), key=precedence)
    if not versions:
        return None
    if asked in versions:
        return Match(asked, "exact")
    if asked in ("", "latest", "current", "dev", "*"):
        return Match(versions[-1], "exact")
    if matched := _RANGE.fullmatch(asked[:_LONGEST]):
        wanted = [part for part in matched.groups() if part is not None]
        inside = [version for version in versions if version.split(".")[: len(wanted)] == wanted]
        if inside:
            return Match(inside[-1], "exact")
    major = asked.split(".")[0]
    family = [version for version in versions if version.split(".")[0] == major]
    later = [version for version in family if precedence(version) >= precedence(asked)]
    return Match((later or family[-1:] or versions[-1:])[0], "near")
