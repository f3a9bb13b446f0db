"""What only the whole of a load can tell: an identifier used twice, a parent that never comes, too many closures."""

from collections.abc import Sequence
from typing import Final

from socle.foundations.structures.formats import Fault, Source
from socle.foundations.structures.permissions import DEMONSTRATION, REGISTER
from socle.foundations.structures.store.register import Asked
from socle.kernel.outcome import Text

MOST: Final = 500  # of each sort, described
_TWICE: Final = f"""
SELECT kind, numero, array_agg(DISTINCT source || ':' || line) AS places, min(source) AS source, max(line) AS line
FROM {REGISTER}.stage WHERE load = $1 AND kind <= 2 GROUP BY kind, shape, numero HAVING count(DISTINCT digest) > 1
ORDER BY numero LIMIT {MOST}
"""
_BOTH: Final = f"""
SELECT s.numero, s.kind, s.source, min(s.line) AS line FROM {REGISTER}.stage s
WHERE s.load = $1 AND s.kind <= 2 AND (
    EXISTS (SELECT FROM {REGISTER}.stage o WHERE o.load = $1 AND o.kind = 3 - s.kind AND o.numero = s.numero AND o.key = '')
    OR EXISTS (SELECT FROM {REGISTER}.structure o WHERE o.numero = s.numero AND o.nature <> s.kind))
GROUP BY s.numero, s.kind, s.source ORDER BY s.numero LIMIT {MOST}
"""
_ORPHANS: Final = f"""
SELECT s.numero, s.parent, s.source, s.line, count(*) OVER () AS total FROM {REGISTER}.stage s
WHERE s.load = $1 AND s.kind = 2
    AND NOT EXISTS (SELECT FROM {REGISTER}.stage o WHERE o.load = $1 AND o.kind = 1 AND o.numero = s.parent AND o.key = '')
    AND NOT EXISTS (SELECT FROM {REGISTER}.structure o WHERE o.numero = s.parent)
ORDER BY s.numero LIMIT 100
"""
_STRAY: Final = f"""
SELECT s.numero, s.kind, s.source, s.line, count(*) OVER () AS total FROM {REGISTER}.stage s
WHERE s.load = $1 AND s.kind > 2
    AND NOT EXISTS (SELECT FROM {REGISTER}.stage o WHERE o.load = $1 AND o.kind <= 2 AND o.numero = s.numero AND o.key = '')
    AND NOT EXISTS (SELECT FROM {REGISTER}.structure o WHERE o.numero = s.numero)
ORDER BY s.numero LIMIT 100
"""
_CLOSING: Final = f"""
SELECT count(*) AS n, count(*) FILTER (WHERE NOT EXISTS (
    SELECT FROM {REGISTER}.stage s WHERE s.load = $1 AND s.kind = o.nature AND s.numero = o.numero AND s.key = ''
)) AS closing FROM {REGISTER}.structure o
WHERE o.gone IS NULL AND o.nature IN (SELECT DISTINCT kind FROM {REGISTER}.stage WHERE load = $1 AND kind <= 2)
    AND o.load NOT IN (SELECT id FROM {REGISTER}.load WHERE who = $2)
"""
_NAMES: Final = {1: Text("EJ", "EJ"), 2: Text("ET", "ET")}


async def faults(staged: Asked, load: int, sources: Sequence[Source]) -> list[Fault]:
    """What is wrong, and what is only to be known (not severe)."""
    found: list[Fault] = []

    def add(source: int, line: int, field: str, rule: str, text: Text, *, severe: bool) -> None:
        found.append(Fault(sources[source].name, line, field, rule, text, severe))

    for row in await staged.query(_TWICE, load):
        lines = ", ".join(sorted(_place(place, sources) for place in row["places"]))
        add(
            row["source"],
            row["line"],
            "nofiness" if row["kind"] == 1 else "nofinesset",
            "SOCLE-FINESS-UNIQUE",
            Text(
                f"Le numéro {row['numero']} sert deux fois, pour des structures différentes ({lines}). Gardez la bonne ligne.",
                f"Number {row['numero']} is used twice, for different structures ({lines}). Keep the right line.",
            ),
            severe=True,
        )
    for row in await staged.query(_BOTH, load):
        add(
            row["source"],
            row["line"],
            "nofiness" if row["kind"] == 1 else "nofinesset",
            "SOCLE-FINESS-EJ-ET",
            Text(
                f"{row['numero']} est ici un {'numéro d’EJ' if row['kind'] == 1 else 'numéro d’ET'} et ailleurs l'inverse : "
                "une entité juridique et un établissement n'ont jamais le même numéro. Les colonnes nofinesset et nofinessej "
                "sont peut-être inversées.",
                f"{row['numero']} is here the number of an {'EJ' if row['kind'] == 1 else 'ET'} and elsewhere of the other: "
                "a legal entity and an establishment never share a number. Columns nofinesset and nofinessej may be swapped.",
            ),
            severe=True,
        )
    for row in await staged.query(_ORPHANS, load):
        more = f" ({row['total']} en tout)" if row["total"] > 1 else ""
        add(
            row["source"],
            row["line"],
            "nofinessej",
            "SOCLE-FINESS-PARENT",
            Text(
                f"L'entité juridique {row['parent']} de l'établissement {row['numero']} n'est dans aucun fichier{more} : il est "
                "gardé, le lien se fera quand elle viendra (fichier cs1100501 ou cs1400101).",
                f"The legal entity {row['parent']} of establishment {row['numero']} is in no file ({row['total']} in all): it is "
                "kept, and the link will be made when it comes (file cs1100501 or cs1400101).",
            ),
            severe=False,
        )
    for row in await staged.query(_STRAY, load):
        add(
            row["source"],
            row["line"],
            "nofinesset",
            "SOCLE-FINESS-PARENT",
            Text(
                f"Cette ligne parle de {row['numero']}, qui n'est dans aucun fichier ({row['total']} lignes en tout) : elle est "
                "gardée en attendant la structure.",
                f"This line speaks of {row['numero']}, which is in no file ({row['total']} lines in all): it is kept until the "
                "structure comes.",
            ),
            severe=False,
        )
    return found


async def closures(staged: Asked, load: int) -> tuple[int, int]:
    """(how many open structures of the kinds that the files hold there are, how many of them the files leave out).

    Those that the demonstration brought, and no file since, do not count: the first real files close them.
    """
    [row] = await staged.query(_CLOSING, load, DEMONSTRATION)
    return row["n"], row["closing"]


def _place(place: str, sources: Sequence[Source]) -> str:
    source, _, line = place.partition(":")
    return f"{sources[int(source)].name}:{line}"
