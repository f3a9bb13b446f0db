"""Which files a generation writes, in which pieces: a piece is a maker and a range of ranks, made by any process."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from socle.foundations.country.country import Country
from socle.foundations.country.files import annuaire, differences, finess_csv, finess_plus, finess_xml, rass

Maker = Callable[[Country, int, int], tuple[str, int]]

FORMATS: Final = ("annuaire", "rass", "finess-csv", "finess-xml", "finess-plus", "identities")
MAKERS: Final[dict[str, Maker]] = {
    "annuaire.activities": annuaire.activities,
    "annuaire.degrees": annuaire.degrees,
    "annuaire.skills": annuaire.skills,
    "rass.activities": rass.activities,
    "finess_csv.entities": finess_csv.entities,
    "finess_csv.establishments": finess_csv.establishments,
    "finess_csv.positions": finess_csv.positions,
    "finess_xml.entities": finess_xml.entities,
    "finess_xml.establishments": finess_xml.establishments,
    "finess_xml.care": finess_xml.care,
    "finess_xml.equipment": finess_xml.equipment,
    "finess_xml.social": finess_xml.social,
    "finess_xml.positions": finess_xml.positions,
    "finess_plus.structures": finess_plus.structures,
    "finess_plus.activities": finess_plus.activities,
    "differences.people": differences.people,
    "differences.establishments": differences.establishments,
}
# Octets a rank, roughly, to know whether the disk has room.
_OCTETS: Final = {
    "annuaire.activities": 60, "annuaire.degrees": 14, "annuaire.skills": 4, "rass.activities": 60,
    "finess_csv.entities": 190, "finess_csv.establishments": 380, "finess_csv.positions": 110,
    "finess_xml.entities": 1700, "finess_xml.establishments": 2300, "finess_xml.care": 160,
    "finess_xml.equipment": 50, "finess_xml.social": 250, "finess_xml.positions": 1500,
    "finess_plus.structures": 2700, "finess_plus.activities": 500, "differences.people": 2, "differences.establishments": 2,
}  # fmt: skip
_STEPS: Final = {"annuaire": 7_200, "rass": 7_200}  # ranks a piece: a few million octets
_STEP: Final = 1_000


@dataclass(frozen=True, slots=True)
class Parameters:
    """What was asked. `formats` are some of FORMATS; `encoding` is that of the open files of FINESS."""

    seed: int
    scale: float
    day: int
    changes: float
    formats: tuple[str, ...]
    encoding: str = "utf-8"

    @property
    def country(self) -> Country:
        """The country asked for (cached)."""
        return _country(self.seed, self.scale, self.day, self.changes)


@dataclass(frozen=True, slots=True)
class Member:
    """A text to write: what begins it, runs of ranks given to a maker each, what is between pieces, what ends it."""

    name: str
    head: str
    runs: tuple[tuple[str, int], ...]
    between: str = ""
    tail: str = ""

    def pieces(self) -> Iterator[tuple[str, int, int]]:
        """(maker, first rank, rank after the last) of each piece, in order."""
        for maker, count in self.runs:
            step = _STEPS.get(maker.partition(".")[0], _STEP)
            for start in range(0, count, step):
                yield maker, start, min(count, start + step)


@dataclass(frozen=True, slots=True)
class Target:
    """A file to write, below the folder asked for: one text, or a zip of several."""

    name: str
    format: str
    members: tuple[Member, ...]
    encoding: str = "utf-8"

    @property
    def is_zip(self) -> bool:
        """Whether the texts are members of a zip."""
        return self.name.endswith(".zip")

    @property
    def ranks(self) -> int:
        """How many ranks are gone through: the measure of the work."""
        return sum(count for member in self.members for _, count in member.runs)

    @property
    def octets(self) -> int:
        """Size, roughly."""
        return sum(_OCTETS[maker] * count for m in self.members for maker, count in m.runs)


@lru_cache(maxsize=4)
def _country(seed: int, scale: float, day: int, changes: float) -> Country:
    return Country(seed, scale, day=day, changes=changes)


def targets(asked: Parameters) -> list[Target]:
    """The files of what was asked, identities apart. Raises: ValueError when the country makes no sense."""
    country = asked.country
    found: list[Target] = []
    for name in asked.formats:
        if name != "identities":
            found += _MAKE[name](country, asked.encoding)
    if country.day > 1:
        runs = (
            ("differences.people", country.practitioner_count),
            ("differences.establishments", country.establishment_count),
        )
        member = Member("differences.csv", differences.HEADINGS + "\n", runs)
        found.append(Target(f"differences-jour-{country.day}.csv", "differences", (member,)))
    return found


def _stamp(country: Country) -> str:
    return country.date.strftime("%Y%m%d")


def _annuaire(country: Country, _: str) -> list[Target]:
    stamp, count = f"{_stamp(country)}0400", country.practitioner_count
    members = tuple(
        Member(f"PS_LibreAcces_{name}_{stamp}.txt", f"{head}\n", ((maker, count),))
        for name, head, maker in (
            ("Personne_activite", annuaire.ACTIVITE, "annuaire.activities"),
            ("Dipl_AutExerc", annuaire.DIPLOME, "annuaire.degrees"),
            ("SavoirFaire", annuaire.SAVOIR_FAIRE, "annuaire.skills"),
        )
    )
    return [Target(f"annuaire/PS_LibreAcces_{stamp}.zip", "annuaire", members)]


def _rass(country: Country, _: str) -> list[Target]:
    stem = f"Extraction_ProSanteConnect_Personne_activite_{_stamp(country)}0400"
    runs = (("rass.activities", country.practitioner_count),)
    return [Target(f"rass/{stem}.zip", "rass", (Member(f"{stem}.txt", f"{rass.HEADINGS}\n", runs),))]


def _finess_csv(country: Country, encoding: str) -> list[Target]:
    head = finess_csv.metadata(country)
    sites = ("finess_csv.establishments", country.establishment_count)
    return [
        Target(
            f"finess-csv/etalab-{kind}-stock-{_stamp(country)}-0339.csv",
            "finess-csv",
            (Member(kind, head, runs),),
            encoding,
        )
        for kind, runs in (
            (finess_csv.ENTITIES, (("finess_csv.entities", country.entity_count),)),
            (finess_csv.ESTABLISHMENTS, (sites,)),
            (finess_csv.POSITIONS, (sites, ("finess_csv.positions", country.establishment_count))),
        )
    ]


def _finess_xml(country: Country, _: str) -> list[Target]:
    return [
        Target(
            f"finess-xml/finess_cs14001{kind}_stock_{_stamp(country)}-0339.xml",
            "finess-xml",
            (Member(kind, finess_xml.beginning(country), ((f"finess_xml.{maker}", count),), "", finess_xml.END),),
        )
        for kind, maker, count in (
            ("01", "entities", country.entity_count),
            ("02", "establishments", country.establishment_count),
            ("03", "care", country.establishment_count),
            ("04", "equipment", country.establishment_count),
            ("05", "social", country.establishment_count),
            ("09", "positions", country.establishment_count),
        )
    ]


def _finess_plus(country: Country, _: str) -> list[Target]:
    return [
        Target(
            f"finess-plus/finess-{name}-journalier-{_stamp(country)}.json",
            "finess-plus",
            (
                Member(
                    name,
                    finess_plus.beginning(country, structures=name == "structures"),
                    ((maker, country.entity_count),),
                    ",\n",
                    finess_plus.END,
                ),
            ),
        )
        for name, maker in (("structures", "finess_plus.structures"), ("activites", "finess_plus.activities"))
    ]


_MAKE: Final = {
    "annuaire": _annuaire,
    "rass": _rass,
    "finess-csv": _finess_csv,
    "finess-xml": _finess_xml,
    "finess-plus": _finess_plus,
}
