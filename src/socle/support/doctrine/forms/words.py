"""What the forms say in French, the doctrine's own language, on top of the words of the rules."""

from typing import Final

from socle.support.doctrine.model import Addressee, Dated, Dates, PartialDate
from socle.support.doctrine.rules import words

ADDRESSEES: Final = {addressee: text.fr for addressee, text in words.ADDRESSEES.items()}
USERS: Final = {users: text.fr for users, text in words.USERS.items()}
FORCES: Final = {force: text.fr for force, text in words.FORCES.items()}
STATUSES: Final = {status: text.fr for status, text in words.STATUSES.items()}
CERTAINTIES: Final = {certainty: text.fr for certainty, text in words.CERTAINTIES.items()}
VERIFICATIONS: Final = {way: text.fr for way, text in words.VERIFICATIONS.items()}
_SHORT: Final = {
    Addressee.EDITEUR_DPI: "DPI",
    Addressee.EDITEUR_LGC: "LGC",
    Addressee.EDITEUR_LGO: "LGO",
    Addressee.EDITEUR_SGL: "SGL",
    Addressee.EDITEUR_RIS: "RIS",
    Addressee.EDITEUR_DUI: "DUI",
    Addressee.EDITEUR_COORDINATION: "coordination",
    Addressee.EDITEUR_AGENDA: "agenda",
    Addressee.EDITEUR_TELESANTE: "télésanté",
    Addressee.EDITEUR_USAGER: "usagers",
    Addressee.OPERATEUR_MSSANTE: "Opérateurs MSSanté",
    Addressee.HEBERGEUR: "Hébergeurs",
    Addressee.ETABLISSEMENT: "Établissements de santé",
    Addressee.MEDICO_SOCIAL: "Structures médico-sociales",
    Addressee.PROFESSIONNEL_LIBERAL: "Professionnels libéraux",
    Addressee.REGION: "Régions",
    Addressee.OPERATEUR_NATIONAL: "Opérateurs nationaux",
    Addressee.ETAT: "État",
}
_PUBLISHERS: Final = tuple(addressee for addressee in Addressee if addressee.is_publisher)


def date_words(on: PartialDate) -> str:
    """A date as precise as it is known: "1er janvier 2027", "mars 2027", "2027"."""
    return words.say_date(on).fr


def dates_words(dates: Dates) -> tuple[str, ...]:
    """Every date that was known, in order: ("prévu : janvier 2026", "revu : 31 décembre 2028")."""
    named: tuple[tuple[str, Dated | None], ...] = (
        ("prévu", dates.planned),
        *(("revu", revision) for revision in dates.revised),
        ("effectif", dates.actual),
    )
    return tuple(f"{name} : {date_words(dated.on)}" for name, dated in named if dated)


def sources_words(dates: Dates) -> tuple[str, ...]:
    """Who says each date, in the order of `dates_words`, each source once."""
    dated = [one for one in (dates.planned, *dates.revised, dates.actual) if one]
    return tuple(dict.fromkeys(one.source for one in dated if one.source))


def regions_words(codes: tuple[str, ...]) -> str:
    """Regions by name."""
    return ", ".join(words.REGIONS.get(code, code) for code in codes)


def addressees_short(addressees: tuple[Addressee, ...]) -> tuple[str, ...]:
    """Who must, for a narrow column: publishers together, by the kind of their software."""
    publishers = [_SHORT[one] for one in addressees if one.is_publisher]
    others = [_SHORT[one] for one in addressees if not one.is_publisher]
    if not publishers:
        return tuple(others)
    kinds = "Tous les éditeurs" if len(publishers) == len(_PUBLISHERS) else f"Éditeurs : {', '.join(publishers)}"
    return (kinds, *others)


def addressees_words(addressees: tuple[Addressee, ...]) -> tuple[str, ...]:
    """Who must, one after another; every kind of publisher together is "Tous les éditeurs"."""
    if all(publisher in addressees for publisher in _PUBLISHERS):
        return ("Tous les éditeurs", *(ADDRESSEES[one] for one in addressees if not one.is_publisher))
    return tuple(ADDRESSEES[one] for one in addressees)
