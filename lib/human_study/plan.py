"""How many people a study needs: `python -m lib.human_study plan`; --preregister writes down what will be done.

The weakest claim decides: one pair of conditions, under the first and hardest step of Holm's correction (Bonferroni's).
Rank tests need pi / 3 times the people of t tests where scores are normal (Pitman); a single rating on few points is
planned by Whitehead's formula for proportional odds (1993, Statistics in Medicine 12(24), 2257-2271).
"""

import math
from pathlib import Path

import numpy as np
import pingouin
from scipy import stats

from lib.errors import InputError, Parser
from lib.files import write_text
from lib.stats import ratings

TEMPLATE = Path(__file__).with_name("preregistration.txt")
LIMITS = {"d": (0.01, 5), "power": (0.1, 0.999), "alpha": (1e-6, 0.5), "groups": (2, 20), "correlation": (0, 0.99)}
LIMITS |= {"lost": (0, 0.99), "margin": (0.001, 100), "min_seconds": (0, 3600)}
TESTS = {
    False: "Kruskal and Wallis' test, then Mann-Whitney tests of all pairs.\n   Beside them Welch's, Games-Howell's.",
    True: "Friedman's test, then Wilcoxon's signed rank tests of all pairs.\n   Beside them a linear mixed model.",
}


def per_group(d: float, power: float, alpha: float, correlation: float | None = None) -> int:
    """People per condition for scale scores d standard deviations apart, by rank tests; correlation: within people."""
    distance, kind = (d, "two-samples") if correlation is None else (d / math.sqrt(2 * (1 - correlation)), "paired")
    people = pingouin.power_ttest(d=distance, power=power, alpha=alpha, contrast=kind)
    return max(math.ceil(np.nan_to_num(people) * math.pi / 3), 3)  # NaN: pingouin's search ends below two people


def per_group_ordinal(odds: float, power: float, alpha: float, shares: np.ndarray, correlation: float = 0.0) -> int:
    """People per condition for one rating with this odds ratio; shares: of its points, the mean of both conditions."""
    reach = stats.norm.isf(alpha / 2) + stats.norm.ppf(power)
    people = 6 * reach**2 / (math.log(odds) ** 2 * (1 - (shares**3).sum()))
    return max(math.ceil(people * (1 - correlation)), 3)


def shares_of(points: int, d: float) -> np.ndarray:
    """Shares of a scale's points, the mean of two normal answers d apart, cut at steps of one standard deviation."""
    cuts = np.concatenate([[-np.inf], np.arange(1, points) - points / 2, [np.inf]])
    return np.mean([np.diff(stats.norm.cdf(cuts - away)) for away in (-d / 2, d / 2)], axis=0)


def main(argv: list[str]) -> None:
    """Print how many people are needed, and write the preregistration where asked."""
    parser = Parser(prog="python -m lib.human_study plan", description="How many people does a study need?")
    add = parser.add_argument
    add("--d", type=float, default=0.5, help="smallest difference that matters, in standard deviations (0.5)")
    add("--power", type=float, default=0.8, help="share of studies that find it (0.8)")
    add("--alpha", type=float, default=0.05, help="false alarms over all pairs (0.05)")
    add("--groups", type=int, default=4, help="conditions (4)")
    add("--ordinal", action="store_true", help="one rating per person and condition, not a scale of several items")
    add("--within", action="store_true", help="everybody rates every condition")
    add("--correlation", type=float, default=0.5, help="of one person's scores in two conditions, with --within (0.5)")
    add("--lost", type=float, default=0.1, help="share that will be left out (0.1)")
    add("--margin", type=float, default=0.5, help="points below which a difference counts as none (0.5)")
    add("--min-seconds", type=float, default=2.0, help="leave out whose median item took less (2)")
    add("--instrument", type=Path, help="items, points and conditions, as data/instrument.yml")
    add("--preregister", metavar="FILE", type=Path, help="write a text with the analysis fixed in it")
    given = parser.parse_args(argv)
    for name, (low, high) in LIMITS.items():
        if not low <= getattr(given, name) <= high:
            raise InputError(f"--{name.replace('_', '-')} {getattr(given, name)}: expected {low} to {high}; see --help")
    instrument, pairs = ratings.load(given.instrument or ratings.FILE), math.comb(given.groups, 2)
    alpha, correlation = given.alpha / pairs, given.correlation if given.within else 0.0
    if given.ordinal:
        odds, points = math.exp(1.7 * given.d), len(instrument.anchors)  # the logistic scale closest to the normal one
        people = per_group_ordinal(odds, given.power, alpha, shares_of(points, given.d), correlation)
        what = f"one rating on {points} points (an odds ratio of {odds:.2f}, Whitehead's formula)"
    else:
        people = per_group(given.d, given.power, alpha, correlation if given.within else None)
        what = "scale scores, by rank tests"
    ask = math.ceil(people / (1 - given.lost))
    total, each = (ask, "who rate all conditions") if given.within else (ask * given.groups, "over all conditions")
    design = f"within people (correlation {given.correlation:g})" if given.within else "between people"
    power = f"a power of {given.power:g} for d = {given.d:g} in {what}"
    over = f"alpha {given.alpha:g} over {pairs} {'pairs' if pairs > 1 else 'pair'} ({alpha:.2g} each)"
    needed = f"{people} people {'in all' if given.within else 'per condition'} after exclusions; ask {total} {each}"
    print(f"{given.groups} conditions {design}, {power}, {over}:\n  {needed}")
    if given.preregister:
        items = {scale: instrument.scale(scale) for scale in ratings.SCALES}
        fixed = {scale: ", ".join(i.id + " (reversed)" * i.reverse for i in of) for scale, of in items.items()}
        fixed |= vars(given) | {"needed": needed, "design": design, "power": power, "over": over}
        fixed |= {"low": instrument.low, "high": instrument.high, "tests": TESTS[given.within]}
        fixed |= {"conditions": ", ".join(map(str, instrument.conditions.values()))}
        write_text(given.preregister, TEMPLATE.read_text(encoding="utf-8").format(**fixed))
        print("written:", given.preregister)
