"""Houses for the tests of pages: the contract and nothing more, no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.pages import exception_handlers, portal_routes
from socle.kernel.policy import ANONYMOUS, Actor, Means, Permission
from socle.kernel.search.register import Register

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
AGENT = Actor("agent-1", "Camille Martin", frozenset({"identity-agent"}), Means.DEMO)
READ = Permission("ins.read", Text("Lire une identité", "Read an identity"), frozenset({"identity-agent"}))
WRITE = Permission("sandbox.write", Text("Déposer une ressource", "Store a resource"), frozenset({"publisher"}))
PUBLIC = Permission("sandbox.public", Text("Lire le public", "Read what is public"), public=True)


@dataclass(frozen=True)
class Chapter:
    edition: str
    id: str


@dataclass(frozen=True)
class Endpoint:
    base: str
    title: Text
    register: Register
    read: Permission = READ
    write: Permission = WRITE
    read_public: Permission = PUBLIC
    interactions: frozenset[str] = frozenset({"read", "create"})
    operations: Sequence[Any] = ()


@dataclass(frozen=True)
class Module:
    name: str
    room: str
    title: Text
    summary: Text
    path: str = ""
    status: str = "to-come"
    chapters: Sequence[Chapter] = ()
    permissions: Sequence[Permission] = ()
    endpoints: Sequence[Endpoint] = ()
    doors: Sequence[Any] = ()
    listeners: Sequence[Any] = ()
    entries: Sequence[Any] = ()


@dataclass(frozen=True)
class Health:
    state: str
    reason: Text | None = None


@dataclass(frozen=True)
class Settings:
    url: str = "http://127.0.0.1:8000"
    demo: bool = True
    shift: int | None = None


@dataclass
class House:
    """Says who asks from the cookie `who`; `agent` is a demo login, `stale` a proof that is no longer valid."""

    modules: Sequence[Module]
    settings: Settings = field(default_factory=Settings)
    secret: bytes = b"a secret of the tests"
    troubles: Mapping[str, Text] = field(default_factory=dict)

    @property
    def clock(self) -> Any:
        return lambda: NOW

    async def health(self) -> Mapping[str, Health]:
        found = {m.name: Health("running" if m.status == "running" else "absent") for m in self.modules}
        return found | {name: Health("degraded", reason) for name, reason in self.troubles.items()}

    async def actor_of(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor:
        if cookies.get("who") == "stale":
            raise Problem.of(Kind.UNAUTHENTICATED, "Session terminée.", "Session over.")
        return AGENT if cookies.get("who") == "agent" else ANONYMOUS


def _titled(room: str, running: bool, *titles: tuple[str, str, str]) -> list[Module]:
    return [
        Module(
            f"{room}.{name}",
            room,
            Text(fr, en),
            Text(f"{fr} : ce que prévoit la doctrine.", f"{en}: what the doctrine foresees."),
            status="running" if running else "to-come",
        )
        for name, fr, en in titles
    ]


def full_house() -> House:
    """A house with the doctrine's modules, two of them running."""
    sandbox = Module(
        "foundations.interoperability",
        "foundations",
        Text("Interopérabilité", "Interoperability"),
        Text("Un serveur FHIR d'essai pour toutes les ressources.", "A FHIR server for trials, for every resource."),
        status="running",
        chapters=(Chapter("2019", "2.3"),),
        permissions=(WRITE, PUBLIC),
        endpoints=(
            Endpoint(
                "/sandbox/fhir",
                Text("Bac à sable", "Sandbox"),
                Register("sandbox", tuple(sorted(["Patient", "Observation"])), frozenset({"Patient"})),
            ),
        ),
    )
    ins = Module(
        "foundations.ins",
        "foundations",
        Text("Identité nationale de santé", "National health identity"),
        Text(
            "L'identité du patient, qualifiée une fois pour toutes.", "The patient's identity, qualified once for all."
        ),
        path="/ins",
        status="running",
        chapters=(Chapter("2019", "2.4.5"),),
        permissions=(READ,),
    )
    modules = [
        *_titled(
            "foundations", False, ("ethics", "Éthique", "Ethics"), ("urbanisation", "Urbanisation", "Urbanisation")
        ),
        sandbox,
        *_titled(
            "foundations",
            False,
            ("security", "Politique de sécurité (PGSSI-S)", "Security policy (PGSSI-S)"),
            ("people", "Annuaire des personnes", "Register of people"),
            ("structures", "Répertoire des structures", "Register of structures"),
            ("actor_identity", "Identité des acteurs (Pro Santé Connect)", "Identity of actors"),
        ),
        ins,
        *_titled(
            "foundations",
            False,
            ("citizen_identity", "Identité numérique des usagers", "Digital identity of citizens"),
            ("operational_security", "Sécurité opérationnelle", "Operational security"),
            ("care_offer", "Offre de santé (ROR)", "Care offer (ROR)"),
        ),
        *_titled(
            "services",
            False,
            ("dmp", "Dossier médical partagé", "Shared medical record"),
            ("mssante", "Messagerie sécurisée de santé", "Secure health mail"),
            ("eprescription", "Ordonnance numérique", "Digital prescription"),
            ("coordination", "Coordination des parcours", "Care coordination"),
        ),
        *_titled(
            "platforms",
            False,
            ("citizen_space", "Mon espace santé", "Citizen's health space"),
            ("professional_bouquet", "Bouquet de services aux professionnels", "Services for professionals"),
            ("data_hub", "Plateforme des données de santé", "Health data platform"),
        ),
        *_titled(
            "support",
            False,
            ("doctrine", "Doctrine et schéma cible", "Doctrine and target diagram"),
            ("consultation", "Concertation", "Consultation"),
            ("convergence", "Convergence", "Convergence"),
            ("programmes", "Programmes d'accompagnement", "Support programmes"),
        ),
    ]
    return House(modules)


def application(house: House, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """The portal of a house, as the assembly serves it."""
    return Starlette(routes=[*portal_routes(house), *routes], exception_handlers=exception_handlers(house))
