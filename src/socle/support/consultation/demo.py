"""Something to look at: the contributions of demonstration.yaml, as if they had been received. All of it is invented."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, Final

import yaml

from socle.kernel.audit import Action, Event, Trace
from socle.kernel.policy import Means
from socle.support.consultation.actions.exchange import actor_of
from socle.support.consultation.actions.forum import Forum
from socle.support.consultation.model import (
    Anchor,
    Author,
    AuthorKind,
    Consultation,
    ContributionKind,
    Rewording,
    Step,
    Submission,
)
from socle.support.consultation.store import consultations, drafts, people
from socle.support.consultation.store.contributions import Statement
from socle.support.consultation.store.imports import insert_many
from socle.support.consultation.store.rows import SCHEMA

ID: Final = "2026"
# The window of the real calendar; when the house is started out of it, everything is shifted so that it is open.
OPENS: Final = datetime(2026, 10, 5, 7, tzinfo=UTC)
CLOSES: Final = datetime(2026, 12, 18, 17, tzinfo=UTC)
_TITLE: Final = "Concertation sur l'édition 2026"
_INTRODUCTION: Final = (
    "Vingt-six chapitres, des exigences datées, un calendrier : dites ce qui manque, ce qui ne tient pas, ce qui peut "
    "s'écrire mieux. Chaque contribution reçoit une réponse publique. Les contributions que vous lisez ici sont "
    "synthétiques : personnes et organisations sont inventées pour la démonstration."
)
_CANNED: Final = (
    ("Déjà dans le texte", "refused", "Le texte le dit déjà, à l'endroit que voici : … Nous n'y ajoutons rien."),
    ("Retenue, mot pour mot", "accepted", "Votre rédaction est reprise telle quelle. Merci."),
    ("Retenue sur le fond", "partly", "L'idée est reprise ; la rédaction est adaptée au reste du chapitre."),
    ("Hors du champ", "out_of_scope", "La doctrine n'en décide pas : cela relève de …"),
    ("Déjà demandée", "duplicate", "Une contribution antérieure dit la même chose ; la réponse y est donnée."),
)


async def fill(forum: Forum, now: datetime) -> bool:
    """File the demonstration once; whether it was filed now. One transaction: all of it or nothing."""
    if await forum.consultations.read(ID) is not None:
        return False
    said: list[Mapping[str, Any]] = yaml.load(
        files(__package__).joinpath("demonstration.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )
    last = max(_moment(one["disposition"]["at"]) for one in said if one.get("disposition"))
    shift = timedelta() if last <= now < CLOSES else timedelta(days=(now - last).days)
    trace = Trace("house", "Socle", "", "", Means.SYSTEM, "demonstration", now, SCHEMA, "consultation:demo")
    numbers = iter(await forum.contributions.numbers(len(said) * 2 + 2000))
    statements = _statements(said, shift, numbers)
    await forum.database.write(
        SCHEMA, statements, trace, notes=(Event(trace, Action.CREATE, entities=(f"consultation/{ID}",)),)
    )
    return True


def _statements(said: list[Mapping[str, Any]], shift: timedelta, numbers: Any) -> list[Statement]:
    opens, closes = OPENS + shift, CLOSES + shift
    consultation = Consultation(
        ID, "2026", "2027", _TITLE, _INTRODUCTION, (), opens, closes, Step.OPEN, 1, synthetic=True
    )
    authors = _authors(said)
    actors = {slug: actor_of(author) for slug, author in authors.items()}
    ids = {one["id"]: next(numbers) for one in said}
    rows = [
        {
            "actor": actors[slug],
            "kind": str(author.kind),
            "name": author.name,
            "organisation": author.organisation,
            "verified": author.verified,
            "since": opens,
        }
        for slug, author in authors.items()
    ]
    filed = [
        (ids[one["id"]], actors[one["author"]["id"]], f"demo-{one['id']}", _submission(one), _moment(one["at"]) + shift)
        for one in said
    ]
    statements: list[Statement] = [
        consultations.insert(consultation),
        people.bulk(rows),
        insert_many(ID, filed, synthetic=True),
    ]
    supports = [(ids[one["id"]], actors[slug], _moment(one["at"]) + shift) for one in said for slug in _supports(one)]
    statements.append(
        (
            "INSERT INTO consultation.support (contribution, actor, at) "
            "SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[])",
            tuple([row[column] for row in supports] for column in range(3)),
        )
    )
    arguments = [
        (next(numbers), ids[one["id"]], actors[argument["author"]["id"]], argument, _moment(argument["at"]) + shift)
        for one in said
        for argument in one.get("arguments") or ()
    ]
    statements.append(
        (
            "INSERT INTO consultation.argument (id, contribution, actor, key, side, text, at) "
            "SELECT r.id, r.contribution, r.actor, 'demo-' || r.id, r.side, r.text, r.at "
            "FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[]) "
            "AS r (id, contribution, actor, side, text, at)",
            (
                [row[0] for row in arguments],
                [row[1] for row in arguments],
                [row[2] for row in arguments],
                [row[3]["side"] for row in arguments],
                [" ".join(row[3]["text"].split()) for row in arguments],
                [row[4] for row in arguments],
            ),
        )
    )
    for one in said:
        if one.get("disposition"):
            statements += _answered(one, ids, shift, numbers)
    for label, outcome, text in _CANNED:
        statements.append(
            (
                "INSERT INTO consultation.canned (id, label, outcome, text) VALUES ($1, $2, $3, $4)",
                (next(numbers), label, outcome, text),
            )
        )
    return statements


def _answered(one: Mapping[str, Any], ids: Mapping[int, int], shift: timedelta, numbers: Any) -> list[Statement]:
    said = one["disposition"]
    at = _moment(said["at"]) + shift
    number: int | None = None
    statements: list[Statement] = []
    if change := said.get("change"):
        number = next(numbers)
        statements = [
            (
                "INSERT INTO consultation.change (id, consultation, path, requirement, before, after, why, at) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                (
                    number,
                    ID,
                    change["path"],
                    change.get("requirement") or "",
                    " ".join(change["before"].split()),
                    " ".join(change["after"].split()),
                    one["title"],
                    at,
                ),
            ),
            drafts.cause(number, ID, [ids[one["id"]]]),
        ]
    original = said.get("duplicate_of")
    statements.append(
        (
            "UPDATE consultation.contribution SET outcome = $2, answer = $3, answered = $4, change = $5, original = $6, "
            "answer_version = 1 WHERE id = $1",
            (ids[one["id"]], said["outcome"], said["answer"].strip(), at, number, ids[original] if original else None),
        )
    )
    return statements


def _authors(said: list[Mapping[str, Any]]) -> dict[str, Author]:
    found = [one["author"] for one in said]
    found += [argument["author"] for one in said for argument in one.get("arguments") or ()]
    return {
        one["id"]: Author(AuthorKind(one["kind"]), one["name"], one.get("organisation") or "", bool(one["verified"]))
        for one in found
    }


def _supports(one: Mapping[str, Any]) -> list[str]:
    return list(one.get("supports") or ())


def _submission(one: Mapping[str, Any]) -> Submission:
    proposal = one.get("proposal")
    return Submission(
        Anchor(one.get("chapter") or "", one.get("block") or "", one.get("requirement") or ""),
        ContributionKind(one["kind"]),
        one["title"],
        one["text"].strip(),
        Rewording(" ".join(proposal["before"].split()), " ".join(proposal["after"].split())) if proposal else None,
    )


def _moment(at: str) -> datetime:
    return datetime.fromisoformat(at)
