"""What people decide: two records are one person, or two; persons are united, or separated. Nothing is ever forgotten."""

from collections.abc import Sequence
from itertools import product
from typing import Final
from uuid import uuid4

from socle.foundations.ins.index.model import Act, PairState, Verdict
from socle.foundations.ins.index.rules import FRENCH, Configuration
from socle.foundations.ins.index.rules.grouping import Board
from socle.foundations.ins.index.store import board, statements
from socle.foundations.ins.index.store.board import LOCK
from socle.foundations.ins.index.store.patient import TYPE, as_of
from socle.foundations.ins.index.store.statements import Statement
from socle.kernel.audit import Action, Event, Trace
from socle.kernel.fhir.keys import resource_key
from socle.kernel.outcome import Kind, Problem
from socle.kernel.store import Store, Tx, Unit

MOST: Final = 400  # pairs between two persons that a decision may name


class Judging:
    """Writes decisions in the index of a register."""

    def __init__(self, store: Store, configuration: Configuration = FRENCH) -> None:
        self._store = store
        self._schema = store.schema
        self._configuration = configuration

    async def same(self, a: str, b: str, trace: Trace, said: str) -> None:
        """Two Patients are one person: their persons become one. Raises: Problem(NOT_FOUND | CONFLICT)."""

        async def decide(tx: Tx) -> Unit:
            x, y, table = await self._two(tx, a, b, trace)
            comparison = table.compared(x, y)
            one, other = table.person_of(x), table.person_of(y)
            if one != other:
                self._may_unite(table, one, other, (min(x, y), max(x, y)))
                table.merge(one, other, x, y, comparison)
            person = table.person_of(x)
            findings = tuple((f.field, f.level, round(f.weight, 2)) for f in comparison.findings)
            table.done.acts.append(
                Act("same", person, other if one != other else "", x, y, comparison.weight, findings)
            )
            pair = (min(x, y), max(x, y), comparison.weight)
            verdict = statements.of_verdicts(self._schema, [pair], PairState.SAME, trace, said)
            return self._unit(trace, verdict, table, said, (a, b))

        await self._store.exclusive([LOCK], decide)

    async def apart(self, a: str, b: str, trace: Trace, said: str) -> None:
        """Two Patients are two persons: separated if they were one. Raises: as `same`."""

        async def decide(tx: Tx) -> Unit:
            x, y, table = await self._two(tx, a, b, trace)
            comparison = table.compared(x, y)
            person = table.person_of(x)
            if person == table.person_of(y):
                rest = [m for m in table.members(person) if m not in (x, y)]
                # each of the others stays with the one that it resembles most
                leaving = [y, *(m for m in rest if table.compared(m, y).weight > table.compared(m, x).weight)]
                table.part(person, leaving, str(uuid4()))
            findings = tuple((f.field, f.level, round(f.weight, 2)) for f in comparison.findings)
            table.done.acts.append(Act("apart", person, table.person_of(y), x, y, comparison.weight, findings))
            pair = (min(x, y), max(x, y), comparison.weight)
            verdict = statements.of_verdicts(self._schema, [pair], PairState.APART, trace, said)
            return self._unit(trace, verdict, table, said, (a, b))

        await self._store.exclusive([LOCK], decide)

    async def later(self, a: str, b: str, trace: Trace, said: str) -> None:
        """Nobody can say yet: the pair waits apart from the others. Raises: as `same`."""

        async def decide(tx: Tx) -> Unit:
            x, y, table = await self._two(tx, a, b, trace)
            comparison = table.compared(x, y)
            table.done.acts.append(Act("later", table.person_of(x), table.person_of(y), x, y, comparison.weight))
            pair = (min(x, y), max(x, y), comparison.weight)
            verdict = statements.of_verdicts(self._schema, [pair], PairState.LATER, trace, said)
            return self._unit(trace, verdict, table, said, (a, b))

        await self._store.exclusive([LOCK], decide)

    async def separate(self, person: str, ids: Sequence[str], trace: Trace, said: str) -> str:
        """Take records out of a person; they make a new one together, answered. Whatever linked the two sides is denied.

        Raises: Problem(NOT_FOUND | RULE_VIOLATED).
        """
        fresh = str(uuid4())

        async def decide(tx: Tx) -> Unit:
            leaving = [resource_key(TYPE, id) for id in ids]
            table = await self._table(tx, leaving, trace)
            members = set(table.members(person))
            if not leaving or not set(leaving) <= members:
                raise _not_there()
            staying = sorted(members - set(leaving))
            if not staying:
                raise Problem.of(
                    Kind.RULE_VIOLATED,
                    "Laissez au moins un enregistrement à la personne : les retirer tous ne sépare rien.",
                    "Leave the person at least one record: taking all out separates nothing.",
                    rule="MPI-SEPARATE",
                )
            crossed = [(x, y, table.compared(x, y)) for x, y in list(product(leaving, staying))[:MOST]]
            denied = [(min(x, y), max(x, y), c.weight) for x, y, c in crossed if c.verdict is not Verdict.APART]
            table.part(person, leaving, fresh)
            table.done.acts.append(Act("taken-out", person, fresh, leaving[0]))
            verdicts = statements.of_verdicts(self._schema, denied, PairState.APART, trace, said)
            return self._unit(trace, verdicts, table, said, ids)

        await self._store.exclusive([LOCK], decide)
        return fresh

    @staticmethod
    def _may_unite(table: Board, one: str, other: str, pair: tuple[int, int]) -> None:
        """Raises: Problem(CONFLICT) when somebody said that two of their other records are two persons."""
        denied = table.denied(one, other) - {pair}
        if denied:
            raise Problem.of(
                Kind.CONFLICT,
                "Quelqu'un a décidé que deux autres enregistrements de ces personnes sont distincts : revenez d'abord sur "
                "cette décision, ou séparez l'enregistrement en cause.",
                "Somebody decided that two other records of these persons are two persons: go back on that decision "
                "first, or take the record in question out.",
                rule="MPI-DENIED",
            )

    async def _two(self, tx: Tx, a: str, b: str, trace: Trace) -> tuple[int, int, Board]:
        x, y = resource_key(TYPE, a), resource_key(TYPE, b)
        table = await self._table(tx, [x, y], trace)
        if x == y or not table.person_of(x) or not table.person_of(y):
            raise _not_there()
        return x, y, table

    async def _table(self, tx: Tx, keys: Sequence[int], trace: Trace) -> Board:
        known = await board.around(tx, self._schema, keys)
        told = await board.verdicts(tx, self._schema, [one.key for one in known])
        return Board(known, told, now=as_of(trace.at), configuration=self._configuration)

    def _unit(self, trace: Trace, verdicts: Sequence[Statement], table: Board, said: str, ids: Sequence[str]) -> Unit:
        rows = [*verdicts, *statements.of_regrouping(self._schema, table.done, trace, said=said)]
        concerns = tuple(f"{TYPE}/{id}" for id in ids)
        return Unit((), trace, [Event(trace, Action.UPDATE, entities=concerns, concerns=concerns)], rows)


def _not_there() -> Problem:
    return Problem.of(
        Kind.NOT_FOUND,
        "Un de ces enregistrements n'est plus actif dans l'index, ou a changé de personne : rechargez la page.",
        "One of these records is no longer active in the index, or went to another person: reload the page.",
        rule="MPI-PAIR",
    )
