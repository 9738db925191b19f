"""Arms beside each other, for reading: completions, what an incorrect trace has wrong, the integrity table."""

import html
from collections.abc import Mapping

import pandas as pd
from IPython.display import HTML

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.files import read_list
from lib.study import ARM_LABELS, DATASET_LABELS
from lib.traces.arms import Built, Example, judge
from lib.verify.completion import split_completion

HEAD, TAIL = 55, 15  # words kept of a long text


def shorten(text: str) -> str:
    """The text, or its first and last words and how many were left out between them."""
    words = text.split()
    left_out = len(words) - HEAD - TAIL
    if left_out <= 0:
        return " ".join(words)
    return f"{' '.join(words[:HEAD])} … [{left_out:,} words left out] … {' '.join(words[-TAIL:])}"


def completions(built: Mapping[str, Built], problem: Problem) -> pd.DataFrame:
    """One row an arm: the think part and the answer part as a student sees them, who wrote it, and the verdict."""
    return pd.DataFrame([_row(example) for example in examples_of(built, problem).values()])


def examples_of(built: Mapping[str, Built], problem: Problem) -> dict[str, Example]:
    """Arm -> this problem's example, for the arms that have one."""
    return {arm: e for arm, some in built.items() for e in some.examples if e.problem.id == problem.id}


def _row(example: Example) -> dict[str, str]:
    parts, verdict = split_completion(example.completion), judge(example)
    marks = {"class": verdict.class_step, "IR": verdict.ir_step}
    return {
        "arm": ARM_LABELS[example.arm],
        "source": example.source,
        "think part": shorten(parts.think or "–"),
        "answer part": shorten(parts.answer or "–"),
        "answer": _says(verdict.answer),
        **{name: _says(right) if verdict.parsed else "–" for name, right in marks.items()},
    }


def _says(right: bool) -> str:
    return "right" if right else "wrong"


# --- what is wrong ------------------------------------------------------------------------------------------


def claims(example: Example) -> tuple[str, tuple[str, ...]]:
    """(class named, facts cited) of a rule-based trace; raises ValueError for any other."""
    module = DATASETS[example.problem.dataset]
    first, _, second = (split_completion(example.completion).think or "").partition("\n")
    before, after = module.CLASS_SENTENCE.split("{}")
    cited = read_list(second.removeprefix(module.CITING_SENTENCE.removesuffix("{}")))
    if not (first.startswith(before) and first.endswith(after)) or cited is None:
        raise ValueError(f"{example.arm}: not a rule-based trace")
    return first.removeprefix(before).removesuffix(after), tuple(cited)


def differences(built: Mapping[str, Built], problem: Problem) -> pd.DataFrame:
    """Rule-based arms of one problem: arm, class named, facts cited (HTML); what is wrong is bold, marked and crossed.

    The cross tells it without colour and without bold type.
    """
    return pd.DataFrame([_claims_row(example) for example in examples_of(built, problem).values()])


def _claims_row(example: Example) -> dict[str, str | HTML]:
    named, cited = claims(example)
    gold = {" ".join(fact.split()) for fact in example.problem.gold_facts}
    facts = [_marked(fact, " ".join(fact.split()) in gold) for fact in cited] or [_marked("none", False)]
    return {
        "arm": ARM_LABELS[example.arm],
        "class named": HTML(_marked(named, named == example.problem.category)),
        "facts cited": HTML("<br>".join(facts)),
    }


def _marked(text: str, right: bool) -> str:
    text = html.escape(shorten(text))
    return text if right else f"<mark><b>✗ {text}</b></mark>"


def pairing(built: Mapping[str, Built]) -> dict[str, int]:
    """How the three corruptions of a problem hang together, counted over the problems that all of them have.

    n; same_class: both corruptions of the class name the same one; same_facts: both of the facts cite the same ones;
    no_facts: the incorrect trace cites none, since every fact of the context is a gold fact.
    """
    arms = ("incorrect", "incorrect-class", "incorrect-facts")
    claimed = [{e.problem.id: claims(e) for e in built[arm].examples} for arm in arms]
    ids = [problem for problem in claimed[0] if all(problem in some for some in claimed)]
    both, only_class, only_facts = ([some[problem] for problem in ids] for some in claimed)
    return {
        "n": len(ids),
        "same_class": sum(a[0] == b[0] for a, b in zip(both, only_class, strict=True)),
        "same_facts": sum(a[1] == b[1] for a, b in zip(both, only_facts, strict=True)),
        "no_facts": sum(not facts for _, facts in both),
    }


# --- the integrity table (lib/analysis/integrity.py) -----------------------------------------------------------------


def compact(table: pd.DataFrame) -> pd.DataFrame:
    """The steps at a glance: one row an arm, one column a set of problems, "class / IR" in whole percent."""
    sets = [DATASET_LABELS[row.dataset] + ("" if row.part == "all" else f" {row.part}") for row in table.itertuples()]
    steps = [
        "–" if pd.isna(row.ir) else f"{right:.0f} / {row.ir:.0f}"
        for row, right in zip(table.itertuples(), table["class"], strict=True)
    ]
    cells = pd.DataFrame({"arm": table["arm"].map(ARM_LABELS), "set": sets, "steps": steps})
    wide = cells.pivot(index="arm", columns="set", values="steps")
    return wide.loc[cells["arm"].unique(), list(dict.fromkeys(sets))].reset_index()


def in_words(table: pd.DataFrame) -> str:
    """What holds over the whole table: built and rejected, right answers, promises kept."""
    totals, least = table[["built", "problems", "no_trace", "broken"]].sum(), table[["answer", "kept"]].min()
    return (
        f"{totals.built:,} of {totals.problems:,} examples built; rejected were {totals.no_trace:,} for want of a "
        f"verbose trace and {totals.broken:,} for a broken promise. In every arm, at least "
        f"{least.answer:.1f} % of the answers are right and {least.kept:.1f} % of the promises are kept."
    )
