"""The outside of agendas: the servers of publishers, asked with the exact requests of the SAS guide."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode
from weakref import WeakKeyDictionary

from socle.foundations.care_offer.agenda.model import IDNPS, IDNST
from socle.foundations.care_offer.agenda.rules.forms import Form, Question
from socle.foundations.care_offer.agenda.store.publishers import Publisher
from socle.foundations.care_offer.agenda.store.writing import written
from socle.kernel.fhir import json
from socle.kernel.outbound.hooks import Failed, Hooks, Reach
from socle.kernel.outcome import Problem
from socle.kernel.seal import Seal, Unsealable
from socle.kernel.search.repository import Repository

MOST_BYTES: Final = 8_000_000
_ACCEPT: Final = "application/fhir+json"


class Silent(Exception):
    """A publisher did not answer, or not what was asked; `reason` is short and quotes nothing of the answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Line:
    """The way out to publishers: the one place where the keys that are shown to them are opened."""

    hooks: Hooks
    seal: Seal

    async def ask(self, publisher: Publisher, asked: Question) -> list[dict[str, Any]]:
        """The resources of a publisher's answer, within its patience. Raises: Silent."""
        url = f"{publisher.base.rstrip('/')}/{request_of(asked)}"
        headers = {"Accept": _ACCEPT} | self._shown(publisher)
        try:
            status, body = await self.hooks.get(url, headers, timeout=publisher.patience / 1000, most=MOST_BYTES)
        except Failed as failed:
            raise Silent(failed.reason) from None
        except Problem as problem:
            raise Silent(problem.issues[0].text.fr) from None
        if status != 200:
            raise Silent(f"HTTP {status}")
        try:
            bundle = json.parse(body)
        except Problem:
            raise Silent("not JSON") from None
        if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle" or bundle.get("type") != "searchset":
            raise Silent("not a searchset")
        entries = bundle.get("entry", [])
        return [e["resource"] for e in entries if isinstance(e, dict) and isinstance(e.get("resource"), dict)]

    def _shown(self, publisher: Publisher) -> dict[str, str]:
        if not publisher.sealed:
            return {}
        try:
            return {"Authorization": f"Bearer {self.seal.open(publisher.sealed, bound=publisher.bound)}"}
        except Unsealable:
            raise Silent("its key does not open (the house's sealing key changed): give it again") from None


def request_of(asked: Question) -> str:
    """The request of the guide for a question: path and parameters after the base."""
    low, high = f"ge{written(asked.start)}", f"le{written(asked.end)}"
    system = IDNST if asked.form is Form.SOS else IDNPS
    numbers = ",".join(f"{system}|{number}" for number in asked.numbers)
    if asked.form is Form.SOS:
        pairs = [
            ("_revinclude", "Slot:schedule"),
            ("_include", "Schedule:actor:Location"),
            ("_include:iterate", "Location:organization"),
            ("_has:Slot:schedule:start", low),
            ("_has:Slot:schedule:start", high),
            ("_has:Slot:schedule:status", "free"),
            ("actor:Location.organization.identifier", numbers),
        ]
        return f"Schedule?{urlencode(pairs, safe=':', quote_via=quote)}"
    pairs = [("_include", "Slot:schedule"), ("_include:iterate", "Schedule:actor")]
    if asked.form is Form.CPTS:
        pairs += [("_include", "Slot:service-type-reference"), ("_include:iterate", "HealthcareService:organization")]
    pairs += [
        ("start", low),
        ("start", high),
        ("schedule.actor:Practitioner.identifier", numbers),
        ("status", "free"),
    ]
    return f"Slot?{urlencode(pairs, safe=':', quote_via=quote)}"


_lines: WeakKeyDictionary[Repository, Line] = WeakKeyDictionary()


def connect(repository: Repository, reach: Reach, seal: Seal) -> None:
    """Say, once at start, how far the aggregator of `repository` may reach, and what seals the keys that it shows."""
    _lines[repository] = Line(Hooks(reach), seal)


def line_of(repository: Repository) -> Line:
    """The way out of `repository`; one that leads nowhere before the house has opened it."""
    found = _lines.get(repository)
    return found or Line(Hooks(Reach(public=False)), Seal.fleeting())
