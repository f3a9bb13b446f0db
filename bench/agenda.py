"""Slots of shared agendas at a hundred thousand: the searches of the SAS and of GAP, the finder, bookings.

    python -m bench.agenda [--slots 100000] [--questions 400]

The house's own server answers in process: parsing, permission, SQL, shapes, octets; no network. The yardstick is the same
question to PostgreSQL alone, over the same connection: the ids of the slots that match, and nothing made of them. Wall-clock
times suffer from whatever else the machine does; the processor's time of this process (PostgreSQL is another) is beside them.
"""

import argparse
import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from tests.foundations.agenda.support import (
    NOW,
    PEOPLE,
    SOFTWARE,
    Clock,
    Named,
    agenda,
    appointment,
    opening,
    professional,
)

from socle.foundations.care_offer.agenda.actions.schedules import admit_schedule
from socle.foundations.care_offer.agenda.api import REGISTER
from socle.foundations.care_offer.agenda.api.endpoint import AGENDA, SAS
from socle.foundations.care_offer.agenda.store.agendas import Agendas, Wanted
from socle.kernel.audit import Trace
from socle.kernel.fhir import json
from socle.kernel.fhir.definitions import r4
from socle.kernel.rest.pipeline import fhir_app
from socle.kernel.search.repository import Repository
from socle.kernel.store import Unit
from socle.kernel.store.embedded import start
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import open_database

IDNPS = "urn:oid:1.2.250.1.71.4.2.1"
A_DAY = 25  # slots of one agenda; twenty weekdays are derived
Ask = Callable[[random.Random], Awaitable[int]]


def rpps(rank: int) -> str:
    """The national identifier of the professional of this rank."""
    return f"8997{rank:08d}"


async def fill(agendas: Agendas, count: int, trace: Trace) -> None:
    """So many agendas, twenty in a transaction."""
    hours = (opening(minutes=20 * A_DAY),)
    for first in range(0, count, 20):
        ranks = range(first, min(first + 20, count))
        people = [one for rank in ranks for one in professional(rpps(rank), f"p{rank}")]
        for one in people:
            if one["resourceType"] == "Location":
                one["address"] |= {"city": f"Ville{first % 40}", "postalCode": f"{first % 97 + 1:02d}000"}
        await agendas.store.commit(Unit([agendas.repository.put(one, id=one["id"]) for one in people], trace))
        puts = []
        for rank in ranks:
            schedule = agenda(f"p{rank}", openings=hours)
            put = agendas.repository.put(schedule, id=schedule["id"])
            puts.append(await admit_schedule(agendas, put, now=trace.at, by=SOFTWARE))
        await agendas.store.commit(Unit(puts, trace))


async def measure(name: str, ask: Ask, questions: int) -> float:
    """Print p50, p99 and the processor's time of one question; answers p50 (ms)."""
    dice = random.Random(1)
    for _ in range(10):
        await ask(dice)
    took: list[float] = []
    found = 0
    before = time.process_time()
    for _ in range(questions):
        begun = time.perf_counter()
        found += await ask(dice)
        took.append((time.perf_counter() - begun) * 1000)
    cpu = (time.process_time() - before) / questions * 1000
    cuts = statistics.quantiles(took, n=100)
    print(f"| {name} | {found / questions:,.0f} | {cuts[49]:.1f} | {cuts[98]:.1f} | {cpu:.1f} |")
    return cuts[49]


async def run(slots: int, questions: int) -> None:
    """Everything."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder, start(Path(folder) / "postgres") as server:
        database = await open_database(server.dsn, clock=clock)
        await database.migrate(steps(("agenda",), [("agenda", "socle.foundations.care_offer.agenda")]))
        repository = Repository(REGISTER, database.store("agenda"), r4(), ("http://socle.test/agenda/fhir",))
        agendas = Agendas(repository)
        trace = Trace("bench", "Bench", "publisher", "", "system", "bench", NOW, "agenda", "bench")
        count = slots // (A_DAY * 20)
        begun, cpu = time.perf_counter(), time.process_time()
        await fill(agendas, count, trace)
        took, cpu = time.perf_counter() - begun, time.process_time() - cpu
        await database.write(
            "agenda", [(f"ANALYZE agenda.{one}", ()) for one in ("slot", "schedule", "resource")], trace
        )
        [row] = await database.query("SELECT count(*) AS n FROM agenda.slot")
        print(f"{row['n']:,} slots of {count} agendas: {row['n'] / took:,.0f} slots/s ({cpu:.0f} s of processor here)")
        await ask_all(agendas, count, questions)
        await database.close()


async def ask_all(agendas: Agendas, count: int, questions: int) -> None:
    """Every question."""
    clients = []
    for endpoint in (AGENDA, SAS):
        assert endpoint.view is not None
        view = endpoint.view(agendas.repository)
        app = fhir_app(endpoint, view, authenticator=Named(), clock=Clock(), secret=b"0" * 32)
        base = f"http://socle.test{endpoint.base}/"
        headers = {"x-who": "soft", "content-type": "application/fhir+json"}
        clients.append(httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base, headers=headers))
    gap, sas = clients
    assert "soft" in PEOPLE

    def some(dice: random.Random, n: int) -> list[str]:
        return [rpps(rank) for rank in dice.sample(range(count), min(n, count))]

    def window(dice: random.Random, days: int) -> tuple[datetime, datetime]:
        low = NOW + timedelta(days=dice.randrange(0, 18))
        return low, low + timedelta(days=days)

    def of_sas(n: int, days: int) -> Ask:
        async def ask(dice: random.Random) -> int:
            low, high = window(dice, days)
            pairs: list[tuple[str, Any]] = [
                ("_include", "Slot:schedule"),
                ("_include:iterate", "Schedule:actor"),
                ("start", f"ge{low.isoformat()}"),
                ("start", f"le{high.isoformat()}"),
                ("status", "free"),
                ("schedule.actor:Practitioner.identifier", ",".join(f"{IDNPS}|{one}" for one in some(dice, n))),
            ]
            answer = await sas.get("Slot", params=pairs)
            assert answer.status_code == 200, answer.text
            return int(json.parse(answer.content)["total"])

        return ask

    def alone(n: int, days: int) -> Ask:
        async def ask(dice: random.Random) -> int:
            low, high = window(dice, days)
            rows = await agendas.store.query(
                "SELECT s.slot FROM agenda.slot s JOIN agenda.schedule c ON c.schedule = s.schedule WHERE c.kind = 'PS' "
                "AND c.number = ANY($1::text[]) AND NOT s.busy AND s.start_at >= $2 AND s.start_at <= $3 "
                "ORDER BY s.start_at LIMIT 1000",
                some(dice, n),
                low,
                high,
            )
            return len(rows)

        return ask

    async def of_gap(dice: random.Random) -> int:
        low, high = window(dice, 1)
        pairs: list[tuple[str, Any]] = [
            ("start", f"ge{low.isoformat()}"),
            ("start", f"le{high.isoformat()}"),
            ("status", "free"),
            ("schedule.actor:Practitioner.identifier", f"{IDNPS}|{some(dice, 1)[0]}"),
        ]
        answer = await gap.get("Slot", params=pairs)
        assert answer.status_code == 200, answer.text
        return len(json.parse(answer.content).get("entry", []))

    async def of_finder(dice: random.Random) -> int:
        low, high = window(dice, 5)
        return len(await agendas.free(Wanted(low, high, place=f"ville{dice.randrange(2) * 20}"), limit=1_001, a_day=16))

    async def of_booking(dice: random.Random) -> int:
        low, high = window(dice, 3)
        free = await agendas.free(Wanted(low, high, numbers=(some(dice, 1)[0],)), limit=20)
        if not free:
            return 0
        slot = dice.choice(free)[0]
        body = appointment({"id": slot.slot, "start": slot.start.isoformat(), "end": slot.end.isoformat()}, participant=[
            {"actor": {"display": "x"}, "status": "accepted"}
        ])  # fmt: skip
        answer = await gap.post("Appointment", content=json.serialise(body))
        return int(answer.status_code == 201)

    print("\n| question | found | p50 ms | p99 ms | processor ms |\n|---|---|---|---|---|")
    bare = await measure("PostgreSQL alone: ids, 1 professional, 1 day", alone(1, 1), questions)
    one = await measure("SAS: 1 professional, 1 day, with includes", of_sas(1, 1), questions)
    bare_many = await measure("PostgreSQL alone: ids, 25 professionals, 2 days", alone(25, 2), questions)
    many = await measure("SAS: 25 professionals, 2 days, with includes", of_sas(25, 2), questions // 4)
    await measure("GAP: chained on the professional, 1 day", of_gap, questions)
    await measure("finder: a town, 5 days, by days", of_finder, questions // 2)
    await measure("a booking (a look for a free slot, then a durable write with its trace)", of_booking, questions // 2)
    print(
        f"\nthe SAS search over PostgreSQL alone: {one / bare:.1f} for one professional, {many / bare_many:.1f} for 25"
    )
    for client in clients:
        await client.aclose()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--slots", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=400)
    asked = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f} before the run\n")
    asyncio.run(run(asked.slots, asked.questions))
    print(f"\nload {os.getloadavg()[0]:.1f} after the run")


if __name__ == "__main__":
    main()
