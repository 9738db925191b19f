"""Beside rank tests of groups: ordinal regression, people who rated several conditions or traces, equivalence.

Ratings of one person are alike, and every method here says how it allows for that. Cumulative link models with random
effects are not in Python's libraries; so the ordinal regression is the marginal one, with standard errors clustered by
participant (Liang and Zeger, 1986), and the random effects are those of a linear mixed model of the scale scores.
"""

import math
import warnings
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pingouin
from scipy import special
from scipy import stats as scipy_stats
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.regression.mixed_linear_model import MixedLM

from lib.stats.groups import Omnibus
from lib.stats.right_wrong import LEVEL, Estimate, holm, unknown

EFFECTS = ["first", "second", "value", "low", "high", "p_holm", "note"]
_FAR = 8.0  # of a log odds ratio, about 3000 to 1: only ratings that do not overlap give it


def ordinal(scored: pd.DataFrame, scale: str, conditions: list[str]) -> tuple[Omnibus, pd.DataFrame]:
    """Proportional odds of one scale's ratings on condition and item (statsmodels), clustered by participant.

    scored: as lib.stats.ratings.scored returns it. Returns a Wald test of the conditions, an F with people - conditions
    degrees of freedom below, and EFFECTS: the odds of a higher rating in the first of a pair over the second.
    """
    test, part = "Ordinal regression, Wald F", scored[(scored["scale"] == scale) & scored["condition"].isin(conditions)]
    people, points = part["participant"].nunique(), part["score"].nunique()
    note = "one group only: nothing to compare it with" if len(conditions) < 2 else ""
    note = note or ("all ratings are equal" if points < 2 else "")
    note = note or ("too few people for clustered errors: two per condition" if people < 2 * len(conditions) else "")
    if note:
        return _nothing(test, conditions, note)
    dummies = [pd.get_dummies(pd.Categorical(part["condition"], conditions)).iloc[:, 1:]]
    dummies.append(pd.get_dummies(part["item"].to_numpy()).iloc[:, 1:])
    outcome = pd.Series(pd.Categorical(part["score"].to_numpy(), ordered=True))
    by = {"groups": pd.factorize(part["participant"])[0]}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # a fit that went wrong is known by its numbers
        try:
            model = OrderedModel(outcome, pd.concat(dummies, axis=1).astype(float), distr="logit")
            fit = model.fit(method="bfgs", maxiter=300, disp=0, cov_type="cluster", cov_kwds=by)
            slopes = np.asarray(fit.params)[: len(conditions) - 1]
            covariance = np.asarray(fit.cov_params())[: len(slopes), : len(slopes)]
        except (np.linalg.LinAlgError, ValueError):
            slopes, covariance = np.array([math.inf]), np.zeros((1, 1))
    errors = np.diag(covariance)
    if not (np.isfinite(slopes).all() and np.abs(slopes).max() < _FAR and (errors > 1e-12).all() and errors.max() < 25):
        return _nothing(test, conditions, "a condition's ratings do not overlap with another's: no finite odds ratio")
    slopes = np.append(0.0, slopes)  # the first condition is what the others are compared with
    covariance = np.pad(covariance, ((1, 0), (1, 0)))
    rough = "fewer than 30 people: clustered errors are rough" if people < 30 else ""
    omnibus, effects = _contrasts(test, conditions, slopes, covariance, people - len(conditions))
    effects[["value", "low", "high"]] = np.exp(effects[["value", "low", "high"]])
    return replace(omnibus, note=rough), effects


def mixed(cells: pd.DataFrame, conditions: list[str], within: bool) -> tuple[Omnibus, pd.DataFrame]:
    """A linear mixed model of scores on condition (statsmodels, REML), with a random intercept per participant.

    cells: trace scores of one scale. Where people rate several traces in each of several conditions, a second random
    intercept, per participant and condition. Degrees of freedom as in a balanced analysis of variance: (people - 1)
    (conditions - 1) within people, people - conditions between them. EFFECTS: differences in points.
    """
    test, people = "Mixed model, Wald F", cells["participant"].nunique()
    df = (people - 1) * (len(conditions) - 1) if within else people - len(conditions)
    if len(conditions) < 2 or df < 1:
        return _nothing(test, conditions, "one group only, or too few people: nothing to compare")
    data = cells.assign(condition=pd.Categorical(cells["condition"], conditions)).reset_index(drop=True)
    more = within and data.duplicated(["participant", "condition"]).any()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of a variance at 0, where the model is the one without it
        try:
            model = MixedLM.from_formula(
                "score ~ 0 + condition",
                data,
                groups=data["participant"].to_numpy(),
                re_formula="1",
                vc_formula={"cell": "0 + condition"} if more else None,
            )
            fit = model.fit(reml=True)
            means, size = np.asarray(fit.fe_params), len(conditions)
            covariance = np.asarray(fit.cov_params())[:size, :size]
        except (np.linalg.LinAlgError, ValueError):
            means, covariance = np.full(len(conditions), math.nan), np.zeros((len(conditions),) * 2)
    if not (np.isfinite(means).all() and np.isfinite(covariance).all() and (np.diag(covariance) > 1e-12).all()):
        return _nothing(test, conditions, "the model has no fit: scores without spread")
    return _contrasts(test, conditions, means, covariance, df)


def _nothing(test: str, conditions: list[str], note: str) -> tuple[Omnibus, pd.DataFrame]:
    rows = [(*pair, math.nan, math.nan, math.nan, math.nan, note) for pair in combinations(conditions, 2)]
    return Omnibus(test, math.nan, (), math.nan, note), pd.DataFrame(rows, columns=EFFECTS)


def _contrasts(
    test: str, conditions: list[str], means: np.ndarray, covariance: np.ndarray, df: float
) -> tuple[Omnibus, pd.DataFrame]:
    """Wald's F over all conditions, and every pair with its t interval; p with Holm's correction."""
    away = means[1:] - means[0]
    step = np.column_stack([-np.ones(len(away)), np.eye(len(away))])
    f = float(away @ np.linalg.pinv(step @ covariance @ step.T) @ away) / len(away)
    reach, rows = scipy_stats.t.ppf((1 + LEVEL) / 2, df), []
    for i, j in combinations(range(len(conditions)), 2):
        value = float(means[i] - means[j])
        error = math.sqrt(max(covariance[i, i] + covariance[j, j] - 2 * covariance[i, j], 0))
        p = 2 * scipy_stats.t.sf(abs(value) / error, df) if error else math.nan
        rows.append((conditions[i], conditions[j], value, value - reach * error, value + reach * error, p, ""))
    effects = pd.DataFrame(rows, columns=EFFECTS)
    omnibus = Omnibus(test, f, (len(away), df), float(scipy_stats.f.sf(f, len(away), df)))
    return omnibus, effects.assign(p_holm=holm(effects["p_holm"]))


# People who rated several conditions: ranks within people


def table_of(scores: pd.DataFrame, conditions: list[str]) -> pd.DataFrame:
    """People by conditions, scores of one scale (as lib.stats.ratings.scores), NaN where somebody has none."""
    return scores.pivot(index="participant", columns="condition", values="score").reindex(columns=conditions).round(9)


def friedman(table: pd.DataFrame) -> Omnibus:
    """Friedman's chi-squared (pingouin) of people by conditions, of the people with a score in every condition."""
    test, whole = "Friedman", table.dropna()
    if len(whole) < 2 or table.shape[1] < 3:
        return Omnibus(test, math.nan, (), math.nan, "needs three conditions, and two people who rated them all")
    if (np.ptp(whole.to_numpy(), axis=1) == 0).all():
        return Omnibus(test, math.nan, (), math.nan, "everybody scores all conditions alike: there are no ranks")
    long = whole.reset_index().melt("participant")
    row = pingouin.friedman(long, dv="value", within="condition", subject="participant").iloc[0]
    left = f"{len(table) - len(whole)} people without all scores left out" if len(whole) < len(table) else ""
    return Omnibus(test, float(row["Q"]), (len(table.columns) - 1,), float(row["p_unc"]), left)


PAIRED = ["first", "second", "people", "w", "p_holm", "r", "g", "g_low", "g_high", "note_w", "note_g"]


def paired(table: pd.DataFrame) -> pd.DataFrame:
    """Every pair of conditions within people (those with both scores): PAIRED.

    w, p_holm  Wilcoxon's signed rank test (pingouin, corrected for continuity), p with Holm's correction
    r          matched-pairs rank-biserial correlation, -1 to 1 (Kerby, 2014)
    g          Hedges' g of the differences, mean over their standard deviation, with the noncentral t interval
    """
    rows = []
    for first, second in combinations(table.columns, 2):
        away = (table[first] - table[second]).dropna().to_numpy().round(9)
        w = p = r = math.nan
        note = "" if away.any() else "nobody scores the two differently: there are no ranks"
        if not note:
            row = pingouin.wilcoxon(away).iloc[0]
            w, p, r = float(row["W_val"]), float(row["p_val"]), float(row["RBC"])
        g = _paired_g(away)
        rows.append((first, second, len(away), w, p, r, g.value, g.low, g.high, note, g.note))
    found = pd.DataFrame(rows, columns=PAIRED)
    return found.assign(p_holm=holm(found["p_holm"]))


def _paired_g(away: np.ndarray) -> Estimate:
    n = len(away)
    if n < 3 or np.ptp(away) < 1e-9:
        return unknown("differences without spread, or fewer than three people")
    d = float(away.mean() / away.std(ddof=1))
    ends = special.nctdtrinc(n - 1, [(1 + LEVEL) / 2, (1 - LEVEL) / 2], d * math.sqrt(n)) / math.sqrt(n)
    return Estimate(d * (1 - 3 / (4 * (n - 1) - 1)), float(ends[0]), float(ends[1]))


# Differences in points, and whether they are small enough to say "no different"


def difference(x: np.ndarray, y: np.ndarray, paired: bool, level: float = LEVEL) -> Estimate:
    """Mean of x less mean of y with the interval of Welch's t, or of the paired t (scipy)."""
    if not (len(x) and len(y)):
        return unknown("nobody has both scores")
    value, spread = float(np.mean(x) - np.mean(y)), np.ptp(x - y) if paired else np.ptp(x) + np.ptp(y)
    if min(len(x), len(y)) < 2 or spread < 1e-9:
        return unknown("no interval: fewer than two people, or no spread", value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one group may be constant, which Welch's t allows
        test = scipy_stats.ttest_rel(x, y) if paired else scipy_stats.ttest_ind(x, y, equal_var=False)
        low, high = test.confidence_interval(level)
    return Estimate(value, float(low), float(high))


def equivalence(x: np.ndarray, y: np.ndarray, margin: float, paired: bool) -> tuple[Estimate, float]:
    """Two one-sided tests (Schuirmann, 1987; pingouin): the difference with its 90 % interval, and p.

    p below 0.05: the difference lies within -margin to margin points, and so does the interval.
    """
    found = difference(x, y, paired, level=0.9)
    if found.note:
        return found, math.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        p = pingouin.tost(x, y, bound=float(margin), paired=paired, correction=True)["pval"].iloc[0]
    return found, float(p)
