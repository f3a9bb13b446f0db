"""What runs between fork and PostgreSQL: become an unprivileged user, die with the parent, execute.

Run as a script in its own interpreter (`python -I -S child.py …`), so that nothing is forked out of a process that has
threads. It imports nothing of the house. Arguments: parent pid, uid, gid, keep (1 or 0), alias uid, then the command.

uid    become this user (only asked of root); -1 stays
keep   keep CAP_DAC_READ_SEARCH, so that binaries and data below folders closed to others stay reachable
alias  initdb insists on a passwd entry for its user: where there is none, appear as this uid in a user namespace; -1 no
Source: Linux capabilities(7) "Ambient", user_namespaces(7), PR_SET_PDEATHSIG(2const).
"""

import ctypes
import os
import signal
import struct
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_CAP_DAC_READ_SEARCH = 2
_CAPABILITY_VERSION_3 = 0x20080522
_CLONE_NEWUSER = 0x10000000

_libc = ctypes.CDLL(None, use_errno=True)


def _check(answer: int, what: str) -> None:
    if answer != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def _become(uid: int, gid: int, keep: bool) -> None:
    if keep:
        _check(_libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0), "keepcaps")
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if keep:
        mask = 1 << _CAP_DAC_READ_SEARCH
        header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
        _check(_libc.capset(header, struct.pack("6I", mask, mask, mask, 0, 0, 0)), "capset")
        _check(_libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_READ_SEARCH, 0, 0), "ambient")


def _appear_as(alias: int) -> None:
    uid, gid = os.geteuid(), os.getegid()
    _check(_libc.unshare(_CLONE_NEWUSER), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{alias} {uid} 1"), ("gid_map", f"{alias} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - nothing but what execution needs is imported
            file.write(text)


def main(arguments: list[str]) -> None:
    """Become, bind to the parent, execute. Never returns."""
    parent, uid, gid, keep, alias = (int(argument) for argument in arguments[:5])
    command = arguments[5:]
    if uid >= 0:
        _become(uid, gid, bool(keep))
    if alias >= 0:
        _appear_as(alias)
    # After the change of user, which clears it. SIGINT is PostgreSQL's fast shutdown.
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0), "pdeathsig")
    if os.getppid() != parent:
        sys.exit(1)  # the house died before we were bound to it
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    os.umask(0o077)
    os.execv(command[0], command)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as error:
        sys.stderr.write(f"child: {error}\n")
        sys.exit(126)
