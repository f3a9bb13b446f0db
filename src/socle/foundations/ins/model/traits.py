"""The five strict traits, which make an identity, and the complementary ones, which never do."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from socle.foundations.ins.model.lunar_date import LunarDate
from socle.foundations.ins.model.nom import normalise_nom, normalise_prenom
from socle.kernel.outcome import Issue, Kind, Problem, Text

LIEU_INCONNU = "99999"  # unknown birthplace: legal locally, never sent by INSi (FR Core fr-core-3)
_LIEU = re.compile(r"(?:[0-9]{5}|2[AB][0-9]{3})")
_SEPARATORS = re.compile(r"[ '\-]+")
_T = TypeVar("_T")


class Sexe(StrEnum):
    """Sex, as INSi says it. I (indéterminé) is legal locally, never sent by INSi."""

    M = "M"
    F = "F"
    I = "I"  # noqa: E741 - the official code

    @property
    def fhir(self) -> str:
        """The FHIR administrative-gender code. Source: FR Core fr-core-vs-patient-gender."""
        return {"M": "male", "F": "female", "I": "unknown"}[self.value]


def words(names: str) -> list[str]:
    """The words of a name; hyphens and apostrophes count as spaces (Guide INS v3.0, EXI ID 10)."""
    return [word for word in _SEPARATORS.split(names) if word]


@dataclass(frozen=True)
class TraitsStricts:
    """The five strict traits, in the alphabet of INSi. Build with `TraitsStricts.of`, which normalises.

    nom_naissance    birth name
    premier_prenom   first birth given name; several words only by an explicit decision (`prenom_compose`)
    prenoms          the whole list, in order, at least one
    sexe
    date_naissance   perhaps incomplete
    lieu_naissance   INSEE code of the commune, or 99xxx country; LIEU_INCONNU when it is not known
    prenom_compose   someone decided that the first given name spans several entries of the list, or is hyphenated
                     otherwise than the list ("JEAN PIERRE" or "JEAN-PIERRE" from "JEAN PIERRE MARIE")

    Source: RNIV 1 v2.0, traits stricts; Guide INS v3.0, EXI ID 10.
    """

    nom_naissance: str
    premier_prenom: str
    prenoms: tuple[str, ...]
    sexe: Sexe
    date_naissance: LunarDate
    lieu_naissance: str = LIEU_INCONNU
    prenom_compose: bool = False

    def __post_init__(self) -> None:
        issues: list[Issue] = []
        if normalise_nom(self.nom_naissance) != self.nom_naissance:
            issues.append(_not_normal("nom_naissance"))
        if not self.prenoms or any(normalise_prenom(p) != p or " " in p for p in self.prenoms):
            issues.append(_not_normal("prenoms"))
        if normalise_prenom(self.premier_prenom, "premier prénom") != self.premier_prenom:
            issues.append(_not_normal("premier_prenom"))
        if not _LIEU.fullmatch(self.lieu_naissance):
            issues.append(
                Issue(
                    Text(
                        "Le lieu de naissance est un code INSEE de cinq caractères (63220, 2B020, 99351) ; 99999 s'il "
                        "est inconnu.",
                        "The birthplace is a five-character INSEE code (63220, 2B020, 99351); 99999 when it is "
                        "unknown.",
                    ),
                    expression=("lieu_naissance",),
                    rule="RNIV traits stricts, lieu",
                )
            )
        if issues:
            raise Problem(Kind.INVALID, *issues)
        listed = [word for prenom in self.prenoms for word in words(prenom)]
        first = words(self.premier_prenom)
        if listed[: len(first)] != first:
            raise Problem.of(
                Kind.RULE_VIOLATED,
                "Le premier prénom doit être le début de la liste des prénoms de naissance.",
                "The first given name must be the beginning of the list of birth given names.",
                expression="premier_prenom",
                rule="Guide INS EXI ID 10",
            )
        if self.premier_prenom != self.prenoms[0] and not self.prenom_compose:
            raise Problem.of(
                Kind.RULE_VIOLATED,
                "Le premier prénom diffère du premier de la liste : s'il est composé, dites-le explicitement (prénom "
                "composé), "
                "la décision est conservée.",
                "The first given name differs from the first of the list: if it is a compound name, say so explicitly "
                "(compound "
                "name); the decision is kept.",
                expression="premier_prenom",
                rule="Guide INS EXI ID 10",
            )

    @classmethod
    def of(
        cls,
        *,
        nom_naissance: str,
        prenoms: str,
        sexe: str,
        date_naissance: str,
        lieu_naissance: str = "",
        premier_prenom: str = "",
        prenom_compose: bool = False,
    ) -> "TraitsStricts":
        """Traits from what people type or systems send; names are normalised, `prenoms` is the space- or
        comma-separated list.

        `premier_prenom` is the first of the list when it is not given.
        Raises: Problem(INVALID | RULE_VIOLATED) with one issue per trait that is wrong, which its expression names.
        """
        issues: list[Issue] = []
        nom = _attempt(issues, "nom_naissance", lambda: normalise_nom(nom_naissance))
        liste = _attempt(issues, "prenoms", lambda: _liste(prenoms))
        date = _attempt(issues, "date_naissance", lambda: LunarDate.parse(date_naissance))
        code = _attempt(issues, "sexe", lambda: _sexe(sexe))
        premier = (
            _attempt(issues, "premier_prenom", lambda: normalise_prenom(premier_prenom, "premier prénom"))
            if premier_prenom
            else None
        )
        if issues or nom is None or liste is None or date is None or code is None:
            raise Problem(Kind.INVALID, *issues)
        lieu = lieu_naissance.strip().upper() or LIEU_INCONNU
        return cls(nom, premier or liste[0], liste, code, date, lieu, prenom_compose)

    @cached_property
    def liste_prenoms(self) -> str:
        """The list as INSi and the datamatrix write it: space separated."""
        return " ".join(self.prenoms)

    @property
    def is_birthplace_known(self) -> bool:
        """Whether a birthplace was given."""
        return self.lieu_naissance != LIEU_INCONNU


@dataclass(frozen=True, slots=True)
class TraitsComplementaires:
    """What helps to reach or recognise someone; never takes part in qualification. Source: RNIV, traits
    complémentaires.

    The name and given name in use are never filled from the birth names on our own (Guide INS v3.0, EXI ID 08).
    """

    nom_utilise: str = ""
    prenom_utilise: str = ""
    adresse: str = ""
    code_postal: str = ""
    commune: str = ""
    telephone: str = ""
    courriel: str = ""


_SEXES = {"male": "M", "female": "F", "unknown": "I", "m": "M", "f": "F", "i": "I", "h": "M"}


def _sexe(text: str) -> Sexe:
    code = _SEXES.get(text.strip().lower())
    if code is None:
        raise Problem.of(
            Kind.INVALID,
            "Le sexe attendu est M, F ou I (indéterminé) ; en FHIR : male, female ou unknown.",
            "The sex expected is M, F or I (undetermined); in FHIR: male, female or unknown.",
            rule="RNIV traits stricts, sexe",
        )
    return Sexe(code)


def _liste(text: str) -> tuple[str, ...]:
    """The list of given names written in `text`. Raises: Problem(INVALID) when there is none."""
    names = tuple(normalise_prenom(name) for name in re.split(r"[\s,]+", text.strip()) if name)
    if not names:
        raise Problem.of(
            Kind.INVALID,
            "Il manque un trait strict : les prénoms de naissance.",
            "A strict trait is missing: the birth given names.",
            rule="RNIV traits stricts",
        )
    return names


def _attempt(issues: list[Issue], trait: str, make: Callable[[], _T]) -> _T | None:
    """What `make` makes of a trait, or None with the issues of its Problem added: so that one answer tells everything
    that is wrong.
    """
    try:
        return make()
    except Problem as problem:
        issues.extend(replace(issue, expression=(trait,)) for issue in problem.issues)
        return None


def _not_normal(name: str) -> Issue:
    return Issue(
        Text(
            f"Le trait « {name} » n'est pas dans l'alphabet de l'INS (majuscules sans accent).",
            f"The trait “{name}” is not in the alphabet of the INS (capitals, no accents).",
        ),
        expression=(name,),
        rule="RNIV traits stricts, alphabet",
    )
