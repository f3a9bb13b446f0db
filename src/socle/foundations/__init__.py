"""Foundations: identities, directories, care offer, security: what everything else relies on."""
