"""Deny by default: the truth table of permissions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.kernel.outcome import Text
from socle.kernel.policy import ANONYMOUS, Actor, Means, Permission, decide

TEXT = Text("Lire", "Read")


def permission(*, roles: set[str] = frozenset(), means: set[Means] | None = None, public: bool = False) -> Permission:  # type: ignore[assignment]
    chosen = frozenset(means) if means is not None else frozenset({Means.API_KEY})
    return Permission("test.read", TEXT, frozenset(roles), chosen, public)


def actor(*roles: str, means: Means = Means.API_KEY) -> Actor:
    return Actor("a1", "Agent", frozenset(roles), means)


@pytest.mark.parametrize(
    ("who", "what", "allowed"),
    [
        (ANONYMOUS, permission(), False),
        (ANONYMOUS, permission(roles={"publisher"}), False),
        (ANONYMOUS, permission(public=True), True),
        (actor("publisher"), permission(), False),
        (actor("publisher"), permission(roles={"publisher"}), True),
        (actor("auditor"), permission(roles={"publisher"}), False),
        (actor("auditor", "publisher"), permission(roles={"publisher"}), True),
        (actor("publisher", means=Means.DEMO), permission(roles={"publisher"}), False),
        (actor("publisher", means=Means.DEMO), permission(roles={"publisher"}, means={Means.DEMO}), True),
    ],
)
def test_the_table(who: Actor, what: Permission, allowed: bool) -> None:
    assert decide(who, what).allowed is allowed


@given(
    st.frozensets(st.sampled_from(["a", "b", "c"])),
    st.frozensets(st.sampled_from(["a", "b", "c"])),
    st.sampled_from(Means),
)
def test_without_a_shared_role_or_an_accepted_means_nobody_passes(
    held: frozenset[str], carried: frozenset[str], means: Means
) -> None:
    decision = decide(Actor("x", "X", held, means), permission(roles=set(carried)))
    assert decision.allowed is (means is Means.API_KEY and bool(held & carried))


def test_a_refusal_names_the_permission_and_nothing_of_what_lies_behind() -> None:
    decision = decide(actor("auditor"), permission(roles={"publisher"}))
    assert not decision.allowed
    assert "test.read" in decision.text.fr
