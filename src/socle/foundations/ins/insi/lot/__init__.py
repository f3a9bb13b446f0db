"""Verification of identities by batches, asynchronous.

The national service has one for software that does not refer to INSi line by line; its format is in a restricted
documentation. This one is ours: docs/guides/insi.md, « Vérifier un lot ».
"""
