"""Something to look at: the contributions of demonstration.yaml, as if they had been received. All of it is invented."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, Final

import yaml

from socle.kernel.audit import Action, Event, Trace
from socle.kernel.policy import Means
from socle.kernel.store import jobs
from socle.support.consultation.actions.cycle import CLOSE_JOB
from socle.support.consultation.actions.exchange import actor_of
from socle.support.consultation.actions.forum import Forum
from socle.support.consultation.model import (
    Anchor,
    Author,
    AuthorKind,
    CannedAnswer,
    Change,
    Consultation,
    ContributionKind,
    Outcome,
    Rewording,
    Side,
    Step,
    Submission,
)
from socle.support.consultation.rules.drafting import with_passage, with_statement
from socle.support.consultation.store import consultations, demonstration, people
from socle.support.consultation.store.contributions import Statement
from socle.support.consultation.store.imports import Filed, insert_many
from socle.support.consultation.store.rows import SCHEMA
from socle.support.doctrine.actions import files_of

Facts = Mapping[str, Any]
ID: Final = "2026"
EDITION: Final = "2026"
NEXT: Final = "2027"
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
    ("Déjà dans le texte", Outcome.REFUSED, "Le texte le dit déjà, à l'endroit que voici : … Nous n'y ajoutons rien."),
    ("Retenue, mot pour mot", Outcome.ACCEPTED, "Votre rédaction est reprise telle quelle. Merci."),
    ("Retenue sur le fond", Outcome.PARTLY, "L'idée est reprise ; la rédaction est adaptée au reste du chapitre."),
    ("Hors du champ", Outcome.OUT_OF_SCOPE, "La doctrine n'en décide pas : cela relève de …"),
    ("Déjà demandée", Outcome.DUPLICATE, "Une contribution antérieure dit la même chose ; la réponse y est donnée."),
)


async def fill(forum: Forum, now: datetime) -> bool:
    """File the demonstration once; whether it was filed now. One transaction: all of it or nothing."""
    if await forum.consultations.read(ID) is not None:
        return False
    text = files(__package__).joinpath("demonstration.yaml").read_text(encoding="utf-8")
    said: list[Facts] = yaml.load(text, Loader=yaml.CSafeLoader)
    numbers = iter(await forum.contributions.numbers(sum(2 + len(one.get("arguments") or ()) for one in said) + 10))
    trace = Trace("house", "Socle", "", "", Means.SYSTEM, "demonstration", now, SCHEMA, "consultation:demo")
    demonstration = _Demonstration(said, _shift(said, now), numbers, await files_of(forum.house, EDITION))
    event = Event(trace, Action.CREATE, entities=(f"consultation/{ID}",))
    closing = jobs.enqueue(CLOSE_JOB, {"consultation": ID}, trace, due=demonstration.consultation.closes)
    await forum.database.write(SCHEMA, [*demonstration.statements(), closing], trace, notes=(event,))
    return True


def _shift(said: Sequence[Facts], now: datetime) -> timedelta:
    """What to add to the calendar so that everything said is past and the window still open."""
    last = max(_moment(one["disposition"]["at"] if one.get("disposition") else one["at"]) for one in said)
    return timedelta() if last <= now < CLOSES else timedelta(days=(now - last).days)


class _Demonstration:
    """The statements that file the demonstration."""

    def __init__(
        self, said: Sequence[Facts], shift: timedelta, numbers: Iterator[int], base: Mapping[str, str]
    ) -> None:
        self._said, self._shift, self._numbers, self._base = said, shift, numbers, base
        self._ids = {one["id"]: next(numbers) for one in said}
        self._authors = _authors(said)
        self._actors = {slug: actor_of(author) for slug, author in self._authors.items()}
        self._changes: dict[int, Change] = {}
        self.consultation = Consultation(
            ID, EDITION, NEXT, _TITLE, _INTRODUCTION, (), OPENS + shift, CLOSES + shift, Step.OPEN, 1, synthetic=True
        )

    def statements(self) -> list[Statement]:
        """All of them, in order."""
        for one in self._said:
            if one.get("disposition") and one["disposition"].get("change"):
                self._changes[one["id"]] = self._change(one)
        changes = list(self._changes.values())
        canned = [CannedAnswer(next(self._numbers), label, outcome, text) for label, outcome, text in _CANNED]
        return [
            consultations.insert(self.consultation),
            people.bulk([self._participant(slug, author) for slug, author in self._authors.items()]),
            insert_many(ID, [self._filed(one) for one in self._said], synthetic=True),
            demonstration.support_many(
                [
                    (self._ids[one["id"]], self._actors[slug], self._at(one))
                    for one in self._said
                    for slug in one.get("supports") or ()
                ]
            ),
            demonstration.argue_many(
                [
                    (
                        next(self._numbers),
                        self._ids[one["id"]],
                        self._actors[argument["author"]["id"]],
                        Side(argument["side"]),
                        argument["text"].strip(),
                        self._at(argument),
                    )
                    for one in self._said
                    for argument in one.get("arguments") or ()
                ]
            ),
            demonstration.change_many(changes),
            demonstration.cause_many([(change.id, self._ids[id]) for id, change in self._changes.items()]),
            demonstration.dispose_many([self._answer(one) for one in self._said if one.get("disposition")]),
            *demonstration.draft_many(self._draft(changes)),
            demonstration.canned_many(canned),
        ]

    def _at(self, one: Facts) -> datetime:
        return _moment(one["at"]) + self._shift

    def _participant(self, slug: str, author: Author) -> Facts:
        return {
            "actor": self._actors[slug],
            "kind": str(author.kind),
            "name": author.name,
            "organisation": author.organisation,
            "verified": author.verified,
            "since": self.consultation.opens,
        }

    def _filed(self, one: Facts) -> Filed:
        actor = self._actors[one["author"]["id"]]
        return self._ids[one["id"]], actor, f"demo-{one['id']}", _submission(one), self._at(one)

    def _change(self, one: Facts) -> Change:
        said = one["disposition"]["change"]
        before, after = " ".join(said["before"].split()), " ".join(said["after"].split())
        at = self._at(one["disposition"])
        requirement = said.get("requirement") or ""
        return Change(next(self._numbers), ID, said["path"], requirement, before, after, one["title"], at)

    def _answer(self, one: Facts) -> tuple[int, Outcome, str, datetime, int | None, int | None]:
        said = one["disposition"]
        change = self._changes.get(one["id"])
        original = self._ids[said["duplicate_of"]] if said.get("duplicate_of") else None
        outcome = Outcome(said["outcome"])
        return (
            self._ids[one["id"]], outcome, said["answer"].strip(), self._at(said), change.id if change else None, original
        )  # fmt: skip

    def _draft(self, changes: Sequence[Change]) -> list[tuple[str, str, str, datetime]]:
        """The files of the next edition that the changes make."""
        texts: dict[str, str] = {}
        at: dict[str, datetime] = {}
        for change in changes:
            text = texts.get(change.path, self._base[change.path])
            if change.requirement:
                text, _ = with_statement(text, change.requirement, change.after)
            else:
                text = with_passage(text, change.before, change.after)
            texts[change.path], at[change.path] = text, change.at
        return [(ID, path, text, at[path]) for path, text in texts.items()]


def _authors(said: Sequence[Facts]) -> dict[str, Author]:
    found = [one["author"] for one in said]
    found += [argument["author"] for one in said for argument in one.get("arguments") or ()]
    return {
        one["id"]: Author(AuthorKind(one["kind"]), one["name"], one.get("organisation") or "", bool(one["verified"]))
        for one in found
    }


def _submission(one: Facts) -> Submission:
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
