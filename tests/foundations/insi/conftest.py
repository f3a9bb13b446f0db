"""A small national base behind the real doors, on a real PostgreSQL; envelopes as a publisher writes them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from lxml import etree
from starlette.applications import Starlette

from socle.foundations.ins.insi import door
from socle.foundations.ins.insi.lot.actions import system_trace
from socle.foundations.ins.insi.seed import seed
from socle.kernel.audit import Event
from socle.kernel.audit.chain import decode
from socle.kernel.module import House, Settings
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import ANONYMOUS, Actor, Means
from socle.kernel.rest.serve import configuration
from socle.kernel.store.compression import unpack
from socle.kernel.store.postgres import PostgresDatabase

POPULATION = 300
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NS = {
    "soap": "http://www.w3.org/2003/05/soap-envelope",
    "wsa": "http://www.w3.org/2005/08/addressing",
    "res": "http://www.cnamts.fr/INSiResultat",
    "siram": "urn:siram",
}
ACTORS = {
    "publisher": Actor("a1", "Éditeur", frozenset({"publisher"}), Means.API_KEY),
    "agent": Actor("a2", "Agent", frozenset({"identity-agent"}), Means.API_KEY),
    "stranger": Actor("a3", "Sans rôle", frozenset(), Means.API_KEY),
}


class KnownKeys:
    """`Authorization: Bearer <name of an actor>`."""

    async def identify(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor:
        presented = headers.get("authorization")
        if presented is None:
            return ANONYMOUS
        actor = ACTORS.get(presented.removeprefix("Bearer "))
        if actor is None:
            raise Problem.of(Kind.UNAUTHENTICATED, "clé inconnue", "unknown key")
        return actor


@dataclass
class Clock:
    """A clock that the test moves."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: int) -> None:
        """Let time go by."""
        self.now += timedelta(**time)


@dataclass(frozen=True)
class Answer:
    """What came back: status, tree, and shortcuts to what tests look at."""

    status: int
    headers: httpx.Headers
    tree: etree._Element

    def text(self, path: str) -> str | None:
        """Text of the first element at `path`."""
        return self.tree.findtext(path, namespaces=NS)

    def texts(self, path: str) -> list[str]:
        """Texts of every element at `path`."""
        return [element.text or "" for element in self.tree.iterfind(path, NS)]

    @property
    def code(self) -> str | None:
        """CodeCR."""
        return self.text(".//res:CodeCR")

    @property
    def erreur(self) -> etree._Element:
        """siram:Erreur."""
        found = self.tree.find(".//siram:Erreur", NS)
        assert found is not None, etree.tostring(self.tree)
        return found

    @property
    def fault(self) -> str | None:
        """Code of siram:Erreur."""
        return self.erreur.get("code")

    @property
    def subcodes(self) -> list[str]:
        """soap:Subcode values, outermost first."""
        return self.texts(".//soap:Subcode/soap:Value")


TRAITS = "rechercherInsAvecTraitsIdentite"
VITALE = "rechercherInsAvecCarteVitale"
BAM = (
    '<b:ContexteBAM xmlns:b="urn:siram:bam:ctxbam" Version="01_02" Nature="CTXBAM"><b:Id>1</b:Id>'
    "<b:Temps>2026-11-22T09:00:00.000Z</b:Temps><b:Emetteur>10B0152872</b:Emetteur><b:COUVERTURE/></b:ContexteBAM>"
)
LPS = (
    '<l:ContexteLPS xmlns:l="urn:siram:lps:ctxlps" Version="01_00" Nature="CTXLPS"><l:Id>2</l:Id>'
    "<l:Temps>2026-11-22T09:00:00Z</l:Temps><l:Emetteur>10B0152872</l:Emetteur><l:LPS>"
    '<l:IDAM R="4">IDAM00000001</l:IDAM><l:Version>1.0</l:Version>'
    "<l:Instance>b3549edd-4ae9-472a-b26f-fd2fb4ef397f</l:Instance><l:Nom>Essai</l:Nom></l:LPS></l:ContexteLPS>"
)
MESSAGE = "uuid:1f7425e2-b913-415c-adaa-785ee1076a70"


@dataclass
class Envelope:
    """An envelope that is right; a test changes the part that it wants wrong."""

    action: str = f"urn:ServiceIdentiteCertifiee:1.0.0:{TRAITS}"
    message: str = MESSAGE
    bam: str = BAM
    lps: str = LPS
    more: str = ""
    body: str = ""
    before: str = '<?xml version="1.0" encoding="UTF-8"?>'
    traits: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        body = self.body or recsans(**self.traits)
        action = f"<wsa:Action>{self.action}</wsa:Action>" if self.action else ""
        message = f"<wsa:MessageID>{self.message}</wsa:MessageID>" if self.message else ""
        return (
            f'{self.before}<soap:Envelope xmlns:soap="{NS["soap"]}" xmlns:wsa="{NS["wsa"]}">'
            f"<soap:Header>{self.bam}{self.lps}{action}{message}{self.more}</soap:Header>"
            f"<soap:Body>{body}</soap:Body></soap:Envelope>"
        )


def recsans(
    nom: str = "ADRUN", prenoms: tuple[str, ...] = ("ZOE",), sexe: str = "F", date: str = "1975-12-31", lieu: str = ""
) -> str:
    """The body of a search by traits."""
    given = "".join(f"<Prenom>{prenom}</Prenom>" for prenom in prenoms)
    place = f"<LieuNaissance>{lieu}</LieuNaissance>" if lieu else ""
    return (
        f'<RECSANSVITALE xmlns="http://www.cnamts.fr/INSiRecSans"><NomNaissance>{nom}</NomNaissance>{given}'
        f"<Sexe>{sexe}</Sexe><DateNaissance>{date}</DateNaissance>{place}</RECSANSVITALE>"
    )


def recvitale(inside: str) -> Envelope:
    """A search by card."""
    body = f'<RECVITALE xmlns="http://www.cnamts.fr/INSiRecVit">{inside}</RECVITALE>'
    return Envelope(action=f"urn:ServiceIdentiteCertifiee:1.0.0:{VITALE}", body=body)


class Door:
    """The doors of INSi, called without a network."""

    def __init__(self, client: httpx.AsyncClient, database: PostgresDatabase, house: House, clock: Clock) -> None:
        self.client = client
        self.database = database
        self.house = house
        self.clock = clock

    envelope = staticmethod(Envelope)
    recsans = staticmethod(recsans)
    recvitale = staticmethod(recvitale)

    async def post(
        self, message: Envelope | str | bytes, *, key: str = "publisher", content_type: str = "application/soap+xml"
    ) -> Answer:
        """Send an envelope."""
        headers = {"content-type": content_type} | ({"authorization": f"Bearer {key}"} if key else {})
        content = message if isinstance(message, bytes) else str(message).encode()
        answer = await self.client.post("/insi/lps", content=content, headers=headers)
        return Answer(answer.status_code, answer.headers, etree.fromstring(answer.content))

    async def search(self, *, key: str = "publisher", **traits: Any) -> Answer:
        """Search by traits."""
        return await self.post(Envelope(traits=traits), key=key)

    async def traces(self) -> list[Event]:
        """What the chain of `insi` holds, oldest first."""
        rows = await self.database.query("SELECT body FROM insi.audit ORDER BY chain, n")
        return [decode(unpack(row["body"])) for row in rows]


@pytest.fixture
def clock() -> Clock:
    """The clock of the house."""
    return Clock()


@pytest.fixture
async def insi_database(open_house: Callable[..., Any], clock: Clock) -> PostgresDatabase:
    """The national base, empty."""
    database: PostgresDatabase = await open_house("insi", clock=clock, modules=[*door.SCHEMAS.items()])
    return database


@pytest.fixture
async def base(insi_database: PostgresDatabase) -> PostgresDatabase:
    """The national base with the published persons and a few hundred people."""
    await seed(insi_database, POPULATION, trace=system_trace(NOW, "insi:seed"))
    return insi_database


def _house(database: PostgresDatabase, clock: Clock, folder: Path) -> House:
    return House(
        settings=Settings(data=folder, demo=True, population=POPULATION, url="http://test"),
        modules=(),
        repositories={},
        database=database,
        clock=clock,
        authenticator=KnownKeys(),
        secret=b"secret of the tests",
    )


@pytest.fixture
def house(base: PostgresDatabase, clock: Clock, tmp_path: Path) -> House:
    """A house that has nothing but INSi."""
    return _house(base, clock, tmp_path)


@asynccontextmanager
async def doors(house: House, database: PostgresDatabase, clock: Clock) -> AsyncIterator[Door]:
    """The doors of a house, ready to be called."""
    app = Starlette(routes=list(door.routes(house)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield Door(client, database, house, clock)


@pytest.fixture
async def insi(base: PostgresDatabase, house: House, clock: Clock) -> AsyncIterator[Door]:
    """The doors, ready to be called, over the small base."""
    async with doors(house, base, clock) as opened:
        yield opened


@pytest.fixture
def house_of(clock: Clock, tmp_path: Path) -> Callable[[PostgresDatabase], AbstractAsyncContextManager[Door]]:
    """The doors over a base that the test filled itself."""
    return lambda database: doors(_house(database, clock, tmp_path), database, clock)


@pytest.fixture(scope="session")
def make() -> type[Envelope]:
    """Makes envelopes."""
    return Envelope


@pytest.fixture(scope="session")
def card() -> Callable[[str], Envelope]:
    """Makes envelopes of a search by card."""
    return recvitale


@pytest.fixture
async def url(house) -> AsyncIterator[str]:
    """The address of a real server."""
    config = configuration(Starlette(), host="127.0.0.1", port=0)
    sock = config.bind_socket()
    url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    config.app = Starlette(routes=list(door.routes(replace(house, settings=replace(house.settings, url=url)))))
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield url
    server.should_exit = True
    await serving
