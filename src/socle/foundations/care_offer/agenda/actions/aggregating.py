"""The aggregator of the SAS: every publisher is asked at once, each within its patience; who did not answer is said."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Final

from socle.foundations.care_offer.agenda.actions.answering import answer
from socle.foundations.care_offer.agenda.adapters import Silent, line_of
from socle.foundations.care_offer.agenda.model.offer import Offer, offers
from socle.foundations.care_offer.agenda.rules.forms import (
    MOST_ASSOCIATIONS,
    MOST_PROFESSIONALS,
    MOST_SLOTS,
    Form,
    Question,
)
from socle.foundations.care_offer.agenda.store import publishers
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.foundations.care_offer.agenda.store.publishers import Publisher
from socle.kernel.audit import Trace
from socle.kernel.fhir import json
from socle.kernel.store import Json, Unit

MOST_CALLS: Final = 8  # requests to one publisher for one search: 200 professionals
_AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True)
class Said:
    """What came from one publisher.

    reason  "" when it answered in whole; else why not, in short
    left    slots that were not asked for (other professional, other time) or not whole: they are left out
    """

    publisher: Publisher
    found: int
    left: int
    took: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Aggregated:
    """Slots of all publishers by time, and what came from each."""

    offers: tuple[Offer, ...]
    resources: tuple[Json, ...]
    said: tuple[Said, ...]

    @property
    def is_partial(self) -> bool:
        """Whether somebody did not answer."""
        return any(one.reason for one in self.said)


async def aggregate(agendas: Agendas, asked: Question, *, trace: Trace) -> Aggregated:
    """Ask every active publisher that answers this form. The question may name more professionals than one request takes.

    agendas  the register as it is kept
    """
    every = [one for one in await publishers.every(agendas) if one.active and asked.form.name in one.forms]
    gate = asyncio.Semaphore(_AT_ONCE)
    answers = await asyncio.gather(*(_one(agendas, publisher, asked, gate) for publisher in every))
    said = tuple(one for one, _, _ in answers)
    found = sorted((offer for _, mine, _ in answers for offer in mine), key=lambda one: (one.start, one.name, one.slot))
    resources = tuple(resource for _, _, mine in answers for resource in mine)
    if said:
        noted = [(one.publisher.id, one.reason or f"{one.found}", one.took) for one in said]
        await agendas.store.commit(Unit([], trace, rows=[publishers.note(agendas, noted, trace.at)]))
    return Aggregated(tuple(found), resources, said)


async def _one(
    agendas: Agendas, publisher: Publisher, asked: Question, gate: asyncio.Semaphore
) -> tuple[Said, list[Offer], list[Json]]:
    async with gate:
        began = perf_counter()
        resources: list[Json] = []
        reason = ""
        try:
            for part in _parts(asked):
                async with asyncio.timeout(publisher.patience / 1000 + 0.5):
                    resources += await (
                        line_of(agendas.repository).ask(publisher, part) if publisher.base else _own(agendas, part)
                    )
        except Silent as silent:
            reason = silent.reason
        except TimeoutError:
            reason = f"no answer within {publisher.patience / 1000:g} s"
        took = int((perf_counter() - began) * 1000)
    slots = sum(1 for one in resources if one.get("resourceType") == "Slot")
    kept = [
        one
        for one in offers(publisher.id, resources)
        if one.number in asked.numbers and asked.start <= one.start <= asked.end
    ]
    return Said(publisher, len(kept), slots - len(kept), took, reason), kept, resources


def _parts(asked: Question) -> Sequence[Question]:
    """The question in requests that the guide allows."""
    most = MOST_ASSOCIATIONS if asked.form is Form.SOS else MOST_PROFESSIONALS
    numbers = asked.numbers[: most * MOST_CALLS]
    return [replace(asked, numbers=numbers[at : at + most]) for at in range(0, len(numbers), most)]


async def _own(agendas: Agendas, asked: Question) -> list[Json]:
    """The house's own answer, made as for anyone who asks it."""
    slots, _ = await agendas.asked(asked, after=None, limit=MOST_SLOTS)
    return [json.parse(one.body) for one in await answer(agendas, asked, slots)]
