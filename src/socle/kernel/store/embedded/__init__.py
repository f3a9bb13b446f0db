"""PostgreSQL inside the house: binaries from a wheel, our own launcher, data in a folder of the user's choice."""

from socle.kernel.store.embedded.folder import FolderInUse, FolderLock, FolderUnusable
from socle.kernel.store.embedded.server import EmbeddedPostgres, PostgresFailed, running, start

__all__ = ["EmbeddedPostgres", "FolderInUse", "FolderLock", "FolderUnusable", "PostgresFailed", "running", "start"]
