"""The human study made for reading: what published means imply, tables of a report, sentences. All numbers computed."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from lib.errors import InputError
from lib.files import ROOT
from lib.published import reported
from lib.stats import groups, possible, power, ratings, simulated
from lib.stats.printed_means import Between, Group, grim_table
from lib.stats.ratings import ATTENTION, SCALE_LABELS, Instrument, Responses
from lib.tables import with_interval

ROOT = ROOT
# Where figures of a reader's own ratings go; git ignores build/.
REPORT = ROOT / "build" / "report"
PAIR = "r1", "correct"  # the two conditions whose interpretability is published
MIDDLE = 3


def load(path: str, seed: int = 0) -> Responses:
    """The ratings of a file, or simulated ones for "". A relative path counts from the repository's root."""
    if not path:
        return simulated.simulate(published_means(), seed=seed)
    return ratings.read_responses(ROOT / Path(path).expanduser())


def instrument_table(instrument: Instrument) -> pd.DataFrame:
    """The questionnaire, one row an item."""
    counted = {False: "as given", True: "turned round"}
    return pd.DataFrame(
        [
            (item.scale, item.facet, item.text, f"must be {item.expected}" if item.expected else counted[item.reverse])
            for item in instrument.items
        ],
        columns=["scale", "about", "sentence to agree or disagree with", "counted"],
    ).replace({"scale": SCALE_LABELS | {ATTENTION: "none"}})


# --- the published means ---


def people() -> int:
    """People in each group, as the paper reports."""
    return int(reported.number("participants in each group"))


def published_means() -> dict[str, dict[str, float]]:
    """scale -> condition -> mean, all that the paper reports of the human study (data/paper.csv)."""
    table = reported.read("paper.csv")
    parts = {scale: table[table["claim"] == claim] for scale, claim in SCALE_LABELS.items()}
    return {scale: dict(zip(part["arm"], part["value"].astype(float), strict=True)) for scale, part in parts.items()}


def published(instrument: Instrument) -> dict[str, str]:
    """ "R1 traces, interpretability" -> "3.39": every published mean, as printed with two decimals."""
    return {
        f"{instrument.conditions[condition]}, {SCALE_LABELS[scale]}": f"{mean:.2f}"
        for scale, means in published_means().items()
        for condition, mean in means.items()
    }


def grim_wide(means: dict[str, str], n: int, up_to: int = 12) -> pd.DataFrame:
    """GRIM for reading: one row a mean, one column a number of ratings a person."""
    table = grim_table(means, n, up_to).set_index("items").T
    wide = table.replace({True: "yes", False: "no"}).rename_axis(None, axis=1)
    wide.insert(0, "mean", list(means.values()))
    return wide.rename_axis("what").reset_index()


def alone(means: dict[str, str], n: int, instrument: Instrument, up_to: int = 12) -> pd.DataFrame:
    """What each mean implies by itself, over all numbers of ratings a person at which it is possible.

    Columns: what, mean, sd_low, sd_high (smallest and largest standard deviation of people's scores), above (people
    who at least are above the middle of the scale, however many ratings each).
    """
    rows = []
    for what, mean in means.items():
        groups = _groups(mean, n, instrument, up_to)
        lows, highs = zip(*(group.sd_bounds() for group in groups), strict=True)
        rows.append((what, mean, min(lows), max(highs), min(group.fewest_above(MIDDLE) for group in groups)))
    return pd.DataFrame(rows, columns=["what", "mean", "sd_low", "sd_high", "above"])


def _groups(mean: str, n: int, instrument: Instrument, up_to: int) -> list[Group]:
    found = []
    for items in range(1, up_to + 1):
        try:
            found.append(Group(mean, n, items, instrument.low, instrument.high))
        except InputError:  # GRIM
            continue
    return found


def pair_means() -> tuple[str, str]:
    """The published interpretability of PAIR, as printed."""
    means = published_means()["interpretability"]
    return tuple(f"{means[condition]:.2f}" for condition in PAIR)


def sure(n: int, instrument: Instrument) -> dict[str, float]:
    """What holds for any ratings and any number of them: t_at_least, g_at_least, p_at_most of PAIR."""
    t, g, p = possible.bounds_any_items(*pair_means(), n, n, instrument.low, instrument.high)
    return {"t_at_least": t, "g_at_least": g, "p_at_most": p}


def sure_text(found: dict[str, float], n: int, instrument: Instrument) -> str:
    """The same as a sentence."""
    first, second = (instrument.conditions[condition] for condition in PAIR)
    return (
        f"**Whatever the raw ratings were**, {first} and {second} differ in interpretability by at least "
        f"**Hedges’ g = {found['g_at_least']:.2f}**; Welch’s |t| is at least {found['t_at_least']:.2f} and its p at "
        f"most {found['p_at_most']:.4f}. This needs no rating at all: {n} people a group, the two printed means "
        f"({' and '.join(pair_means())}), and a scale that ends at {instrument.low} and at {instrument.high}."
    )


def range_table(over: pd.DataFrame) -> pd.DataFrame:
    """`lib.stats.possible.over_items` for reading: one row a number of ratings a person."""
    rows = []
    for items, part in over.groupby("items"):
        row = part.set_index("statistic")
        delta, p = row.loc["Cliff's delta"], row.loc["Mann-Whitney p"]
        rows.append(
            {
                "ratings a person": items,
                "Hedges’ |g| at least": f"{row.loc['Hedges |g|', 'smallest']:.3f}",
                "Welch’s |t| at least": f"{row.loc['Welch |t|', 'smallest']:.3f}",
                "Welch’s p at most": f"{row.loc['Welch p', 'largest']:.4f}",
                "Cliff’s delta lies within": f"{delta['smallest']:+.3f} to {delta['largest']:+.3f}",
                "Mann-Whitney p, sampled": f"{p['sampled_smallest']:.0e} to {p['sampled_largest']:.2f}",
            }
        )
    return pd.DataFrame(rows)


# --- what the means leave open ---


def extremes(items: int, n: int, instrument: Instrument, seed: int = 0) -> pd.DataFrame:
    """Two tables of ratings with the published means: fewest, and most, people for whom the first of PAIR is higher.

    Columns: table, condition, score, people, mean (of the condition in that table), delta (first - second), p
    (Mann-Whitney). Nobody gave these ratings.
    """
    groups = [Group(mean, n, items, instrument.low, instrument.high) for mean in pair_means()]
    names = ("as far as can be in the order of the means", "as far as can be against it")
    rows = []
    for name, pair in zip(names, possible.delta_tables(*groups, seed=seed), strict=True):
        delta = float(np.sign(np.subtract.outer(*pair)).mean())
        p = float(stats.mannwhitneyu(*pair, method="asymptotic").pvalue)
        for condition, totals in zip(PAIR, pair, strict=True):
            for total, count in zip(*np.unique(totals, return_counts=True), strict=True):
                rows.append((name, condition, total / items, int(count), totals.mean() / items, delta, p))
    return pd.DataFrame(rows, columns=["table", "condition", "score", "people", "mean", "delta", "p"])


def extremes_text(table: pd.DataFrame, over: pd.DataFrame, instrument: Instrument) -> str:
    """What the two tables show, and from how many ratings a person on the order is open."""
    (_, one), (_, other) = table.groupby("table", sort=False)
    first, second = (instrument.conditions[condition] for condition in PAIR)
    delta = over[over["statistic"] == "Cliff's delta"].set_index("items")["largest"]
    high = other[other["condition"] == PAIR[0]]
    top = high.loc[high["score"] >= other.loc[other["condition"] == PAIR[1], "score"].min(), "people"].sum()
    open_order = ", ".join(str(items) for items in delta.index[delta > 0]) or "none"
    return (
        f"Left, Cliff’s delta is {one['delta'].iloc[0]:+.2f} (Mann-Whitney p = {one['p'].iloc[0]:.1e}); right, with "
        f"the same two means, {other['delta'].iloc[0]:+.2f} (p = {other['p'].iloc[0]:.2f}). On the right, {top} of the "
        f"{high['people'].sum()} people who read {first} rate them no lower than the lowest who read {second}, and the "
        "rest, at the bottom, pull the mean down. A delta above 0 says that somebody who read "
        f"{first} is the more likely to have given the higher score; the proven bounds allow it for these numbers of "
        f"ratings a person, of those looked at: {open_order}. Such camps are unlikely in real ratings. The means alone "
        "do not rule them out; what they rule out is an equal *mean*."
    )


def four_groups(items: int, n: int, instrument: Instrument, count: int = 1000, seed: int = 0) -> dict[str, float | str]:
    """`lib.stats.possible.kruskal_range` of interpretability: two published means, two anywhere between them."""
    low, high = pair_means()
    ends = {"n": n, "items": items, "low": instrument.low, "high": instrument.high}
    between = Between(low, **ends, upper=high)
    return possible.kruskal_range([Group(low, **ends), between, between, Group(high, **ends)], count, seed)


# --- power ---


def people_table(
    shifts: tuple[float, ...], groups: int, n: int, draws: int = 2000, seed: int = 0, target: float = 0.8
) -> pd.DataFrame:
    """People a group that see an effect with a power of `target`: shift, d, simulated, closed_form, total.

    simulated is Mann-Whitney's, closed_form the t test's; d is the standardised difference that shows in scores for the
    latent shift; total counts all `groups` groups.
    """
    rows = []
    for shift in shifts:
        d = power.simulated_pair(n, shift, draws, seed)["d"]
        found = power.simulated_people(shift, target, draws, seed)
        rows.append((shift, d, found, power.people_needed(d, target), groups * found))
    return pd.DataFrame(rows, columns=["shift", "d", "simulated", "closed_form", "total"])


# --- a report ---


def pair_effects(given: Responses, resamples: int = 2000, seed: int = 0) -> pd.DataFrame:
    """`lib.stats.groups.pairs` of every scale: its columns, scale, evidence. Empty where there is one group only."""
    scores = ratings.scores(given)
    tables = [
        groups.pairs(groups.group_scores(scores, scale, given.conditions), resamples, seed).assign(scale=scale)
        for scale in SCALE_LABELS
    ]
    return pd.concat(tables, ignore_index=True).assign(evidence=given.evidence)


def report_part(table: pd.DataFrame, part: str, instrument: Instrument) -> pd.DataFrame:
    """One part of a report's table (lib/human_study.py) for reading; columns without anything are left out."""
    rows = table[table["part"] == part]
    labels = instrument.conditions
    frame = pd.DataFrame(
        {
            "scale": rows["scale"].replace(SCALE_LABELS),
            "what": rows["what"],
            "who": [" – ".join(labels.get(name, name) for name in who.split(" - ")) for who in rows["who"]],
            "value": [_number(value, whole=part == "people") for value in rows["value"]],
            "95 % interval": [
                f"{low:.2f} to {high:.2f}" if math.isfinite(low) else ""
                for low, high in zip(rows["low"], rows["high"], strict=True)
            ],
            "p": [_p(p) for p in rows["p"]],
            "note": rows["note"],
        }
    )
    return _without_empty(frame)


def score_table(table: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """Scores for reading: one row a scale and condition, from a report's table."""
    rows = table[table["part"] == "scores"]
    found = []
    for (scale, who), part in rows.groupby(["scale", "who"], sort=False):
        row = part.set_index("what")
        numbers = [with_interval(*row.loc["mean", ["value", "low", "high"]], ".2f")]
        numbers += [_number(row.loc[what, "value"], whole=False) for what in ("median", "standard deviation")]
        found.append((SCALE_LABELS[scale], instrument.conditions[who], *numbers, _notes(part["note"])))
    columns = ["scale", "condition", "mean (95 % interval)", "median", "standard deviation", "note"]
    return _without_empty(pd.DataFrame(found, columns=columns))


def pair_table(pairs: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """Pairs for reading: one row a scale and pair, from `pair_effects`."""
    rows = [
        {
            "scale": SCALE_LABELS[row.scale],
            "pair": f"{instrument.conditions[row.first]} – {instrument.conditions[row.second]}",
            "difference of means": _number(row.difference, whole=False),
            "Cliff's delta (95 % interval)": with_interval(row.delta, row.delta_low, row.delta_high, ".2f"),
            "Hedges' g (95 % interval)": with_interval(row.g, row.g_low, row.g_high, ".2f"),
            "Mann-Whitney p (Holm)": _p(row.p_holm) or "–",
            "Games-Howell p": _p(row.p_games_howell) or "–",
            "note": _notes([row.note_u, row.note_t, row.note_delta, row.note_g]),
        }
        for row in pairs.itertuples()
    ]
    return _without_empty(pd.DataFrame(rows))


def _without_empty(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.loc[:, (frame != "").any()]


def _notes(notes) -> str:
    return "; ".join(dict.fromkeys(note for note in notes if note))


def _p(p: float) -> str:
    return "" if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def _number(value: float, whole: bool) -> str:
    if math.isnan(value):
        return "–"
    return f"{value:g}" if whole else f"{value:.2f}"


def aimed(table: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """The means that the simulation aims at beside those found in a report's table; inside: of the interval found."""
    found = table[table["what"] == "mean"].set_index(["scale", "who"])
    rows = []
    for row in simulated.design(published_means()).itertuples():
        mean, low, high = found.loc[(row.scale, row.condition), ["value", "low", "high"]]
        inside = "yes" if low <= row.mean <= high else "no"
        condition, scale = instrument.conditions[row.condition], SCALE_LABELS[row.scale]
        rows.append((scale, condition, f"{row.mean:.2f} ({row.source})", with_interval(mean, low, high, ".2f"), inside))
    return pd.DataFrame(rows, columns=["scale", "condition", "aimed at", "found (95 % interval)", "inside"])
