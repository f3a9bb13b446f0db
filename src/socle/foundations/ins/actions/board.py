"""The quality board: how many identities in each status, and what to do next."""

from dataclasses import dataclass

from socle.foundations.ins import rules
from socle.foundations.ins.actions.desk import Desk
from socle.foundations.ins.model import Attribut, StatutIdentite
from socle.foundations.ins.permissions import READ
from socle.foundations.ins.rules import Conseil
from socle.foundations.ins.rules.conseil import REVERIFICATION, Action
from socle.foundations.ins.store import Dossier
from socle.kernel.audit import Trace
from socle.kernel.policy import Actor


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the work queue: an identity and the best thing to do for it."""

    dossier: Dossier
    conseil: Conseil


@dataclass(frozen=True, slots=True)
class Quality:
    """The figures of the board. `to_verify`: INS that INSi has not confirmed for three years."""

    statuts: dict[StatutIdentite, int]
    attributs: dict[Attribut, int]
    to_verify: int

    @property
    def total(self) -> int:
        """How many identities there are."""
        return sum(self.statuts.values())

    @property
    def qualified(self) -> float:
        """Share of qualified identities, from 0 to 1; 0 when there is none at all."""
        return self.statuts[StatutIdentite.QUAL] / self.total if self.total else 0.0


async def statistics(desk: Desk, *, by: Actor, trace: Trace) -> Quality:
    """Counts by status and attribute. They show no one's data: no event. Raises: Problem(UNAUTHENTICATED |
    FORBIDDEN).
    """
    async with desk.guarded(READ, "", by=by, trace=trace) as trace:
        counts = await desk.identities.counts([*StatutIdentite, *Attribut])
        to_verify = await desk.identities.confirmed_before(trace.at - REVERIFICATION)
        return Quality(
            {statut: counts[statut.value] for statut in StatutIdentite},
            {attribut: counts[attribut.value] for attribut in Attribut},
            to_verify,
        )


async def queue(desk: Desk, *, count: int = 20, by: Actor, trace: Trace) -> list[Task]:
    """What to do next: the most urgent first, then the oldest. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
    async with desk.guarded(READ, "", by=by, trace=trace) as trace:
        waiting: dict[str, Dossier] = {}
        # doubts first, then what one step would qualify, then the rest: each wave fills what is left of the page
        waves: tuple[tuple[list[StatutIdentite], list[Attribut]], ...] = (
            ([], [Attribut.DOUT]),
            ([StatutIdentite.RECUP], []),
            ([StatutIdentite.VALI], []),
            ([StatutIdentite.PROV], []),
        )
        for statuts, attributs in waves:
            if len(waiting) < count:
                for dossier in await desk.identities.with_status(statuts, attributs, count=count):
                    waiting.setdefault(dossier.id, dossier)
        tasks = [Task(each, rules.next_best_action(each.identite, now=trace.at)) for each in waiting.values()]
        tasks = [task for task in tasks if task.conseil.action is not Action.RIEN]
        tasks.sort(key=lambda task: (task.conseil.priority, task.dossier.updated))
        found = tasks[:count]
        await desk.seen([task.dossier for task in found], trace, query="queue")
        return found
