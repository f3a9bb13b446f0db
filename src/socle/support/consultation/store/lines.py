"""What the desk needs beside the lists: the words of all that waits, and who else answers."""

from socle.kernel.store.contract import Row
from socle.kernel.store.database import Database


class Lines:
    """Questions of the editor's desk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting_stems(self, consultation: str, most: int) -> dict[int, frozenset[str]]:
        """The words of the contributions that wait for an answer, the oldest first."""
        sql = (
            "SELECT id, stems FROM consultation.contribution WHERE consultation = $1 AND outcome = '' "
            f"AND state = 'shown' ORDER BY at, id LIMIT {int(most)}"
        )
        return {row["id"]: frozenset(row["stems"]) for row in await self._database.query(sql, consultation)}

    async def editors(self, consultation: str) -> list[Row]:
        """Actors who are or were in charge of something, with their public names."""
        sql = (
            "SELECT assignee, max(assignee_name) AS name FROM consultation.contribution "
            "WHERE consultation = $1 AND assignee <> '' GROUP BY assignee ORDER BY 2, 1"
        )
        return await self._database.query(sql, consultation)
