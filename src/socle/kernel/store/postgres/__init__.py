"""The store on PostgreSQL: the fast one. The database driver appears nowhere else.

A write goes store → writer → decide → rows → one statement; a read by id, store → reader; a search, store → searcher.
"""

from socle.kernel.store.postgres.database import Interests, PostgresDatabase, open_database
from socle.kernel.store.postgres.store import PostgresStore

__all__ = ["Interests", "PostgresDatabase", "PostgresStore", "open_database"]
