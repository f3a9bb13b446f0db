"""One search in two registers, and where what it finds is. Each register permits, or not, what is asked of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from socle.foundations.care_offer.actions import reading as care_offer
from socle.foundations.directory import rules
from socle.foundations.directory.model import Profession, Question
from socle.foundations.people.actions import finding as people
from socle.foundations.people.model import Professionnel, Situation, Trouves
from socle.foundations.structures import actions as structures
from socle.foundations.structures.actions import Placed
from socle.foundations.structures.model import Fiche, Nature
from socle.foundations.structures.rules.words import plain
from socle.kernel.policy import Actor
from socle.kernel.search.repository import Repository
from socle.kernel.store.database import Database

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Hit:
    """A professional who answers, the situation that does (in the town that was asked), and where it is, if that is known."""

    professional: Professionnel
    situation: Situation | None
    point: Point | None


@dataclass(frozen=True, slots=True)
class Found:
    """What answers a question; `more`: there are other professionals; `total`: establishments in all."""

    question: Question
    people: Sequence[Hit] = ()
    more: bool = False
    establishments: Sequence[Placed] = ()
    total: int = 0


async def search(
    directory: Repository, database: Database, text: str, *, as_name: bool, count: int, offset: int, by: Actor
) -> Found:
    """Professionals and establishments for the words of one box.

    as_name  take all the words as those of a name
    Raises: Problem(FORBIDDEN | INVALID).
    """
    question = await _understood(database, text, as_name=as_name, by=by)
    if question.is_empty:
        return Found(question)

    async def named(question: Question, count: int, offset: int) -> Trouves:
        return await people.find(
            directory,
            database,
            question.name,
            profession=question.profession.code if question.profession else "",
            specialties=question.specialty.codes if question.specialty else (),
            town=question.town,
            postal=question.postal,
            count=count,
            offset=offset,
            by=by,
        )

    if question.full not in ("", question.name):  # Le Roux, unless nobody has that name
        with_articles = replace(question, name=question.full)
        if (await named(with_articles, 1, 0)).professionnels:
            question = with_articles
    found, (places, total) = await asyncio.gather(
        named(question, count, offset),
        structures.find(database, plain(text), by=by, nature=Nature.ET, count=count, offset=offset),
    )
    hits = await where(database, found.professionnels, question, by=by)
    return Found(question, hits, found.more, places, total)


async def _understood(database: Database, text: str, *, as_name: bool, by: Actor) -> Question:
    if as_name:
        return Question(name=text)
    number = "".join(text.split())
    if number.isascii() and number.isdigit() and len(number) in (11, 12):
        return Question(name=number)
    known = [Profession(code, name) for code, name in await people.professions(database, by=by)]
    specialties = [Profession(code, name) for code, name in await people.specialties(database, by=by)]
    words = rules.read(text, known, specialties)
    candidates = [form for run in words.candidates for form in rules.forms(run)]
    if not candidates:
        return rules.understand(words, {})
    towns, counted = await asyncio.gather(
        structures.towns(database, candidates, by=by), people.towns(database, candidates, by=by)
    )
    return rules.understand(
        words, {form: form.upper() for form in counted} | {plain(one): one for one in towns}, counted
    )


async def where(database: Database, found: Sequence[Professionnel], question: Question, *, by: Actor) -> list[Hit]:
    """Where each professional practises: in the establishment if the register of structures places it, else in the town."""
    chosen = [rules.situation_for(one.situations, question) for one in found]
    numbers = {each.finess for each in chosen if each and each.finess}
    codes = {each.adresse.code_commune for each in chosen if each and each.adresse.code_commune}
    sites, communes = await structures.positions(database, sorted(numbers), sorted(codes), by=by)
    return [
        Hit(one, each, (sites.get(each.finess) or communes.get(each.adresse.code_commune)) if each else None)
        for one, each in zip(found, chosen, strict=True)
    ]


async def card(directory: Repository, database: Database, number: str, *, by: Actor) -> Hit | None:
    """A professional and where they practise, by RPPS number or national identification; None when nobody has it.

    Raises: Problem(FORBIDDEN).
    """
    found = await people.card(directory, database, number, by=by)
    return (await where(database, [found], Question(), by=by))[0] if found else None


@dataclass(frozen=True, slots=True)
class Establishment:
    """An establishment (or a legal entity): as the register of structures knows it, what it offers, where it is."""

    fiche: Fiche
    offered: care_offer.Establishment
    point: Point | None


async def establishment(
    offer: Repository, database: Database, number: str, *, by: Actor, now: datetime
) -> Establishment:
    """The card of an establishment, by its FINESS number. Raises: Problem(FORBIDDEN | INVALID | NOT_FOUND)."""
    fiche = await structures.look(database, number, by=by)
    found = fiche.structure.numero
    offered, (sites, _) = await asyncio.gather(
        care_offer.establishment(offer, found, by=by, now=now), structures.positions(database, [found], [], by=by)
    )
    return Establishment(fiche, offered, sites.get(found))
