"""What one can do with the master index: permit → facts → rule → commit with its trace.

Feeds (FHIR, HL7 v2, files) call `feed`, `feed_many`, `merge`, `unmerge`, `remove`; whoever seeks calls `match` and
`cross_reference`; the pages call the rest.
"""

from socle.foundations.ins.index.actions.desk import REGISTER, MasterIndex
from socle.foundations.ins.index.actions.feeding import Received, feed, feed_many, merge, patient, remove, unmerge
from socle.foundations.ins.index.actions.finding import MOST, Candidate, Grade, cross_reference, match
from socle.foundations.ins.index.actions.queue import (
    Dossier,
    Judged,
    Judgement,
    domains,
    dossier,
    figures,
    judge,
    locate,
    next_pair,
    pair,
    queue,
    separate,
    unite,
)

__all__ = [
    "MOST",
    "REGISTER",
    "Candidate",
    "Dossier",
    "Grade",
    "Judged",
    "Judgement",
    "MasterIndex",
    "Received",
    "cross_reference",
    "domains",
    "dossier",
    "feed",
    "feed_many",
    "figures",
    "judge",
    "locate",
    "match",
    "merge",
    "next_pair",
    "pair",
    "patient",
    "queue",
    "remove",
    "separate",
    "unite",
    "unmerge",
]
