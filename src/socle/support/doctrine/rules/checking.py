"""Checks that need the whole edition: what is pointed at exists, nothing is written twice, dates agree."""

from dataclasses import dataclass, field
from difflib import get_close_matches

from socle.support.doctrine.model import Dated, Dates, PartialDate, Place
from socle.support.doctrine.rules.faults import Faults
from socle.support.doctrine.rules.fields import last_day

_WORDS = {
    "chapter": ("chapitre", "chapter"),
    "module": ("module", "module"),
    "guide": ("guide", "guide"),
    "reference": ("exigence de module", "requirement of a module"),
    "band": ("bande du schéma", "band of the diagram"),
    "door": ("porte du schéma", "front door of the diagram"),
    "diagram": ("élément du schéma", "element of the diagram"),
    "requirement": ("exigence", "requirement"),
    "milestone": ("jalon", "milestone"),
    "anchor": ("paragraphe", "paragraph"),
    "number": ("numéro de chapitre", "chapter number"),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What lies outside the edition and may be named in it; None: not known here, not checked.

    modules     names of modules, e.g. "foundations.ins"
    guides      paths of existing guides, e.g. "docs/guides/insi.md"
    references  requirements of modules, e.g. "foundations.ins#INS-012"
    """

    modules: frozenset[str] | None = None
    guides: frozenset[str] | None = None
    references: frozenset[str] | None = None


@dataclass(slots=True)
class Names:
    """Names declared and used while reading, settled at the end."""

    faults: Faults
    declared: dict[tuple[str, str], Place] = field(default_factory=dict)
    used: list[tuple[str, str, Place]] = field(default_factory=list)

    def declare(self, kind: str, name: str, place: Place) -> None:
        """A name is given; it may be given once."""
        first = self.declared.setdefault((kind, name), place)
        if first is not place and name:
            fr, en = _WORDS[kind]
            self.faults.add(
                place, f"{fr} « {name} » déjà écrit en {first}.", f"{en} “{name}” already written at {first}."
            )

    def use(self, kind: str, name: str, place: Place) -> None:
        """A name is pointed at."""
        if name:
            self.used.append((kind, name, place))

    def settle(self, known: Known) -> None:
        """Note every name that points at nothing."""
        outside = {"module": known.modules, "guide": known.guides, "reference": known.references}
        for kind, name, place in self.used:
            there = outside[kind] if kind in outside else {name for of, name in self.declared if of == kind}
            if there is None or name in there:
                continue
            fr, en = _WORDS[kind]
            close = get_close_matches(name, sorted(there), 1)
            self.faults.add(
                place,
                f"{fr} « {name} » introuvable" + (f" ; vouliez-vous « {close[0]} » ?" if close else "."),
                f"unknown {en} “{name}”" + (f"; did you mean “{close[0]}”?" if close else "."),
            )


def check_dates(dates: Dates, places: "DatePlaces", published: PartialDate | None, faults: Faults) -> None:
    """Dates that contradict each other, or the day on which the edition was published."""
    if dates.revised and dates.planned is None:
        faults.add(
            places.revised[0],
            "revised : rien n'était prévu ; ajoutez planned.",
            "revised: nothing was planned; add planned.",
        )
    before = dates.planned
    for revised, place in zip(dates.revised, places.revised, strict=False):
        if before is not None and revised.on == before.on:
            faults.add(
                place,
                f"revised : {revised.on} est la date d'avant ; une révision la change.",
                f"revised: {revised.on} is the date before; a revision changes it.",
            )
        before = revised
    if dates.actual is not None and published is not None and dates.actual.on.first > last_day(published):
        faults.add(
            places.actual,
            f"actual : {dates.actual.on} est après la publication de l'édition ({published}) ; écrivez planned ou revised.",
            f"actual: {dates.actual.on} is after the edition was published ({published}); write planned or revised.",
        )


def check_window(starts: Dated | None, ends: PartialDate | None, place: Place, faults: Faults) -> None:
    """A window that ends before it begins."""
    if ends is not None and starts is not None and last_day(ends) < starts.on.first:
        faults.add(
            place,
            f"ends : {ends} est avant le début ({starts.on}).",
            f"ends: {ends} is before the beginning ({starts.on}).",
        )


def check_verified(reference: str, place: Place, faults: Faults) -> None:
    """A reference names a requirement of a module: "foundations.ins#INS-012"."""
    if not reference:
        return
    module, _, requirement = reference.partition("#")
    if not module or not requirement:
        faults.add(
            place,
            f"reference : « {reference} » ; attendu module#EXIGENCE, par exemple foundations.ins#INS-012.",
            f"reference: “{reference}”; expected module#REQUIREMENT, for instance foundations.ins#INS-012.",
        )


@dataclass(frozen=True, slots=True)
class DatePlaces:
    """Where the dates of a `Dates` are written."""

    revised: tuple[Place, ...]
    actual: Place
