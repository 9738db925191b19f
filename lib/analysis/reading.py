"""The re-scored tables made for reading: wide tables and sentences. Every number in them is computed."""

import numpy as np
import pandas as pd

from lib.analysis.rescored import MEASURES
from lib.study import DATASET_LABELS
from lib.tables import with_interval


def accuracy_table(accuracy: pd.DataFrame) -> pd.DataFrame:
    """One row a run, one column a source."""
    text = [
        f"{row.value:g}" if row.source == "reported" else with_interval(row.value, row.low, row.high)
        for row in accuracy.itertuples()
    ]
    wide = accuracy.assign(text=text).pivot(index=["dataset", "student", "arm"], columns="source", values="text")
    order = list(dict.fromkeys(accuracy[["dataset", "student", "arm"]].itertuples(index=False, name=None)))
    sources = list(dict.fromkeys(accuracy["source"]))
    return wide.loc[order, sources].reset_index()


def arm_table(arms: pd.DataFrame) -> pd.DataFrame:
    """The comparisons of arms for reading."""
    return pd.DataFrame(
        {
            "dataset": arms["dataset"],
            "student": arms["student"],
            "arms": arms["pair"],
            "answers": arms["answers"],
            "difference": [with_interval(row.difference, row.low, row.high) for row in arms.itertuples()],
            "only first right": arms["only_first"],
            "only second right": arms["only_second"],
            "p": [f"{p:.3g}" for p in arms["p"]],
            "p (Holm)": [f"{p:.3g}" for p in arms["p_holm"]],
        }
    )


def sensitivity_table(sensitivity: pd.DataFrame) -> pd.DataFrame:
    """The four protocols for reading."""
    names = ("both right", "answer right if trace right", "answer right if trace wrong")
    shares = {
        title: [with_interval(*values) for values in sensitivity[[name, f"{name}_low", f"{name}_high"]].to_numpy(float)]
        for title, name in zip(names, MEASURES, strict=False)
    }
    phi = [with_interval(*values, ".2f") for values in sensitivity[["phi", "phi_low", "phi_high"]].to_numpy(float)]
    return pd.concat(
        [sensitivity[["dataset", "student", "answers", "steps"]], pd.DataFrame(shares | {"phi": phi})], axis=1
    )


def step_table(steps: pd.DataFrame) -> pd.DataFrame:
    """phi by step and protocol for reading."""
    text = [with_interval(row.phi, row.phi_low, row.phi_high, ".2f") for row in steps.itertuples()]
    frame = steps.assign(text=text, protocol=steps["answers"] + " on both axes")
    wide = frame.pivot(index=["dataset", "student", "step"], columns="protocol", values="text")
    order = list(dict.fromkeys(steps[["dataset", "student", "step"]].itertuples(index=False, name=None)))
    return wide.loc[order].reset_index()


def arms(comparisons: pd.DataFrame, level: float = 0.05) -> str:
    """Which comparisons of arms survive Holm's correction, in a sentence each."""
    kept = comparisons[comparisons["p_holm"] < level]
    text = f"Of {len(comparisons)} comparisons, {len(kept)} stay below {level} after Holm's correction"
    gains = kept[(kept["difference"] > 0) & kept["pair"].str.endswith("vanilla")]
    text += f"; in {len(gains)} of them does an arm with traces beat plain answers. " if len(kept) else ". "
    lines = [
        f"{DATASET_LABELS[row.dataset]}, {row.student}, {row.pair} ({row.answers} answers): "
        f"{row.difference:+.1f} points"
        for row in kept.itertuples()
    ]
    return text + ("\n\n" + "\n".join(f"- {line}" for line in lines) if lines else "")


def sensitivity(frame: pd.DataFrame) -> str:
    """The headline shares under the released and under the strict protocol, side by side."""
    lines = []
    for (dataset, student), part in frame.groupby(["dataset", "student"], sort=False):
        rows = part.set_index(["answers", "steps"])
        theirs, ours = rows.loc[("released", "released")], rows.loc[("strict", "strict")]
        lines.append(
            f"- **{DATASET_LABELS[dataset]}, {student}.** Trace and answer both right: {theirs.joint:.1f} % of all "
            f"problems as released, {ours.joint:.1f} % strictly. Answer right *given a right trace*: "
            f"{theirs.answer_if_right:.1f} % as released, {ours.answer_if_right:.1f} % strictly; given a wrong trace: "
            f"{theirs.answer_if_wrong:.1f} % and {ours.answer_if_wrong:.1f} %. "
            f"Phi: {theirs.phi:.2f} and {ours.phi:.2f}."
        )
    return "\n".join(lines)


def gaps(frame: pd.DataFrame) -> str:
    """How many classes show a gap whose interval excludes zero, step by step."""
    lines = []
    for step, part in frame.groupby("step", sort=False):
        known = part[np.isfinite(part["value"])]
        clear = int(((known["low"] > 0) | (known["high"] < 0)).sum())
        few = len(part) - len(known)
        lines.append(
            f"- {_STEP_WORDS[step]}: the gap excludes zero in {clear} of {len(known)} pairs of class and student"
            f" (range {known['value'].min():+.0f} to {known['value'].max():+.0f} points); "
            f"{few} pairs have too few outputs."
        )
    return "\n".join(lines)


_STEP_WORDS = {"class": "Class step", "ir": "IR step", "trace": "Whole trace"}


def marco(frame: pd.DataFrame) -> str:
    """The direction of MARCO's published tables, and why it should be read with care."""
    phi = frame["phi"].astype(float)
    return (
        f"In {int((phi < 0).sum())} of {len(frame)} published tables a right step goes with *fewer* right answers "
        f"(phi {phi.min():+.2f} to {phi.max():+.2f}). Before reading that as a fact about students, remember how "
        "the gold row is found: by answer substring. Short or frequent answers match an early row of another question, "
        "whose class and passages the trace cannot have. Without the outputs this cannot be settled here."
    )


def survives(comparisons: pd.DataFrame, frame: pd.DataFrame, steps: pd.DataFrame) -> str:
    """What holds under all four protocols and what does not: each sentence with the numbers that decide it."""
    wide = frame.set_index(["dataset", "student", "answers", "steps"])["phi"]
    by_steps = {protocol: wide.xs(protocol, level="steps") for protocol in ("released", "strict")}
    by_answers = {protocol: wide.xs(protocol, level="answers") for protocol in ("released", "strict")}
    shift_steps = float((by_steps["strict"] - by_steps["released"]).abs().mean())
    shift_answers = float((by_answers["strict"] - by_answers["released"]).abs().mean())
    beats = comparisons[comparisons["pair"].str.endswith("vanilla") & (comparisons["low"] > 0)]
    hurt = comparisons[comparisons["pair"].eq("incorrect - correct") & (comparisons["p_holm"] < 0.05)]
    pairs = comparisons[comparisons["pair"].eq("incorrect - correct")]
    class_step = steps[(steps["step"] == "class") & (steps["answers"] == "strict")]["phi"]
    return "\n".join(
        [
            "**Survives all four protocols**\n",
            f"- No arm with traces beats plain answers with an interval above zero ({len(beats)} of "
            f"{comparisons['pair'].str.endswith('vanilla').sum()} comparisons do).",
            f"- Incorrect traces do not *consistently* hurt against correct ones: {len(hurt)} of {len(pairs)} "
            f"comparisons stay significant after Holm's correction{_where(hurt)}.",
            f"- The class step goes only weakly with the answer (strict phi {class_step.min():+.2f} to "
            f"{class_step.max():+.2f}).",
            "\n**Does not survive**\n",
            f"- “Trace and answer are close to independent”: phi of trace and answer lies between "
            f"{by_steps['released'].min():+.2f} and {by_steps['released'].max():+.2f} with the released step check and "
            f"between {by_steps['strict'].min():+.2f} and {by_steps['strict'].max():+.2f} with the strict one, on "
            "the same outputs.",
            f"- It is the judging of the *steps* that decides this: it moves phi by {shift_steps:.2f} on average, the "
            f"judging of the answers by {shift_answers:.2f}.",
            "\n**How sure we are.** Sure of the recount: the released score files and the bAbI matrices come out "
            "exactly. Sure that the step check decides the association. Not sure what the association *means*: copying "
            "from the cited facts would look the same (see the caution above), and each released run is one seed.",
        ]
    )


def _where(rows: pd.DataFrame) -> str:
    places = sorted({f"{DATASET_LABELS[row.dataset]} with {row.student}" for row in rows.itertuples()})
    return f" (all on {', '.join(places)})" if places else ""
