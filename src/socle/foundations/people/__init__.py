"""Who practises, where and as what: the RPPS register as the Annuaire Santé publishes it.

Files of the national extraction come in whole or not at all; the FHIR API and the pages show them; employers enrol the
professionals whom no Order registers; operators of MSSanté declare mailboxes. Doctrine 4.2 (actors, natural persons).
"""
