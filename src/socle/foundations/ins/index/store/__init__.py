"""Where the index is kept: one row a record beside its Patient, written in the same transaction."""

from socle.foundations.ins.index.store.indexed import IndexedStore
from socle.foundations.ins.index.store.judging import Judging
from socle.foundations.ins.index.store.patient import (
    INS_SYSTEMS,
    TYPE,
    compose,
    fed,
    linked,
    locals_of,
    portrait_of,
    replaced,
    replaced_by,
    restored,
)
from socle.foundations.ins.index.store.reading import Decided, Doubt, Index, Person

__all__ = [
    "INS_SYSTEMS",
    "TYPE",
    "Decided",
    "Doubt",
    "Index",
    "IndexedStore",
    "Judging",
    "Person",
    "compose",
    "fed",
    "linked",
    "locals_of",
    "portrait_of",
    "replaced",
    "replaced_by",
    "restored",
]
