"""What loaders give, and what they may be told."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from socle.foundations.terminologies.model import Json, Loaded

Item = Loaded | Json
"""A code system with its concepts, or a ValueSet, a ConceptMap, a NamingSystem."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator says beside the file.

    now       decides which codes have ended
    language  preferred for displays (BCP 47)
    system    canonical URL of the code system, where the file tells none; `version` likewise
    mapping   the mapping file of a table
    stated    SNOMED CT: the stated relationships rather than the inferred ones
    """

    now: datetime
    language: str = "fr"
    system: str = ""
    version: str = ""
    mapping: Path | None = None
    stated: bool = False
