"""One-to-one matching (docs/metod/fordon.md, 4): P7 and P8 against full enumeration of every matching."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from fleet.matching import assign, cavity, marginals


def enumerated(out, new, weight):
    """Return each edge's probability by summing over every matching: the definition itself."""
    total, hit = 0.0, np.zeros(len(out))
    for size in range(len(out) + 1):
        for chosen in itertools.combinations(range(len(out)), size):
            picked = list(chosen)
            if len({out[e] for e in picked}) == size and len({new[e] for e in picked}) == size:
                worth = float(np.prod([weight[e] for e in picked]))
                total += worth
                hit[picked] += worth
    return hit / total


@how(max_examples=30, deadline=None)
@given(st.data())
def test_marginals_on_a_tree_equal_full_enumeration(data):
    """P8. A tree: each new vertex hangs on one that is already there."""
    edges = [(0, 0)]
    outs, news = 1, 1
    for _ in range(data.draw(st.integers(0, 6))):
        if data.draw(st.booleans()):
            edges.append((outs, data.draw(st.integers(0, news - 1))))
            outs += 1
        else:
            edges.append((data.draw(st.integers(0, outs - 1)), news))
            news += 1
    out, new = (np.array(side) for side in zip(*edges, strict=True))
    weight = np.array(data.draw(st.lists(st.floats(0.01, 50), min_size=len(edges), max_size=len(edges))))
    found = marginals(weight, cavity(out, new, weight, rounds=200))
    assert found == pytest.approx(enumerated(out, new, weight), abs=1e-3)


@how(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4), st.floats(0.01, 20)), min_size=1, max_size=10, unique_by=lambda e: e[:2]
    )
)
def test_marginals_of_one_vehicle_sum_to_at_most_one(edges):
    """P7, and on small graphs with cycles the approximation stays near the truth (worst of 3 000 random ones: 0.15)."""
    out, new = np.array([e[0] for e in edges]), np.array([e[1] for e in edges])
    weight = np.array([e[2] for e in edges])
    found = marginals(weight, cavity(out, new, weight, rounds=300))
    for side in (out, new):
        assert np.bincount(side, found).max() <= 1 + 1e-3
    assert np.abs(found - enumerated(out, new, weight)).max() < 0.2


@how(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.floats(-1, 3)), min_size=1, max_size=9, unique_by=lambda e: e[:2])
)
def test_the_assignment_is_the_best_of_all(edges):
    out, new = np.array([e[0] for e in edges]), np.array([e[1] for e in edges])
    gain = np.array([e[2] for e in edges])
    best = 0.0
    for size in range(len(edges) + 1):
        for chosen in itertools.combinations(range(len(edges)), size):
            picked = list(chosen)
            if len({out[e] for e in picked}) == size and len({new[e] for e in picked}) == size:
                best = max(best, float(gain[picked].sum()))
    made = assign(out, new, gain)
    assert len(set(out[made])) == len(made) == len(set(new[made]))
    assert gain[made].sum() == pytest.approx(best)
