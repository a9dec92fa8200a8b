"""One-to-one matching with leftovers: the best pairs at least cost, and how sure each pair is.

A matching M of old o and new i has probability proportional to the product of the weights w_oi of its pairs (a leftover weighs 1).
`assign` finds the most probable one: sparse linear assignment with cost -ln w. `marginals` gives each pair's probability over all
matchings, by belief propagation for the monomer-dimer model (exact on trees, convergent on any graph: Bayati & Nair 2006,
arXiv:cs/0610078; Zdeborova & Mezard 2006, doi:10.1088/1742-5468/2006/05/P05003).
P7  marginals of one vehicle sum to at most 1.  P8  on a tree they equal full enumeration.
"""

from __future__ import annotations

import numpy as np

WEIGHT_CAP = 1e7
"""Weights above this are as good as certain; capped so that sums keep their digits."""
DAMPING = 0.5
STILL = 1e-5
"""Messages that change less than this in a round have settled."""


def cavity(
    out: np.ndarray, new: np.ndarray, weight: np.ndarray, start: tuple[np.ndarray, np.ndarray] | None = None, *, rounds: int = 60
) -> tuple[np.ndarray, np.ndarray]:
    """Return the two messages of every edge after at most `rounds` rounds: the chance that its old, and its new, is free without it.

    out, new: vertex numbers of each edge (int); weight > 0. `start` continues from earlier messages.
    """
    free_out, free_new = start or (np.ones(len(weight)), np.ones(len(weight)))
    size_out, size_new = int(out.max(initial=-1)) + 1, int(new.max(initial=-1)) + 1
    for _ in range(rounds if len(weight) else 0):
        free_out, moved_out = _damped(free_out, _free(out, weight * free_new, size_out))
        free_new, moved_new = _damped(free_new, _free(new, weight * free_out, size_new))
        if max(moved_out, moved_new) < STILL:
            break
    return free_out, free_new


def _damped(before: np.ndarray, now: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the message part of the way from before to now, and the greatest step; `now` is used up."""
    now -= before
    now *= 1 - DAMPING
    moved = max(float(now.max()), -float(now.min()))
    now += before
    return now, moved


def _free(vertex: np.ndarray, pull: np.ndarray, size: int) -> np.ndarray:
    others = np.bincount(vertex, pull, minlength=size)[vertex]
    others -= pull  # in place from here: large registers have a million edges
    np.maximum(others, 0.0, out=others)
    others += 1.0
    return np.reciprocal(others, out=others)


def marginals(weight: np.ndarray, messages: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return the probability of each edge [0..1]."""
    belief = weight * messages[0] * messages[1]
    return belief / (1.0 + belief)


def assign(out: np.ndarray, new: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """Return the numbers of the edges of the matching with the greatest summed gain; only edges of positive gain count.

    Each side gets a stand-in for "stays alone" at no cost, so that a full matching always exists.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    useful = np.flatnonzero(gain > 0)
    alone = (_degree(out[useful]) == 1) & (_degree(new[useful]) == 1)  # nothing to weigh: both have no other
    settled, useful = useful[alone], useful[~alone]
    if not len(useful):
        return settled
    outs, o = np.unique(out[useful], return_inverse=True)
    news, i = np.unique(new[useful], return_inverse=True)
    rows = np.concatenate([o, np.arange(len(outs)), len(outs) + np.arange(len(news)), len(outs) + i])
    columns = np.concatenate([i, len(news) + np.arange(len(outs)), np.arange(len(news)), len(news) + o])
    top = float(gain[useful].max()) + 1.0  # scipy drops explicit zeros, so every cost is kept above zero
    cost = np.concatenate([top - gain[useful], np.full(len(outs) + len(news), top), np.full(len(useful), top)])
    side = len(outs) + len(news)
    row, column = min_weight_full_bipartite_matching(coo_matrix((cost, (rows, columns)), shape=(side, side)).tocsr())
    paired = (row < len(outs)) & (column < len(news))
    key, made = o * len(news) + i, row[paired] * len(news) + column[paired]
    order = np.argsort(key)
    return np.sort(np.concatenate([settled, useful[order[np.searchsorted(key, made, sorter=order)]]]))


def _degree(vertex: np.ndarray) -> np.ndarray:
    """Return how many edges the vertex of each edge has."""
    return np.bincount(vertex)[vertex] if len(vertex) else vertex
