"""How the words of concepts are asked: those of a large edition bear its number, small editions share theirs."""

from collections.abc import Mapping, Sequence

from socle.foundations.terminologies.permissions import CONCEPTS
from socle.kernel.store.database import Database


async def own_words(database: Database, editions: Sequence[int]) -> Mapping[int, bool]:
    """Whether the words of each of these editions bear its number; they never change."""
    rows = await database.query(
        f"SELECT id, own FROM {CONCEPTS}.edition WHERE id = ANY($1::integer[])", list(dict.fromkeys(editions))
    )
    return {row["id"]: row["own"] for row in rows}


def begun(words: Sequence[str], edition: int = 0) -> str:
    """A `tsquery`: each word is the beginning of one of the concept's. `edition`: of which the words are, 0 for those shared."""
    mark = f"{edition}~" if edition else ""
    return " & ".join(f"{mark}{word}:*" for word in words)


def begun_in(words: Sequence[str], own: Mapping[int, bool]) -> str:
    """The same, in any of several editions."""
    marks = [edition for edition, apart in own.items() if apart]
    if len(marks) < len(own) or not marks:
        marks.append(0)
    return " | ".join(f"({begun(words, mark)})" for mark in marks)
