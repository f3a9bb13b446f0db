"""Finding offers and beds, for people: the same profiles and the same rules as for software."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from socle.foundations.care_offer.model import names
from socle.foundations.care_offer.model.profil import ProfilAcces
from socle.foundations.care_offer.permissions import OWN, PUBLIC, widest
from socle.foundations.care_offer.rules import visibility
from socle.foundations.care_offer.rules.capacities import Fraicheur, due, freshness
from socle.foundations.care_offer.store import board
from socle.foundations.care_offer.store.communes import Commune, Communes
from socle.foundations.care_offer.store.sight import Seen
from socle.kernel.audit import Action, Event, Trace
from socle.kernel.fhir.json import parse
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor, decide
from socle.kernel.search.normalise import normalise
from socle.kernel.search.repository import Repository
from socle.kernel.store import Json, Row, Stored

SHOWN: Final = 50
STATUSES: Final = ("01", "02", "03", "04", "05", "06")


@dataclass(frozen=True, slots=True)
class Found:
    """Offers found, with what goes with them, by reference."""

    offers: list[Json]
    beside: dict[str, Json]
    total: int
    following: str
    commune: Commune | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """An offer with all that belongs to it, as its reader sees it."""

    offer: Json
    structures: list[Json] = field(default_factory=list)
    places: list[Json] = field(default_factory=list)
    people: list[tuple[Json, Json]] = field(default_factory=list)


def sight_of(actor: Actor, communes: Communes) -> Seen:
    """What a person sees on pages: the widest profile that they were granted."""
    return Seen(widest(actor), actor.id, decide(actor, OWN).allowed, communes)


async def search(
    repository: Repository,
    communes: Communes,
    *,
    words: str,
    town: str,
    radius: int,
    field: str,
    following: str,
    secret: bytes,
    by: Actor,
    trace: Trace,
) -> Found:
    """Offers whose names hold all the words, around a town. Raises: Problem(INVALID) for a town that nobody knows."""
    sight = sight_of(by, communes)
    await communes.refresh(repository.store, trace.at)
    commune = named(communes, town) if town else None
    if following:
        page = await repository.page(following, now=trace.at, secret=secret, sight=sight)
    else:
        pairs: list[tuple[str, str]] = [("name:contains", word) for word in normalise(words).split()[:8]]
        if commune is not None:
            pairs.append(("location.near", f"{commune.lat}|{commune.lon}|{radius}|km"))
        if field:
            pairs.append(("service-type", field))
        pairs += [
            ("_include", "HealthcareService:location"),
            ("_include", "HealthcareService:organization"),
            ("_count", str(SHOWN)),
            ("_total", "accurate"),
        ]
        page = await repository.search(pairs, "HealthcareService", now=trace.at, secret=secret, sight=sight)
    beside = {f"{one.type}/{one.id}": parse(one.body) for one in page.included}
    offers = [parse(one.body) for one in page.matches]
    return Found(offers, beside, page.total or len(offers), page.next or "", commune)


def named(communes: Communes, town: str) -> Commune:
    """The commune of that name or code. Raises: Problem(INVALID)."""
    found = communes.named(normalise(town) or town, normalise)
    if not found:
        raise Problem.of(
            Kind.INVALID,
            f"Aucune commune connue ne s'appelle « {town[:60]} ».",
            f"No known commune is called “{town[:60]}”.",
            expression="ville",
        )
    return found[0]


async def card(repository: Repository, communes: Communes, id: str, *, by: Actor, trace: Trace) -> Card:
    """An offer and what belongs to it. Professionals who are shown are traced. Raises: Problem(NOT_FOUND)."""
    sight = sight_of(by, communes)
    found = await repository.store.read("HealthcareService", id)
    [offer] = await sight.seen(repository, [found] if found is not None and not found.deleted else []) or [None]
    if offer is None:
        raise Problem.of(
            Kind.NOT_FOUND,
            "Cette offre n'existe pas ici, ou votre profil ne la voit pas.",
            "This offer does not exist here, or your profile does not see it.",
        )
    body = parse(offer.body)
    page = await repository.search(
        [
            ("_id", id),
            ("_include", "HealthcareService:location"),
            ("_include", "HealthcareService:organization"),
            ("_include:iterate", "Organization:partof"),
            ("_revinclude", "PractitionerRole:service"),
            ("_include:iterate", "PractitionerRole:practitioner"),
        ],
        "HealthcareService",
        now=trace.at,
        secret=b"",
        sight=sight,
    )
    by_type: dict[str, list[Json]] = {}
    for one in page.included:
        by_type.setdefault(one.type, []).append(parse(one.body))
    shown = [one for one in page.included if one.type in ("Practitioner", "PractitionerRole")]
    if shown:
        entities = tuple(f"{one.type}/{one.id}/_history/{one.version}" for one in shown)
        await repository.store.record(Event(trace, Action.READ, entities=entities))
    people = {f"Practitioner/{one['id']}": one for one in by_type.get("Practitioner", ())}
    pairs = [
        (people[role["practitioner"]["reference"]], role)
        for role in by_type.get("PractitionerRole", ())
        if role.get("practitioner", {}).get("reference") in people
    ]
    return Card(body, by_type.get("Organization", []), by_type.get("Location", []), pairs)


# -- beds --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tile:
    """A territory on the board."""

    territory: str
    places: int
    late: int
    oldest: datetime
    tense: bool
    beds: dict[str, int]


@dataclass(frozen=True, slots=True)
class Ward:
    """A place on the board."""

    location: str
    name: str
    commune: str
    updated: datetime
    freshness: Fraicheur
    beds: dict[str, int | None]
    due: datetime


@dataclass(frozen=True, slots=True)
class Alarm:
    """Why a place calls: when its beds were last counted, until when that held, since when it is an alarm, when it ended."""

    location: str
    name: str
    commune: str
    territory: str
    tense: bool
    since: datetime
    due: datetime
    raised: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Establishment:
    """What an establishment offers: its offers, and where their beds are; `wards` is None for whoever sees no beds."""

    offers: list[Json]
    wards: list[Ward] | None


async def establishment(repository: Repository, finess: str, *, by: Actor, now: datetime) -> Establishment:
    """The offers and the beds of the establishment of that FINESS number, as a person sees them; empty when it has none."""
    decide(by, PUBLIC).or_raise(Kind.FORBIDDEN)
    page = await repository.search(
        [("identifier", f"{names.FINESS}|{finess}"), ("_revinclude", "HealthcareService:organization")],
        "Organization",
        now=now,
        secret=b"",
        sight=sight_of(by, Communes()),
    )
    if not page.matches:
        return Establishment([], [] if may_see_beds(by) else None)
    offers = [parse(one.body) for one in page.included if one.type == "HealthcareService"]
    found = None
    if may_see_beds(by):
        found = await wards(repository, board.Wanted(organization=page.matches[0].id), by=by, now=now)
    return Establishment(sorted(offers, key=lambda one: str(one.get("name", ""))), found)


def may_see_beds(by: Actor) -> bool:
    """Whether a person was granted a profile that sees beds."""
    return _capacities(widest(by)) != "none"


async def tiles(repository: Repository, wanted: board.Wanted, *, by: Actor, now: datetime) -> list[Tile]:
    """The board by territory. Raises: Problem(FORBIDDEN) to whom no profile shows beds."""
    rows = await board.territories(repository, _seeing(by), wanted, now)
    return [Tile(row["territory"], row["places"], row["late"], row["oldest"], row["tense"], _beds(row)) for row in rows]


async def wards(repository: Repository, wanted: board.Wanted, *, by: Actor, now: datetime) -> list[Ward]:
    """The places of a territory. Raises: Problem(FORBIDDEN)."""
    rows = await board.places(repository, _seeing(by), wanted, now)
    return [
        Ward(
            row["location"],
            row["name"],
            row["commune"],
            row["updated"],
            freshness(row["updated"], row["tense"], now),
            {code: None if row[f"s{code}"] is None else int(row[f"s{code}"]) for code in STATUSES},
            due(row["updated"], row["tense"]),
        )
        for row in rows
    ]


async def alarms(repository: Repository, territory: str, *, ended: bool, by: Actor) -> list[Alarm]:
    """Alarms of the places whose beds a person sees, of a territory or of all (""). Raises: Problem(FORBIDDEN)."""
    rows = await board.alarms(repository, _seeing(by), territory, ended)
    return [
        Alarm(
            row["location"],
            row["name"],
            row["commune"],
            row["territory"],
            row["tense"],
            row["since"],
            due(row["since"], row["tense"]),
            row["raised"],
            row["ended"],
        )
        for row in rows
    ]


async def switches(repository: Repository) -> Sequence[Row]:
    """The history of the switches of tension."""
    return await board.switches(repository)


def _beds(row: Row) -> dict[str, int]:
    return {code: int(row[f"s{code}"]) for code in STATUSES}


def _capacities(profil: ProfilAcces) -> visibility.Capacities:
    if profil is ProfilAcces.MEDICO_SOCIAL:
        return visibility.WIDER.capacities
    return visibility.TABLE[profil].capacities


def _seeing(by: Actor) -> board.Seeing:
    profil = widest(by)
    seen = tuple(code for code in STATUSES if visibility.sees_capacity(_capacities(profil), code))
    if not seen:
        raise Problem.of(
            Kind.FORBIDDEN if by.is_authenticated else Kind.UNAUTHENTICATED,
            "Les lits ne sont pas en libre accès : il faut un profil d'accès 1 à 5.",
            "Beds are not in free access: access profile 1 to 5 is needed.",
            rule="ROR, politique d'accès (ME 3.0)",
        )
    return board.Seeing(seen, visibility.TABLE[profil].sensitive, profil is ProfilAcces.MEDICO_SOCIAL)


async def reports(
    repository: Repository, status: str, *, by: Actor, now: datetime
) -> tuple[list[tuple[Stored, Json]], dict[str, str]]:
    """Reports of anomalies that a person sees, the latest changed first; names of what they speak of, by reference.

    `status`: of TRE_R352, "" for all.
    """
    sight = sight_of(by, Communes())
    pairs: list[tuple[str, Any]] = [("_sort", "-_lastUpdated"), ("_count", "200"), ("_include", "Task:focus")]
    if status:
        pairs.append(("business-status", status))
    page = await repository.search(pairs, "Task", now=now, secret=b"", sight=sight)
    spoken_of = {f"{one.type}/{one.id}": str(parse(one.body).get("name", "")) for one in page.included}
    return [(one, parse(one.body)) for one in page.matches], spoken_of
