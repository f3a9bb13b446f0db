"""Is this line one that the register can keep? Source: columns of the extraction; Luhn key of RPPS numbers."""

import re
from typing import Final

from socle.foundations.people.model.colonnes import ID_NATIONALE, IDENTIFIANT, TYPE_ID, Sorte
from socle.foundations.people.model.identifiants import is_id_nat_ps
from socle.foundations.people.rules.entetes import Entete
from socle.kernel.outcome import Text

FIELDS: Final = "SOCLE-ANNUAIRE-FIELDS"
NUMBER: Final = "SOCLE-ANNUAIRE-IDENTIFIER"
SAME: Final = "SOCLE-ANNUAIRE-SAME-IDENTIFIER"
NAME: Final = "SOCLE-ANNUAIRE-NAME"
ENCODING: Final = "SOCLE-ANNUAIRE-ENCODING"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

Fault = tuple[str, str, Text]  # column, rule, what is wrong and what to do


def fault_of(fields: list[str], entete: Entete) -> Fault | None:
    """What is wrong with a line, None when nothing is. `fields`: as many as the heading has."""
    if len(fields) != entete.columns:
        return (
            "",
            FIELDS,
            Text(
                f"la ligne a {len(fields)} champs, l'en-tête en annonce {entete.columns} : un « | » manque ou est de trop.",
                f"the line has {len(fields)} fields, the heading announces {entete.columns}: a “|” is missing or in excess.",
            ),
        )
    id_nat, kind, number = fields[entete.id_nat], fields[entete.type_id], fields[entete.identifiant]
    if not is_id_nat_ps(id_nat):
        return (
            ID_NATIONALE,
            NUMBER,
            Text(
                f"« {_shown(id_nat)} » n'est pas une identification nationale (8 et un numéro RPPS à clé juste, par exemple).",
                f"“{_shown(id_nat)}” is not a national identification (8 and an RPPS number with a right key, for instance).",
            ),
        )
    if id_nat != kind + number:
        return (
            IDENTIFIANT if kind == id_nat[:1] else TYPE_ID,
            NUMBER,
            Text(
                f"le type « {_shown(kind)} » et l'identifiant « {_shown(number)} » ne font pas « {id_nat} » : "
                "les colonnes sont peut-être décalées.",
                f"the type “{_shown(kind)}” and the identifier “{_shown(number)}” do not make “{id_nat}”: "
                "the columns may be shifted.",
            ),
        )
    return None


def name_fault(nom: str, sorte: Sorte) -> Fault | None:
    """An activity needs the name under which the person practises."""
    if sorte is Sorte.ACTIVITE and not nom.strip():
        return (
            "Nom d'exercice",
            NAME,
            Text("le nom d'exercice est vide : renseignez-le.", "the name of practice is empty: fill it in."),
        )
    return None


def same_identifier(id_nat: str, first: str, other: str) -> Fault:
    """Two persons under one number."""
    return (
        ID_NATIONALE,
        SAME,
        Text(
            f"« {id_nat} » est déjà celui de « {first} » dans ce lot ; « {other} » a été laissé de côté : "
            "faites corriger l'un des deux numéros.",
            f"“{id_nat}” already is that of “{first}” in this load; “{other}” was left out: have one of the two corrected.",
        ),
    )


def cleaned(text: str) -> str:
    """A line without what no column may hold (control characters)."""
    return _CONTROL.sub(" ", text)


def has_control(text: str) -> bool:
    """Whether a line holds control characters."""
    return _CONTROL.search(text) is not None


def _shown(text: str) -> str:
    return text[:40]
