"""How each field of the FINESS is written, and what to say when it is not.

Source: the XSDs of the standard feeds V4.1 (ansforge/finess, flux/out/standard/xsd); their lengths are not checked, the
open files and FINESS+ do not keep them.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from socle.foundations.structures.formats.item import Fault
from socle.foundations.structures.model import finess_key_holds, is_siren, is_siret
from socle.kernel.outcome import Text

NEVER: Final = "1900-01-01"  # what the feeds write for no date
_FINESS: Final = r"[0-9][0-9A-Z][0-9]{7}"
_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_NUMBER: Final = r"-?[0-9]+(?:\.[0-9]+)?"
PATTERNS: Final[Mapping[str, tuple[str, Text]]] = {
    **dict.fromkeys(
        ("nofiness", "nofinesset", "nofinessej", "nofinessppal"),
        (_FINESS, Text("un numéro FINESS de 9 caractères", "a FINESS number of 9 characters")),
    ),
    "commune": (r"[0-9]{3}", Text("3 chiffres", "3 digits")),
    "departement": (r"[0-9][0-9A-Z]", Text("un département sur 2 caractères", "a department of 2 characters")),
    "codepostal": (r"[0-9]{5}", Text("5 chiffres", "5 digits")),
    "ligneacheminement": (r"[0-9]{5} .+", Text("un code postal suivi d'une ville", "a postcode and a town")),
    "categetab": (r"[0-9]{3}", Text("une catégorie de 3 chiffres", "a category of 3 digits")),
    "categagretab": (r"[0-9]{4}", Text("une catégorie agrégée de 4 chiffres", "an aggregate of 4 digits")),
    "statutjuridique": (r"[0-9]{2}", Text("2 chiffres", "2 digits")),
    "codemft": (r"[0-9]{2}", Text("2 chiffres", "2 digits")),
    "codesph": (r"[0-9]", Text("1 chiffre", "1 digit")),
    "siren": (r"[0-9]{9}", Text("9 chiffres", "9 digits")),
    "siret": (r"[0-9]{14}", Text("14 chiffres", "14 digits")),
    "typeet": (r"[PS]", Text("P (principal) ou S (secondaire)", "P (primary) or S (secondary)")),
    "eml": (r"[0-9]{5}", Text("5 chiffres", "5 digits")),
    "de": (r"[0-9]{3}", Text("une discipline de 3 chiffres", "a discipline of 3 digits")),
    "noconv": (r"[0-9A-Z]{3}", Text("une convention de 3 caractères", "an agreement of 3 characters")),
    "capaut": (_NUMBER, Text("un nombre (point décimal)", "a number (decimal point)")),
    "activite": (r"[^ ]{2,5}", Text("un code de 2 à 5 caractères", "a code of 2 to 5 characters")),
    **dict.fromkeys(
        (
            "datecrea",
            "datemaj",
            "datefermeture",
            "dateouv",
            "dateautor",
            "datemeo",
            "datefin",
            "datelimite",
            "dateconv",
            "datedecision",
            "datevisite",
            "datelimitemeo",
            "datelimitedepot",
            "datelimvisite",
            "dateeffet",
            "dateeffetcpom",
            "datefincpom",
            "dateeffetasr",
            "datecaducite",
            "daterenouv",
        ),
        (_DATE, Text("une date AAAA-MM-JJ", "a date YYYY-MM-DD")),
    ),
    **dict.fromkeys(("coordxet", "coordyet"), (_NUMBER, Text("un nombre (point décimal)", "a number (decimal point)"))),
}
_COMPILED: Final = {name: re.compile(pattern, re.ASCII) for name, (pattern, _) in PATTERNS.items()}
_XSD: Final = "FINESS XSD V4.1"


def fits(field: str, value: str) -> bool:
    """Whether a value is written as its field is."""
    pattern = _COMPILED.get(field)
    return pattern is None or pattern.fullmatch(value) is not None


def faults_of(
    file: str, line: int, values: Mapping[str, str], required: Sequence[str], order: Sequence[str] = ()
) -> list[Fault]:
    """What is wrong in the fields of one line.

    order  the fields as they stand in the file, to tell columns that were swapped
    """
    found = [
        Fault(
            file,
            line,
            field,
            _XSD,
            Text(f"« {field} » est vide : ce champ est obligatoire.", f"“{field}” is empty: this field is required."),
        )
        for field in required
        if not values.get(field)
    ]
    for field, value in values.items():
        if not value or (fits(field, value) and _is_date(field, value)):
            continue
        _, wanted = PATTERNS[field]
        shown = value if len(value) <= 40 else value[:39] + "…"
        other = _swapped(field, value, values, order)
        hint = Text(
            f" Les colonnes « {field} » et « {other} » semblent inversées : vérifiez l'ordre des colonnes.",
            f" Columns “{field}” and “{other}” look swapped: check the order of the columns.",
        )
        if not other:
            hint = Text(" Corrigez la ligne à la source.", " Correct the line at its source.")
        found.append(
            Fault(
                file,
                line,
                field,
                _XSD,
                Text(
                    f"« {field} » vaut « {shown} » ; il faut {wanted.fr}.{hint.fr}",
                    f"“{field}” is “{shown}”; {wanted.en} is needed.{hint.en}",
                ),
            )
        )
    return found


def _is_date(field: str, value: str) -> bool:
    if not field.startswith("date") or field not in PATTERNS:
        return True
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _swapped(field: str, value: str, values: Mapping[str, str], order: Sequence[str]) -> str:
    """The field whose value this one seems to be, and the reverse; "" when none."""
    for other in order:
        if other == field or other not in _COMPILED or not values.get(other):
            continue
        if fits(other, value) and not fits(other, values[other]) and fits(field, values[other]):
            return other
    if field in order:
        place = order.index(field)
        for other in order[max(0, place - 1) : place + 2]:
            if other != field and other not in _COMPILED and values.get(other) and fits(field, values[other]):
                return other
    return ""


def remarks_of(file: str, line: int, values: Mapping[str, str]) -> list[Fault]:
    """What is strange and taken all the same: keys of numbers that do not hold."""
    found: list[Fault] = []
    for field, holds, rule in (
        ("nofiness", finess_key_holds, "FINESS, clé de Luhn"),
        ("nofinesset", finess_key_holds, "FINESS, clé de Luhn"),
        ("siren", is_siren, "Insee, clé du SIREN"),
        ("siret", is_siret, "Insee, clé du SIRET"),
    ):
        value = values.get(field)
        if value and holds(value) is False:
            found.append(
                Fault(
                    file,
                    line,
                    field,
                    rule,
                    Text(
                        f"La clé de « {value} » n'est pas juste : chiffre faux ? La ligne est gardée.",
                        f"The key of “{value}” does not hold: a wrong digit? The line is kept.",
                    ),
                    severe=False,
                )
            )
    return found
