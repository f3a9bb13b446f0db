"""Mailboxes: the public ones are in the resources, those on the red list here only."""

from collections.abc import Sequence
from typing import Any, Final

from socle.foundations.people.model import BAL, ID_NAT_PS, TypeBAL
from socle.foundations.people.permissions import REGISTER
from socle.foundations.people.store.building import found_in
from socle.foundations.people.store.fhir import mailbox
from socle.foundations.people.store.lines import person_key
from socle.kernel.search.repository import Repository
from socle.kernel.store import Json, Keys

S: Final = REGISTER


async def unlisted(repository: Repository, holder: str) -> list[BAL]:
    """Mailboxes of a holder ("Practitioner/…") that are on the red list."""
    rows = await repository.store.query(
        f"SELECT * FROM {S}.bal WHERE porteur = $1 AND liste_rouge ORDER BY adresse", holder
    )
    return [
        BAL(row["adresse"], TypeBAL(row["type"]), row["description"], row["service"], row["rang"], True) for row in rows
    ]


async def taken(repository: Repository, holder: str, addresses: Sequence[str]) -> list[str]:
    """Those of these addresses that are somebody else's."""
    rows = await repository.store.query(
        f"SELECT adresse FROM {S}.bal WHERE lower(adresse) = ANY($1::text[]) AND porteur <> $2 ORDER BY adresse",
        [one.lower() for one in addresses],
        holder,
    )
    return [row["adresse"] for row in rows]


def rows_of(holder: str, folder: str, bals: Sequence[BAL]) -> list[tuple[str, Sequence[Any]]]:
    """The statements that make these the mailboxes of a holder; `folder`: whose record they belong to.

    One that an extraction brought stays its own, unless it goes on the red list: it then is in no extraction any more.
    """
    said = (
        "unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::bool[]) AS u (a, t, d, s, r, l) "
        "WHERE $1::text <> '' AND $2::text <> ''"
    )
    return [
        (
            f"DELETE FROM {S}.bal WHERE porteur = $1 AND NOT adresse = ANY($2::text[])",
            (holder, [bal.adresse for bal in bals]),
        ),
        *(
            (
                statement,
                (
                    holder,
                    folder,
                    [bal.adresse for bal in bals],
                    [bal.type.value for bal in bals],
                    [bal.description for bal in bals],
                    [bal.service for bal in bals],
                    [bal.rang for bal in bals],
                    [bal.liste_rouge for bal in bals],
                ),
            )
            for statement in (
                f"UPDATE {S}.bal b SET type = u.t, dossier = $2, description = u.d, service = u.s, rang = u.r, "
                "liste_rouge = u.l, origine = CASE WHEN u.l THEN 'declaree' ELSE b.origine END "
                f"FROM {said} AND b.adresse = u.a AND b.porteur = $1",
                f"INSERT INTO {S}.bal (adresse, type, porteur, dossier, description, service, rang, liste_rouge) "
                f"SELECT u.a, u.t, $1, $2, u.d, u.s, u.r, u.l FROM {said} "
                f"AND NOT EXISTS (SELECT FROM {S}.bal b WHERE b.adresse = u.a AND b.porteur = $1)",
            )
        ),
    ]


def with_points(resource: Json, others: Sequence[Json], bals: Sequence[BAL]) -> Json:
    """A resource with these contact points: those that are no mailbox, then the mailboxes."""
    points = [*others, *(mailbox(bal) for bal in bals)]
    changed = {name: value for name, value in resource.items() if name != "telecom"}
    if points:
        changed["telecom"] = points
    return changed


async def keep_towns(repository: Repository, practitioner: Json, keys: Keys) -> None:
    """Add the keys of the towns where a person practises: they are in no element of the resource."""
    number = next(one["value"] for one in practitioner["identifier"] if one["system"] == ID_NAT_PS)
    rows = await repository.store.query(
        f"SELECT DISTINCT commune FROM {S}.situation WHERE personne = $1 AND commune <> ''", person_key(number)
    )
    found_in([row["commune"] for row in rows], practitioner, keys)
