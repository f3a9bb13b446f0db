"""The request that made a version, as far as a version tells: histories and notifications say it alike."""

import re
from typing import Final, NamedTuple

from socle.kernel.store.contract import Op

# The ids that a register draws (POST). Any other was chosen by the client (PUT): a version does not say more of how it came.
_DRAWN: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Made(NamedTuple):
    """Method and URL of a request, status of its answer. Source: FHIR R4 bundle.html#history."""

    method: str
    url: str
    status: str


def made(op: Op, type: str, id: str, version: int) -> Made:
    """The request that made version `version` of a resource."""
    if op is Op.DELETE:
        return Made("DELETE", f"{type}/{id}", "204 No Content")
    if op is Op.CREATE and version == 1 and _DRAWN.fullmatch(id):
        return Made("POST", type, "201 Created")
    return Made("PUT", f"{type}/{id}", "201 Created" if op is Op.CREATE else "200 OK")
