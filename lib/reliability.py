"""Do the items of a scale hang together? Cronbach's alpha with an interval, and each item against the others.

Alpha (Cronbach, 1951) comes with Feldt's interval (Feldt, Woodruff and Salih, 1987), both from pingouin. In a study
with groups, differences between the groups add to what the items share, so both are computed with everybody together
and with each condition's mean taken out first (the interval then still counts people, not people less conditions). NaN
only with a note.
"""

import math

import numpy as np
import pandas as pd
import pingouin

from lib.stats import Estimate


def matrix(scored: pd.DataFrame, scale: str, within: bool = False) -> pd.DataFrame:
    """Participants by items of one scale, as scored; with `within`, each condition's mean of each item is taken out.

    scored: as lib.responses.scored returns it.
    """
    part = scored[scored["scale"] == scale]
    values = part["score"].astype(float)
    if within:
        values = values - part.groupby(["condition", "item"])["score"].transform("mean")
    columns = list(dict.fromkeys(part["item"]))
    return part.assign(score=values).pivot(index="participant", columns="item", values="score")[columns]


def _why_not(table: pd.DataFrame) -> str:
    people, items = table.shape
    if items < 2:
        return f"{items} item: consistency needs two items or more"
    if people < 3:
        return f"{people} people: too few for a correlation between items"
    if np.ptp(table.sum(axis=1).to_numpy()) < 1e-9:
        return "everybody has the same total: there is no variance to share"
    return ""


def alpha(table: pd.DataFrame, level: float = 0.95) -> Estimate:
    """Cronbach's alpha of a table of participants by items, with Feldt's interval."""
    if note := _why_not(table):
        return Estimate(math.nan, math.nan, math.nan, note)
    value, (low, high) = pingouin.cronbach_alpha(table, ci=level)
    negative = "below 0: the items do not measure one thing, or one is scored the wrong way round" if value < 0 else ""
    return Estimate(float(value), float(low), float(high), negative)


def item_rest(table: pd.DataFrame) -> pd.DataFrame:
    """Each item's correlation with the sum of the others (corrected item-total) and alpha without the item.

    Columns: item, r, alpha_without, note (why r is NaN), note_without.
    """
    rows = []
    for item in table.columns:
        rest = table.drop(columns=item)
        note = _why_not(table) or _flat(table[item], rest.sum(axis=1))
        r = math.nan if note else float(np.corrcoef(table[item], rest.sum(axis=1))[0, 1])
        without = alpha(rest)
        rows.append((item, r, without.value, note, without.note))
    return pd.DataFrame(rows, columns=["item", "r", "alpha_without", "note", "note_without"])


def _flat(item: pd.Series, rest: pd.Series) -> str:
    if np.ptp(item.to_numpy()) < 1e-9:
        return "everybody rated it the same: it correlates with nothing"
    return "everybody has the same sum of the other items" if np.ptp(rest.to_numpy()) < 1e-9 else ""
