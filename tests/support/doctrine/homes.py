"""A house with the tables of the doctrine, for actions and for the API."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
from starlette.applications import Starlette

from socle.catalogue import MODULES
from socle.kernel.audit import Trace
from socle.kernel.module import House, Settings
from socle.kernel.policy import Actor, Means
from socle.kernel.rest.authenticators import Authenticators
from socle.kernel.store.postgres import PostgresDatabase
from socle.support.doctrine import api

NOW = datetime(2030, 11, 22, 9, 30, tzinfo=UTC)
EDITOR = Actor("editor-1", "Maud Rédactrice", frozenset({"doctrine-editor"}), Means.API_KEY)
READER = Actor("reader-1", "Luc Lecteur", frozenset({"publisher"}), Means.API_KEY)


def home(database: PostgresDatabase, clock: Callable[[], datetime] = lambda: NOW) -> House:
    """The modules of the catalogue on a database that has the schema `doctrine`."""
    return House(
        settings=Settings(Path(os.devnull, "nowhere"), demo=False, population=0, url="http://house"),
        modules=tuple(replace(module, jobs={}) for module in MODULES),
        repositories={},
        database=database,
        clock=clock,
        authenticator=Authenticators([]),
        secret=b"a secret of the tests",
    )


def trace(by: Actor = EDITOR) -> Trace:
    """The circumstances of an action."""
    return Trace(
        who=by.id,
        name=by.name,
        role=" ".join(by.roles),
        structure="",
        means=by.means,
        ground="",
        at=NOW,
        register="doctrine",
        interaction="doctrine:publish",
    )


def client(house: House) -> httpx.AsyncClient:
    """A program that reads the API."""
    transport = httpx.ASGITransport(Starlette(routes=api.routes(house)))
    return httpx.AsyncClient(transport=transport, base_url="http://house")
