"""As whom PostgreSQL runs: it refuses root, and initdb refuses a user that has no name."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from socle.kernel.outcome import Kind, Problem

_CANDIDATES = ("nobody", "postgres", "daemon")


@dataclass(frozen=True, slots=True)
class Account:
    """The user of the server process.

    uid, gid  whom to become, -1 to stay who we are
    keep      whether CAP_DAC_READ_SEARCH must be kept to reach binaries and data
    alias     uid with a name to appear as while initdb runs, -1 when our own has one
    """

    uid: int = -1
    gid: int = -1
    keep: bool = False
    alias: int = -1

    @property
    def effective(self) -> int:
        """The uid that owns the data."""
        return self.uid if self.uid >= 0 else os.geteuid()

    def arguments(self, *, naming: bool = False) -> list[str]:
        """What `child.py` is told; `naming` for initdb, which wants a name."""
        return [str(n) for n in (os.getpid(), self.uid, self.gid, int(self.keep), self.alias if naming else -1)]


def choose(data: Path, needed: tuple[Path, ...]) -> Account:
    """The account for the cluster in `data`: who owns it, else ourselves, else (for root) an unprivileged user.

    needed  folders that the server must be able to read
    Raises: Problem(CONFLICT) when the data belong to someone else; Problem(UNAVAILABLE) when root has nobody to become.
    """
    owner = data.stat().st_uid if data.exists() else None
    me = os.geteuid()
    if me != 0:
        if owner is not None and owner != me:
            raise Problem.of(
                Kind.CONFLICT,
                f"La base de {data} appartient à l'utilisateur n° {owner}, la maison tourne avec le n° {me}. "
                "Relancez avec le même utilisateur, ou choisissez un autre dossier avec --data.",
                f"The database in {data} belongs to user {owner}, the house runs as {me}. "
                "Start again as the same user, or choose another folder with --data.",
            )
        return Account(alias=-1 if _named(me) else _nobody().pw_uid)
    user = pwd.getpwuid(owner) if owner and _named(owner) else _nobody()
    reachable = all(_reachable(folder, user.pw_uid, user.pw_gid) for folder in needed)
    return Account(user.pw_uid, user.pw_gid, keep=not reachable)


def _named(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _nobody() -> pwd.struct_passwd:
    for name in _CANDIDATES:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Problem.of(
        Kind.UNAVAILABLE,
        "PostgreSQL refuse de tourner en root et ce système n'a aucun utilisateur sans droits (nobody). "
        "Lancez la maison avec un autre utilisateur, ou donnez une base externe par SOCLE_DATABASE_URL.",
        "PostgreSQL refuses to run as root and this system has no unprivileged user (nobody). "
        "Start the house as another user, or give an external database by SOCLE_DATABASE_URL.",
    )


def _reachable(folder: Path, uid: int, gid: int) -> bool:
    """Whether `uid` can enter `folder` and each folder above it."""
    folder = folder.resolve()
    for step in (folder, *folder.parents):
        state = step.stat()
        if state.st_uid == uid:
            allowed = state.st_mode & stat.S_IXUSR
        elif state.st_gid == gid:
            allowed = state.st_mode & stat.S_IXGRP
        else:
            allowed = state.st_mode & stat.S_IXOTH
        if not allowed:
            return False
    return True
