"""What structures are authorised for and equipped with, by the loads that touched them."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from socle.foundations.structures.model import CARE, Part, PartKind, Structure
from socle.foundations.structures.permissions import REGISTER
from socle.foundations.structures.store.register import Asked
from socle.foundations.structures.store.settling import parts_of, structure_of
from socle.kernel.store.database import Snapshot

PAGE: Final = 400
_KINDS: Final = sorted(int(one) for one in (*CARE, PartKind.EQUIPMENT, PartKind.SOCIAL))
_EQUIPPED: Final = f"""
SELECT s.numero, s.nature, s.parent, s.gone, s.facts,
    (SELECT jsonb_agg(jsonb_build_array(p.kind, p.key, p.facts) ORDER BY p.kind, p.key) FROM {REGISTER}.part p
     WHERE p.owner = s.numero AND p.kind = ANY($2::smallint[])) AS parts
FROM (SELECT DISTINCT numero FROM {REGISTER}.change WHERE load = ANY($1::int[])) c JOIN {REGISTER}.structure s USING (numero)
ORDER BY s.numero
"""


async def settled(database: Asked) -> list[int]:
    """The loads that took effect, in the order in which they did."""
    rows = await database.query(f"SELECT id FROM {REGISTER}.load WHERE state = 'kept' ORDER BY finished, id")
    return [row["id"] for row in rows]


async def equipped(snapshot: Snapshot, loads: Sequence[int]) -> AsyncIterator[list[tuple[Structure, list[Part]]]]:
    """The structures that these loads touched, by pages, each with its activities and equipment as they are now."""
    async for page in snapshot.pages(_EQUIPPED, list(loads), _KINDS, size=PAGE):
        yield [(structure_of(row), parts_of(row["numero"], row["parts"])) for row in page]
