"""A house for the pages of the doctrine: its portal, the editions given to it, no database."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from socle.foundations.ins.module import MODULE as INS
from socle.kernel.module import House, Module, Room, Settings, Status
from socle.kernel.outcome import Text
from socle.kernel.pages import exception_handlers, portal_routes
from socle.kernel.rest.authenticators import Authenticators
from socle.support.doctrine import pages
from socle.support.doctrine.model import (
    Addressee,
    Block,
    Certainty,
    Chapter,
    Dated,
    Dates,
    Diagram,
    Edition,
    EditionStatus,
    Force,
    Orientation,
    PartialDate,
    Requirement,
    Section,
)
from socle.support.doctrine.module import MODULE as DOCTRINE

DMP = Module(
    name="services.dmp",
    room=Room.SERVICES,
    title=Text("Dossier médical partagé", "Shared medical record"),
    summary=Text("Déposer et consulter.", "Deposit and consult."),
    status=Status.TO_COME,
)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class NoDatabase:
    """A database where every table is there and nothing was ever published."""

    async def query(self, sql: str, *arguments: Any) -> list[dict[str, Any]]:
        return [{"schemaname": name} for name in arguments[0]] if "pg_tables" in sql else []


def house() -> House:
    """Identity and doctrine run, the shared record is to come; there is no database."""
    return House(
        settings=Settings(Path("/nowhere"), demo=True, population=0, url="http://house"),
        modules=tuple(replace(module, jobs={}, health=None) for module in (INS, DMP, DOCTRINE)),
        repositories={},
        database=NoDatabase(),  # type: ignore[arg-type]
        clock=lambda: NOW,
        authenticator=Authenticators([]),
        secret=b"a secret of the tests",
    )


def application(here: House | None = None) -> Starlette:
    """The portal and the doctrine, as the assembly serves them."""
    here = here or house()
    return Starlette(routes=[*portal_routes(here), *pages.routes(here)], exception_handlers=exception_handlers(here))


def client() -> httpx.AsyncClient:
    """A reader without a browser."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(application()), base_url="http://house")


def dated(on: str) -> Dated:
    """A day and who says so."""
    return Dated(PartialDate(date.fromisoformat(on), "day"), "Journal officiel", Certainty.B)


def requirement(id: str, statement: str, **more: Any) -> Requirement:
    """An obligation of hospitals, unless it is said otherwise."""
    usual: dict[str, Any] = {
        "chapter": "ins",
        "addressees": (Addressee.ETABLISSEMENT,),
        "force": Force.MUST,
        "certainty": Certainty.B,
        "source": "Référentiel",
        "dates": Dates(),
        "not_verified": "Rien ne la vérifie encore.",
    }
    return Requirement(id=id, statement=statement, **{**usual, **more})


def chapter(id: str = "ins", requirements: Sequence[Requirement] = (), **more: Any) -> Chapter:
    """A chapter with two paragraphs."""
    usual: dict[str, Any] = {
        "number": "2.4.5",
        "orientation": Orientation.FOUNDATIONS,
        "title": "Identité nationale de santé",
        "summary": "Savoir qui est le patient.",
        "target": "Une identité qualifiée partout.",
        "trajectory": "Depuis 2021.",
        "certainty": Certainty.A,
        "sections": (
            Section(
                "contexte",
                "Contexte",
                (
                    Block("contexte-1", "Une **identité** fausse met en danger."),
                    Block("contexte-2", "Voir [la sécurité](security) et [INS-001]."),
                ),
            ),
        ),
    }
    return Chapter(id=id, requirements=tuple(requirements), **{**usual, **more})


def edition(id: str, chapters: Sequence[Chapter], **more: Any) -> Edition:
    """An edition in force, with a synthesis of one paragraph."""
    usual: dict[str, Any] = {
        "title": f"Doctrine, édition {id}",
        "status": EditionStatus.CURRENT,
        "published": PartialDate(date(int(id), 1, 1), "year"),
        "based_on": "",
        "orientations": {orientation: orientation.value.capitalize() for orientation in Orientation},
        "synthesis": Section("synthese", "Synthèse", (Block("synthese-1", "En bref."),)),
        "milestones": (),
        "diagram": Diagram(),
    }
    return Edition(id=id, chapters=tuple(chapters), **{**usual, **more})


def given(monkeypatch: Any, *editions: Edition) -> None:
    """Show these editions instead of those shipped."""

    async def shown(house: House) -> Mapping[str, Edition]:
        return by_id

    by_id = {one.id: one for one in editions}
    monkeypatch.setattr("socle.support.doctrine.pages.library.editions", shown)
