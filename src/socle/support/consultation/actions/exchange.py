"""Open data out, at any time and whole; contributions in, all or nothing. No e-mail address ever leaves."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import orjson

from socle.kernel.audit import Action, Trace
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor
from socle.support.consultation.actions.forum import Forum, contribution_name, missing, rules_of
from socle.support.consultation.model import Author, Consultation, Contribution, Rewording, State
from socle.support.consultation.permissions import EDIT
from socle.support.consultation.rules import exchange as rules
from socle.support.consultation.store import people
from socle.support.consultation.store.imports import insert_many
from socle.support.consultation.store.rows import (
    argument_of,
    attachment_of,
    change_of,
    contribution_of,
)
from socle.support.doctrine.actions import editions

FORMAT: Final = "socle-consultation-1"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: how many rows were filed, how many were there already."""

    filed: int
    known: int


async def export_csv(forum: Forum, consultation_id: str) -> AsyncIterator[bytes]:
    """Every contribution as a line of `rules.exchange.EXPORTED`, in constant memory. Raises: Problem(NOT_FOUND)."""
    await forum.known(consultation_id)
    yield rules.header().encode()
    async for rows in forum.contributions.every(consultation_id):
        yield "".join(rules.line(contribution_of(row)) for row in rows).encode()


async def export_json(forum: Forum, consultation_id: str) -> AsyncIterator[bytes]:
    """Everything that is public of a consultation as one JSON document, in constant memory.

    The format is described in docs/guides/consultation.md. Raises: Problem(NOT_FOUND).
    """
    consultation = await forum.known(consultation_id)
    changes = [change_of(row) for row in await forum.drafts.changes(consultation_id)]
    head = {
        "format": FORMAT,
        "consultation": _consultation(consultation),
        "changes": [
            {
                "number": one.id,
                "path": one.path,
                "requirement": one.requirement,
                "before": one.before,
                "after": one.after,
                "why": one.why,
                "at": rules.moment(one.at),
                "contributions": list(one.contributions),
            }
            for one in changes
        ],
    }
    yield orjson.dumps(head)[:-1] + b',"contributions":['
    first = True
    async for rows in forum.contributions.every(consultation_id):
        shown = [contribution_of(row) for row in rows]
        files: dict[int, list[dict[str, Any]]] = {}
        for row in await forum.threads.attachments([one.id for one in shown if one.state is State.SHOWN]):
            file = attachment_of(row)
            said = {"number": file.id, "name": file.name, "type": file.media_type, "size": file.size}
            files.setdefault(file.contribution, []).append({**said, "sha256": file.hash})
        threads = forum.threads.every_argument(shown[0].id, shown[-1].id)
        waiting = await anext(threads, None)
        for one in shown:
            facts = {**_contribution(one), "attachments": files.get(one.id, [])}
            yield (b"" if first else b",") + orjson.dumps(facts)[:-1] + b',"arguments":['
            first, opening = False, b""
            while waiting is not None and waiting["contribution"] <= one.id:
                if waiting["contribution"] == one.id and one.state is State.SHOWN:
                    argument = argument_of(waiting)
                    said = {"number": argument.id, "side": argument.side, "text": argument.text}
                    said |= {"at": rules.moment(argument.at), "author": _author(argument.author)}
                    yield opening + orjson.dumps(said)
                    opening = b","
                waiting = await anext(threads, None)
            yield b"]}"
    yield b"]}"


async def import_csv(forum: Forum, consultation_id: str, content: bytes, *, by: Actor, trace: Trace) -> Imported:
    """File the contributions of a CSV file (letters, position papers, another platform): all of them or none.

    Each author becomes a participant of their own, not verified. A row filed before, word for word, is not filed twice.
    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND | TOO_LARGE | RULE_VIOLATED when it is neither open nor in
    treatment); Problem(INVALID) with every fault, by line.
    """
    async with forum.guarded(EDIT, by=by, trace=trace, about=f"consultation/{consultation_id[:40]}") as trace:
        consultation = await forum.known(consultation_id)
        edition = (await editions(forum.house)).get(consultation.edition)
        if edition is None:
            raise missing(f"l'édition {consultation.edition}", f"edition {consultation.edition}")
        rows = rules.read(content, consultation, edition)
        authors = {actor_of(row.author): row.author for row in rows}
        participants = [
            {
                "actor": actor,
                "kind": str(author.kind),
                "name": author.name,
                "organisation": author.organisation,
                "verified": False,
                "since": trace.at,
            }
            for actor, author in authors.items()
        ]
        numbers = await forum.contributions.numbers(len(rows))
        filed = [
            (number, actor_of(row.author), _key(row), row.submission, row.at)
            for number, row in zip(numbers, rows, strict=True)
        ]
        try:
            await forum.write(
                [people.bulk(participants), insert_many(consultation_id, filed, synthetic=consultation.synthetic)],
                trace,
                Action.CREATE,
                [f"consultation/{consultation_id}/import", *(contribution_name(number) for number in numbers[:100])],
                list(authors)[:100],
            )
        except Problem as problem:
            if "CONS-001" not in rules_of(problem):
                raise
            raise Problem.of(
                Kind.RULE_VIOLATED,
                "On importe tant que la concertation est ouverte ou en traitement ; rien n'a été importé.",
                "Imports are taken while the consultation is open or in treatment; nothing was imported.",
                rule="CONS-001",
            ) from problem
        known = {row["id"] for row in await forum.contributions.read_many(numbers)}
        return Imported(len(known), len(rows) - len(known))


def actor_of(author: Author) -> str:
    """The participant that stands for an imported author: the same for the same words."""
    said = "\x1f".join((author.kind, author.name, author.organisation)).encode()
    return f"import-{sha256(said).hexdigest()[:24]}"


def _key(row: rules.Row) -> str:
    said = row.submission
    anchor = said.anchor
    words = "\x1f".join((anchor.chapter, anchor.block, anchor.requirement, said.kind, said.title, said.text))
    return f"import-{sha256(words.encode()).hexdigest()}"


def _consultation(c: Consultation) -> dict[str, Any]:
    return {
        "id": c.id,
        "edition": c.edition,
        "next_edition": c.next_edition,
        "title": c.title,
        "introduction": c.introduction,
        "chapters": list(c.chapters),
        "opens": rules.moment(c.opens),
        "closes": rules.moment(c.closes),
        "step": c.step,
        "synthetic": c.synthetic,
    }


def _author(author: Author) -> dict[str, Any]:
    return {
        "kind": author.kind,
        "name": author.name,
        "organisation": author.organisation,
        "verified": author.verified,
    }


def _rewording(rewording: Rewording | None) -> dict[str, str] | None:
    return {"before": rewording.before, "after": rewording.after} if rewording else None


def _contribution(c: Contribution) -> dict[str, Any]:
    shown = c.state is State.SHOWN
    answer = c.disposition
    return {
        "number": c.id,
        "chapter": c.anchor.chapter,
        "block": c.anchor.block,
        "requirement": c.anchor.requirement,
        "author": _author(c.author) if shown else None,
        "kind": c.kind,
        "title": c.title,
        "text": c.text,
        "proposal": _rewording(c.rewording),
        "at": rules.moment(c.at),
        "amended": rules.moment(c.amended) if c.amended else None,
        "state": c.state,
        "moderation": {"rule": c.moderation.rule, "words": c.moderation.words} if c.moderation else None,
        "synthetic": c.synthetic,
        "supports": {"verified": c.supports.verified, "unverified": c.supports.unverified},
        "disposition": {
            "outcome": answer.outcome,
            "answer": answer.answer,
            "at": rules.moment(answer.at),
            "change": answer.change,
            "original": answer.original,
        }
        if answer
        else None,
    }
