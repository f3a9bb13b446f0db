"""A synthetic population of France: pure, decided by a seed, of any size in constant memory, all on test OIDs.

`generate` makes people; `published` gives the test persons that the national documentation publishes.
"""

from socle.foundations.ins.population.generator import REFERENCE, generate
from socle.foundations.ins.population.lieux import Lieu, communes, load_cog, pays
from socle.foundations.ins.population.personne import Ancien, Personne
from socle.foundations.ins.population.publiees import published

__all__ = ["REFERENCE", "Ancien", "Lieu", "Personne", "communes", "generate", "load_cog", "pays", "published"]
