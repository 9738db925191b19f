"""What the re-trained level can ask of each claim, and what it answers: supports, does not, cannot tell.

data/claims.yml names the questions of a claim under `asks`, as data:

    {phi: trace, arm: correct, expects: none}         the association of a step with the answer, in an arm
    {first: r1, second: correct, expects: more}       answers right, first arm minus second, on the same problems
    {share: trace, arm: correct}                      shares alone: shown, without a verdict

expects: what the claim would have us find: `none` (no association), `more` (the first arm is better), `not less` (the
first arm is no worse). Judged on the 95 % interval, with a margin below which a difference is too small to matter.
"""

import pandas as pd

from lib.analysis import retrained
from lib.analysis.claims import Claim
from lib.analysis.plots import STEP_LABELS
from lib.errors import InputError
from lib.study import ARM_LABELS

SUPPORTS, AGAINST, OPEN = VERDICTS = ("supports", "does not support", "cannot tell at this size")
EXPECTS = ("none", "more", "not less")
# Too small to matter: a phi that Cohen calls less than small; a difference that a reader would shrug at.
MARGINS = {"phi": 0.1, "points": 5.0}
SIMULATED = ("r1", "summary", "posthoc", "swapped", "r1-cut")  # arms whose verbose traces are our own
COLUMNS = ["claim", "dataset", "student", "label", "unit", "seeds", "value", "low", "high", "expects"]
COLUMNS += ["verdict", "says"]


def verdict(expects: str, low: float, high: float, margin: float) -> str:
    """One of VERDICTS, for an interval that may be NaN.

    none      supports: within ±margin whole; does not: otherwise without 0
    more      supports: above 0 whole; does not: below 0 whole, or within the margin whole
    not less  supports: above -margin whole; does not: otherwise below 0 whole
    """
    if expects not in EXPECTS:
        raise InputError(f"a question of a claim expects {expects!r}: expected one of {', '.join(EXPECTS)}")
    if not low <= high:  # NaN, too
        return OPEN
    small = -margin <= low and high <= margin
    supports = {"none": small, "more": low > 0, "not less": low > -margin}[expects]
    against = {"none": low > 0 or high < 0, "more": high < 0 or small, "not less": high < 0}[expects]
    return SUPPORTS if supports else AGAINST if against else OPEN


def together(verdicts: list[str]) -> str:
    """A claim's verdict from its questions': one against is enough against it; all must support it."""
    if AGAINST in verdicts:
        return AGAINST
    return SUPPORTS if verdicts and all(one == SUPPORTS for one in verdicts) else OPEN


def answers(ledger: list[Claim], table: pd.DataFrame, resamples: int = 2000, seed: int = 0) -> pd.DataFrame:
    """All questions that the finished cells can answer, one row a question, dataset and student: COLUMNS.

    table: `retrained.verdicts`. A question whose arms are not trained has no row. says: the numbers, in words.
    """
    found = retrained.association(table, resamples, seed)
    pairs = [(ask["first"], ask["second"]) for claim in ledger for ask in claim.asks if "first" in ask]
    gaps = retrained.differences(table, list(dict.fromkeys(pairs)), resamples, seed)
    rows = [row for claim in ledger for ask in claim.asks for row in _rows(claim.id, ask, found, gaps)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(claim: str, ask: dict, found: pd.DataFrame, gaps: pd.DataFrame) -> list[dict]:
    if "first" in ask:
        part = gaps[(gaps["first"] == ask["first"]) & (gaps["second"] == ask["second"])]
        made = [_of_pair(ask, row) for row in part.itertuples()]
    elif step := ask.get("phi") or ask.get("share"):
        part = found[(found["arm"] == ask["arm"]) & (found["step"] == step)]
        made = [(_of_phi if "phi" in ask else _of_share)(ask, row) for row in part.itertuples()]
    else:
        raise InputError(f"claims.yml, claim {claim}: expected a question with first, phi or share; found {ask}")
    shared = zip(part["dataset"], part["student"], part["seeds"], made, strict=True)
    rows = [
        {"claim": claim, "dataset": dataset, "student": student, "seeds": seeds} | one
        for dataset, student, seeds, one in shared
    ]
    return [row | {"verdict": _judged(row)} for row in rows]


def _judged(row: dict) -> str:
    return verdict(row["expects"], row["low"], row["high"], MARGINS[row["unit"]]) if row["expects"] else ""


def _of_pair(ask: dict, row) -> dict:
    first, second = (
        f"{ARM_LABELS[arm]}{' (simulated)' if arm in SIMULATED else ''}" for arm in (row.first, row.second)
    )
    label = f"{first} − {second}"
    says = f"{label}: {row.difference:+.1f} points ({row.low:+.1f} to {row.high:+.1f})"
    return _answer(label, "points", (row.difference, row.low, row.high), ask["expects"], says)


def _of_phi(ask: dict, row) -> dict:
    label = f"{STEP_LABELS[row.step]} and answer, {ARM_LABELS[row.arm]}"
    known = row.phi == row.phi
    says = f"{label}: phi {row.phi:+.2f} ({row.phi_low:+.2f} to {row.phi_high:+.2f})" if known else f"{label}: no phi"
    return _answer(label, "phi", (row.phi, row.phi_low, row.phi_high), ask["expects"], says)


def _of_share(ask: dict, row) -> dict:
    label = f"{STEP_LABELS[row.step]} and answer both right, {ARM_LABELS[row.arm]}"
    says = (
        f"{label}: {row.joint:.1f} % of all test problems ({row.joint_low:.1f} to {row.joint_high:.1f}); answer right "
        f"given a right trace {row.answer_if_right:.1f} %, given a wrong one {row.answer_if_wrong:.1f} %"
    )
    return _answer(label, "percent", (row.joint, row.joint_low, row.joint_high), "", says)


def _answer(label: str, unit: str, three: tuple[float, float, float], expects: str, says: str) -> dict:
    value, low, high = three
    return {"label": label, "unit": unit, "value": value, "low": low, "high": high, "expects": expects, "says": says}


def cell(claim: Claim, found: pd.DataFrame) -> tuple[str, str]:
    """What the ledger shows of a claim at the re-trained level: (evidence, verdict), in words."""
    rows = found[found["claim"] == claim.id]
    if not claim.asks:
        return "", ""
    if rows.empty:
        return "", "no student trained yet"
    lines, judged = [], []
    for (dataset, student), part in rows.groupby(["dataset", "student"], sort=False):
        fewest, most = part["seeds"].min(), part["seeds"].max()
        told = retrained.seeds(most) if fewest == most else f"{fewest} to {most} seeds"
        lines.append(f"{retrained.whom(dataset, student)}, {told}. " + "; ".join(part["says"]) + ".")
        asked = [ask for ask in claim.asks if "expects" in ask]
        verdicts = [one for one in part["verdict"] if one] + [OPEN] * (len(asked) - int((part["verdict"] != "").sum()))
        few = f" ({retrained.seeds(fewest)} only)" if fewest < retrained.ENOUGH else ""
        who = f"{retrained.whom(dataset, student)}: " if len(retrained.students(rows)) > 1 else ""
        says = together(verdicts) + few if asked else "shown, not compared: other problems, another student"
        judged.append(who + says)
    return " ".join(lines), "; ".join(judged)


def drawable(found: pd.DataFrame) -> pd.DataFrame:
    """Of `answers` those with a verdict and a number."""
    return found[(found["verdict"] != "") & found["value"].notna()]


def rules(found: pd.DataFrame) -> str:
    """Where the lines between the verdicts are, and how many answers fall where."""
    counts = ", ".join(f"{int((found['verdict'] == one).sum())} {one}" for one in VERDICTS)
    return (
        f"A difference matters from {MARGINS['points']:g} points on, an association from phi {MARGINS['phi']:g} on "
        "(grey). *Supports*, where the claim says that something is better: the whole interval lies above 0; where it "
        "says that there is no loss, or no association: the whole interval lies above the lower end of the grey, or "
        "inside it. *Does not support*: the interval excludes 0 on the wrong side (or, where something should be "
        "better, lies in the grey whole). Everything else *cannot be told at this size*. One question against a claim "
        "is enough against it; all must support it; intervals are not widened for asking several. Of "
        f"{int((found['verdict'] != '').sum())} answers: {counts}."
    )


def table(found: pd.DataFrame) -> pd.DataFrame:
    """`answers` for reading; those that are shares alone left out."""
    part = found[found["verdict"] != ""]
    who = [retrained.whom(row.dataset, row.student) for row in part.itertuples()]
    names = {"low": "95 % from", "high": "to", "expects": "the claim expects", "label": "question"}
    columns = ["claim", "label", "unit", "seeds", "value", "low", "high", "expects", "verdict"]
    return part.assign(**{"dataset, student": who})[["dataset, student", *columns]].rename(columns=names)


def beside(drift: pd.DataFrame, own: pd.DataFrame) -> str:
    """What the figure of drift may take from our own students: means of the same dataset and student, or nothing."""
    if own.empty:
        return "Re-trained: **nothing yet**."
    shown = [label.partition(":")[0] for label in drift["label"]]  # student, arm
    same = own[(own["dataset"] == "cotemp") & (own["student"] + ", " + own["arm"]).isin(shown)]
    if same.empty:
        return (
            f"Re-trained: {retrained.everyone(own)}. The figure holds CoTempQA and the paper's students, so none of "
            "our accuracies belongs beside them; what ours say of the claims is in 7.5."
        )
    each = same.groupby(["student", "arm", "category"], sort=False)["answer"].mean()
    means = 100 * each.groupby(["student", "arm"], sort=False).mean()
    lines = [f"- {student}, {arm}: {value:.1f} % answers right" for (student, arm), value in means.items()]
    return "Re-trained, mean of the classes, on generated problems, not the benchmark's:\n\n" + "\n".join(lines)
