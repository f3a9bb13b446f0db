"""The way to the Hub Santé, and the hub of the demonstration.

`Hub` is all that the sending knows: publish a message, read what came back. The real one speaks AMQP 0-9-1 with a client
certificate of the IGC-Santé; nothing of it can be had offline, and no line to it is here yet. The local one judges messages as
the public texts say that the dispatcher does, keeps them in queues of the same names, and has LRMs that acknowledge them.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

from socle.foundations.care_offer.agenda.rules import hub as rules
from socle.foundations.care_offer.agenda.rules.lrm import SENDER
from socle.foundations.care_offer.agenda.store import parcels
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.kernel.search.repository import Repository

PAGE: Final = 100


class Unreached(Exception):
    """The hub did not take a message: it is tried again. `reason` is short and quotes nothing of the message."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Hub(Protocol):
    """A line to the Hub Santé, as one of its clients."""

    async def publish(self, key: str, message: Mapping[str, Any], *, content_type: str, delivery: int) -> None:
        """Hand a message over for good, under a routing key. Raises: Unreached."""

    async def replies(self) -> Sequence[rules.Reply]:
        """Take what waits in the client's queues `.ack` and `.info`."""


class LocalHub:
    """The hub of the demonstration, in the tables of this house."""

    def __init__(self, agendas: Agendas, clock: Callable[[], datetime]) -> None:
        self._agendas = agendas
        self._clock = clock

    async def publish(self, key: str, message: Mapping[str, Any], *, content_type: str, delivery: int) -> None:
        """Judge a message, then put it in its recipient's queue, or an error in the sender's."""
        now = self._clock()
        fault = rules.judge(message, key=key, content_type=content_type, delivery=delivery, now=now)
        if fault is None:
            await parcels.put(self._agendas, f"{rules.recipient_of(message)}.message", message, now)
        else:
            await parcels.put(self._agendas, f"{key}.info", rules.refusal(message, fault, now=now), now)

    async def replies(self) -> Sequence[rules.Reply]:
        """What came back to the SAS."""
        queues = [f"{SENDER}.ack", f"{SENDER}.info"]
        came = await parcels.read(self._agendas, queues, self._clock(), limit=PAGE)
        return [reply for reply in (rules.reply_of(one.body) for one in came) if reply is not None]

    async def listen(self) -> int:
        """The LRMs of the demonstration read their queues, and acknowledge. Answers how many messages they read."""
        now = self._clock()
        came = await parcels.read(self._agendas, ["%.message"], now, limit=PAGE)
        for one in came:
            await parcels.put(self._agendas, f"{SENDER}.ack", rules.acknowledgement(one.body, now=now), now)
        return len(came)


_hubs: WeakKeyDictionary[Repository, tuple[Hub | None, str]] = WeakKeyDictionary()


def connect(repository: Repository, hub: Hub | None, samu: str = "") -> None:
    """Say, once at start, which hub the messages of `repository` go to (None: they wait, then expire).

    samu  the client of the hub that those of no known place go to, "" for none
    """
    _hubs[repository] = hub, samu


def hub_of(repository: Repository) -> Hub | None:
    """The hub of `repository`, None when there is none."""
    return _hubs.get(repository, (None, ""))[0]


def samu_of_last_resort(repository: Repository) -> str:
    """The client of the hub that messages of no known place go to, "" for none."""
    return _hubs.get(repository, (None, ""))[1]
