"""Expression constraints of SNOMED CT (ECL 2.2): which concepts does an expression select?

`parse` reads, `evaluate` answers over a `Graph`. Sets of concepts are bits of an integer (`bits.py`): a set among a million
concepts is 125 kB, and joining two is one operation. Source: SNOMED International, Expression Constraint Language 2.2.
"""

from socle.kernel.terminology.ecl.bits import bits_of, has, octets_of, ranks_of
from socle.kernel.terminology.ecl.evaluation import Graph, Relation, Seen, evaluate
from socle.kernel.terminology.ecl.parsing import parse

__all__ = ["Graph", "Relation", "Seen", "bits_of", "evaluate", "has", "octets_of", "parse", "ranks_of"]
