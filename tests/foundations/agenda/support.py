"""What the tests of agendas are given: two servers, people, and resources to send."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import httpx

from socle.foundations.care_offer.agenda.api.endpoint import AGENDA, SAS
from socle.foundations.care_offer.agenda.model import ZONE, Opening, Recurrence
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.foundations.care_offer.agenda.store.writing import schedule_of
from socle.kernel.audit import Trace
from socle.kernel.policy import ANONYMOUS, Actor, Means
from socle.kernel.rest.pipeline import fhir_app
from socle.kernel.store.postgres import PostgresDatabase

Json = dict[str, Any]
NOW = datetime(2026, 3, 16, 7, 0, tzinfo=UTC)  # a Monday, two weeks before summer time
RPPS = "899700000013"
OTHER_RPPS = "899700000021"
IDNPS = "urn:oid:1.2.250.1.71.4.2.1"
IDNST = "urn:oid:1.2.250.1.71.4.2.2"
SAS_ID = "urn:oid:1.2.250.1.213.3.6"
REGULATOR_ID = "0f4a2c1e-1111-4222-8333-444455556666"

SOFTWARE = Actor("soft", "Logiciel", frozenset({"publisher"}), Means.API_KEY)
DOCTOR = Actor("doc", "Dr Essai", frozenset({"practitioner"}), Means.API_KEY)
OTHER_DOCTOR = Actor("doc2", "Dr Autre", frozenset({"practitioner"}), Means.API_KEY)
REGULATOR = Actor("reg", "Régulatrice", frozenset({"sas-regulator"}), Means.API_KEY)
PLATFORM = Actor("sas", "Plateforme SAS", frozenset({"sas-platform"}), Means.API_KEY)
PEOPLE = {actor.id: actor for actor in (SOFTWARE, DOCTOR, OTHER_DOCTOR, REGULATOR, PLATFORM)}


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Named:
    """Whoever the header X-Who names."""

    async def identify(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor:
        return PEOPLE.get(headers.get("x-who", ""), ANONYMOUS)


@dataclass
class AgendasUnderTest:
    """The agendas, and both servers."""

    agendas: Agendas
    database: PostgresDatabase
    clock: Clock
    gap: httpx.AsyncClient
    sas: httpx.AsyncClient

    @classmethod
    @asynccontextmanager
    async def over(
        cls, agendas: Agendas, database: PostgresDatabase, clock: Clock
    ) -> AsyncIterator["AgendasUnderTest"]:
        clients = []
        for endpoint in (AGENDA, SAS):
            assert endpoint.view is not None
            app = fhir_app(
                endpoint,
                endpoint.view(agendas.repository),
                authenticator=Named(),
                clock=clock,
                secret=b"0" * 32,
            )
            clients.append(
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(app),
                    base_url=f"http://socle.test{endpoint.base}/",
                    headers={"content-type": "application/fhir+json"},
                )
            )
        async with clients[0], clients[1]:
            yield cls(agendas, database, clock, *clients)

    def trace(self, who: Actor = SOFTWARE, interaction: str = "test") -> Trace:
        return Trace(who.id, who.name, " ".join(who.roles), "", who.means, "", self.clock(), "agenda", interaction)

    async def put(self, resource: Json, who: str = "soft") -> httpx.Response:
        return await self.gap.put(f"{resource['resourceType']}/{resource['id']}", json=resource, headers={"x-who": who})

    async def open(self, rpps: str = RPPS, name: str = "essai", **more: Any) -> str:
        """A professional with an agenda; answers its id."""
        for resource in professional(rpps, name):
            assert (await self.put(resource)).status_code in (200, 201)
        schedule = agenda(name, **more)
        answer = await self.put(schedule)
        assert answer.status_code in (200, 201), answer.text
        return str(schedule["id"])

    async def account(self, active: bool = True, value: str = REGULATOR_ID) -> None:
        """A regulator's account, as the SAS platform sends it."""
        resource = regulator(active, value)
        answer = await self.sas.put(
            "Practitioner", params={"identifier": f"{SAS_ID}|{value}"}, json=resource, headers={"x-who": "sas"}
        )
        assert answer.status_code in (200, 201), answer.text

    async def is_whose(self, actor: Actor, number: str) -> None:
        """Say whose agenda is an actor's."""
        await self.database.write("agenda", [self.agendas.say_holder(actor.id, number)], self.trace())

    async def slots(self, **parameters: str) -> list[Json]:
        """Slots found at the agenda's server."""
        answer = await self.gap.get(
            "Slot", params={"_count": "200", "_sort": "start", **parameters}, headers={"x-who": "soft"}
        )
        assert answer.status_code == 200, answer.text
        return resources(answer.json(), "Slot")

    async def free(self) -> list[Json]:
        return await self.slots(status="free")


def resources(bundle: Json, resource_type: str) -> list[Json]:
    """The resources of one type in a Bundle."""
    found = [entry["resource"] for entry in bundle.get("entry", [])]
    return [one for one in found if one["resourceType"] == resource_type]


def professional(rpps: str, name: str) -> list[Json]:
    return [
        {
            "resourceType": "Location",
            "id": f"lieu-{name}",
            "name": "Cabinet d'Essai",
            "address": {"line": ["1 rue des Tests"], "city": "Testville", "postalCode": "99000"},
        },
        {
            "resourceType": "Practitioner",
            "id": f"ps-{name}",
            "identifier": [{"system": IDNPS, "value": rpps}],
            "name": [{"family": name.upper(), "given": ["Dominique"]}],
        },
        {
            "resourceType": "PractitionerRole",
            "id": f"role-{name}",
            "practitioner": {"reference": f"Practitioner/ps-{name}"},
            "organization": {"identifier": {"system": IDNST, "value": "499700000013001"}},
            "location": [{"reference": f"Location/lieu-{name}"}],
            "telecom": [{"system": "phone", "value": "+33199000001"}],
        },
    ]


def opening(key: str = "matin", *, at: time = time(9), minutes: int = 60, **more: Any) -> Opening:
    """Every weekday from Monday the 16th of March 2026."""
    start = datetime.combine(NOW.date(), at, ZONE)
    weekly = Recurrence("WEEKLY", days=frozenset(range(5)))
    more.setdefault("recurrence", weekly)
    return Opening(key, start, start + timedelta(minutes=minutes), **more)


def agenda(name: str, *openings: Opening, minutes: int = 20, **more: Any) -> Json:
    found = schedule_of(
        f"agenda-{name}",
        [f"PractitionerRole/role-{name}", f"Practitioner/ps-{name}"],
        openings or more.pop("openings", (opening(),)),
        duration=timedelta(minutes=minutes),
        motive="Consultation",
    )
    return {**found, **more}


def regulator(active: bool = True, value: str = REGULATOR_ID) -> Json:
    return {
        "resourceType": "Practitioner",
        "meta": {"source": SAS_ID},
        "identifier": [{"type": typed("INTRN"), "system": SAS_ID, "value": value}],
        "active": active,
        "name": [{"family": "VAUTRIN", "given": ["Salomé"]}],
        "telecom": [{"system": "email", "value": "regulation@sas.invalid"}],
    }


def typed(code: str) -> Json:
    return {"coding": [{"system": "http://interopsante.org/fhir/CodeSystem/fr-v2-0203", "code": code}]}


def appointment(slot: Json, **more: Any) -> Json:
    """An appointment on a slot, as a software declares it to the agenda's server."""
    return {
        "resourceType": "Appointment",
        "status": "booked",
        "start": slot["start"],
        "end": slot["end"],
        "slot": [{"reference": f"Slot/{slot['id']}"}],
        "participant": [{"actor": {"reference": "Practitioner/ps-essai"}, "status": "accepted"}],
        **more,
    }


def declared(start: str, end: str, *, rpps: str = RPPS, identifier: str = "rdv-1", **more: Any) -> Json:
    """An appointment as it is sent to the SAS."""
    return {
        "resourceType": "Appointment",
        "identifier": [{"system": "urn:oid:1.1.111.1.11.1.1.1", "value": identifier}],
        "extension": [
            {
                "url": "http://interopsante.org/fhir/StructureDefinition/FrAppointmentOperator",
                "valueReference": {"identifier": {"type": typed("INTRN"), "system": SAS_ID, "value": REGULATOR_ID}},
            }
        ],
        "status": "booked",
        "start": start,
        "end": end,
        "participant": [
            {
                "actor": {"identifier": {"type": typed("IDNPS"), "system": IDNPS, "value": rpps}},
                "status": "accepted",
            }
        ],
        **more,
    }


def issues(answer: httpx.Response) -> list[tuple[str, str]]:
    """(expression, rule) of each issue of a refusal."""
    assert answer.status_code >= 400, answer.text
    body = answer.json()
    assert body["resourceType"] == "OperationOutcome"
    return [
        (next(iter(one.get("expression", [])), ""), one.get("details", {}).get("text", "")) for one in body["issue"]
    ]


def at(trace: Trace, **more: Any) -> Trace:
    return replace(trace, **more)
