"""How sure a plane is: the probability that its angle and area are right, from what the points around it say.

A logistic model of quantities that a scan shows without any truth, fitted to virtual scans of city models and of made-up simple houses
(tests/benchmarks/fit_roof_confidence.py makes the numbers; docs/metod/takytor.md shows how often planes of each confidence are
right). Right means: normal within 3 deg and area within 10 % of the true plane.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

TERMS = (
    "constant",
    "points",
    "unexplained",
    "foreign",
    "roughness",
    "planes",
    "border",
    "inner",
    "noise",
    "clean",
    "creases",
)
WEIGHTS = (-5.14, 0.682, -1.33, -6.079, -2.081, -0.136, -1.468, -1.26, -2.564, 0.539, 0.561)
"""Of the terms, in order (log odds)."""
ASSUMED_EDGE_M = 0.15
"""Standard error of an assumed overhang [m]: Swedish houses have 0.3-0.6 m."""
AREA_SHARE = 0.10
"""An area is right within this share."""
ROUGHNESS = (0.5, 2.0)
STEPS = 0.02
"""From this share of the perimeter steps count: a sliver of a crease is none."""


@dataclass(frozen=True)
class Evidence:
    """What a scan says of one plane.

    points: measured points of the plane inside its outline; foreign: share of the points inside that lie on no or another plane;
    unexplained: pairs of neighbours of which one lies on the plane and the other on none, per point; roughness: rms distance of the
    points over the building's noise; planes: planes of the building; border: perimeter times point spacing over the outline's area;
    inner: share of the perimeter that is not the roof's edge; edge: edge of the roof times its standard error over the area, 0 where
    it is known; step: share of the perimeter inside the roof where it meets no other plane; clean: every point of the building lies
    on a plane; noise_m: noise of the building's points [m]; sloped: not flat.
    """

    points: int
    unexplained: float
    foreign: float
    roughness: float
    planes: int
    border: float
    inner: float
    edge: float = 0.0
    step: float = 0.0
    clean: bool = True
    noise_m: float = 0.05
    sloped: bool = True


def terms(evidence: Evidence) -> tuple[float, ...]:
    """Return the quantities the weights apply to, in the order of TERMS."""
    return (
        1.0,
        math.log(evidence.points),
        math.sqrt(evidence.unexplained),
        evidence.foreign,
        min(max(evidence.roughness, ROUGHNESS[0]), ROUGHNESS[1]),
        math.log(evidence.planes),
        math.log(evidence.border),
        evidence.inner,
        math.log(evidence.noise_m),
        float(evidence.clean),
        float(evidence.clean and evidence.sloped and evidence.step < STEPS),
    )


def probability(evidence: Evidence) -> float:
    """Return how probable it is (0..1) that the plane's angle and area are right."""
    odds = sum(weight * term for weight, term in zip(WEIGHTS, terms(evidence), strict=True))
    known = 1.0 / (1.0 + math.exp(-odds))
    return known * math.erf(AREA_SHARE / (math.sqrt(2) * evidence.edge)) if evidence.edge > 0 else known
