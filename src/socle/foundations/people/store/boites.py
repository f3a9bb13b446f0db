"""Mailboxes on their way in: lines staged with the numbers of their holders, then compared with those that are kept."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from socle.foundations.people.model import BAL, Ecarts, Rejet, TypeBAL
from socle.foundations.people.permissions import REGISTER
from socle.foundations.people.rules.boites import Boite, Colonnes, boite, same_address, unknown_holder
from socle.foundations.people.store import fhir
from socle.foundations.people.store.building import found_in
from socle.foundations.people.store.lines import Lues
from socle.foundations.people.store.mailboxes import with_points
from socle.foundations.people.store.reading import Lecture, decoded
from socle.kernel.fhir.json import parse
from socle.kernel.fhir.keys import resource_key
from socle.kernel.search.repository import Repository
from socle.kernel.search.types.token import identifier_token
from socle.kernel.store import Change, Json
from socle.kernel.store.compression import unpack
from socle.kernel.store.database import Whole
from socle.kernel.store.postgres.switch import Switch

S: Final = REGISTER
TABLE: Final = "lot_bal"
COLUMNS: Final = (
    "adresse", "type", "praticien", "lien", "structure", "service", "rouge", "porteur_dit", "fichier", "numero",
)  # fmt: skip
PAGE: Final = 1_000
_START: Final = f"""CREATE TABLE {S}.{TABLE} (
    adresse text NOT NULL, type text NOT NULL, praticien text, lien bigint, structure bigint, service text NOT NULL,
    rouge boolean, porteur_dit text NOT NULL, fichier smallint NOT NULL, numero integer NOT NULL)"""
# Of an address that stands on several lines the first one is kept; holders are looked up all together.
_PREPARE: Final = (
    f"""CREATE TEMP TABLE dite ON COMMIT DROP AS
    SELECT DISTINCT ON (lower(adresse)) * FROM {S}.{TABLE} ORDER BY lower(adresse), fichier, numero""",
    f"""CREATE TEMP TABLE lieu ON COMMIT DROP AS
    SELECT DISTINCT ON (u.structure) u.structure, r.key, r.fid FROM (SELECT DISTINCT structure FROM dite) u
    JOIN {S}.resource r ON r.toks @> ARRAY[u.structure] AND NOT r.deleted
    ORDER BY u.structure, r.rid""",
    "ANALYZE lieu",
    f"""CREATE TEMP TABLE voulue ON COMMIT DROP AS
    SELECT d.adresse, d.type, d.service, d.rouge, d.porteur_dit, d.fichier, d.numero,
        CASE WHEN d.praticien IS NULL THEN 'Organization/' || l.fid
             WHEN p.praticien IS NULL THEN NULL
             WHEN r.fid IS NOT NULL THEN 'PractitionerRole/' || r.fid
             ELSE 'Practitioner/' || d.praticien END AS porteur,
        CASE WHEN d.praticien IS NULL THEN 'Organization/' || l.fid ELSE 'Practitioner/' || d.praticien END AS dossier
    FROM dite d LEFT JOIN lieu l ON l.structure = d.structure
    LEFT JOIN (SELECT DISTINCT praticien FROM {S}.situation) p ON p.praticien = d.praticien
    LEFT JOIN LATERAL (SELECT r.fid FROM {S}.resource r WHERE d.type = 'PER' AND l.key IS NOT NULL
        AND r.toks @> ARRAY[d.lien, $1::bigint # l.key] AND NOT r.deleted ORDER BY r.rid LIMIT 1) r ON true""",
    "CREATE UNIQUE INDEX ON voulue (lower(adresse))",
    "ANALYZE voulue",
    # What differs, with the holder before and after. An address on the red list here stays on it, unless the file says.
    f"""CREATE TEMP TABLE ecart ON COMMIT DROP AS
    SELECT coalesce(b.adresse, v.adresse) AS adresse, b.porteur AS avant, v.porteur AS apres, v.type, v.dossier, v.service,
        coalesce(v.rouge, b.liste_rouge, false) AS rouge, b.adresse IS NULL AS neuve, v.adresse IS NULL AS partie
    FROM (SELECT * FROM voulue WHERE porteur IS NOT NULL) v
    FULL JOIN {S}.bal b ON lower(b.adresse) = lower(v.adresse)
    WHERE (v.adresse IS NULL AND b.origine = 'extraction') OR b.adresse IS NULL
        OR (v.porteur, v.type, v.service, 'extraction', coalesce(v.rouge, b.liste_rouge))
            IS DISTINCT FROM (b.porteur, b.type, b.service, b.origine, b.liste_rouge) AND v.adresse IS NOT NULL""",
)
_APPLY: Final = (
    f"DELETE FROM {S}.bal b USING ecart e WHERE e.adresse = b.adresse AND e.partie",
    f"""UPDATE {S}.bal b SET porteur = e.apres, dossier = e.dossier, type = e.type, service = e.service, liste_rouge = e.rouge,
        origine = 'extraction' FROM ecart e WHERE e.adresse = b.adresse AND NOT e.partie""",
    f"""INSERT INTO {S}.bal (adresse, type, porteur, dossier, service, liste_rouge, origine)
    SELECT adresse, type, apres, dossier, service, rouge, 'extraction' FROM ecart WHERE neuve""",
)
_HOLDERS: Final = """SELECT porteur FROM (SELECT avant AS porteur FROM ecart UNION SELECT apres FROM ecart) u
WHERE porteur IS NOT NULL ORDER BY porteur"""


@dataclass(slots=True)
class Lecteur:
    """Reads the blocks of one file. `lien`: the key of the reference from a situation to its person."""

    name: str
    rank: int
    columns: Colonnes
    lecture: Lecture
    lien: int

    def staged(self, lines: list[bytes], first: int) -> Lues:
        """Lines as they are kept; `first`: the number of the first one in its file."""
        lues, rows = Lues(lignes=len(lines)), list[str]()
        for number, line in enumerate(lines, start=first):
            if line[-1:] == b"\r":
                line = line[:-1]
            if not line:
                continue
            fields = decoded(line, self.lecture).split("|")
            if not fields[-1] and (self.columns.marked or len(fields) == self.columns.count + 1):
                fields.pop()
            found = boite(fields, self.columns)
            if isinstance(found, Boite):
                rows.append(self._row(found, number))
            else:
                column, rule, text = found
                lues.rejets.append(Rejet(self.name, number, column, rule, text.fr, text.en))
        lues.rows = "".join(rows).encode()
        return lues

    def _row(self, one: Boite, number: int) -> str:
        praticien, lien = "\\N", "\\N"
        if one.id_nat:
            praticien = fhir.practitioner_id(one.id_nat)
            lien = str(self.lien ^ resource_key("Practitioner", praticien))
        structure = str(structure_token(*one.structure)) if one.structure[1] else "\\N"
        said = one.id_nat or " ".join(one.structure)
        rouge = ("t" if one.rouge else "f") if self.columns.rouge >= 0 else "\\N"
        return (
            f"{one.adresse}\t{one.type}\t{praticien}\t{lien}\t{structure}\t{_safe(one.service)}\t{rouge}\t"
            f"{_safe(said)}\t{self.rank}\t{number}\n"
        )


def structure_token(kind: str, number: str) -> int:
    """The token of the Organization that a line names. The kind may be repeated before the number, or not."""
    plain = "".join(number.split()).upper()
    system, size = {"1": (fhir.FINESS, 9), "2": (fhir.SIRENE, 9), "3": (fhir.SIRENE, 14)}.get(kind, (fhir.ID_NAT_ST, 0))
    if size:
        value = plain.removeprefix(kind) if len(plain) == size + 1 else plain
    else:
        value = plain if plain.startswith(kind) else kind + plain
    return identifier_token("Organization", "identifier", system, value)


def _safe(text: str) -> str:
    return text.replace("\\", "").replace("\t", " ")


async def start(switch: Switch) -> None:
    """Nothing read yet."""
    await drop(switch)
    await switch.run(_START)


async def drop(switch: Switch) -> None:
    """Nothing is left on its way."""
    await switch.run(f"DROP TABLE IF EXISTS {S}.{TABLE}")


class Comparing:
    """What was read beside what is kept, in one transaction. `files`: their names, in the order of their reading."""

    def __init__(self, repository: Repository, whole: Whole, files: Sequence[str]) -> None:
        self.repository = repository
        self.whole = whole
        self.files = files

    async def differ(self, organization: int) -> Ecarts:
        """What changes, in mailboxes. `organization`: the key of the reference from a situation to its structure."""
        for sql in _PREPARE:
            await self.whole.execute(sql, *([organization] if "$1" in sql else []))
        [known] = await self.whole.query(f"SELECT count(*) AS n FROM {S}.bal WHERE origine = 'extraction'")
        [row] = await self.whole.query(
            "SELECT count(*) FILTER (WHERE neuve) AS crees, count(*) FILTER (WHERE partie) AS clos, "
            "count(*) FILTER (WHERE NOT neuve AND NOT partie) AS modifies FROM ecart"
        )
        return Ecarts(known["n"], row["crees"], row["modifies"], row["clos"])

    async def left_out(self, most: int) -> tuple[int, list[Rejet]]:
        """How many lines have a holder that nobody knows, or an address that an earlier line has; the first ones."""
        sql = (
            "SELECT fichier, numero, adresse, porteur_dit FROM voulue WHERE porteur IS NULL UNION ALL "
            f"SELECT l.fichier, l.numero, l.adresse, NULL FROM {S}.{TABLE} l WHERE NOT EXISTS "
            "(SELECT FROM voulue v WHERE v.fichier = l.fichier AND v.numero = l.numero)"
        )
        [row] = await self.whole.query(f"SELECT count(*) AS n FROM ({sql}) AS c")
        first = await self.whole.query(f"SELECT * FROM ({sql}) AS u ORDER BY fichier, numero LIMIT $1", most)
        return row["n"], [self._left_out(one) for one in first]

    def _left_out(self, row: Any) -> Rejet:
        said = row["porteur_dit"]
        column, rule, text = same_address(row["adresse"]) if said is None else unknown_holder(said)
        return Rejet(self.files[row["fichier"]], row["numero"], column, rule, text.fr, text.en)

    async def apply(self) -> AsyncIterator[int]:
        """Keep the mailboxes as they were read, and show them; how many holders were gone through, page by page."""
        for sql in _APPLY:
            await self.whole.execute(sql)
        done = 0
        async for page in self.whole.pages(_HOLDERS, size=PAGE):
            await self.whole.put(await self._shown([row["porteur"] for row in page]))
            done += len(page)
            yield done

    async def holders(self) -> int:
        """How many holders are to be shown again."""
        [row] = await self.whole.query(f"SELECT count(*) AS n FROM ({_HOLDERS}) AS u")
        return int(row["n"])

    async def _shown(self, holders: Sequence[str]) -> list[Change]:
        rows = await self.whole.query(
            f"SELECT r.type, r.fid, r.body, (SELECT array_agg(DISTINCT s.commune) FROM {S}.situation s "
            "WHERE s.praticien = r.fid AND s.commune <> '') AS towns "
            f"FROM {S}.resource r WHERE r.key = ANY($1::bigint[]) AND NOT r.deleted",
            [resource_key(*one.split("/", 1)) for one in holders],
        )
        bals = await self._bals(holders)
        changes: list[Change] = []
        for row in rows:
            before: Json = parse(unpack(row["body"]))
            if before.get("active") is False:
                continue
            points = [one for one in before.get("telecom", ()) if fhir.bal_of(one) is None]
            holder = f"{before['resourceType']}/{before['id']}"
            after = with_points(before, points, bals.get(holder, ()))
            if fhir.same(before, after):
                continue
            put = self.repository.put(after, id=str(before["id"]))
            if before["resourceType"] == "Practitioner":
                found_in(row["towns"] or (), after, put.keys)
            changes.append(put)
        return changes

    async def _bals(self, holders: Sequence[str]) -> dict[str, list[BAL]]:
        rows = await self.whole.query(
            f"SELECT * FROM {S}.bal WHERE porteur = ANY($1::text[]) AND NOT liste_rouge ORDER BY rang, adresse",
            list(holders),
        )
        found: dict[str, list[BAL]] = {}
        for row in rows:
            one = BAL(row["adresse"], TypeBAL(row["type"]), row["description"], row["service"], row["rang"])
            found.setdefault(row["porteur"], []).append(one)
        return found
