"""How sure a plane is: the probability that its angle and area are right, from what the points around it say.

A logistic model of seven quantities that a scan shows without any truth, fitted to virtual scans of city models and of the example
(tests/benchmarks/fit_roof_confidence.py makes the numbers; docs/metod/takytor.md shows how often planes of each confidence are
right). Right means: normal within 3 deg and area within 10 % of the true plane.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

TERMS = ("constant", "points", "unexplained", "foreign", "roughness", "planes", "border", "inner")
WEIGHTS = (3.26, 0.484, -1.991, -7.226, -1.443, -0.352, -1.411, -1.135)
"""Of the terms, in order (log odds)."""
ASSUMED_EDGE_M = 0.15
"""Standard error of an assumed overhang [m]: Swedish houses have 0.3-0.6 m."""
AREA_SHARE = 0.10
"""An area is right within this share."""
ROUGHNESS = (0.5, 2.0)


@dataclass(frozen=True)
class Evidence:
    """What a scan says of one plane.

    points: measured points of the plane inside its outline; foreign: share of the points inside that lie on no or another plane;
    unexplained: pairs of neighbours of which one lies on the plane and the other on none, per point; roughness: rms distance of the
    points over the building's noise; planes: planes of the building; border: perimeter times point spacing over the outline's area;
    inner: share of the perimeter that is not the roof's edge; edge: edge of the roof times its standard error over the area, 0 where
    it is known.
    """

    points: int
    unexplained: float
    foreign: float
    roughness: float
    planes: int
    border: float
    inner: float
    edge: float = 0.0


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
    )


def probability(evidence: Evidence) -> float:
    """Return how probable it is (0..1) that the plane's angle and area are right."""
    odds = sum(weight * term for weight, term in zip(WEIGHTS, terms(evidence), strict=True))
    known = 1.0 / (1.0 + math.exp(-odds))
    return known * math.erf(AREA_SHARE / (math.sqrt(2) * evidence.edge)) if evidence.edge > 0 else known
