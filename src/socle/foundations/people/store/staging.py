"""The tables of a load under way: what was read, what it touches, what was built; and how far it has gone.

Each step is written with the word that it was done, in one transaction: a load that was cut goes on where it stopped.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

import orjson

from socle.foundations.people.model import BAL, Ecarts, EtatLot, Rejet, TypeBAL
from socle.foundations.people.permissions import REGISTER
from socle.foundations.people.store.building import SITUATION, Fait
from socle.kernel.fhir.keys import resource_key
from socle.kernel.store.postgres.switch import Statement, Switch

S: Final = REGISTER
MOST_TOLD: Final = 10_000  # rejected lines described; all are counted
MOST_HELD: Final = 1_000_000  # persons touched that are held
MOST_KNOWN: Final = 2_000_000  # pieces that are held: lines of the others are compared one by one
_UNTIDIED: Final = "WITH (autovacuum_enabled = off)"  # they are read once, and go
_TABLES: Final = ("lot_empreinte", "lot_bloc", "lot_ligne", "lot_connu", "lot_sorti", "lot_touche", "lot_parti")
STAYS: Final = {"situation": f"NOT EXISTS (SELECT FROM {S}.lot_touche t WHERE t.personne = r.personne)"}


class Staging:
    """One load on its connection."""

    def __init__(self, switch: Switch, lot: int, point: dict[str, Any]) -> None:
        self.switch = switch
        self.lot = lot
        self.point = point

    # -- how far -------------------------------------------------------------------------------------------------------

    async def reached(self, etat: EtatLot | None = None, **values: Any) -> None:
        """Remember how far the load has gone (`point`), and what is told of it (columns of `lot`)."""
        names = [*values, *(["etat"] if etat else [])]
        sets = "".join(f", {name} = ${place}" for place, name in enumerate(names, start=3))
        await self.switch.run(
            f"UPDATE {S}.lot SET point = $2::text::jsonb{sets} WHERE id = $1",
            self.lot,
            orjson.dumps(self.point).decode(),
            *values.values(),
            *([etat.value] if etat else []),
        )

    @asynccontextmanager
    async def step(self, **point: Any) -> AsyncIterator[None]:
        """What is done in this block, and the word that it is."""
        async with self.switch.together():
            yield
            self.point.update(point)
            await self.reached()

    # -- reading -------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Nothing read yet."""
        for table in (*_TABLES, "next_situation"):
            await self.switch.run(f"DROP TABLE IF EXISTS {S}.{table}")
        await self.switch.run(
            f"CREATE TABLE {S}.lot_empreinte (empreinte bigint NOT NULL, personne bigint NOT NULL, bloc bigint NOT NULL) "
            f"{_UNTIDIED}"
        )
        await self.switch.run(f"CREATE TABLE {S}.lot_bloc (bloc bigint NOT NULL) {_UNTIDIED}")
        await self.switch.run(
            f"CREATE TABLE {S}.lot_ligne (bloc bigint, personne bigint NOT NULL, id_nat text NOT NULL, sorte text NOT NULL, "
            "fichier smallint NOT NULL, numero integer NOT NULL, empreinte bigint NOT NULL, structure bigint, "
            f"contenu text NOT NULL) {_UNTIDIED}"
        )
        await self.switch.run(f"CREATE TABLE {S}.next_situation (LIKE {S}.situation INCLUDING DEFAULTS) {_UNTIDIED}")
        await self.switch.start()

    async def drop(self) -> None:
        """Nothing is left of the load but what is told of it."""
        for table in (*_TABLES, "next_situation"):
            await self.switch.run(f"DROP TABLE IF EXISTS {S}.{table}")
        await self.switch.drop()

    async def knows(self) -> bool:
        """Whether an earlier load left its lines, so that a difference can be made."""
        rows = await self.switch.query(f"SELECT 1 FROM {S}.ligne LIMIT 1")
        return bool(rows)

    async def reject(self, rejets: Sequence[Rejet], already: int) -> None:
        """Keep the first rejected lines."""
        told = list(rejets)[: max(0, MOST_TOLD - already)]
        columns = list(zip(*((r.fichier, r.ligne, r.colonne, r.regle, r.fr, r.en) for r in told), strict=True))
        if columns:
            await self.switch.run(
                f"INSERT INTO {S}.rejet (lot, rang, fichier, ligne, colonne, regle, fr, en) "
                "SELECT $1, $2 + u.i, u.f, u.l, u.c, u.r, u.fr, u.en FROM unnest($3::text[], $4::int[], $5::text[], "
                "$6::text[], $7::text[], $8::text[]) WITH ORDINALITY AS u (f, l, c, r, fr, en, i)",
                self.lot,
                already,
                *map(list, columns),
            )

    async def forget_rejets(self, after: int) -> None:
        """Forget the rejected lines after these."""
        await self.switch.run(f"DELETE FROM {S}.rejet WHERE lot = $1 AND rang > $2", self.lot, after)

    async def name(self, labels: Mapping[tuple[str, str], str]) -> None:
        """Keep the names that the files give to codes."""
        if labels:
            await self.switch.run(
                f"INSERT INTO {S}.libelle (nomenclature, code, nom) "
                "SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) "
                "ON CONFLICT (nomenclature, code) DO UPDATE SET nom = excluded.nom WHERE libelle.nom <> excluded.nom",
                [nomenclature for nomenclature, _ in labels],
                [code for _, code in labels],
                list(labels.values()),
            )

    # -- what changes --------------------------------------------------------------------------------------------------

    async def known(self) -> frozenset[bytes]:
        """The pieces of the last load of which every line was kept: a piece that is among them brings nothing."""
        return await self._pieces(f"SELECT DISTINCT bloc FROM {S}.ligne WHERE bloc IS NOT NULL LIMIT {MOST_KNOWN}")

    async def stirred(self) -> frozenset[bytes]:
        """The pieces of the last load that have a line of somebody who is touched."""
        return await self._pieces(
            f"SELECT DISTINCT l.bloc FROM {S}.ligne l JOIN {S}.lot_touche USING (personne) WHERE l.bloc IS NOT NULL"
        )

    async def _pieces(self, sql: str) -> frozenset[bytes]:
        [row] = await self.switch.query(f"SELECT string_agg(int8send(bloc), '') AS packed FROM ({sql}) AS b")
        packed = row["packed"] or b""
        return frozenset(packed[place : place + 8] for place in range(0, len(packed), 8))

    async def differ(self) -> set[int] | None:
        """The persons whose lines are not those of the last load; None when they are too many to be held.

        Lines of the pieces that are new (`lot_empreinte`) are compared with all those of the last load; those of the pieces that
        went (not in `lot_bloc`) with all those of today.
        """
        for table in ("lot_connu", "lot_sorti", "lot_touche"):
            await self.switch.run(f"DROP TABLE IF EXISTS {S}.{table}")
        await self.switch.run(f"ANALYZE {S}.lot_empreinte, {S}.lot_bloc")
        await self.switch.run(
            f"CREATE TABLE {S}.lot_connu AS SELECT DISTINCT l.empreinte, l.structure FROM {S}.ligne l "
            f"JOIN {S}.lot_empreinte USING (empreinte)"
        )
        await self.switch.run(
            f"CREATE TABLE {S}.lot_sorti AS SELECT DISTINCT l.empreinte, l.personne FROM {S}.ligne l "
            f"WHERE NOT EXISTS (SELECT FROM {S}.lot_bloc b WHERE b.bloc = l.bloc) "
            f"AND NOT EXISTS (SELECT FROM {S}.lot_empreinte n WHERE n.empreinte = l.empreinte)"
        )
        await self.switch.run(f"ANALYZE {S}.lot_connu, {S}.lot_sorti")
        # A line may be twice in the files: what went from one piece may have stayed in another.
        await self.switch.run(
            f"DELETE FROM {S}.lot_sorti s USING {S}.ligne l, {S}.lot_bloc b "
            "WHERE l.empreinte = s.empreinte AND b.bloc = l.bloc"
        )
        await self.switch.run(
            f"CREATE TABLE {S}.lot_touche AS SELECT n.personne FROM {S}.lot_empreinte n "
            f"WHERE NOT EXISTS (SELECT FROM {S}.lot_connu c WHERE c.empreinte = n.empreinte) "
            f"UNION SELECT personne FROM {S}.lot_sorti"
        )
        await self.switch.run(f"ANALYZE {S}.lot_touche")
        rows = await self.switch.query(f"SELECT personne FROM {S}.lot_touche LIMIT {MOST_HELD + 1}")
        return {row["personne"] for row in rows} if len(rows) <= MOST_HELD else None

    async def touch_all(self) -> None:
        """Every person read is touched: there was nothing before."""
        await self.switch.run(f"DROP TABLE IF EXISTS {S}.lot_touche")
        await self.switch.run(f"CREATE TABLE {S}.lot_touche AS SELECT DISTINCT personne FROM {S}.lot_ligne")
        await self.switch.run(f"ANALYZE {S}.lot_touche")

    async def ecarts(self, known: int, *, first: bool) -> Ecarts:
        """What the load changes, in persons."""
        if first:
            [row] = await self.switch.query(f"SELECT count(*) AS n FROM {S}.lot_touche")
            return Ecarts(0, row["n"])
        [row] = await self.switch.query(
            "SELECT count(*) FILTER (WHERE b.personne IS NULL AND a.personne IS NOT NULL) AS crees, "
            "count(*) FILTER (WHERE b.personne IS NOT NULL AND a.personne IS NOT NULL) AS modifies, "
            "count(*) FILTER (WHERE b.personne IS NOT NULL AND a.personne IS NULL) AS clos "
            f"FROM {S}.lot_touche t "
            f"LEFT JOIN (SELECT DISTINCT l.personne FROM {S}.lot_ligne l JOIN {S}.lot_touche USING (personne)) a "
            "USING (personne) "
            f"LEFT JOIN (SELECT DISTINCT l.personne FROM {S}.ligne l JOIN {S}.lot_touche USING (personne)) b "
            "USING (personne)"
        )
        return Ecarts(known, row["crees"], row["modifies"], row["clos"])

    async def gone_structures(self) -> list[int]:
        """Keys of the Organizations that no line tells of any more, and that are not known for what they are equipped with."""
        await self.switch.run(f"DROP TABLE IF EXISTS {S}.lot_parti")
        await self.switch.run(
            f"CREATE TABLE {S}.lot_parti AS SELECT DISTINCT l.structure FROM {S}.ligne l "
            f"JOIN {S}.lot_touche t USING (personne) WHERE l.structure IS NOT NULL"
        )
        await self.switch.run(f"ANALYZE {S}.lot_parti")
        await self.switch.run(f"DELETE FROM {S}.lot_parti p USING {S}.lot_ligne n WHERE n.structure = p.structure")
        await self.switch.run(
            f"DELETE FROM {S}.lot_parti p USING (SELECT l.structure FROM {S}.ligne l JOIN {S}.lot_parti q USING (structure) "
            f"WHERE NOT EXISTS (SELECT FROM {S}.lot_touche t WHERE t.personne = l.personne)) AS u WHERE u.structure = p.structure"
        )
        await self.switch.run(f"DELETE FROM {S}.lot_parti p USING {S}.offre o WHERE o.organisation = p.structure")
        rows = await self.switch.query(f"SELECT structure FROM {S}.lot_parti ORDER BY structure")
        return [row["structure"] for row in rows]

    async def left(self) -> list[str]:
        """Ids of the Practitioners touched of whom no line is left."""
        rows = await self.switch.query(
            f"SELECT DISTINCT s.praticien FROM {S}.situation s JOIN {S}.lot_touche t USING (personne) "
            f"WHERE NOT EXISTS (SELECT FROM {S}.lot_ligne l WHERE l.personne = s.personne) ORDER BY s.praticien"
        )
        return [row["praticien"] for row in rows]

    # -- building ------------------------------------------------------------------------------------------------------

    async def served(self, keys: Sequence[int], tokens: Sequence[int]) -> dict[int, tuple[int, int, bytes]]:
        """What is served under these keys, or refers to these persons: (rid, version, packed body) by key.

        What employers enrolled is theirs: it is left out.
        """
        columns = "r.key, r.rid, r.version, r.body"
        sql = f"SELECT {columns} FROM {S}.resource r WHERE r.key = ANY($1::bigint[])"
        if tokens:
            sql += (
                f" UNION ALL SELECT {columns} FROM unnest($2::bigint[]) AS u (token) "
                f"JOIN {S}.resource r ON r.toks @> ARRAY[u.token] "
                f"WHERE NOT EXISTS (SELECT FROM {S}.enrolement e WHERE e.role = r.fid)"
            )
        rows = await self.switch.query(sql, list(keys), *([list(tokens)] if tokens else []))
        return {row["key"]: (row["rid"], row["version"], row["body"]) for row in rows}

    async def towns(self, persons: Sequence[int]) -> dict[str, set[str]]:
        """The towns by which the Practitioners of these persons are found so far, by id."""
        rows = await self.switch.query(
            f"SELECT praticien, commune FROM {S}.situation WHERE personne = ANY($1::bigint[]) AND commune <> ''",
            list(persons),
        )
        found: dict[str, set[str]] = {}
        for row in rows:
            found.setdefault(row["praticien"], set()).add(row["commune"])
        return found

    async def bals(self, holders: Sequence[str]) -> dict[str, list[BAL]]:
        """Mailboxes of these persons and structures, by holder."""
        rows = await self.switch.query(
            f"SELECT * FROM {S}.bal WHERE dossier = ANY($1::text[]) ORDER BY rang, adresse", list(holders)
        )
        found: dict[str, list[BAL]] = {}
        for row in rows:
            bal = BAL(
                row["adresse"],
                TypeBAL(row["type"]),
                row["description"],
                row["service"],
                row["rang"],
                row["liste_rouge"],
            )
            found.setdefault(row["porteur"], []).append(bal)
        return found

    async def built(self, fait: Fait, rejets: Sequence[Rejet], already: int, **point: Any) -> None:
        """Keep what a batch made, the lines that it left out, and how far that is."""
        async with self.step(**point):
            await self.switch.add(fait.tables)
            if fait.situations:
                await self.switch.copy("next_situation", SITUATION, fait.situations)
            if rejets:
                await self.reject(rejets, already)
                self.point["rejets"] = already + len(rejets)
                await self.reached(rejets=already + len(rejets))

    # -- the end -------------------------------------------------------------------------------------------------------

    def settle(self, *, first: bool) -> list[Statement]:
        """The statements that make what was read the state that the next load is compared with.

        A piece of which a line was left out is not remembered: that line is told each time.
        """
        if first:
            lines = f"SELECT empreinte, personne, structure, bloc FROM {S}.lot_ligne"
            return [(f"INSERT INTO {S}.ligne (empreinte, personne, structure, bloc) {lines}", ())]
        lines = (
            "SELECT n.empreinte, n.personne, n.bloc, coalesce(l.structure, c.structure) AS structure, "
            "l.empreinte IS NOT NULL OR t.personne IS NULL AS kept "
            f"FROM {S}.lot_empreinte n "
            f"LEFT JOIN (SELECT DISTINCT empreinte, structure FROM {S}.lot_ligne) l USING (empreinte) "
            f"LEFT JOIN {S}.lot_connu c USING (empreinte) LEFT JOIN {S}.lot_touche t USING (personne)"
        )
        whole = f"SELECT *, bool_and(kept) OVER (PARTITION BY bloc) AS whole FROM ({lines}) AS n"
        return [
            (
                f"DELETE FROM {S}.ligne l WHERE NOT EXISTS (SELECT FROM {S}.lot_bloc b WHERE b.bloc = l.bloc)",
                (),
            ),
            (
                f"INSERT INTO {S}.ligne (empreinte, personne, structure, bloc) "
                f"SELECT empreinte, personne, structure, CASE WHEN whole THEN bloc END FROM ({whole}) AS w WHERE kept",
                (),
            ),
        ]

    def project(self) -> list[Statement]:
        """The statements that renew the projection of those who were touched."""
        return [
            (f"DELETE FROM {S}.situation WHERE personne IN (SELECT personne FROM {S}.lot_touche)", ()),
            (f"INSERT INTO {S}.situation SELECT * FROM {S}.next_situation", ()),
        ]

    def done(self, at: datetime, versions: int) -> Statement:
        """The statement that says that the load is served."""
        return (
            f"UPDATE {S}.lot SET etat = $2, fin = $3, versions = $4, fait = total WHERE id = $1",
            (self.lot, EtatLot.SERVI.value, at, versions),
        )


def person_tokens(reference: int, ids: Sequence[str]) -> list[int]:
    """The tokens of those that refer to these Practitioners; `reference`: the key of the parameter."""
    return [reference ^ resource_key("Practitioner", id) for id in ids]
