"""Care offer: what is done where, by whom, for whom, with how many beds; what each consumer may see of it.

The exposure side of the ROR (répertoire de l'offre et des ressources), base `/ror/fhir`. Chapter: care_offer.
"""
