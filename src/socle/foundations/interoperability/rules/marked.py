"""A text with its issues on its lines: what the page of the validator shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from socle.kernel.fhir.validation import Judged
from socle.kernel.outcome import Issue

LONGEST: Final = 240  # characters of a line that are shown
AROUND: Final = 6  # lines shown before and after a line that has issues, in a long text
WHOLE: Final = 300  # lines: a text up to that is shown whole
MOST: Final = 1_200  # lines shown of a longer one

TONES: Final = {"fatal": "refused", "error": "refused", "warning": "attention", "information": "unknown"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text, its number from 1, and what is wrong there, worst first."""

    number: int
    text: str
    issues: tuple[Issue, ...]

    @property
    def tone(self) -> str:
        """The tone of the worst issue, "" when there is none."""
        return TONES[self.issues[0].severity] if self.issues else ""


@dataclass(frozen=True, slots=True)
class Marked:
    """What the page shows of one text.

    parts   runs of lines; lines between two runs are left out
    left    whether some lines are left out
    counts  how many issues, by severity: errors (unreadable among them), warnings, informations
    """

    name: str
    valid: bool
    profiles: tuple[str, ...]
    issues: tuple[Issue, ...]
    parts: tuple[tuple[Line, ...], ...]
    left: bool
    counts: tuple[int, int, int]


def marked(judged: Judged) -> Marked:
    """The text with its issues. A long text is shown around its issues only."""
    issues = judged.report.issues
    lines = judged.source.data.decode("utf-8", "replace").splitlines() or [""]
    by_line: dict[int, list[Issue]] = {}
    for one in issues:
        if one.line:
            by_line.setdefault(min(one.line, len(lines)), []).append(one)
    kept = _kept(len(lines), sorted(by_line))
    shown = [Line(number, _short(lines[number - 1]), tuple(by_line.get(number, ()))) for number in kept]
    runs = groupby(enumerate(shown), key=lambda pair: pair[1].number - pair[0])
    return Marked(
        name=judged.source.name,
        valid=judged.report.valid,
        profiles=judged.report.profiles,
        issues=issues,
        parts=tuple(tuple(line for _, line in run) for _, run in runs),
        left=len(kept) < len(lines),
        counts=counted(judged),
    )


def counted(judged: Judged) -> tuple[int, int, int]:
    """How many issues, by severity: errors (unreadable among them), warnings, informations; the text is not looked at."""
    severities = [one.severity for one in judged.report.issues]
    errors = severities.count("error") + severities.count("fatal")
    return errors, severities.count("warning"), severities.count("information")


def _kept(count: int, wrong: Sequence[int]) -> Sequence[int]:
    """Numbers of the lines that are shown, in order."""
    if count <= WHOLE:
        return range(1, count + 1)
    near: set[int] = set()
    for number in wrong or [1]:
        near.update(range(max(1, number - AROUND), min(count, number + AROUND) + 1))
        if len(near) >= MOST:
            break
    return sorted(near)


def _short(line: str) -> str:
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
