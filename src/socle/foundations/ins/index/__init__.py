"""The master index: which records of which structures speak of the same person, and why we think so.

It links, it never rewrites: each structure keeps its record as it fed it. Sources: IHE PIXm and PDQm; RNIV 1 v2.0 for
what makes an identity sure; Fellegi and Sunter (1969) for what a disagreement is worth.
"""
