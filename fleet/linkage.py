"""Which new vehicle came for which old one: how likely each pair is, learnt from the register itself.

The weight of a pair is the odds that the new vehicle is the old one's successor rather than an addition and the old one scrapped:

    w = rho / (1 - rho) * f(gap) * prod_k [s_k 1(same k) + (1 - s_k) P(k)] / P(k) / lambda

rho: share of leaving vehicles that get a successor; f: density of days between them; lambda: additions a day in the company; k runs
over class, unit, use, depot and tenure; s_k: share of successors that keep k; P(k): how common the new vehicle's k is in its company.
This is record linkage (Fellegi & Sunter 1969, doi:10.1080/01621459.1969.10501049) under a one-to-one rule, with the parameters
learnt by expectation-maximisation from the settings' beliefs. A missing value says nothing. Method: docs/metod/fordon.md, 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from data.settings.fleet import MatchSettings
from fleet.matching import WEIGHT_CAP, cavity, marginals

FEATURES = ("unit", "use", "depot", "tenure")
DATES = ("in_date", "out_date", "in_earliest", "out_earliest")
BIN_DAYS = 10
GAP_SMOOTHING = 5
"""Bins averaged: fewer and the gap's density is learnt from its own guesses, which makes doubtful pairs look too sure."""
FLOOR = 0.02
"""Share of the gap's probability spread evenly over the window, so that no day in it is impossible."""
SMOOTHING = 1.0
"""Vehicles' worth of the company's mix added to each group's own when asking how common a value is."""
NEGLIGIBLE = 1e-3
"""A candidate of less weight than this before learning is left out: ten of them together weigh one per cent."""
FAINT, FAINT_AFTER = 1e-4, 1
"""A candidate less likely than this after two rounds of learning is left out: forty of them together are four in a thousand."""
SETTLED, SETTLED_LARGE = 1e-4, 2e-3
"""Learning ends when the expected number of pairs changes by less than this share of the vehicles that left."""
LARGE = 30_000
"""Candidates from which learning ends earlier: a register of some 3 000 vehicles, whose shares are told by many pairs."""
LEAD_IN_DAYS = 90
"""Days before a company's first known leaving from which its arrivals tell of additions."""
LEARN_FROM = 300_000
"""Candidates that are plenty to learn the shares from: a register of some 25 000 vehicles."""
OWN_ROUNDS = 2
EM_ROUNDS, EM_ROUNDS_LARGE, EM_CAVITY_ROUNDS, FINAL_CAVITY_ROUNDS = 60, 12, 6, 40


@dataclass(frozen=True)
class Side:
    """Old or new vehicles: codes of company, class and features (-1 = not known) and the days they left or came within."""

    company: np.ndarray
    vehicle_class: np.ndarray
    features: Mapping[str, np.ndarray]
    first: np.ndarray
    last: np.ndarray

    def __len__(self) -> int:
        return len(self.company)


@dataclass(frozen=True)
class Edges:
    """Candidate pairs: old and new (numbers), the range of days between them, what they share and how common that is."""

    out: np.ndarray
    new: np.ndarray
    gap_low: np.ndarray
    gap_high: np.ndarray
    same_class: np.ndarray
    class_common: np.ndarray
    same: Mapping[str, np.ndarray]
    common: Mapping[str, np.ndarray]
    forced: np.ndarray
    company: np.ndarray

    def __len__(self) -> int:
        return len(self.out)


@dataclass(frozen=True)
class Belief:
    """What is believed of replacements: shares, the gap's density by bin, additions a day by company."""

    replaced: float
    class_change: float
    same: Mapping[str, float]
    gap_edges: np.ndarray
    gap_share: np.ndarray
    additions: np.ndarray
    pairs: float = field(default=0.0)


def sides(old: pd.DataFrame, new: pd.DataFrame) -> tuple[Side, Side]:
    """Return both sides (rows of VEHICLES: `old` with out_date, `new` with in_date) with codes in common."""
    coded = {name: _codes(old[name], new[name]) for name in ("company", "vehicle_class", *FEATURES)}
    made = []
    for which, (frame, first, last) in enumerate(((old, "out_earliest", "out_date"), (new, "in_earliest", "in_date"))):
        end = _days(frame[last])
        features = {name: coded[name][which] for name in FEATURES}
        start = np.where(frame[first].notna(), _days(frame[first].fillna(frame[last])), end)
        made.append(Side(coded["company"][which], coded["vehicle_class"][which], features, start, end))
    return made[0], made[1]


def _codes(old: pd.Series, new: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    both = pd.concat([old, new], ignore_index=True)
    codes, _ = pd.factorize(both.mask(both.isin(["unknown"])) if both.name != "company" else both.fillna(""))
    return codes[: len(old)], codes[len(old) :]


def _days(column: pd.Series) -> np.ndarray:
    return column.to_numpy("datetime64[D]").astype(np.int64)


def candidates(old: Side, new: Side, settings: MatchSettings) -> tuple[np.ndarray, np.ndarray]:
    """Return (old, new) numbers of every pair worth weighing: same company, inside the window; see MatchSettings.candidates.

    All of the same unit; of the same class the `candidates` nearest in time; of other classes a quarter as many.
    """
    unit_old, unit_new = old.features["unit"], new.features["unit"]
    blocks = [
        (_block(old.company, unit_old), _block(new.company, unit_new), unit_old >= 0, len(new)),
        (_block(old.company, old.vehicle_class), _block(new.company, new.vehicle_class), None, settings.candidates),
        (old.company, new.company, None, max(settings.candidates // 4, 1)),
    ]
    found = [_in_window(old, new, block, settings) for block in blocks]
    keys = np.sort(np.concatenate([o * np.int64(len(new)) + i for o, i in found]))
    keys = keys[np.diff(keys, prepend=-1) > 0]  # several times as fast as np.unique on millions
    out, came = keys // max(len(new), 1), keys % max(len(new), 1)
    inside = (new.last[came] - old.first[out] >= -settings.days_before) & (new.first[came] - old.last[out] <= settings.days_after)
    return out[inside], came[inside]


def _block(company: np.ndarray, value: np.ndarray) -> np.ndarray:
    return company * np.int64(1_000_003) + value


def _in_window(
    old: Side, new: Side, block: tuple[np.ndarray, np.ndarray, np.ndarray | None, int], settings: MatchSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs inside one block and the window, at most `limit` of each old vehicle, nearest the window's middle first."""
    block_old, block_new, use, limit = block
    span = np.int64(4_000_000)  # days, more than any calendar: keeps blocks apart on one sorted line
    order = np.lexsort((new.last, block_new))
    line = block_new[order] * span + new.last[order]
    slack = int((new.last - new.first).max(initial=0))
    low = np.searchsorted(line, block_old * span + old.first - settings.days_before)
    high = np.searchsorted(line, block_old * span + old.last + settings.days_after + slack, side="right")
    middle = np.searchsorted(line, block_old * span + old.last + (settings.days_after - settings.days_before) // 2)
    low, high = np.maximum(low, middle - limit // 2), np.minimum(high, middle + limit - limit // 2)
    count = np.maximum(high - low, 0)
    if use is not None:
        count = np.where(use, count, 0)
    out = np.repeat(np.arange(len(old)), count)
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return out.astype(np.int64), order[np.repeat(low, count) + offset].astype(np.int64)


def edges(old: Side, new: Side, pairs: tuple[np.ndarray, np.ndarray], forced: np.ndarray) -> Edges:
    """Return what is known of each candidate pair. forced: pairs that hold whatever they weigh (bool)."""
    out, came = pairs
    company = np.concatenate([old.company, new.company])  # how common a value is: among all that left or came
    both = {name: np.concatenate([old.features[name], new.features[name]]) for name in FEATURES}
    all_classes = np.concatenate([old.vehicle_class, new.vehicle_class])
    same_class = old.vehicle_class[out] == new.vehicle_class[came]
    same, common = {}, {}
    for name in FEATURES:
        within = all_classes if name in ("unit", "tenure") else both["unit"]
        frequency = _frequency(company, within, both[name])[len(old) :]
        known = (old.features[name][out] >= 0) & (new.features[name][came] >= 0)
        same[name] = np.where(known, old.features[name][out] == new.features[name][came], -1).astype(np.int8)
        common[name] = frequency[came]
    classes = _frequency(company, np.zeros(len(company), np.int64), all_classes)[len(old) :][came]
    gaps = new.first[came] - old.last[out], new.last[came] - old.first[out]
    return Edges(out, came, *gaps, same_class, classes, same, common, forced, new.company[came])


def _frequency(company: np.ndarray, group: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return how common each vehicle's value is in its company and group, shrunk towards the company's mix."""
    if not len(value):
        return np.zeros(0)
    in_company = _share(_block(company, value), company)
    inner = _block(company, group)
    counts, sizes = _count(_block(inner, value)), _count(inner)
    return (counts + SMOOTHING * in_company) / (sizes + SMOOTHING)


def _count(key: np.ndarray) -> np.ndarray:
    _, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
    return counts[inverse]


def _share(key: np.ndarray, of: np.ndarray) -> np.ndarray:
    return _count(key) / _count(of)


def first_belief(settings: MatchSettings, old: Side, new: Side) -> Belief:
    """Return the settings' beliefs before the register is looked at."""
    bins = np.arange(-settings.days_before, settings.days_after + BIN_DAYS, BIN_DAYS, dtype=float)
    middle = (bins[:-1] + bins[1:]) / 2
    centre = (settings.days_after - settings.days_before) / 2
    shape = np.exp(-0.5 * ((middle - centre) / settings.typical_days) ** 2)
    names = {name: getattr(settings, f"same_{name}") for name in FEATURES}
    belief = Belief(settings.replaced_share, settings.class_change, names, bins, _spread(shape), np.zeros(0))
    return replace(belief, additions=_additions(old, new, np.full(len(new), settings.replaced_share)))


def _spread(counts: np.ndarray) -> np.ndarray:
    smooth = np.convolve(np.pad(counts, GAP_SMOOTHING // 2, mode="edge"), np.full(GAP_SMOOTHING, 1 / GAP_SMOOTHING), mode="valid")
    return (1 - FLOOR) * smooth / smooth.sum() + FLOOR / len(counts)


def _additions(old: Side, new: Side, paired: np.ndarray) -> np.ndarray:
    """Return additions a day of each company: what no old vehicle accounts for, with one added over the whole time.

    Time runs from the company's first known leaving: a list of today's vehicles says nothing of those that left before it was kept.
    """
    if not len(new):
        return np.ones(1)
    companies = int(max(new.company.max(), old.company.max(initial=-1))) + 1
    start = np.full(companies, new.last.min())
    if len(old):
        first = np.full(companies, np.iinfo(np.int64).max)
        np.minimum.at(first, old.company, old.last)
        start = np.where(first < np.iinfo(np.int64).max, np.maximum(first - LEAD_IN_DAYS, start), start)
    counted = new.last >= start[new.company]
    days = np.maximum(new.last.max() - start, 365)
    return (np.bincount(new.company, (1 - paired) * counted, minlength=companies) + 1.0) / days


def weights(link: Edges, belief: Belief) -> np.ndarray:
    """Return the weight of every candidate pair (the formula at the head of the module)."""
    density = (_mass(belief, link.gap_high + 1) - _mass(belief, link.gap_low)) / (link.gap_high - link.gap_low + 1)
    change = belief.class_change
    ratio = np.where(link.same_class, (1 - change) / link.class_common, change)
    for name, keep in belief.same.items():
        moved, same = 1 - keep, link.same[name]
        ratio *= np.where(same == 1, keep / link.common[name] + moved, np.where(same == 0, moved, 1.0))
    odds = belief.replaced / (1 - belief.replaced)
    weight = np.minimum(odds * density * ratio / belief.additions[link.company], WEIGHT_CAP)
    return np.where(link.forced, WEIGHT_CAP, weight)


def _mass(belief: Belief, day: np.ndarray) -> np.ndarray:
    """Return the gap's probability before the whole day `day`: a table by day, many times as fast as np.interp on millions."""
    first, last = int(belief.gap_edges[0]), int(belief.gap_edges[-1])
    cumulative = np.concatenate([[0.0], np.cumsum(belief.gap_share)])
    table = np.interp(np.arange(first, last + 2) - 0.5, belief.gap_edges, cumulative)
    return table[np.clip(day, first, last + 1) - first]


def prune(link: Edges, old: Side, new: Side, settings: MatchSettings) -> Edges:
    """Return the candidates without those that weigh next to nothing under the first belief."""
    return _kept(link, weights(link, first_belief(settings, old, new)) > NEGLIGIBLE) if len(link) else link


def _kept(link: Edges, keep: np.ndarray) -> Edges:
    """Return the candidates where `keep`."""
    keep = np.flatnonzero(keep)
    parts = {name: getattr(link, name)[keep] for name in Edges.__dataclass_fields__ if name not in ("same", "common")}
    named = {name: {key: value[keep] for key, value in getattr(link, name).items()} for name in ("same", "common")}
    return Edges(**parts, **named)


def learn(link: Edges, old: Side, new: Side, settings: MatchSettings) -> tuple[Belief, Edges, np.ndarray]:
    """Return the belief the register leads to, the candidates that are still possible, and each one's probability [0..1].

    The shares are learnt from as many whole companies as have LEARN_FROM candidates (all, but in very large registers); additions a day
    are each company's own.
    """
    belief = first_belief(settings, old, new)
    if not len(link):
        return belief, link, np.zeros(0)
    part = _kept(link, _some_companies(link)) if len(link) > LEARN_FROM else link
    size = int(np.isin(old.company, np.unique(part.company)).sum())
    belief, part, messages = _shares(part, belief, (old, new, settings), size)
    if len(link) > LEARN_FROM:
        messages = None
        for _ in range(OWN_ROUNDS):
            weight = weights(link, belief)
            messages = cavity(link.out, link.new, weight, messages, rounds=EM_CAVITY_ROUNDS)
            sure = marginals(weight, messages)
            paired = np.minimum(np.bincount(link.new, sure, minlength=len(new)), 1.0)
            belief = replace(belief, additions=_additions(old, new, paired))
        link, messages = _without_faint(link, sure, messages)
    else:
        link = part
    weight = weights(link, belief)
    messages = cavity(link.out, link.new, weight, messages, rounds=FINAL_CAVITY_ROUNDS)
    return belief, link, marginals(weight, messages)


Messages = tuple[np.ndarray, np.ndarray] | None


def _shares(link: Edges, belief: Belief, given: tuple[Side, Side, MatchSettings], size: int) -> tuple[Belief, Edges, Messages]:
    """Return the belief after learning from `link`, the candidates that are still possible, and their messages. size: old vehicles."""
    messages: Messages = None
    rounds, settled = (EM_ROUNDS_LARGE, SETTLED_LARGE) if len(link) > LARGE else (EM_ROUNDS, SETTLED)
    for step in range(rounds if given[2].learn else 0):
        weight = weights(link, belief)
        messages = cavity(link.out, link.new, weight, messages, rounds=EM_CAVITY_ROUNDS)
        sure = marginals(weight, messages)
        before, belief = belief, _update(belief, link, sure, (*given, size))
        if abs(belief.pairs - before.pairs) < settled * size:
            break
        if step == FAINT_AFTER:
            link, messages = _without_faint(link, sure, messages)
    return belief, link, messages


def _some_companies(link: Edges) -> np.ndarray:
    """Return which candidates belong to the first companies that together have LEARN_FROM of them."""
    counts = np.bincount(link.company)
    chosen = np.flatnonzero(np.cumsum(counts) - counts < LEARN_FROM)
    return np.isin(link.company, chosen)


def _without_faint(link: Edges, sure: np.ndarray, messages: tuple[np.ndarray, np.ndarray]) -> tuple[Edges, Messages]:
    keep = sure > FAINT
    return _kept(link, keep), (messages[0][keep], messages[1][keep])


def _update(belief: Belief, link: Edges, sure: np.ndarray, given: tuple[Side, Side, MatchSettings, int]) -> Belief:
    """Return the belief after one look: each share is its expected count, with `prior_pairs` pairs of the settings' belief."""
    old, new, settings, size = given
    weight, pairs = settings.prior_pairs, float(sure.sum())
    first = first_belief(settings, old, new)
    same = {}
    for name, keep in belief.same.items():
        told = link.same[name] >= 0
        kept = np.where(link.same[name] == 1, keep / (keep + (1 - keep) * link.common[name]), 0.0)
        same[name] = _mean(float((sure * kept)[told].sum()), float(sure[told].sum()), first.same[name], weight)
    changed = _mean(float(sure[~link.same_class].sum()), pairs, settings.class_change, weight)
    replaced = _mean(pairs, size, settings.replaced_share, weight)
    middle = (link.gap_low + link.gap_high) / 2
    exact = link.gap_high - link.gap_low <= 3 * BIN_DAYS  # a gap known to a year says little of the density
    size = len(belief.gap_share)
    bins = np.clip((middle[exact] - belief.gap_edges[0]) // BIN_DAYS, 0, size - 1).astype(np.int64)
    counts = np.bincount(bins, sure[exact], minlength=size)
    paired = np.minimum(np.bincount(link.new, sure, minlength=len(new)), 1.0)
    return Belief(
        replaced=replaced,
        class_change=changed,
        same=same,
        gap_edges=belief.gap_edges,
        gap_share=_spread(counts + weight * first.gap_share),
        additions=_additions(old, new, paired),
        pairs=pairs,
    )


def _mean(count: float, size: float, prior: float, weight: float) -> float:
    return float(np.clip((count + prior * weight) / (size + weight), 0.002, 0.998))
