"""How long the supervision is: tokens of every completion, arm by arm, and what the two length controls hold fixed."""

from collections.abc import Callable, Mapping

import pandas as pd

from lib.errors import InputError
from lib.study import ARM_LABELS
from lib.traces.arms import Built, count_words

QUANTILES = {"low": 0.05, "q1": 0.25, "median": 0.5, "q3": 0.75, "high": 0.95}
# control -> (the arm whose trace it carries, the arm whose length it has)
CONTROLLED = {"correct-padded": ("correct", "r1"), "r1-cut": ("r1", "correct")}


def counter(folder: str) -> Callable[[str], int]:
    """What counts tokens: a tokenizer's folder on this machine, "" for words and punctuation marks.

    Raises InputError where the folder holds no tokenizer.
    """
    if not folder:
        return count_words
    from transformers import AutoTokenizer  # here, not above: it takes seconds

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        found = str(error).splitlines()[0][:120]
        raise InputError(f"tokenizer {folder!r}: expected a folder with a tokenizer, found none ({found})") from None
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False))


def measure(built: Mapping[str, Built], count: Callable[[str], int]) -> pd.DataFrame:
    """Tokens of each completion. Columns: arm, problem (id), tokens."""
    rows = [(arm, e.problem.id, count(e.completion)) for arm, some in built.items() for e in some.examples]
    return pd.DataFrame(rows, columns=["arm", "problem", "tokens"])


def summarize(lengths: pd.DataFrame) -> pd.DataFrame:
    """One row an arm: arm, n, and the quantiles of its tokens (low: 5 %, q1, median, q3, high: 95 %)."""
    groups = lengths.groupby("arm", sort=False)["tokens"]
    table = groups.quantile(list(QUANTILES.values())).unstack()
    table.columns = list(QUANTILES)
    table.insert(0, "n", groups.size())
    return table.loc[lengths["arm"].unique()].reset_index()


def controls(lengths: pd.DataFrame) -> pd.DataFrame:
    """What each length control does, problem by problem, in the tokens of completions.

    Columns: control, content of, length of (arms' names for readers), without, with (median absolute distance to the
    arm whose length it has, before and after), largest (after).
    """
    wide = lengths.pivot(index="problem", columns="arm", values="tokens")
    rows = []
    for control, (content, length) in CONTROLLED.items():
        before, after = ((wide[arm] - wide[length]).abs().dropna() for arm in (content, control))
        rows.append(
            (ARM_LABELS[control], ARM_LABELS[content], ARM_LABELS[length], before.median(), after.median(), after.max())
        )
    return pd.DataFrame(rows, columns=["control", "content of", "length of", "without", "with", "largest"])
