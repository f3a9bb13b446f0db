"""The year of a consultation: prepared, opened, closed, frozen, published."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from socle.kernel.audit import Action, Trace
from socle.kernel.outcome import Issue, Kind, Problem, Refused, Text
from socle.kernel.policy import Actor
from socle.kernel.store import jobs
from socle.support.consultation.actions import drafting as draft_actions
from socle.support.consultation.actions.collisions import both
from socle.support.consultation.actions.forum import Forum, rules_of
from socle.support.consultation.actions.notices import notified
from socle.support.consultation.model import AuthorKind, Consultation, NoticeKind, Step
from socle.support.consultation.permissions import EDIT
from socle.support.consultation.rules import contributing, cycle, drafting
from socle.support.consultation.rules.cycle import Facts, Transition
from socle.support.consultation.store import consultations
from socle.support.consultation.store.contributions import VERSION_RULE, Statement
from socle.support.consultation.store.rows import change_of
from socle.support.doctrine import actions as doctrine
from socle.support.doctrine.model import EditionStatus

CLOSE_JOB: Final = "consultation:close"
_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
_YEAR: Final = re.compile(r"\d{4}", re.ASCII)
_RESERVED: Final = frozenset(
    {"atelier", "redaction", "contributions", "donnees", "moderation", "avis", "regles", "mes-contributions"}
)
_LONGEST: Final = 4_000  # characters of an introduction


@dataclass(frozen=True, slots=True)
class NewConsultation:
    """What an editor says of a consultation. `id` in addresses; `next_edition`: "" for the year after `edition`."""

    id: str
    edition: str
    title: str
    introduction: str
    opens: datetime
    closes: datetime
    chapters: tuple[str, ...] = ()
    next_edition: str = ""
    synthetic: bool = False


async def prepare(forum: Forum, said: NewConsultation, *, by: Actor, trace: Trace) -> Consultation:
    """A new consultation, in preparation.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | CONFLICT); Problem(INVALID) with one issue for each thing wrong.
    """
    async with forum.guarded(EDIT, by=by, trace=trace, about=f"consultation/{said.id[:40]}") as trace:
        consultation = await _checked(forum, said)
        if await forum.consultations.read(consultation.id) is not None:
            raise Problem.of(
                Kind.CONFLICT,
                f"Il y a déjà une concertation « {consultation.id} » : choisissez un autre identifiant.",
                f"There is a consultation “{consultation.id}” already: choose another identifier.",
                expression="id",
                rule=cycle.CYCLE_RULE,
            )
        await forum.write(
            [consultations.insert(consultation)], trace, Action.CREATE, [f"consultation/{consultation.id}"]
        )
        return await forum.known(consultation.id)


async def revise(forum: Forum, said: NewConsultation, version: int, *, by: Actor, trace: Trace) -> Consultation:
    """Change the title, the introduction, the chapters or the window of a consultation.

    Raises: as `prepare`; Returned(CONFLICT) with both introductions when it changed since `version`.
    """
    async with forum.guarded(EDIT, by=by, trace=trace, about=f"consultation/{said.id[:40]}") as trace:
        known = await forum.known(said.id)
        consultation = await _checked(forum, replace(said, edition=known.edition, next_edition=known.next_edition))
        statements = [consultations.revise(consultation, version)]
        if known.step is Step.OPEN:
            statements.append(_closing(consultation, trace))
        try:
            await forum.write(statements, trace, Action.UPDATE, [f"consultation/{said.id}"])
        except Problem as problem:
            raise await _collision(forum, said.id, said.introduction, problem) from problem
        return await forum.known(said.id)


async def possible(
    forum: Forum, consultation_id: str, *, by: Actor, trace: Trace
) -> tuple[tuple[Transition, tuple[Refused, ...]], ...]:
    """The transitions that start from where a consultation is, each with what prevents it.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND).
    """
    async with forum.guarded(EDIT, by=by, trace=trace):
        consultation = await forum.known(consultation_id)
        wanted = [one for one in cycle.TRANSITIONS if one.source is consultation.step]
        facts = await _facts(forum, consultation, wanted)
        return tuple((one, cycle.prevented(one, consultation, facts, trace.at)) for one in wanted)


async def move(forum: Forum, consultation_id: str, name: str, version: int, *, by: Actor, trace: Trace) -> Consultation:
    """Take a consultation to another step, by the name of a transition; "publish" publishes the next edition.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND | INVALID); Problem(RULE_VIOLATED) with everything that
    prevents it; Returned(CONFLICT) when it changed since `version`.
    """
    if name == "publish":
        return await publish(forum, consultation_id, version, by=by, trace=trace)
    async with forum.guarded(EDIT, by=by, trace=trace, about=f"consultation/{consultation_id[:40]}") as trace:
        wanted = cycle.transition(name)
        consultation = await _may_move(forum, consultation_id, wanted, trace.at)
        statements = [consultations.move(consultation_id, version, wanted.source, wanted.target)]
        if wanted.target is Step.OPEN:
            statements.append(_closing(consultation, trace))
        try:
            entities = [f"consultation/{consultation_id}/{wanted.target}"]
            await forum.write(statements, trace, Action.UPDATE, entities)
        except Problem as problem:
            raise await _collision(forum, consultation_id, "", problem) from problem
        return await forum.known(consultation_id)


async def publish(forum: Forum, consultation_id: str, version: int, *, by: Actor, trace: Trace) -> Consultation:
    """Publish the next edition: its files with the thanks and the list of what changed and why, then tell participants.

    If the house stopped between the publication and its own note, asking again finishes the work.
    Raises: as `move`; Problem(CONFLICT) when an edition of that year is there already; those of support.doctrine's publish.
    """
    async with forum.guarded(EDIT, by=by, trace=trace, about=f"consultation/{consultation_id[:40]}") as trace:
        consultation = await _may_move(forum, consultation_id, cycle.transition("publish"), trace.at)
        if consultation.version != version:
            raise both(_what(consultation), "", consultation.introduction, consultation.version)
        whole = await next_files(forum, consultation, f"{trace.at:%Y-%m-%d}")
        if not await _is_published(forum, consultation, whole):
            await doctrine.publish(forum.house, whole, by=by, trace=replace(trace, register="doctrine", ground=""))
        told = f"L'édition {consultation.next_edition} est publiée, avec ce que vos contributions y ont changé."
        actors = await forum.people.contributing(consultation_id)
        statements = [
            consultations.move(consultation_id, version, Step.FROZEN, Step.PUBLISHED),
            *await notified(forum, actors, NoticeKind.PUBLISHED, consultation_id, 0, told, trace),
        ]
        try:
            entities = [f"consultation/{consultation_id}/{Step.PUBLISHED}", f"edition/{consultation.next_edition}"]
            await forum.write(statements, trace, Action.UPDATE, entities, actors)
        except Problem as problem:
            raise await _collision(forum, consultation_id, "", problem) from problem
        return await forum.known(consultation_id)


async def close_by_clock(forum: Forum, arguments: Mapping[str, Any], trace: Trace) -> bool:
    """Close a consultation whose window is over; whether it was. The job put at its opening calls this."""
    row = await forum.consultations.read(str(arguments["consultation"]))
    if row is None or row["step"] != Step.OPEN or trace.at < row["closes"]:
        return False  # closed by hand, or extended: another job waits for the new date
    written = consultations.move(row["id"], row["version"], Step.OPEN, Step.TREATMENT)
    await forum.write([written], trace, Action.UPDATE, [f"consultation/{row['id']}/{Step.TREATMENT}"])
    return True


async def next_files(forum: Forum, consultation: Consultation, published: str) -> dict[str, str]:
    """The files of the next edition as they will be published, on the ISO day `published`."""
    whole = await draft_actions.files(forum, consultation)
    changes = [change_of(row) for row in await forum.drafts.changes(consultation.id)]
    whole[draft_actions.SYNTHESIS] = drafting.with_changes(whole[draft_actions.SYNTHESIS], changes, whole)
    whole[draft_actions.HEAD] = drafting.headed(
        whole[draft_actions.HEAD],
        id=consultation.next_edition,
        based_on=consultation.edition,
        status=EditionStatus.CURRENT,
        published=published,
        thanks=await thanks(forum, consultation.id),
    )
    return whole


async def thanks(forum: Forum, consultation_id: str) -> list[str]:
    """Public names of those who contributed, organisations first, each once."""
    names = []
    for row in await forum.people.contributors(consultation_id):
        organisation = row["kind"] == AuthorKind.ORGANISATION
        name = row["organisation"] if organisation else row["name"]
        if not organisation and row["organisation"] and row["organisation"] not in name:
            name += f" ({row['organisation']})"
        names.append(name)
    return list(dict.fromkeys(names))


async def _is_published(forum: Forum, consultation: Consultation, whole: Mapping[str, str]) -> bool:
    """Whether this very edition is there already; its heading, which carries a date, apart."""
    if consultation.next_edition not in await doctrine.editions(forum.house, fresh=True):
        return False
    there = await doctrine.files_of(forum.house, consultation.next_edition)
    return {**there, draft_actions.HEAD: ""} == {**whole, draft_actions.HEAD: ""}


async def _may_move(forum: Forum, consultation_id: str, wanted: Transition, now: datetime) -> Consultation:
    consultation = await forum.known(consultation_id)
    prevented = cycle.prevented(wanted, consultation, await _facts(forum, consultation, [wanted]), now)
    if prevented:
        raise Problem(Kind.RULE_VIOLATED, *(Issue(one.text, one.expression, one.requirement) for one in prevented))
    return consultation


async def _facts(forum: Forum, consultation: Consultation, wanted: list[Transition]) -> Facts:
    """What the transitions depend on; the draft is loaded only for those that need it."""
    if not any(one.target in (Step.FROZEN, Step.PUBLISHED) and one.source is consultation.step for one in wanted):
        return Facts()
    some, left = await forum.consultations.unanswered(consultation.id)
    faults: tuple[Text, ...] = ()
    try:
        draft_actions.checked(forum, consultation, await draft_actions.files(forum, consultation))
    except Problem as problem:
        faults = tuple(issue.text for issue in problem.issues)
    return Facts([f"C-{id}" for id in some], left, faults)


async def _checked(forum: Forum, said: NewConsultation) -> Consultation:
    """What was said, complete. Raises: Problem(INVALID) with one issue for each thing wrong; Returned."""
    issues: list[Issue] = []

    def fault(name: str, fr: str, en: str) -> None:
        issues.append(Issue(Text(fr, en), (name,), cycle.CYCLE_RULE))

    editions = await doctrine.editions(forum.house)
    edition = editions.get(said.edition)
    if not _ID.fullmatch(said.id) or said.id in _RESERVED:
        fault(
            "id", "Identifiant attendu : lettres minuscules, chiffres, tirets.", "Lower-case letters, digits, hyphens."
        )
    if edition is None:
        there = ", ".join(editions)
        fault("edition", f"Édition inconnue ; éditions : {there}.", f"Unknown edition; editions: {there}.")
    else:
        for chapter in said.chapters:
            if chapter not in edition.chapter_by_id:
                fault("chapters", f"Chapitre inconnu : « {chapter[:40]} ».", f"Unknown chapter: “{chapter[:40]}”.")
    following = said.next_edition or (str(int(said.edition) + 1) if _YEAR.fullmatch(said.edition) else "")
    if not _YEAR.fullmatch(following) or following <= said.edition:
        fault(
            "next_edition",
            "L'édition suivante est une année, après celle qui est commentée.",
            "The next edition is a year, after the one that is commented upon.",
        )
    if said.opens.tzinfo is None or said.closes.tzinfo is None or said.opens >= said.closes:
        fault("closes", "La clôture vient après l'ouverture.", "Closing comes after opening.")
    if issues:
        raise Problem(Kind.INVALID, *issues)
    return Consultation(
        said.id,
        said.edition,
        following,
        contributing.tidied_text("title", said.title, 200),
        contributing.tidied_text("introduction", said.introduction, _LONGEST),
        tuple(dict.fromkeys(said.chapters)),
        said.opens,
        said.closes,
        Step.PREPARATION,
        1,
        said.synthetic,
    )


def _closing(consultation: Consultation, trace: Trace) -> Statement:
    return jobs.enqueue(CLOSE_JOB, {"consultation": consultation.id}, trace, due=consultation.closes)


def _what(consultation: Consultation) -> Text:
    return Text(f"La concertation « {consultation.title} »", f"The consultation “{consultation.title}”")


async def _collision(forum: Forum, id: str, yours: str, problem: Problem) -> Problem:
    if VERSION_RULE not in rules_of(problem):
        return problem
    now = await forum.known(id)
    return both(_what(now), yours, now.introduction, now.version)
