"""Subscriptions: whoever asked is told of what was committed, at least once, in order, and only of what they may read.

`reading` reads a Subscription, `topics` are those that the house publishes, `forms` writes notifications, `desk` keeps the
queues, `service` follows what is committed and delivers. Sources: FHIR R4 subscription.html; Subscriptions R5 Backport IG 1.1.0.
"""
