"""What published means of whole-number ratings imply: GRIM, possible variances, SPRITE's sets, how near two groups are.

A group of n people rates k items each, whole numbers from low to high; a person's composite is the mean of the k. The
sum of all ratings is a whole number, so only some means are possible: GRIM (Brown and Heathers, 2017, Social
Psychological and Personality Science 8(4), 363-369). GRIM and the variances are exact (integers and fractions).

SPRITE (Heathers, Anaya, van der Zee and Brown, 2018, PeerJ Preprints 6:e26968v1) samples sets of ratings that have a
published mean and, where there is one, SD. One rating goes up by a step while another goes down, which keeps the sum,
until the spread is right, too. The sets show what is possible, not how probable it is.
"""

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import cached_property
from itertools import product

import numpy as np
from scipy import optimize, stats

from lib.errors import InputError
from lib.stats.groups import hedges_correction

# A mean that ends exactly on a 5 may have been printed either way; both are accepted, as GRIM's authors advise.
ROUNDINGS = (ROUND_HALF_UP, ROUND_HALF_EVEN)


def totals(mean: float | str, n: int, items: int = 1, decimals: int = 2) -> list[int]:
    """Sums of n * items whole numbers whose mean prints as `mean` at `decimals` decimals, ascending; maybe none.

    Raises InputError for counts below 1, and for a mean with more decimals than said.
    """
    if min(n, items) < 1 or decimals < 0:
        raise InputError(f"expected at least one person, one item, no decimal; found {n}, {items}, {decimals}")
    unit = Decimal(1).scaleb(-decimals)
    printed = Decimal(str(mean))
    if not printed.is_finite() or printed != printed.quantize(unit):
        raise InputError(f"mean {mean}: expected a number with at most {decimals} decimals")
    size = n * items
    sums = range(math.floor(Fraction(printed - unit) * size), math.ceil(Fraction(printed + unit) * size) + 1)
    with localcontext(prec=50):  # a tie is then met exactly, and nothing else looks like one
        return [total for total in sums if any(printed == (total / Decimal(size)).quantize(unit, r) for r in ROUNDINGS)]


def grim(mean: float | str, n: int, items: int = 1, decimals: int = 2) -> bool:
    """Whether n people with `items` whole-number ratings each can have this mean (GRIM)."""
    return bool(totals(mean, n, items, decimals))


def _squares(total: int, n: int, low: int, high: int) -> tuple[int, int]:
    """Smallest and largest sum of squares of n whole numbers from low to high with this sum."""
    quotient, rest = divmod(total, n)  # smallest: all as equal as can be
    smallest = rest * (quotient + 1) ** 2 + (n - rest) * quotient**2
    at_top, rest = divmod(total - n * low, high - low)  # largest: all but one at the ends
    between = [low + rest] if rest else []
    return smallest, at_top * high**2 + sum(x**2 for x in between) + (n - at_top - len(between)) * low**2


def grimmer(
    mean: float | str, sd: float | str, n: int, items: int = 1, decimals: int = 2, ends: tuple[int, int] | None = None
) -> bool:
    """Whether n people with `items` whole-number ratings each can have this mean and SD, as printed (GRIMMER).

    After Anaya (2016) and Allard (2018): the sum of squares of people's sums is a whole number, even where their sum
    is. ends: of the scale, where they are known; (0, 1) makes it DEBIT (Heathers and Brown, 2019). The SD divides by
    n - 1, has the decimals that its text shows, and may have been rounded either way on a 5.
    """
    printed = Decimal(str(sd))
    half = Fraction(Decimal(1).scaleb(printed.as_tuple().exponent)) / 2
    low, high = ((max(Fraction(printed) + way * half, 0)) ** 2 * (n - 1) * items**2 for way in (-1, 1))
    for total in totals(mean, n, items, decimals) if n > 1 and printed >= 0 else ():
        about = Fraction(total**2, n)
        first, last = math.ceil(low + about), math.floor(high + about)
        if ends and not ends[0] * n * items <= total <= ends[1] * n * items:
            continue
        if ends:
            smallest, largest = _squares(total, n, items * ends[0], items * ends[1])
            first, last = max(first, smallest), min(last, largest)
        if first + (total - first) % 2 <= last:
            return True
    return False


@dataclass(frozen=True)
class Group:
    """A group of which the mean is published: n people, `items` ratings each, from low to high.

    Raises InputError for fewer than two people, and for a mean that no such ratings have (GRIM, or off the scale).
    """

    mean: float | str
    n: int
    items: int = 1
    low: int = 1
    high: int = 5
    decimals: int = 2

    def __post_init__(self):
        if self.n < 2 or self.high <= self.low:
            raise InputError(f"expected two people or more and a scale of two points or more, found {self}")
        if not self.totals:
            raise InputError(
                f"mean {self.mean} is impossible for {self.n} people with {self.items} ratings each from {self.low} to "
                f"{self.high} (GRIM); check the number of items"
            )

    @cached_property
    def totals(self) -> tuple[int, ...]:
        """Possible sums of all ratings, ascending."""
        size, found = self.n * self.items, totals(self.mean, self.n, self.items, self.decimals)
        return tuple(total for total in found if self.low * size <= total <= self.high * size)

    def variances(self, total: int) -> tuple[Fraction, Fraction]:
        """Smallest and largest variance (n - 1 below the line) of the composites, for one sum.

        Both are reached. The largest is the bound of Bhatia and Davis (2000, American Mathematical Monthly 107(4),
        353-357), (mean - low)(high - mean) n / (n - 1), lowered by what whole ratings cannot reach.
        """
        squares = _squares(total, self.n, self.items * self.low, self.items * self.high)
        smallest, largest = ((x - Fraction(total**2, self.n)) / (self.n - 1) / self.items**2 for x in squares)
        return smallest, largest

    def sd_bounds(self) -> tuple[float, float]:
        """Smallest and largest standard deviation of the composites over all possible sums."""
        pairs = [self.variances(total) for total in self.totals]
        return math.sqrt(min(low for low, _ in pairs)), math.sqrt(max(high for _, high in pairs))


STEPS = 20_000  # of SPRITE, at most
_HEAT = 2.0  # a move that leads away by d is taken with probability exp(-d / _HEAT), so that no set is stuck


def sprite(group: Group, sd: float | None = None, count: int = 1000, seed: int = 0) -> np.ndarray:
    """Sample `count` sets of composites with the group's mean: shape (count, n), in random order within a set.

    sd  the published standard deviation (n - 1) of the composites, at two decimals. Without one, every set gets a sum
        of squares drawn evenly between the smallest and the largest possible, so all spreads occur.

    Raises InputError for an SD outside the possible bounds, and where no set was found.
    """
    rng = np.random.default_rng(seed)
    sums = rng.choice(np.array(group.totals), size=count)
    low, high = _square_bounds(group, sums)
    if sd is None:
        # near the largest spread few sums of squares occur, so the window is as wide as the largest single move
        reach = 2 * group.items * (group.high - group.low)
        target = rng.uniform(low, high)
        window = np.column_stack([target - reach / 2, target + reach / 2])
    else:
        window = _sd_window(group, sums, sd)
    where = (window.mean(axis=1) - low) / np.maximum(high - low, 1)
    sets = _walk(rng, _start(rng, group, sums, where), group, window)
    if sets is None:
        raise InputError(
            f"no set of {group.n} people with mean {group.mean} and SD {sd} was found in {STEPS} moves; check the "
            "SD and the number of items"
        )
    return rng.permuted(sets, axis=1) / group.items


def _square_bounds(group: Group, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest sum of squares about 0 for each set's sum, shape (count,) each."""
    scale = group.items**2 * (group.n - 1)
    bounds = {
        total: [float(variance * scale) + total**2 / group.n for variance in group.variances(total)]
        for total in group.totals
    }
    low, high = np.array([bounds[total] for total in sums.tolist()]).reshape(-1, 2).T
    return low, high


def _sd_window(group: Group, sums: np.ndarray, sd: float) -> np.ndarray:
    """Sums of squares that print as this SD at two decimals, shape (count, 2)."""
    low, high = group.sd_bounds()
    half = 0.005 * (1 + 1e-9)
    if not math.isfinite(sd) or sd + half < low or sd - half > high:
        raise InputError(
            f"SD {sd}: expected one from {low:.3f} to {high:.3f}, which the mean {group.mean} leaves possible"
        )
    squares = np.array([max(sd - half, 0.0), sd + half]) ** 2 * group.items**2 * (group.n - 1)
    return squares[None, :] + (sums**2 / group.n)[:, None]


def _start(rng: np.random.Generator, group: Group, sums: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Person totals with the right sums, shape (count, n): equal, or at the ends where a large spread is wanted (1)."""
    # climbing is far slower than coming down: many who sit at the top of the scale cannot move up
    low, high = group.items * group.low, group.items * group.high
    people = np.arange(group.n)
    equal = sums[:, None] // group.n + (people < (sums % group.n)[:, None])
    spread = low + np.clip((sums - group.n * low)[:, None] - people * (high - low), 0, high - low)
    return np.where((where < rng.uniform(0.02, 0.3, size=len(sums)))[:, None], equal, spread)


def _walk(rng: np.random.Generator, sets: np.ndarray, group: Group, window: np.ndarray) -> np.ndarray | None:
    """Move until every set's sum of squares is in its window; None where some set does not get there."""
    low, high = group.items * group.low, group.items * group.high
    rows = np.arange(len(sets))
    squares = (sets**2).sum(axis=1).astype(float)
    for step in range(STEPS):
        away = np.maximum(window[rows, 0] - squares[rows], 0) + np.maximum(squares[rows] - window[rows, 1], 0)
        if step >= 4 * group.n:  # until then sets in their window move on inside it, for variety of shape
            rows, away = rows[away > 0], away[away > 0]
        if not len(rows):
            return sets
        up, down = rng.integers(group.n, size=(2, len(rows)))
        a, b = sets[rows, up], sets[rows, down]
        after = squares[rows] + 2 * (a - b) + 2
        farther = np.maximum(window[rows, 0] - after, 0) + np.maximum(after - window[rows, 1], 0) - away
        heat = np.exp(-np.maximum(farther, 0) / _HEAT)
        taken = (up != down) & (a < high) & (b > low) & (rng.random(len(rows)) < heat)
        moved = rows[taken]
        sets[moved, up[taken]] += 1
        sets[moved, down[taken]] -= 1
        squares[moved] = after[taken]
    return None


# Two groups of which only the means are published: how near can they be? With the means given, |t| and Hedges' g are
# smallest where both variances are largest. Means do not fix the order of people: a group with the lower mean can have
# more people who rate higher, if a few rate very low. So Cliff's delta has bounds only, and they are proven.


def delta_bounds(first: Group, second: Group) -> tuple[float, float]:
    """Outer bounds of Cliff's delta, P(first > second) - P(first < second), over all tables: none lies outside.

    With counts of people allowed to be fractions, delta is bilinear in the two groups' distributions, so it is
    extreme where each sits on at most two ratings (the vertices of {counts >= 0, sum n, mean given}); all such pairs
    are tried. Whole people may not quite reach the ends.
    """
    if (first.items, first.low, first.high) != (second.items, second.low, second.high):
        raise InputError("two groups: expected the same items and the same scale in both")
    signs = np.sign(np.subtract.outer(_lattice(first), _lattice(second)))
    low, high = math.inf, -math.inf
    for one, other in product(first.totals, second.totals):
        values = _two_points(first, one) @ signs @ _two_points(second, other).T
        low, high = min(low, values.min()), max(high, values.max())
    return max(float(low), -1.0), min(float(high), 1.0)


def _lattice(group: Group) -> np.ndarray:
    """All totals that one person can have."""
    return np.arange(group.items * group.low, group.items * group.high + 1)


def _two_points(group: Group, total: int) -> np.ndarray:
    """Every distribution on one or two person totals with the right mean: shape (vertices, points)."""
    points, mean = _lattice(group), total / group.n
    rows = []
    for a, b in product(points[points <= mean], points[points >= mean]):
        weights = np.zeros(len(points))
        upper = (mean - a) / (b - a) if b > a else 1.0
        weights[a - points[0]] += 1 - upper
        weights[b - points[0]] += upper
        rows.append(weights)
    return np.array(rows)


def bounds_any_items(first: float | str, second: float | str, n: int, m: int, low: int = 1, high: int = 5):
    """Smallest Welch |t| and Hedges' |g|, and the largest p, for every number of items at once: (t, g, p).

    Means anywhere within their rounding to two decimals, variances the bounds of Bhatia and Davis (Group.variances). A
    squared difference over a sum of concave variances is quasi-convex, so the one local minimum is the smallest value.
    Raises InputError for means off the scale, or that may be equal.
    """
    box = [(max(low, float(x) - 0.005), min(high, float(x) + 0.005)) for x in (first, second)]
    if any(a >= b for a, b in box):
        raise InputError(f"means {first} and {second}: expected both between {low} and {high}")
    if box[0][0] <= box[1][1] and box[1][0] <= box[0][1]:
        raise InputError(f"means {first} and {second} may be equal before rounding: nothing is the smallest difference")

    def ratio(means: np.ndarray, weights: tuple[float, float]) -> float:
        variances = [(x - low) * (high - x) * w for x, w in zip(means, weights, strict=True)]
        return (means[0] - means[1]) ** 2 / sum(variances)

    def smallest(weights: tuple[float, float]) -> float:
        start = [sum(ends) / 2 for ends in box]
        return math.sqrt(optimize.minimize(ratio, start, (weights,), bounds=box, tol=1e-12).fun)

    t = smallest((1 / (n - 1), 1 / (m - 1)))  # n / (n - 1) for the variance, / n for the mean
    g = smallest((n / (n + m - 2), m / (n + m - 2))) * hedges_correction(n, m)
    return t, g, float(2 * stats.t.sf(t, min(n, m) - 1))
