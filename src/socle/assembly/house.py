"""Build the house from the catalogue: database, registers, doors. The only place that knows everything."""

import asyncio
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog

from socle.assembly.background import drop_last_anchor, run_background, system_trace
from socle.assembly.console import OPERATE, SYSTEM_CONSOLE, Console
from socle.catalogue import MODULES
from socle.foundations.actor_identity.people import PEOPLE
from socle.foundations.terminologies import actions as terminologies
from socle.foundations.terminologies.permissions import REGISTER as TERMINOLOGIES
from socle.kernel.audit import Trace
from socle.kernel.fhir.definitions import r4
from socle.kernel.module import House, Module, Settings
from socle.kernel.outbound.hooks import Hooks, Reach
from socle.kernel.outcome import Decision, Kind, Problem, Text
from socle.kernel.policy import Actor, decide
from socle.kernel.rest.api_keys import ApiKeys
from socle.kernel.rest.authenticators import Authenticators
from socle.kernel.rest.demo_login import DemoLogin
from socle.kernel.seal import Seal
from socle.kernel.search.learn import follow
from socle.kernel.search.register import Register
from socle.kernel.search.repository import Repository
from socle.kernel.store import actors, embedded
from socle.kernel.store.library import PackagedDefinitions
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresDatabase, open_database
from socle.kernel.subscription.service import CONSUMER, Place, Subscriptions
from socle.kernel.terminology.nothing_loaded import NothingLoaded

Say = Callable[[str, str], None]
log = structlog.get_logger("socle.assembly")


def now() -> datetime:
    """The clock of the house: aware, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Opened:
    """An open house and what serves it."""

    house: House
    database: PostgresDatabase
    schemas: tuple[str, ...]

    def console(self, by: Actor, *, served: bool = True) -> Console:
        """An operator's hands; `served` when others are answered meanwhile. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
        return Console(self.house, self.database, self.schemas, roles(self.house.modules), by=by, served=served)


def registers(modules: Sequence[Module]) -> dict[str, Register]:
    """Every register that a FHIR server holds, by name."""
    return {endpoint.register.name: endpoint.register for module in modules for endpoint in module.endpoints}


def bases(modules: Sequence[Module], register: str, url: str) -> tuple[str, ...]:
    """The base URLs under which a register is served: an absolute reference below one of them is a local one."""
    served = [
        endpoint.base for module in modules for endpoint in module.endpoints if endpoint.register.name == register
    ]
    return tuple(url + base for base in served) if url else ()


def schemas(modules: Sequence[Module]) -> tuple[str, ...]:
    """Every schema that keeps resources or traces, the house's own apart."""
    return tuple(dict.fromkeys([*registers(modules), *(name for module in modules for name in module.schemas)]))


def roles(modules: Sequence[Module]) -> frozenset[str]:
    """Every role that some permission of the house carries."""
    declared = [permission for module in modules for permission in module.permissions]
    return frozenset(role for permission in (*declared, OPERATE) for role in permission.roles)


def interests(modules: Sequence[Module]) -> dict[tuple[str, str], list[str]]:
    """Who is told of which types by the outbox: (register, type) -> consumers."""
    found: dict[tuple[str, str], list[str]] = {}
    for reaction in (one for module in modules for one in module.reactions):
        for name in reaction.types:
            found.setdefault((reaction.register, name), []).append(reaction.consumer)
    return found


def subscriptions_of(
    modules: Sequence[Module],
    settings: Settings,
    database: PostgresDatabase,
    repositories: Mapping[str, Repository],
    clock: Callable[[], datetime],
    seal: Seal,
) -> Subscriptions | None:
    """What follows the subscriptions of the registers whose module reacts to them, None when there is none."""
    endpoints = {endpoint.register.name: endpoint for module in modules for endpoint in module.endpoints}
    followed = {one.register for module in modules for one in module.reactions if one.consumer == CONSUMER}
    if not followed:
        return None

    async def known(id: str) -> Actor | None:
        holder = await actors.by_id(database, id)
        if holder is not None:
            return holder.actor
        people = PEOPLE.values() if settings.demo else ()
        return next((person for person in people if person.id == id), None)

    def may_read(actor: Actor, register: str, resource_type: str) -> Decision:
        endpoint = endpoints[register]
        personal = resource_type in endpoint.register.personal
        return decide(actor, endpoint.read if personal else endpoint.read_public)

    places = {name: Place(repositories[name], settings.url + endpoints[name].base) for name in followed}
    hooks = Hooks(Reach.read(os.environ.get("SOCLE_HOOKS", ""), demo=settings.demo))
    return Subscriptions(database, places, hooks, clock, known=known, may_read=may_read, seal=seal)


@asynccontextmanager
async def open_house(
    settings: Settings,
    dsn: str,
    *,
    modules: Sequence[Module] = MODULES,
    clock: Callable[[], datetime] = now,
    say: Say = lambda fr, en: None,
) -> AsyncIterator[Opened]:
    """Open the database at `dsn`, bring its schemas up to date, put the modules in place; close in order at the end.

    Raises: Problem(UNAVAILABLE) when the database does not answer, Problem(CONFLICT) when it is newer than the code.
    """
    async with AsyncExitStack() as stack:
        database = await open_database(dsn, clock=clock, interests=interests(modules))
        stack.push_async_callback(database.close)
        kept = schemas(modules)
        own = [(schema, package) for module in modules for schema, package in module.schemas.items()]
        for applied in await database.migrate(steps(kept, own)):
            log.info("migrated", step=applied)
        secret, seal = house_secret(settings.data), house_seal(settings.data)
        repositories = {
            name: Repository(register, register.keep(database.store(name)), r4(), bases(modules, name, settings.url))
            for name, register in registers(modules).items()
        }
        register = repositories.get(TERMINOLOGIES)
        terminology = terminologies.service(database, register) if register else NothingLoaded()
        for repository in repositories.values():
            repository.terminology = terminology
        house = House(
            settings=settings,
            modules=tuple(modules),
            repositories=repositories,
            database=database,
            clock=clock,
            authenticator=Authenticators(
                [
                    ApiKeys(partial(actors.find, database), used=_note_use(database, clock)),
                    DemoLogin(PEOPLE if settings.demo else {}, secret, clock),
                ]
            ),
            secret=secret,
            seal=seal,
            tell=lambda text: say(text.fr, text.en),
            library=PackagedDefinitions(database, clock).library,
            subscriptions=subscriptions_of(modules, settings, database, repositories, clock, seal),
            terminology=terminology,
        )
        yield Opened(house, database, ("house", *kept))


@asynccontextmanager
async def at_work(opened: Opened, say: Say) -> AsyncIterator[None]:
    """The house with its demonstration in place and its background work under way; stopped and anchored at the end."""
    for repository in opened.house.repositories.values():
        if repository.register.learns:
            await follow(repository, system_trace(opened.house.clock(), "search:learn"))
    for module in opened.house.modules:
        if module.start is not None:
            say(f"{module.title.fr}…", f"{module.title.en}…")
            await module.start(opened.house)
    work = asyncio.create_task(run_background(opened.house, opened.database))
    try:
        async with _doors_open(opened.house, say):
            yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        await drop_last_anchor(opened.house, opened.database)


@asynccontextmanager
async def _doors_open(house: House, say: Say) -> AsyncIterator[None]:
    """The doors that have a port of their own, open. A port that is taken closes that door only, and its module says so."""
    shift = house.settings.shift
    async with AsyncExitStack() as stack:
        for module in house.modules if shift is not None else ():
            for listener in module.listeners:
                port = listener.at(shift or 0)
                try:
                    await stack.enter_async_context(listener.serve(house, "127.0.0.1", port))
                except (OSError, OverflowError) as error:
                    text = Text(
                        f"La porte {listener.protocol} n'est pas ouverte : port {port}, {error}. Libérez-le, ou changez "
                        "le port de la maison, puis relancez-la.",
                        f"The door {listener.protocol} is not open: port {port}, {error}. Free it, or change the port of "
                        "the house, then start it again.",
                    )
                    house.unopened[module.name] = text
                    say(text.fr, text.en)
        yield


@asynccontextmanager
async def open_console(data: Path) -> AsyncIterator[Console]:
    """The console of the house whose data are in `data`, running or at rest (then its database is started meanwhile).

    Raises: Problem when the database cannot be reached.
    """
    settings = Settings(data, demo=False, population=0, url="")
    with ExitStack() as stack:
        dsn = os.environ.get("SOCLE_DATABASE_URL") or embedded.running(settings.data)
        served = bool(dsn)
        if not dsn:
            dsn = stack.enter_context(embedded.start(settings.data)).dsn
        async with open_house(settings, dsn) as opened:
            yield opened.console(SYSTEM_CONSOLE, served=served)


def _note_use(database: PostgresDatabase, clock: Callable[[], datetime]) -> Callable[[actors.Holder], Awaitable[None]]:
    """Notes the day on which a key served, in the holder's own name."""

    async def used(holder: actors.Holder) -> None:
        who = holder.actor
        trace = Trace(
            who=who.id,
            name=who.name,
            role=" ".join(sorted(who.roles)),
            structure=who.structure,
            means=who.means,
            ground="actor.use",
            at=clock(),
            register="house",
            interaction="actor:use",
        )
        await actors.used(database, holder, trace=trace)

    return used


def house_secret(data: Path) -> bytes:
    """The 32 bytes that sign cookies and paging links, drawn once and kept in the data folder, readable by us only."""
    return _drawn_once(
        data / "secret",
        Text(
            "retirez-le, un nouveau sera tiré (les sessions seront closes)",
            "remove it, a new one will be drawn (sessions will be closed)",
        ),
    )


def house_seal(data: Path) -> Seal:
    """What seals the secrets of others; its key is drawn once and kept in the data folder, readable by us only."""
    return Seal(
        _drawn_once(
            data / "sealing-key",
            Text(
                "remettez-en une copie ; ou retirez-le, redonnez leurs clés aux éditeurs d'agendas inscrits et faites recréer "
                "les abonnements",
                "put a copy back; or remove it, give the registered publishers of agendas their keys again and have "
                "subscriptions created again",
            ),
        )
    )


def _drawn_once(file: Path, lost: Text) -> bytes:
    """32 random bytes of a file of mode 0600, made with them if it is not there; `lost`: what to do when it is damaged.

    The file appears whole: of several processes that start together, all read what the first one drew.
    """
    if not file.exists():
        descriptor, made = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)  # of mode 0600
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.write(secrets.token_bytes(32))
                out.flush()
                os.fsync(out.fileno())
            with suppress(FileExistsError):
                os.link(made, file)
        finally:
            Path(made).unlink()
    drawn = file.read_bytes()
    if len(drawn) != 32:
        raise Problem.of(
            Kind.UNAVAILABLE,
            f"Le fichier {file} est abîmé : {lost.fr}.",
            f"The file {file} is damaged: {lost.en}.",
        )
    return drawn
