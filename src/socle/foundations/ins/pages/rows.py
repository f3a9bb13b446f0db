"""Identities as lines of a list."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from socle.foundations.ins import rules
from socle.foundations.ins.actions import Dossier
from socle.foundations.ins.model import Identite, TraitsComplementaires
from socle.foundations.ins.pages import words
from socle.kernel.pages import Page


@dataclass(frozen=True, slots=True)
class Row:
    """One identity of a list, in words."""

    id: str
    name: str
    used: str
    birth: str
    sex: str
    place: str
    advice: str
    identite: Identite
    updated: datetime


def row_of(page: Page, dossier: Dossier) -> Row:
    """An identity as a line."""
    identite = dossier.identite
    traits = identite.traits
    action = rules.next_best_action(identite, now=page.now).action
    return Row(
        id=dossier.id,
        name=words.full_name(traits),
        used=used_name(identite.complementaires),
        birth=words.short_date(traits.date_naissance),
        sex=words.sex(page, traits.sexe),
        place=words.place(page, traits.lieu_naissance),
        advice=page.text(f"action.{action.value}"),
        identite=identite,
        updated=dossier.updated,
    )


def used_name(traits: TraitsComplementaires) -> str:
    """The name and given name in use, "" when there are none."""
    return f"{traits.nom_utilise} {words.given(traits.prenom_utilise)}".strip()


def as_csv(page: Page, dossiers: Iterable[Dossier]) -> bytes:
    """The list as CSV for a spreadsheet (UTF-8 with its mark, semicolons). Never a matricule: a file travels."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    heads = ("ipp", "birth_name", "given_names", "used_name", "birth_date", "sex", "birth_place")
    writer.writerow(
        [*(page.text(f"trait.{head}") for head in heads), page.text("desk.status"), page.text("desk.attribute")]
    )
    for dossier in dossiers:
        identite = dossier.identite
        traits = identite.traits
        values = [
            identite.ipp,
            traits.nom_naissance,
            traits.liste_prenoms,
            used_name(identite.complementaires),
            str(traits.date_naissance),
            traits.sexe.value,
            traits.lieu_naissance,
            identite.statut.value,
            " ".join(sorted(identite.attributs)),
        ]
        writer.writerow([_harmless(value) for value in values])
    return "\ufeff".encode() + out.getvalue().encode()


def _harmless(value: str) -> str:
    # A spreadsheet runs what begins like a formula; a quote makes it text.
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t") else value
