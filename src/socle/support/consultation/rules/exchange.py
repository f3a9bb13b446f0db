"""Contributions as CSV: one row each, the same columns out and in.

RFC 4180, UTF-8, comma. A cell that a spreadsheet would take for a formula is preceded by an apostrophe, which is taken
away when it is read again. Columns that only the house can give (number, state, counts, answers…) are ignored on import.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from io import StringIO
from typing import Final, TypeVar

from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.support.consultation.model import (
    Anchor,
    Author,
    AuthorKind,
    Consultation,
    Contribution,
    ContributionKind,
    Rewording,
    State,
    Submission,
)
from socle.support.consultation.rules import contributing
from socle.support.doctrine.model import Edition

RULE: Final = "CONS-016"
IMPORTED: Final = (
    "chapter",
    "block",
    "requirement",
    "kind",
    "author_kind",
    "author",
    "organisation",
    "at",
    "title",
    "text",
    "before",
    "after",
)
NEEDED: Final = ("kind", "author_kind", "author", "title", "text")
EXPORTED: Final = (
    "number",
    *IMPORTED,
    "verified",
    "state",
    "amended",
    "supports_verified",
    "supports_unverified",
    "arguments_for",
    "arguments_against",
    "attachments",
    "outcome",
    "answer",
    "answered",
    "change",
    "original",
    "moderation_rule",
    "synthetic",
)
LARGEST: Final = 20_000_000  # bytes of an import
MOST_ROWS: Final = 10_000
MOST_FAULTS: Final = 100  # told at once
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be filed. `line` is where it begins in the file."""

    line: int
    author: Author
    submission: Submission
    at: datetime


def header() -> str:
    """The first line."""
    return _line(EXPORTED)


def line(contribution: Contribution) -> str:
    """A contribution as a line; not its text when it is not shown."""
    c = contribution
    shown = c.state is State.SHOWN
    rewording = c.rewording if shown else None
    answer = c.disposition
    cells = (
        c.id,
        c.anchor.chapter,
        c.anchor.block,
        c.anchor.requirement,
        c.kind,
        c.author.kind,
        c.author.name if shown else "",
        c.author.organisation if shown else "",
        moment(c.at),
        c.title if shown else "",
        c.text if shown else "",
        rewording.before if rewording else "",
        rewording.after if rewording else "",
        _flag(c.author.verified),
        c.state,
        moment(c.amended) if c.amended else "",
        c.supports.verified,
        c.supports.unverified,
        c.arguments_for,
        c.arguments_against,
        c.attachments,
        answer.outcome if answer else "",
        answer.answer if answer else "",
        moment(answer.at) if answer else "",
        answer.change if answer and answer.change else "",
        answer.original if answer and answer.original else "",
        c.moderation.rule if c.moderation else "",
        _flag(c.synthetic),
    )
    return _line(str(cell) for cell in cells)


def moment(at: datetime) -> str:
    """UTC, to the second: "2026-10-06T08:12:00Z"."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def read(content: bytes, consultation: Consultation, edition: Edition) -> tuple[Row, ...]:
    """The rows of a file, all of which can be filed.

    Raises: Problem(TOO_LARGE); Problem(INVALID) with an issue for each fault, its line first (the first 100 of them).
    """
    rows, issues = [], list[Issue]()
    for number, cells in _cells(content):
        row, faults = _row(number, cells, consultation, edition)
        issues += faults
        if row is not None:
            rows.append(row)
        if len(issues) >= MOST_FAULTS:
            issues = issues[:MOST_FAULTS]
            issues.append(
                Issue(
                    Text("… la lecture s'est arrêtée là : corrigez, puis recommencez.", "… reading stopped there."),
                    rule=RULE,
                )
            )
            break
    if issues:
        raise Problem(Kind.INVALID, *issues)
    if not rows:
        raise Problem.of(Kind.INVALID, "Le fichier n'a aucune ligne.", "The file has no row.", rule=RULE)
    return tuple(rows)


def _cells(content: bytes) -> Iterable[tuple[int, Mapping[str, str]]]:
    if len(content) > LARGEST:
        raise Problem.of(
            Kind.TOO_LARGE,
            f"Ce fichier dépasse {LARGEST // 1_000_000} Mo : découpez-le.",
            f"This file is larger than {LARGEST // 1_000_000} MB: split it.",
            rule=RULE,
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = content.count(b"\n", 0, error.start) + 1
        raise _fault(at, "ce n'est pas de l'UTF-8.", "this is not UTF-8.") from error
    if "\x00" in text:
        raise _fault(text.count("\n", 0, text.index("\x00")) + 1, "caractère nul.", "null character.")
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    names: list[str] = []
    began = 1
    rows = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _fault(began, f"CSV illisible ({error}).", f"unreadable CSV ({error}).") from error
        if cells is None:
            return
        if not names:
            names = _names(cells)
        elif cells:
            rows += 1
            if rows > MOST_ROWS:
                raise _fault(began, f"plus de {MOST_ROWS} lignes : découpez.", f"more than {MOST_ROWS} rows: split.")
            if len(cells) != len(names):
                fr = f"{len(cells)} cellules, {len(names)} attendues."
                raise _fault(began, fr, f"{len(cells)} cells, {len(names)} expected.")
            yield began, dict(zip(names, map(_plain, cells), strict=True))
        began = reader.line_num + 1


def _names(cells: list[str]) -> list[str]:
    unknown = [cell for cell in cells if cell not in EXPORTED]
    lacking = [name for name in NEEDED if name not in cells]
    if unknown:
        said = ", ".join(f"« {name[:40]} »" for name in unknown[:5])
        fr = f"colonnes inconnues : {said}. Connues : {', '.join(EXPORTED)}."
        raise _fault(1, fr, f"unknown columns: {said}. Known: {', '.join(EXPORTED)}.")
    if lacking:
        said = ", ".join(lacking)
        raise _fault(1, f"colonnes manquantes : {said}.", f"missing columns: {said}.")
    if len(set(cells)) != len(cells):
        raise _fault(1, "une colonne est en double.", "a column appears twice.")
    return cells


def _row(
    number: int, cells: Mapping[str, str], consultation: Consultation, edition: Edition
) -> tuple[Row | None, list[Issue]]:
    issues: list[Issue] = []

    def fault(name: str, fr: str, en: str) -> None:
        issues.append(Issue(Text(f"ligne {number}, {name} : {fr}", f"line {number}, {name}: {en}"), (name,), RULE))

    def choice(name: str, kind: type[Choice]) -> Choice | None:
        said = cells.get(name, "").strip()
        if said in {one.value for one in kind}:
            return kind(said)
        known = ", ".join(one.value for one in kind)
        fault(name, f"« {said[:40]} » ; attendu : {known}.", f"“{said[:40]}”; expected: {known}.")
        return None

    kind, author_kind = choice("kind", ContributionKind), choice("author_kind", AuthorKind)
    anchor = Anchor(*(cells.get(name, "").strip() for name in ("chapter", "block", "requirement")))
    for name, there in _places(anchor, edition).items():
        if not there:
            said = getattr(anchor, name)[:40]
            fault(name, f"« {said} » n'est pas dans l'édition.", f"“{said}” is not in the edition.")
    if not consultation.concerns(anchor.chapter):
        fault("chapter", "ce chapitre n'est pas soumis à la concertation.", "this chapter is not open to comments.")
    at = _moment(cells.get("at", "").strip())
    if at is None and cells.get("at", "").strip():
        fault("at", "attendu : 2026-10-06T08:12:00Z, ou rien.", "expected: 2026-10-06T08:12:00Z, or nothing.")
    before, after = cells.get("before", ""), cells.get("after", "")
    submission = Submission(
        anchor,
        kind or ContributionKind.REMARK,
        cells.get("title", ""),
        cells.get("text", ""),
        Rewording(before, after) if before or after else None,
    )
    author = Author(author_kind or AuthorKind.PERSON, cells.get("author", ""), cells.get("organisation", ""))
    try:
        submission = contributing.tidied(submission)
    except Problem as problem:
        for issue in problem.issues:
            if issue.severity == "error":
                fault(issue.expression[0], issue.text.fr, issue.text.en)
    try:
        author, _ = contributing.tidied_author(author, "")
    except Problem as problem:
        for issue in problem.issues:
            if issue.severity == "error":
                name = "author" if issue.expression[0] == "name" else issue.expression[0]
                fault(name, issue.text.fr, issue.text.en)
    if issues:
        return None, issues
    return Row(number, author, submission, at or consultation.opens), []


def _places(anchor: Anchor, edition: Edition) -> Mapping[str, bool]:
    """Whether each part of an anchor is in the edition."""
    chapter = edition.chapter_by_id.get(anchor.chapter)
    if anchor.chapter and chapter is None:
        return {"chapter": False}
    sections = chapter.sections if chapter is not None else (edition.synthesis,)
    known = edition.requirement_by_id.get(anchor.requirement)
    return {
        "block": not anchor.block or any(block.anchor == anchor.block for one in sections for block in one.blocks),
        "requirement": not anchor.requirement or (known is not None and known.chapter == anchor.chapter),
    }


def place_fault(anchor: Anchor, edition: Edition) -> str:
    """The part of an anchor that is not in the edition, "" when all of it is."""
    return next((name for name, there in _places(anchor, edition).items() if not there), "")


_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z", re.ASCII)


def _moment(text: str) -> datetime | None:
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _line(cells: Iterable[str]) -> str:
    out = StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow("'" + cell if cell.startswith(_FORMULA) else cell for cell in cells)
    return out.getvalue()


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _flag(said: bool) -> str:
    return "true" if said else "false"


def _fault(number: int, fr: str, en: str) -> Problem:
    return Problem.of(Kind.INVALID, f"ligne {number} : {fr}", f"line {number}: {en}", rule=RULE)
