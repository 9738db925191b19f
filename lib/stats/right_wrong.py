"""Statistics of right and wrong: 2x2 tables, paired arms, means over classes. Built on statsmodels and scipy.

A 2x2 table has its cells in one order everywhere: [right answer & right step, right & wrong, wrong & right,
wrong & wrong]. No number is ever NaN without a `note` that says why. Every resampling takes a seed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats as scipy_stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from lib.errors import InputError

LEVEL = 0.95  # of every interval, where nothing else is asked for


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval (or the level asked for). NaN only with a note."""

    value: float
    low: float
    high: float
    note: str = ""

    def columns(self, name: str, times: float = 1) -> dict[str, float]:
        """NAME, NAME_low and NAME_high, each so many times (100: in percent)."""
        return {name: times * self.value, f"{name}_low": times * self.low, f"{name}_high": times * self.high}


def unknown(note: str, value: float = math.nan) -> Estimate:
    """No number, or one without an interval; the note says why."""
    return Estimate(value, math.nan, math.nan, note)


def percentiles(draws: np.ndarray, level: float = LEVEL) -> tuple[float, float]:
    """The ends of the middle 95 % (or `level`) of resampled numbers."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Table2x2:
    """Counts of answer (rows: right, wrong) by step (columns: right, wrong)."""

    right_right: int
    right_wrong: int
    wrong_right: int
    wrong_wrong: int

    def __post_init__(self):
        if any(cell < 0 or cell != int(cell) for cell in self.cells) or sum(self.cells) == 0:
            raise InputError(f"2x2 table: expected four counts, at least one above 0; found {list(self.cells)}")

    @classmethod
    def from_booleans(cls, answer: Sequence[bool], step: Sequence[bool]) -> "Table2x2":
        """Count two boolean arrays of the same length, one entry an output."""
        answer, step = np.asarray(answer, bool), np.asarray(step, bool)
        if answer.shape != step.shape:
            raise InputError(f"2x2 table: expected arrays of one length, found {answer.size} and {step.size} values")
        pairs = (answer & step, answer & ~step, ~answer & step, ~answer & ~step)
        return cls(*(int(pair.sum()) for pair in pairs))

    @property
    def cells(self) -> tuple[int, int, int, int]:
        """The four counts in the order used everywhere."""
        return self.right_right, self.right_wrong, self.wrong_right, self.wrong_wrong

    @property
    def n(self) -> int:
        """All outputs in the table."""
        return sum(self.cells)

    @property
    def matrix(self) -> np.ndarray:
        """Shape (2, 2): answer by step."""
        return np.array(self.cells).reshape(2, 2)

    def degenerate(self) -> str:
        """Why nothing can be said of an association, or ''."""
        if 0 in self.matrix.sum(axis=0):
            return "the step is right always or never"
        if 0 in self.matrix.sum(axis=1):
            return "the answer is right always or never"
        return ""


def proportion(count: int, n: int) -> Estimate:
    """A share with Wilson's interval (statsmodels)."""
    if n == 0:
        return unknown("there are no outputs to take a share of")
    low, high = proportion_confint(count, n, 1 - LEVEL, method="wilson")
    share = count / n
    return Estimate(share, min(float(low), share), max(float(high), share))  # rounding: of 0 in 3, low is 1e-17


def mean_of(values: Sequence[float]) -> Estimate:
    """A mean with Student's t interval (scipy); at least two values, such as one a seed."""
    if len(values) < 2:
        mean = float(np.mean(values)) if values else math.nan
        return unknown("an interval for a mean needs two values or more", mean)
    mean, error = float(np.mean(values)), float(scipy_stats.sem(values))
    if error == 0:
        return Estimate(mean, mean, mean)
    low, high = scipy_stats.t.interval(LEVEL, len(values) - 1, mean, error)
    return Estimate(mean, float(low), float(high))


def shares(table: Table2x2, n: int) -> dict[str, Estimate]:
    """What is said of a table and `n` outputs in all, those without a trace included.

    joint            P(answer right and step right), of all n
    answer_if_right  P(answer right | step right)
    answer_if_wrong  P(answer right | step wrong)
    """
    (a, b), (c, d) = table.matrix
    return {
        "joint": proportion(table.right_right, n),
        "answer_if_right": proportion(int(a), int(a + c)),
        "answer_if_wrong": proportion(int(b), int(b + d)),
    }


def phi(table: Table2x2, resamples: int = 2000, seed: int = 0) -> Estimate:
    """The phi coefficient: Pearson's correlation of answer and step, in [-1, 1].

    Interval: percentiles of multinomial resamples of the four cells; those with an empty margin have no phi and are
    left out (the note counts them). An empty cell would be empty in every resample, and a phi of 1 look certain: 0.5
    is then added to every cell (Haldane and Anscombe).
    """
    if note := table.degenerate():
        return unknown(note)
    weights = table.matrix.ravel() + (0.5 if 0 in table.cells else 0.0)
    draws = np.random.default_rng(seed).multinomial(table.n, weights / weights.sum(), size=resamples)
    values = _phi(draws)
    known = values[np.isfinite(values)]
    low, high = percentiles(known) if len(known) else (math.nan, math.nan)
    lost = resamples - len(known)
    note = f"{lost} of {resamples} resamples have an empty margin" if lost else ""
    value = float(_phi(np.array([table.cells]))[0])  # resamples of an empty cell lie nearer to 0 than a phi of 1
    return Estimate(value, min(low, value), max(high, value), note)


def _phi(cells: np.ndarray) -> np.ndarray:
    """Shape (k, 4) -> (k,); NaN where a margin is empty."""
    a, b, c, d = cells.T.astype(float)
    product = (a + b) * (c + d) * (a + c) * (b + d)
    return np.divide(a * d - b * c, np.sqrt(product), out=np.full(len(cells), np.nan), where=product > 0)


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Holm's correction over one family, in input order (statsmodels). A missing p (NaN) is in no family and stays."""
    p_values = np.asarray(p_values, float)
    known = np.isfinite(p_values)
    corrected = np.full(p_values.shape, np.nan)
    if known.any():
        corrected[known] = multipletests(p_values[known], method="holm")[1]
    return corrected


@dataclass(frozen=True, slots=True)
class Difference(Estimate):
    """A difference with its interval, and a two-sided p from the same resampling."""

    p: float = math.nan


def stratified_mean(right: Sequence[bool], strata: Sequence, resamples: int = 2000, seed: int = 0) -> Estimate:
    """The unweighted mean over strata of the share right: how the paper averages over classes.

    Interval: percentile bootstrap, outputs resampled within each stratum. Raises InputError for arrays of different
    length, or empty ones.
    """
    value, draws = _resampled(np.asarray(right, bool).astype(float), strata, (0, 1), resamples, seed)
    return Estimate(value, *percentiles(draws))


def stratified_difference(
    first: Sequence[bool],
    second: Sequence[bool],
    strata: Sequence,
    resamples: int = 2000,
    seed: int = 0,
    level: float = LEVEL,
) -> Difference:
    """First minus second arm on the same problems, averaged over strata; problems are resampled in pairs.

    level 0.90 gives the interval of an equivalence test at 5 % (TOST). p: twice the share of resamples on the other
    side of 0, at least 2 / (resamples + 1).
    """
    first, second = np.asarray(first, float), np.asarray(second, float)
    if first.shape != second.shape:
        raise InputError(f"paired arms: expected one length, found {first.size} and {second.size} problems")
    value, draws = _resampled(first - second, strata, (-1, 0, 1), resamples, seed)
    beyond = min((draws <= 0).sum(), (draws >= 0).sum()) + 1
    return Difference(value, *percentiles(draws, level), p=min(1.0, 2 * float(beyond) / (resamples + 1)))


def _resampled(
    values: np.ndarray, strata: Sequence, possible: tuple[int, ...], resamples: int, seed: int
) -> tuple[float, np.ndarray]:
    """(the mean over strata of their means, the same of each resample)."""
    strata = np.asarray(strata)
    if values.size == 0 or values.shape != strata.shape:
        raise InputError(f"means over strata: expected one stratum a value, found {values.size} and {strata.size}")
    rng, draws = np.random.default_rng(seed), np.zeros(resamples)
    groups = [values[strata == stratum] for stratum in np.unique(strata)]
    for group in groups:
        distinct, counts = np.unique(group, return_counts=True)
        if len(distinct) == 1:  # it would be so in every resample, and look certain: as for phi
            distinct, counts = np.array(possible, float), 0.5 + len(group) * (np.array(possible) == distinct[0])
        draws += rng.multinomial(len(group), counts / counts.sum(), size=resamples) @ distinct / len(group)
    return float(np.mean([group.mean() for group in groups])), draws / len(groups)
