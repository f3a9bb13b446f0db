"""What the forms call things, in French: the doctrine's own language."""

from typing import Final

from socle.support.doctrine.model import (
    Addressee,
    Certainty,
    Dated,
    Dates,
    EditionStatus,
    Force,
    PartialDate,
    Users,
    Verification,
)

ADDRESSEES: Final[dict[Addressee, str]] = {
    Addressee.EDITEUR_DPI: "éditeurs de dossier patient informatisé",
    Addressee.EDITEUR_LGC: "éditeurs de logiciel de cabinet",
    Addressee.EDITEUR_LGO: "éditeurs de logiciel d'officine",
    Addressee.EDITEUR_SGL: "éditeurs de logiciel de laboratoire",
    Addressee.EDITEUR_RIS: "éditeurs de logiciel de radiologie",
    Addressee.EDITEUR_DUI: "éditeurs de dossier usager informatisé",
    Addressee.EDITEUR_COORDINATION: "éditeurs de service de coordination",
    Addressee.EDITEUR_AGENDA: "éditeurs de prise de rendez-vous",
    Addressee.EDITEUR_TELESANTE: "éditeurs de télésanté",
    Addressee.EDITEUR_USAGER: "éditeurs de services aux usagers",
    Addressee.OPERATEUR_MSSANTE: "opérateurs MSSanté",
    Addressee.HEBERGEUR: "hébergeurs de données de santé",
    Addressee.ETABLISSEMENT: "établissements de santé",
    Addressee.MEDICO_SOCIAL: "structures sociales et médico-sociales",
    Addressee.PROFESSIONNEL_LIBERAL: "professionnels libéraux",
    Addressee.REGION: "régions (ARS, GRADeS)",
    Addressee.OPERATEUR_NATIONAL: "opérateurs nationaux",
    Addressee.ETAT: "État",
}
USERS: Final[dict[Users, str]] = {
    Users.ETABLISSEMENT: "professionnels en établissement",
    Users.LIBERAUX: "professionnels libéraux",
    Users.MEDICO_SOCIAL: "professionnels du médico-social",
    Users.USAGERS: "usagers",
}
FORCES: Final[dict[Force, str]] = {Force.MUST: "obligatoire", Force.SHOULD: "recommandé"}
STATUSES: Final[dict[EditionStatus, str]] = {
    EditionStatus.PAST: "édition passée",
    EditionStatus.CURRENT: "édition en vigueur",
    EditionStatus.DRAFT: "projet",
}
CERTAINTIES: Final[dict[Certainty, str]] = {
    Certainty.A: "lu dans le texte de la doctrine",
    Certainty.B: "lu dans la loi, une page officielle, la presse ou une édition suivante",
    Certainty.C: "déduit ou proposé",
}
VERIFICATIONS: Final[dict[Verification, str]] = {
    Verification.SCENARIO: "scénario joué",
    Verification.DOCUMENT: "document produit",
    Verification.DECLARATION: "déclaration",
}
_MONTHS: Final = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
_PUBLISHERS: Final = tuple(addressee for addressee in Addressee if addressee.is_publisher)


def date_words(on: PartialDate) -> str:
    """ "2027", "mars 2027" or "26 mars 2027"; the first of a month is "1er"."""
    month = f"{_MONTHS[on.first.month - 1]} {on.first.year}"
    if on.precision == "year":
        return str(on.first.year)
    if on.precision == "month":
        return month
    return f"{'1er' if on.first.day == 1 else on.first.day} {month}"


def dates_words(dates: Dates) -> str:
    """Every date that was known, in one sentence: "prévu janvier 2026 ; repoussé au 31 décembre 2028"."""
    said = [
        f"{name} {date_words(dated.on)}"
        for name, dated in (
            ("prévu", dates.planned),
            *(("revu", revision) for revision in dates.revised),
            ("fait", dates.actual),
        )
        if dated
    ]
    return " ; ".join(said)


def sources_words(dates: Dates) -> tuple[str, ...]:
    """Who says each date, in the order of `dates_words`, each source once."""
    dated: list[Dated] = [one for one in (dates.planned, *dates.revised, dates.actual) if one]
    return tuple(dict.fromkeys(one.source for one in dated if one.source))


def addressees_words(addressees: tuple[Addressee, ...]) -> str:
    """Who must, in words; every kind of publisher is "tous les éditeurs"."""
    if all(publisher in addressees for publisher in _PUBLISHERS):
        others = [ADDRESSEES[addressee] for addressee in addressees if not addressee.is_publisher]
        return ", ".join(["tous les éditeurs", *others])
    return ", ".join(ADDRESSEES[addressee] for addressee in addressees)
