"""Identities of the desk: the Patient and what INSi answered, read together and written together."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain
from typing import Any, Final
from uuid import uuid4

import orjson

from socle.foundations.ins.model import (
    INS,
    Attribut,
    AutoriteAffectation,
    Identite,
    INSHistorique,
    LunarDate,
    MatriculeINS,
    Recuperation,
    StatutIdentite,
    VersionFRCore,
)
from socle.foundations.ins.store.patient import from_patient, to_patient
from socle.foundations.ins.store.reading import current_ins, status_of
from socle.kernel.audit import Trace
from socle.kernel.fhir import json
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.keys import key
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search.normalise import normalise
from socle.kernel.search.repository import Repository
from socle.kernel.search.types.string import LONGEST
from socle.kernel.store import ABSENT, ANY, STORED_COLUMNS, Json, Put, Row, Stored, Tx, Unit

TYPE: Final = "Patient"
_MOST_NAMES: Final = 6  # words of names that are looked for: they can be cut in 32 ways
_NAME: Final = key("p", TYPE, "name")
_WORD: Final = key("p", TYPE, "name", "word")  # not asked over REST: a name is found there by its beginning, as R4 says
STATUT: Final = "identity-status"  # search parameter of this register, for statuses and attributes: see module.py


def status_token(code: StatutIdentite | Attribut) -> int:
    """The search token of a status or an attribute (kernel.search.types.token: codes without case)."""
    return key("c", TYPE, STATUT, code.value.casefold())


@dataclass(frozen=True, slots=True)
class Dossier:
    """An identity as it is stored: its id, its version (for optimistic locking), when it changed."""

    id: str
    version: int
    updated: datetime
    identite: Identite

    @property
    def reference(self) -> str:
        """ "Patient/…"."""
        return f"{TYPE}/{self.id}"


class Identities:
    """Reads and writes identities in one register."""

    def __init__(self, repository: Repository, version: VersionFRCore = VersionFRCore.V2_2) -> None:
        self._repository = repository
        self._store = repository.store
        self._schema = repository.store.schema
        self._version = version
        self._type = r4().type_code(TYPE)

    async def read(self, id: str) -> Dossier:
        """The identity. Raises: Problem(NOT_FOUND | GONE)."""
        stored = await self._store.read(TYPE, id)
        if stored is None:
            raise Problem.of(Kind.NOT_FOUND, "Aucune identité sous cet identifiant.", "No identity with this id.")
        if stored.deleted:
            raise Problem.of(Kind.GONE, "Cette identité a été supprimée.", "This identity was deleted.")
        return (await self.dossiers([stored]))[0]

    async def dossiers(self, stored: Sequence[Stored]) -> list[Dossier]:
        """Stored Patients as identities, in order, with what INSi answered for each."""
        answered = await self._retrievals([each.id for each in stored])
        found: list[Dossier] = []
        for each in stored:
            resource = json.parse(each.body)
            identite = from_patient(resource)
            recuperation = answered.get(each.id) or _of_patient(resource)
            if recuperation:
                identite = replace(identite, recuperation=recuperation)
            found.append(Dossier(each.id, each.version, each.updated, identite))
        return found

    async def create(self, identite: Identite, trace: Trace) -> Dossier:
        """A new identity, with a local identifier of its own when it has none."""
        id = str(uuid4())
        if not identite.ipp:
            identite = replace(identite, ipp=id)
        resource = to_patient(identite, version=self._version)
        put = self._put(resource, identite, id=id, expect=ABSENT, fresh=True)
        stored = (await self._store.commit(Unit([put], trace)))[0]
        return Dossier(id, stored.version, stored.updated, identite)

    async def save(
        self, before: Dossier, after: Identite, trace: Trace, *, because: str = "", unless_carried: bool = False
    ) -> Dossier:
        """The next version of an identity: the Patient and the table `retrieval`, in one transaction with the trace.

        because         why an INS is detached, when it is
        unless_carried  refuse if another identity of the register carries the same INS
        Raises: Problem(CONFLICT | PRECONDITION_FAILED) when somebody wrote in between.
        """
        current = await self._store.read(TYPE, before.id)
        previous = json.parse(current.body) if current and current.body else None
        resource = to_patient(after, previous, version=self._version)
        put = self._put(resource, after, id=before.id, expect=before.version)
        unit = Unit([put], trace, rows=self._rows(before, after, trace.at, because))
        if unless_carried and after.recuperation:
            stored = await self._exclusively(before.id, after.recuperation.ins, unit)
        else:
            stored = (await self._store.commit(unit))[0]
        return Dossier(before.id, stored.version, stored.updated, after)

    async def _exclusively(self, id: str, ins: INS, unit: Unit) -> Stored:
        """Commit unless somebody else carries this INS; two that try together wait for each other."""

        async def decide(tx: Tx) -> Unit:
            rows = await tx.query(
                f"SELECT patient FROM {self._schema}.retrieval "
                "WHERE numero = $1 AND oid = $2 AND detached_at IS NULL AND patient <> $3 LIMIT 1",
                ins.matricule.numero,
                ins.oid,
                id,
            )
            if rows:
                raise Problem.of(
                    Kind.RULE_VIOLATED,
                    f"Une autre identité de ce domaine porte déjà cette INS (Patient/{rows[0]['patient']}) : c'est "
                    f"sans "
                    "doute un doublon, à traiter avant de rattacher.",
                    f"Another identity of this domain already carries this INS (Patient/{rows[0]['patient']}): most "
                    "likely a duplicate, to be resolved before it is attached.",
                    rule="RNIV doublons",
                )
            return unit

        return (await self._store.exclusive([key("ins", ins.oid, ins.matricule.numero)], decide))[0]

    def _rows(self, before: Dossier, after: Identite, now: datetime, because: str) -> list[tuple[str, Sequence[Any]]]:
        was, becomes = before.identite.recuperation, after.recuperation
        if was == becomes:
            return []
        table = f"{self._schema}.retrieval"
        if was and becomes and was.ins == becomes.ins and was.at == becomes.at:
            return [
                (
                    f"UPDATE {table} SET verified_at = $2 WHERE patient = $1 AND detached_at IS NULL",
                    (before.id, becomes.verified_at),
                )
            ]
        rows: list[tuple[str, Sequence[Any]]] = []
        if was:
            rows.append(
                (
                    f"UPDATE {table} SET detached_at = $2, because = $3 WHERE patient = $1 AND detached_at IS NULL",
                    (before.id, now, because or "remplacée"),
                )
            )
        if becomes:
            ins = becomes.ins
            rows.append(
                (
                    f"INSERT INTO {table} (patient, at, oid, numero, cle, history, verified_at) "
                    "VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7)",
                    (
                        before.id,
                        becomes.at,
                        ins.oid,
                        ins.matricule.numero,
                        ins.matricule.cle,
                        orjson.dumps([_history_row(old) for old in becomes.historique]).decode(),
                        becomes.verified_at,
                    ),
                )
            )
        return rows

    async def _retrievals(self, ids: Sequence[str]) -> dict[str, Recuperation]:
        if not ids:
            return {}
        rows = await self._store.query(
            f"SELECT patient, at, oid, numero, cle, history::text AS history, verified_at "
            f"FROM {self._schema}.retrieval WHERE patient = ANY($1::text[]) AND detached_at IS NULL",
            list(ids),
        )
        return {row["patient"]: _recuperation(row) for row in rows}

    async def detached(self, id: str) -> list[tuple[Recuperation, datetime, str]]:
        """What was detached from an identity, most recent first: (retrieval, when, why)."""
        rows = await self._store.query(
            f"SELECT at, oid, numero, cle, history::text AS history, verified_at, detached_at, because "
            f"FROM {self._schema}.retrieval WHERE patient = $1 AND detached_at IS NOT NULL ORDER BY detached_at DESC",
            id,
        )
        return [(_recuperation(row), row["detached_at"], row["because"]) for row in rows]

    async def find(self, text: str, *, count: int) -> list[Dossier]:
        """Identities that match what somebody typed: beginnings of words of names and given names, a birth date, a local
        identifier, a matricule (of qualified identities), in any order; the most recently changed first.
        """
        args: list[Any] = [self._type]

        def arg(value: Any) -> str:
            args.append(value)
            return f"${len(args)}"

        conditions = self._conditions(text, arg)
        where = "".join(f" AND ({condition})" for condition in conditions)
        rows = await self._store.query(
            f"SELECT {STORED_COLUMNS} FROM {self._schema}.resource r "
            f"WHERE r.type = $1 AND NOT r.deleted{where} ORDER BY r.updated DESC, r.rid DESC LIMIT {int(count)}",
            *args,
        )
        return await self.dossiers([self._store.stored(row) for row in rows])

    def _conditions(self, text: str, arg: Any) -> list[str]:
        """What somebody typed, as conditions on a resource `r`: all must hold."""
        conditions: list[str] = []
        names: list[str] = []
        for word in _words(text):
            try:
                day = LunarDate.parse(word)
            except Problem:
                day = None
            if day is not None and day.is_complete:
                conditions.append(f"r.toks @> ARRAY[{arg(key('d', TYPE, 'birthdate', str(day)))}::bigint]")
            elif any(c.isdigit() for c in word) and len(word) > 4:
                tokens = [key("c", TYPE, "identifier", value.casefold()) for value in _identifier_values(word)]
                conditions.append(f"r.toks && {arg(tokens)}::bigint[]")
            else:
                names += normalise(word).split()
        if names:
            conditions.append(self._named(names[:_MOST_NAMES], arg))
        elif text.strip() and not conditions:
            conditions.append("FALSE")  # signs alone name nobody
        return conditions

    def _named(self, words: Sequence[str], arg: Any) -> str:
        """Each word begins a word of a name, alone or with those that follow it: “da costa thomas” and “costa thomas” are DA
        COSTA, Thomas.
        """
        params = arg([_NAME, _WORD])

        def begun(beginning: str) -> str:
            low, high = arg(beginning), arg(beginning + "\U0010ffff")
            return f"s.param = ANY({params}::bigint[]) AND s.value >= {low} AND s.value < {high}"

        if len(words) == 1:
            return f"EXISTS (SELECT FROM {self._schema}.ix_str s WHERE s.rid = r.rid AND {begun(words[0])})"
        ways = list(_cuts(words))
        phrases = {phrase: f"n{rank}" for rank, phrase in enumerate(dict.fromkeys(chain.from_iterable(ways)))}
        found = ", ".join(
            f"{name} AS MATERIALIZED (SELECT s.rid FROM {self._schema}.ix_str s WHERE {begun(phrase)})"
            for phrase, name in phrases.items()
        )
        either = " UNION ".join(" INTERSECT ".join(f"SELECT rid FROM {phrases[one]}" for one in way) for way in ways)
        return f"r.rid IN (WITH {found} {either})"

    async def with_status(
        self, statuts: Sequence[StatutIdentite], attributs: Sequence[Attribut], *, count: int
    ) -> list[Dossier]:
        """Identities in one of these statuses or with one of these attributes, the oldest change first."""
        codes: list[StatutIdentite | Attribut] = [*statuts, *attributs]
        tokens = [status_token(code) for code in codes]
        rows = await self._store.query(
            f"SELECT {STORED_COLUMNS} FROM {self._schema}.resource "
            "WHERE type = $1 AND NOT deleted AND toks && $2::bigint[] ORDER BY updated, rid LIMIT $3",
            self._type,
            tokens,
            count,
        )
        return await self.dossiers([self._store.stored(row) for row in rows])

    async def counts(self, codes: Sequence[StatutIdentite | Attribut]) -> dict[str, int]:
        """How many identities there are by status or attribute."""
        parameters = {code: status_token(code) for code in codes}
        rows = await self._store.query(
            f"SELECT wanted.token, (SELECT count(*) FROM {self._schema}.resource r "
            "WHERE r.type = $1 AND NOT r.deleted AND r.toks @> ARRAY[wanted.token]) AS n "
            "FROM unnest($2::bigint[]) AS wanted(token)",
            self._type,
            list(parameters.values()),
        )
        found = {row["token"]: row["n"] for row in rows}
        return {code.value: found[token] for code, token in parameters.items()}

    async def confirmed_before(self, limit: datetime) -> int:
        """How many current INS were last confirmed by INSi before `limit`."""
        rows = await self._store.query(
            f"SELECT count(*) AS n FROM {self._schema}.retrieval "
            "WHERE detached_at IS NULL AND coalesce(verified_at, at) < $1",
            limit,
        )
        return int(rows[0]["n"])

    def rewritten(self, identite: Identite, previous: Json | None, *, id: str, expect: int = ANY) -> Put:
        """The change that stores an identity which came by REST, as `Put`."""
        resource = to_patient(identite, previous, version=self._version)
        resource.setdefault("id", id)
        return self._put(resource, identite, id=id, expect=expect)

    def _put(self, resource: Json, identite: Identite, *, id: str, expect: int, fresh: bool = False) -> Put:
        """The change that stores an identity, found by any word of its names, and by each of its given names."""
        put = self._repository.put(resource, id=id, expect=expect, fresh=fresh)
        names = [value for param, value in put.keys.strings if param == _NAME]
        put.keys.strings += [(_WORD, rest) for rest in _rests([*names, normalise(identite.traits.liste_prenoms)])]
        return put


def _rests(names: Iterable[str]) -> list[str]:
    """What normalised names are from each of their words on, but the first: "da costa" is "costa"."""
    rests = (name.split(" ", skipped)[skipped][:LONGEST] for name in names for skipped in range(1, name.count(" ") + 1))
    return list(dict.fromkeys(rests))


def _cuts(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every way of cutting words into runs that follow each other: (a, b), (a b)."""
    for length in range(1, len(words) + 1):
        first = " ".join(words[:length])
        if length == len(words):
            yield (first,)
        else:
            yield from ((first, *rest) for rest in _cuts(words[length:]))


def _words(text: str) -> list[str]:
    with suppress(Problem):  # a matricule is often written with spaces
        return [MatriculeINS.parse(text).value]
    return text[:200].split()[:8]


def _identifier_values(word: str) -> list[str]:
    values = [word]
    with suppress(Problem):
        values.append(MatriculeINS.parse(word).value)
    return values


def _of_patient(resource: Json) -> Recuperation | None:
    """The INS of a qualified Patient that came with it (an import): the table knows nothing of it."""
    carried = current_ins(resource)
    if carried is None or status_of(resource) is not StatutIdentite.QUAL:
        return None
    system, value = carried
    ins = INS(MatriculeINS.parse(value), AutoriteAffectation.of_oid(system))
    updated = resource.get("meta", {}).get("lastUpdated", "1970-01-01T00:00:00+00:00")
    return Recuperation(ins, datetime.fromisoformat(updated))


def _history_row(old: INSHistorique) -> dict[str, str | None]:
    return {
        "oid": old.ins.oid,
        "numero": old.ins.matricule.numero,
        "cle": old.ins.matricule.cle,
        "debut": old.debut.isoformat() if old.debut else None,
        "fin": old.fin.isoformat() if old.fin else None,
    }


def _recuperation(row: Row) -> Recuperation:
    return Recuperation(
        _ins(row),
        row["at"],
        tuple(INSHistorique(_ins(old), _day(old["debut"]), _day(old["fin"])) for old in orjson.loads(row["history"])),
        row["verified_at"],
    )


def _ins(row: Row) -> INS:
    return INS(MatriculeINS(row["numero"], row["cle"]), AutoriteAffectation.of_oid(row["oid"]))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
