"""The module's declaration."""

from datetime import timedelta

from socle.foundations.interoperability import api, pages, store
from socle.foundations.interoperability.actions import bulk as work
from socle.foundations.interoperability.actions import subscriptions as followed
from socle.foundations.interoperability.api import bulk, importing, subscriptions, validating
from socle.foundations.interoperability.pages import bulk as under_way
from socle.foundations.interoperability.pages import subscriptions as dead_letters
from socle.foundations.interoperability.permissions import (
    BULK,
    DEAD_LETTERS,
    EXPORT,
    IMPORT,
    PACKAGES,
    READ,
    READ_PUBLIC,
    RESET,
    SANDBOX,
    SPECIFICATIONS,
    WRITE,
)
from socle.kernel.audit import Trace
from socle.kernel.bulk import desk
from socle.kernel.fhir.definitions import r4
from socle.kernel.module import Door, House, Module, Reaction, Room
from socle.kernel.outcome import Text
from socle.kernel.policy import Means
from socle.kernel.rest.endpoint import Endpoint
from socle.kernel.rest.operations.everything import everything_operations
from socle.kernel.rest.operations.lastn import lastn_operations
from socle.kernel.search import learn
from socle.kernel.search.register import Register
from socle.kernel.store import bindings
from socle.kernel.subscription import desk as queues
from socle.kernel.subscription.service import CONSUMER

_R4 = r4()

REGISTER = Register(
    name=SANDBOX,
    types=_R4.resource_types,
    personal=frozenset(name for name in _R4.resource_types if _R4.is_personal(name)),
    learns=True,
    full_text=True,
)


async def start(house: House) -> None:
    """Follow the subscriptions; write the bindings of packages that an older house installed."""
    await followed.begin(house)
    await bindings.catch_up(
        house.database,
        Trace("house", "Socle", "", "", Means.SYSTEM, "house", house.clock(), bindings.SCHEMA, "package:bind"),
    )


def _sandbox() -> Endpoint:
    return MODULE.endpoints[0]


MODULE = Module(
    name="foundations.interoperability",
    room=Room.FOUNDATIONS,
    title=Text("Interopérabilité", "Interoperability"),
    summary=Text(
        "Vérifier une ressource, lire les profils, essayer sur un bac à sable FHIR R4 avant d'intégrer.",
        "Check a resource, read the profiles, try on a FHIR R4 sandbox before integrating.",
    ),
    path="/interoperability",
    routes=lambda house: [
        *api.routes(house),
        *validating.routes(house),
        *bulk.routes(house),
        *subscriptions.websocket_routes(house),
        *pages.routes(house),
    ],
    doors=(
        Door(api.PATH, Text("Moteur FHIRPath", "FHIRPath engine"), "FHIR Parameters"),
        Door(validating.PATH, Text("Validateur", "Validator"), "FHIR JSON, XML, NDJSON, zip"),
        Door(importing.PATH, Text("Import en masse", "Bulk import"), "NDJSON"),
        Door(subscriptions.PATH, Text("Notifications des abonnements", "Notifications of subscriptions"), "WebSocket"),
        Door(dead_letters.PATH, Text("État des abonnements", "State of subscriptions"), "page"),
        Door(under_way.PATH, Text("Exports et imports en cours", "Exports and imports under way"), "page"),
    ),
    permissions=(READ, READ_PUBLIC, WRITE, RESET, EXPORT, IMPORT, PACKAGES, DEAD_LETTERS, BULK, SPECIFICATIONS),
    endpoints=(
        Endpoint(
            register=REGISTER,
            base="/sandbox/fhir",
            title=Text("Bac à sable", "Sandbox"),
            read=READ,
            write=WRITE,
            read_public=READ_PUBLIC,
            operations=(
                *everything_operations(READ),
                *lastn_operations(READ),
                *subscriptions.operations(),
            ),
            export=EXPORT,
            imports=IMPORT,
            again=_sandbox,
            graphql=True,
            admit=subscriptions.admit,
            admitted=("Subscription",),
            profiles={"Subscription": (subscriptions.PROFILE,)},
            extensions={"Subscription": subscriptions.CAPABILITIES},
            websocket=subscriptions.PATH,
        ),
    ),
    schemas={
        desk.SCHEMA: "socle.kernel.bulk",
        queues.SCHEMA: "socle.kernel.subscription",
        store.SCHEMA: "socle.foundations.interoperability",
    },
    direct=importing.doors,
    jobs={"bulk:sweep": work.sweep},
    long_jobs={desk.EXPORT: work.export, desk.IMPORT: work.load, learn.JOB: work.rebuild},
    periods={"bulk:sweep": timedelta(minutes=10)},
    reactions=(Reaction(SANDBOX, CONSUMER, ("Subscription",), followed.react),),
    start=start,
)
