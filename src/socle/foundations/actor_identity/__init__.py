"""Who is asking: people and software prove who they are before anything else.

Today: access keys for software, and a demonstration login that proves nothing and says so. Pro Santé Connect takes the
place of the latter behind the same interface. Doctrine: chapter “identification électronique des acteurs”.
"""
