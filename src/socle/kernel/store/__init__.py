"""Where resources live: versioned, durable, traced.

`contract` says what is promised, `postgres` keeps it fast, `memory` keeps it obvious.
"""

from socle.kernel.store.board import Stamp
from socle.kernel.store.contract import (
    ABSENT,
    ANY,
    STORED_COLUMNS,
    Change,
    Delete,
    Json,
    Keys,
    Op,
    Put,
    Row,
    Store,
    Stored,
    Tx,
    Unit,
    Within,
)

__all__ = [
    "ABSENT",
    "ANY",
    "STORED_COLUMNS",
    "Change",
    "Delete",
    "Json",
    "Keys",
    "Op",
    "Put",
    "Row",
    "Stamp",
    "Store",
    "Stored",
    "Tx",
    "Unit",
    "Within",
]
