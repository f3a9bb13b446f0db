"""The configuration for identities as French structures keep them.

m and u are ours. u comes from how often two persons drawn at random agree (name, date, place: counted in the synthetic
population and rounded towards caution); m from the errors that the generator of the French test set makes
(`sample.ERRORS`). They are no national figures: a region that has its own puts them here.
"""

from collections.abc import Mapping
from typing import Final

from socle.foundations.ins.index.model import Level, Portrait
from socle.foundations.ins.index.rules import fields, names
from socle.foundations.ins.index.rules.configuration import Configuration, Field, Guard
from socle.kernel.outcome import Text


def _level(fr: str, en: str, m: float, u: float) -> Level:
    return Level(Text(fr, en), m, u)


_SAME: Final = ("identique", "the same")
_DIFFERS: Final = ("différent", "different")

FAMILY: Final = Field(
    "family",
    Text("Nom", "Family name"),
    names.family,
    lambda p: p.family + (f" (utilisé : {p.usual_family})" if p.usual_family and p.usual_family != p.family else ""),
    {
        "both": _level(
            "nom de naissance et nom utilisé identiques", "birth name and name in use the same", 0.2, 0.00005
        ),
        "same": _level(*_SAME, 0.66, 0.0025),
        "sounds": _level("se prononce pareil", "sounds the same", 0.045, 0.0009),
        "close": _level("à une faute de frappe près", "but for a slip of the keyboard", 0.04, 0.0013),
        "used": _level("nom utilisé de l'un, nom de l'autre", "name in use of one, name of the other", 0.015, 0.0009),
        "part": _level("une partie du nom composé", "part of the compound name", 0.02, 0.0012),
        "short": _level("à une lettre d'un nom court près", "but for a letter of a short name", 0.003, 0.0006),
        "swapped": _level("nom et prénom intervertis", "family and given names swapped", 0.008, 4e-05),
        "differs": _level(*_DIFFERS, 0.03, 0.985),
    },
)
GIVEN: Final = Field(
    "given",
    Text("Prénoms", "Given names"),
    names.given,
    lambda p: " ".join(p.given) + (f" (utilisé : {p.usual_given})" if p.usual_given else ""),
    {
        "list": _level("plusieurs prénoms identiques", "several given names the same", 0.3, 0.0007),
        "same": _level(*_SAME, 0.55, 0.0075),
        "first": _level("premier prénom identique, pas les autres", "first name the same, not the others", 0.02, 0.008),
        "sounds": _level("se prononce pareil", "sounds the same", 0.02, 0.0006),
        "variant": _level("deux graphies d'un prénom", "two spellings of a name", 0.004, 0.0006),
        "close": _level("à une faute de frappe près", "but for a slip of the keyboard", 0.03, 0.0009),
        "listed": _level("figure parmi les prénoms de l'autre", "among the given names of the other", 0.02, 0.0048),
        "part": _level("une partie du prénom composé", "part of the compound name", 0.02, 0.0012),
        "swapped": _level("nom et prénom intervertis", "family and given names swapped", 0.005, 0.0002),
        "initial": _level("une initiale", "an initial", 0.01, 0.05),
        "other": _level("deux prénoms qui se ressemblent", "two names that look alike", 0.003, 0.03),
        "differs": _level(*_DIFFERS, 0.02, 0.95),
    },
)
BORN: Final = Field(
    "born",
    Text("Naissance", "Birth date"),
    fields.born,
    lambda p: p.birth,
    {
        "same": _level(*_SAME, 0.92, 0.00003),
        "swapped": _level("jour et mois intervertis", "day and month swapped", 0.008, 4e-05),
        "slip": _level("à un chiffre près", "but for one digit", 0.03, 0.0006),
        "month": _level("même mois, jour inconnu", "same month, day unknown", 0.01, 0.00002),
        "year": _level("même année, mois ou jour inconnu", "same year, month or day unknown", 0.01, 0.0004),
        "most": _level("jour, mois ou année à part", "but for the day, the month or the year", 0.01, 0.003),
        "differs": _level(*_DIFFERS, 0.006, 0.995),
    },
)
SEX: Final = Field(
    "sex",
    Text("Sexe", "Sex"),
    fields.sex,
    lambda p: p.sex,
    {"same": _level(*_SAME, 0.99, 0.5), "differs": _level(*_DIFFERS, 0.01, 0.5)},
)
PLACE: Final = Field(
    "place",
    Text("Lieu de naissance", "Birthplace"),
    fields.place,
    lambda p: p.place,
    {
        "same": _level(*_SAME, 0.94, 0.004),
        "country": _level("même pays de naissance", "same country of birth", 0.95, 0.02),
        "near": _level("même département", "same department", 0.03, 0.02),
        "differs": _level(*_DIFFERS, 0.03, 0.97),
    },
)
HOME: Final = Field(
    "home",
    Text("Domicile", "Home"),
    fields.home,
    lambda p: " ".join(part for part in (p.street, p.postcode, p.city) if part),
    {
        # Those who share an address share a name more often than chance: the weight stays below that of a birthplace.
        "same": _level("même adresse", "same address", 0.6, 0.007),
        "town": _level("même code postal", "same postcode", 0.2, 0.006),
        "slip": _level(
            "même rue, code postal à un chiffre près", "same street, postcode but for one digit", 0.01, 0.004
        ),
        "differs": _level(*_DIFFERS, 0.3, 0.98),
    },
)
REACH: Final = Field(
    "reach",
    Text("Téléphone, courriel", "Telephone, mail"),
    fields.reach,
    lambda p: " ".join((*p.phones, *p.mails)),
    {
        "same": _level("en commun", "in common", 0.6, 0.008),
        "differs": _level("aucun en commun", "none in common", 0.4, 0.99),
    },
)

_FAR: Final = ("differs", "other", "initial")


def _twins(a: Portrait, b: Portrait, levels: Mapping[str, str]) -> bool:
    """Same date, another given name, both borne by people: twins, whatever else they share (and they share nearly all)."""
    both = a.first in names.ATTESTED and b.first in names.ATTESTED
    return both and _perhaps_twins(a, b, levels)


def _perhaps_twins(a: Portrait, b: Portrait, levels: Mapping[str, str]) -> bool:
    return levels.get("born") == "same" and levels.get("given") in ("differs", "other")


def _of_other_sex(a: Portrait, b: Portrait, levels: Mapping[str, str]) -> bool:
    """LOUIS and LOUISE sound the same; with another sex they are two names."""
    return levels.get("sex") == "differs" and levels.get("given") not in (
        "same",
        "list",
        "first",
        "listed",
        "swapped",
        "",
    )


def _of_other_rank(a: Portrait, b: Portrait, levels: Mapping[str, str]) -> bool:
    return bool(a.rank and b.rank and a.rank != b.rank)


def _without_name(a: Portrait, b: Portrait, levels: Mapping[str, str]) -> bool:
    """Nobody is linked on a given name that nothing says, or on a family name that disagrees."""
    return levels.get("given", "") in ("", *_FAR) or levels.get("family", "") in ("", "differs")


def _without_date(a: Portrait, b: Portrait, levels: Mapping[str, str]) -> bool:
    return levels.get("born", "") in ("", "differs")


def _homonym(a: Portrait, b: Portrait, levels: Mapping[str, str]) -> bool:
    """Born elsewhere, with nothing in common but a name and a date: a homonym as likely as a birthplace mistaken."""
    shared = levels.get("home") in ("same", "town", "slip") or levels.get("reach") == "same"
    return levels.get("place") == "differs" and not shared and levels.get("given") != "list"


GUARDS: Final = (
    Guard(
        "twins",
        Text(
            "Même naissance et autre prénom : des jumeaux ont tout le reste en commun.",
            "Same birth and another given name: twins have all the rest in common.",
        ),
        _twins,
        "apart",
    ),
    Guard(
        "perhaps-twins",
        Text(
            "Même naissance et autre prénom, dont un rare ou mal écrit : des jumeaux, ou une faute.",
            "Same birth and another given name, one of them rare or misspelt: twins, or a slip.",
        ),
        _perhaps_twins,
        "doubtful",
    ),
    Guard(
        "rank",
        Text("Autre rang dans une naissance multiple.", "Another rank in a multiple birth."),
        _of_other_rank,
        "apart",
    ),
    Guard(
        "other-sex",
        Text(
            "Autre sexe, et un prénom qui a pu changer avec lui (LOUIS, LOUISE).",
            "Another sex, and a given name that may have changed with it (LOUIS, LOUISE).",
        ),
        _of_other_sex,
        "apart",
    ),
    Guard(
        "homonym",
        Text(
            "Né ailleurs, et rien de commun que le nom et la date : un homonyme, ou un lieu mal saisi.",
            "Born elsewhere, and nothing in common but name and date: a homonym, or a birthplace mistaken.",
        ),
        _homonym,
        "doubtful",
    ),
    Guard(
        "name",
        Text(
            "Le nom ou le prénom ne concorde pas : personne n'est lié sur le reste seul.",
            "The family or given name does not agree: nobody is linked on the rest alone.",
        ),
        _without_name,
        "doubtful",
        bars=False,
    ),
    Guard(
        "date",
        Text(
            "La date de naissance manque ou ne concorde pas : personne n'est lié sans elle.",
            "The birth date is missing or does not agree: nobody is linked without it.",
        ),
        _without_date,
        "doubtful",
        bars=False,
    ),
)
FRENCH: Final = Configuration("fr", (FAMILY, GIVEN, BORN, SEX, PLACE, HOME, REACH), GUARDS, prior=20.0)
