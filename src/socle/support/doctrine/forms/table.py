"""Requirements and milestones as CSV (RFC 4180): UTF-8 with a byte order mark, semicolons, as spreadsheets in French open it."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from socle.support.doctrine.model import Dated, Edition, Milestone, Requirement
from socle.support.doctrine.rules.words import ADDRESSEES, FORCES, REGIONS, USERS, VERIFICATIONS

_REQUIREMENT: Final = (
    "identifiant", "chapitre", "acteurs", "force", "énoncé", "texte fondateur", "source", "certitude", "utilisateurs",
    "régions", "échéance", "date prévue", "dates révisées", "date effective", "vérification", "référence",
    "non vérifiée parce que", "modules", "note",
)  # fmt: skip
_MILESTONE: Final = (
    "identifiant", "titre", "échéance", "fin", "date prévue", "dates révisées", "date effective", "décalage en jours",
    "chapitres", "acteurs", "note", "désaccord des sources",
)  # fmt: skip


def requirements_csv(edition: Edition, requirements: Iterable[Requirement]) -> bytes:
    """One line a requirement."""
    titles = {chapter.id: f"{chapter.number} {chapter.title}" for chapter in edition.chapters}
    return _csv(_REQUIREMENT, (_requirement(one, titles[one.chapter]) for one in requirements))


def milestones_csv(milestones: Iterable[Milestone]) -> bytes:
    """One line a milestone."""
    return _csv(_MILESTONE, (_milestone(one) for one in milestones))


def _requirement(one: Requirement, chapter: str) -> Sequence[str]:
    verified = one.verified
    return (
        one.id, chapter, " | ".join(ADDRESSEES[a].fr for a in one.addressees), FORCES[one.force].fr, one.statement,
        one.legal, one.source, one.certainty.value, " | ".join(USERS[user].fr for user in one.users),
        " | ".join(REGIONS[code] for code in one.regions), _on(one.dates.due), _on(one.dates.planned),
        " | ".join(_on(dated) for dated in one.dates.revised), _on(one.dates.actual),
        f"{VERIFICATIONS[verified.by].fr} : {verified.how}" if verified else "",
        verified.reference if verified else "", one.not_verified, " | ".join(one.modules), one.note,
    )  # fmt: skip


def _milestone(one: Milestone) -> Sequence[str]:
    slip = one.dates.slip_days
    return (
        one.id, one.title, _on(one.dates.due), str(one.ends or ""), _on(one.dates.planned),
        " | ".join(_on(dated) for dated in one.dates.revised), _on(one.dates.actual),
        "" if slip is None else str(slip), " | ".join(one.chapters),
        " | ".join(ADDRESSEES[a].fr for a in one.addressees), one.note, one.conflict,
    )  # fmt: skip


def _on(dated: Dated | None) -> str:
    return str(dated.on) if dated else ""


def _csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(value: str) -> str:
    """What a spreadsheet would take for a formula is shown, not run; a number is left as it is."""
    is_formula = value.startswith(("=", "+", "-", "@", "\t", "\r")) and not value.lstrip("+-").isdecimal()
    return f"'{value}" if is_formula else value
