"""What two records say of each other, and what follows for the persons: pure, with nothing of a store.

`compare(a, b)` is where to begin; `FRENCH` is the configuration that it uses unless told otherwise.
"""

from socle.foundations.ins.index.rules.blocks import blocks, ins_block
from socle.foundations.ins.index.rules.compare import compare, ins_level
from socle.foundations.ins.index.rules.configuration import Configuration, Field, Guard
from socle.foundations.ins.index.rules.french import FRENCH
from socle.foundations.ins.index.rules.grouping import regroup
from socle.kernel.phonetic import sound

__all__ = [
    "FRENCH",
    "Configuration",
    "Field",
    "Guard",
    "blocks",
    "compare",
    "ins_block",
    "ins_level",
    "regroup",
    "sound",
]
