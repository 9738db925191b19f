# %% [markdown]
# # 4. Trace and answer: does a correct trace go with a correct answer?
#
# **You will be able to** read a 2x2 table of answers and traces in three ways; say which judge makes an association
# large or small, and why; and tell "no difference found" from "no difference that matters".
#
# **50 minutes.** You need: the two steps (notebook 1), the arms (notebook 2). *phi*: the correlation of two yes/no
# variables, from −1 to 1, 0 for none. *Odds ratio*: how many times the odds of a right answer are higher after a right
# step. *Wilson's interval*: a 95 % interval for a share (Newcombe's: for a difference of two). *Bootstrap*: drawing the
# same outputs again at random, many times, to see how a number varies. *McNemar's test*: whether two arms differ on the
# same problems. *Holm*: a correction for testing several times. *TOST*: a difference is *equivalent* to none if its 90
# % interval lies within a margin stated beforehand, here 5 points. *Mantel-Haenszel*, *GEE*: ways to compare within
# classes, and to take students together. Paper: part 1. Evidence: *re-scored* (our verdicts on the authors'
# outputs) beside *reported*; *re-trained* in 4.8 to 4.10.
#
# **The paper's claim.** Students were fine-tuned with correct or with incorrect traces, always with the correct final
# answer. The paper finds that correct traces led to correct answers for only a fraction of the test problems, that
# trace and answer are close to independent, and that incorrect traces do not reliably hurt.
#
# **What this notebook adds.** We judge the same outputs again, on two axes: how the *answer* is judged and how the
# *steps* are judged, each `released` (the authors' scoring, to their last printed decimal) or `strict` (ours: right
# only where the text says just what it should). What differs between two judges of identical outputs is about the
# judge.

# %% tags=["parameters"]
resamples = 2000  # bootstrap resamples for every interval
seed = 0  # of the resampling
profile = "committed"  # whose cells are our own students (profiles.yml)

# %%
try:
    from lib import figures, tables
except ModuleNotFoundError as error:
    raise SystemExit(f"{error}: this notebook needs the project's environment; `make lab` opens it there") from None

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pingouin
import seaborn as sns
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import confint_proportions_2indep

from lib.datasets import cotemp, read_outputs
from lib.published import release, reported, verdicts
from lib.run import cells, records
from lib.stats import right_wrong, seeds
from lib.study import ARM_LABELS, DATASET_LABELS, FORCED_LABELS, STUDENT_LABELS, STUDENTS
from lib.verify import released, strict, verify

NAME = "04_trace_vs_answer"
RUNS = [("cotemp", student) for student in STUDENTS] + [("babi", student) for student in STUDENTS[:2]]
STEPS = {"class": "class step", "ir": "IR step", "trace": "whole trace"}
PROTOCOLS = [
    ("released", "released"),
    ("strict", "released"),
    ("released", "strict"),
    ("strict", "strict"),
]  # answers, steps
figures.use_style()
numbers = {}
outputs = verdicts.load().sort_values(
    ["dataset", "student", "category", "problem"], ascending=[False, True, True, True], kind="stable"
)


def of(dataset, student, arm):
    """The outputs of one run, in the order of their problems."""
    return outputs[
        (outputs["dataset"] == dataset) & (outputs["student"] == student) & (outputs["arm"] == arm)
    ].reset_index(drop=True)


# %% [markdown] tags=["slide"]
# ## 4.1 Predict first
#
# Take the student Qwen3-1.7B, fine-tuned on *correct* traces, on the 950 CoTempQA test problems, as the authors judge
# it. In percent:
#
# 1. In what share of **all** test problems are trace and answer both right?
# 2. **If the trace is right**, how often is the answer right, too?
# 3. **If the trace is wrong**, how often is the answer right nevertheless?
#
# The paper's headline percentage is the first of these. It is easily read as the second.

# %%
my_guess = [60, 80, 30]

# %% [markdown]
# ## 4.2 The arms: what the paper reports, and what the outputs give
#
# Four students on CoTempQA, the two small ones on bAbI, one run of each arm. Part 1 of the paper reports the small ones;
# those of 8B were released with it. Of Qwen3-8B the outputs of correct traces lack one class, *during*: its mean is over
# the other three, and other arms are held against it on those three alone.

# %%
rows = []
for (dataset, student, arm), part in outputs[outputs["arm"] != "prompted"].groupby(
    ["dataset", "student", "arm"], sort=False
):
    strata = (
        part["category"] if dataset == "cotemp" else ["all"] * len(part)
    )  # the paper's mean over CoTempQA's classes
    for protocol in ("released", "strict"):
        found = right_wrong.stratified_mean(part[f"answer_{protocol}"], strata, resamples, seed)
        rows.append(
            (dataset, student, arm, f"re-scored, {protocol}", 100 * found.value, 100 * found.low, 100 * found.high)
        )
paper = reported.read("paper.csv").query("claim == 'answer accuracy'")
rows += [(r.dataset, r.student, r.arm, "reported", float(r.value), np.nan, np.nan) for r in paper.itertuples()]
accuracy = pd.DataFrame(rows, columns=["dataset", "student", "arm", "source", "value", "low", "high"])

# %%
SOURCES = ["re-scored, released", "re-scored, strict", "reported"]
order = ["vanilla", "correct", "incorrect"]
at = accuracy.set_index(["dataset", "student", "arm", "source"])["value"]
rows = []
for dataset, student in RUNS:
    cells_of = {}
    for arm in order:
        values = [at.get((dataset, student, arm, source)) for source in SOURCES]
        text = " | ".join(f"{x:.1f}" if x is not None else "–" for x in values)
        part = (dataset, student, arm) == ("cotemp", "Qwen3-8B", "correct")
        cells_of[ARM_LABELS[arm]] = text + " (three classes)" * part
    rows.append({"dataset": DATASET_LABELS[dataset], "student": student} | cells_of)
tables.show(pd.DataFrame(rows), "Final answers right, percent: as released | strictly | in the paper (CoTempQA: mean of the classes)",
            "reported, re-scored")  # fmt: skip

# %% tags=["slide"]
looks = {
    "reported": ("D", False, -0.25),
    "re-scored, released": ("o", True, 0.0),
    "re-scored, strict": ("s", True, 0.25),
}
figure, axes = plt.subplots(2, 3, figsize=(10, 4.6), sharex=True, sharey=True)
for axis, (dataset, student) in zip(axes.flat, RUNS, strict=True):
    for row in accuracy[(accuracy["dataset"] == dataset) & (accuracy["student"] == student)].itertuples():
        marker, full, offset = looks[row.source]
        color, y = figures.ARM_COLORS[row.arm], order.index(row.arm) + offset
        axis.plot([row.low, row.high], [y, y], color=color, linewidth=2)
        axis.plot(
            row.value,
            y,
            marker,
            color=color,
            markerfacecolor=color if full else "white",
            markersize=6,
            label=row.source,
        )
    if (dataset, student) == ("cotemp", "Qwen3-8B"):
        axis.text(60, order.index("correct"), "three classes", ha="right", va="center", fontsize=8)
    figures.name_rows(axis, [ARM_LABELS[arm] for arm in order])
    axis.set(title=f"{DATASET_LABELS[dataset]}, {student}", xlim=(0, 100))
for axis in axes[-1]:
    axis.set_xlabel("answers right (%; lines: 95 %)")
handles = dict(zip(*axes[0, 0].get_legend_handles_labels()[::-1], strict=False))
axes[1, 1].legend(handles.values(), handles.keys(), loc="lower left", frameon=False)
figure.tight_layout()
figures.save(
    figure,
    "04_accuracy",
    "Re-scored, no arm with traces answers clearly better than answer only",
    accuracy,
    "reported, re-scored",
    NAME,
)


# %% [markdown]
# Now arm against arm, on the same problems. The estimand is the paper's: the mean over classes. Interval and p come
# from one and the same paired resampling within classes; McNemar's test of the pooled problems stands beside it, under
# its own name. Do *incorrect* traces hurt? With a margin of 5 points: *equivalent* (the 90 % interval lies within ±5),
# *not worse* (it lies above −5), otherwise *worse* (the 95 % interval lies below 0), or *cannot tell*:


# %%
def verdict(low, high, upper):
    """TOST with a margin of 5 points. low, high: ends of the 90 % interval; upper: upper end of the 95 % interval."""
    if low > -5:
        return "equivalent" if high < 5 else "not worse"
    return "worse" if upper < 0 else "cannot tell"


# %%
def compare(dataset, student, first, second, protocol):
    """First minus second arm in points: mean over classes with interval and p, TOST's verdict, pooled, McNemar's p."""
    one, two = (of(dataset, student, arm)[["problem", "category", f"answer_{protocol}"]] for arm in (first, second))
    both = one.merge(two, on=["problem", "category"])
    a, b = both[f"answer_{protocol}_x"], both[f"answer_{protocol}_y"]
    strata = both["category"] if dataset == "cotemp" else pd.Series(["all"] * len(both))
    found = right_wrong.stratified_difference(a, b, strata, 10 * resamples, seed)  # enough for a small p
    narrow = right_wrong.stratified_difference(a, b, strata, resamples, seed, level=0.90)
    mcnemar = pingouin.chi2_mcnemar(pd.DataFrame({"a": a, "b": b}), "a", "b")[1]
    gaps = 100 * (a.astype(float) - b.astype(float)).groupby(strata).mean()
    rest = {c: gaps.drop(c).mean() for c in gaps.index} if len(gaps) > 1 else {}
    turns = [c for c, value in rest.items() if value * gaps.mean() < 0]
    return {"difference": 100 * found.value, "low": 100 * found.low, "high": 100 * found.high, "p": found.p,
            "verdict": verdict(100 * narrow.low, 100 * narrow.high, found.high), "pooled": 100 * (a.mean() - b.mean()),
            "mcnemar": mcnemar["p_exact"].iloc[0], "turns": ", ".join(turns) or "–"}  # fmt: skip


# %%
rows = []
for dataset, student in RUNS:
    for first, second in (("correct", "vanilla"), ("incorrect", "vanilla"), ("incorrect", "correct")):
        for protocol in ("released", "strict"):
            key = {"dataset": dataset, "student": student, "first": first, "second": second, "answers": protocol}
            rows.append(key | compare(dataset, student, first, second, protocol))
arms = pd.DataFrame(rows)
arms["p_holm"] = right_wrong.holm(arms["p"])
for r in arms.itertuples():
    numbers |= {
        f"arms/{r.dataset}/{r.student}/{r.first} - {r.second}/{r.answers}/{k}": getattr(r, k)
        for k in ("difference", "low", "high", "p")
    }

# %%
told = arms.assign(
    dataset=arms["dataset"].map(DATASET_LABELS),
    arms=arms["first"].map(ARM_LABELS) + " − " + arms["second"].map(ARM_LABELS),
)
told["found"] = [f"{tables.with_interval(r.difference, r.low, r.high, '+.1f')} {r.verdict}" for r in arms.itertuples()]
wide = told.pivot_table(
    index=["dataset", "student", "answers"], columns="arms", values="found", aggfunc="first", sort=False
)
tables.show(wide.reset_index().rename_axis(None, axis=1),
            "Arms on the same problems: points (95 %), and what they say at a margin of 5 points", "re-scored")  # fmt: skip

# %% [markdown]
# The comparison that the claim is about, in detail. Holm's correction is over all 36 of the table above.

# %%
core = told[(told["first"] == "incorrect") & (told["second"] == "correct")]
p_values = {
    name: [f"{p:.3f}" if p >= 0.001 else "<0.001" for p in core[column]]
    for name, column in (("p", "p"), ("p (Holm)", "p_holm"), ("McNemar's p", "mcnemar"))
}
detail = core[["dataset", "student", "answers"]].assign(
    points=[f"{x:+.1f}" for x in core["difference"]], **p_values, pooled=[f"{x:+.1f}" for x in core["pooled"]]
)
detail["class without which the sign turns"] = core["turns"]
tables.show(detail, "Incorrect minus correct traces", "re-scored")

# %% [markdown]
# - **Answer only** is never clearly beaten: no arm with traces is above it by more than the interval allows, in either
#   protocol. (The paper's own means put incorrect traces above it, by 1 and by 4 points; the released outputs do not.)
# - **Incorrect traces against answer only** are *worse* under one judge at least for three of the four students on
#   CoTempQA, and for one of two on bAbI. For Qwen3-1.7B on bAbI the loss is real and yet *equivalent*: its interval leaves
#   out 0 and lies within 5 points.
# - **Incorrect against correct traces (claim C3).** On CoTempQA, Llama-3.2-1B is *equivalent* under both protocols. For
#   Qwen3-1.7B and Llama-3.1-8B the sign turns with the protocol. Qwen3-8B, on its three classes, is *worse* as released,
#   which Holm's correction does not leave standing. On bAbI, Qwen3-1.7B is equivalent and Llama-3.2-1B is *worse*, beyond
#   any correction. So incorrect traces do not consistently hurt, and sometimes they do.
# - **Seeds.** These are single runs; [5.3](05_r1_traces.ipynb) has three seeds of later releases of the small students.

# %% tags=["guard"]
at = arms.set_index(["dataset", "student", "first", "second", "answers"]).sort_index()
assert not ((arms["second"] == "vanilla") & (arms["low"] > 0)).any(), '4.2 "never beaten", and the title: read it again'
below = at.xs(("incorrect", "vanilla"), level=("first", "second"))
worse = (below["verdict"] == "worse").groupby(["dataset", "student"]).any()
assert (worse["cotemp"].sum(), worse["babi"].sum()) == (3, 1), '4.2 "worse under one judge": read it again'
assert (below.loc[("babi", "Qwen3-1.7B"), "verdict"] == "equivalent").all(), '4.2 "and yet equivalent": read it again'
assert (below.loc[("babi", "Qwen3-1.7B"), "high"] < 0).all(), '4.2 "the loss is real": read it again'
said = accuracy[(accuracy["source"] == "reported") & (accuracy["dataset"] == "cotemp")].set_index(["student", "arm"])[
    "value"
]
over = [round(said[student, "incorrect"] - said[student, "vanilla"]) for student in STUDENTS[:2]]
assert over == [1, 4], '4.2 "by 1 and by 4 points": read it again'

# %% tags=["guard"]
c3 = at.xs(("incorrect", "correct"), level=("first", "second")).sort_index()
assert (c3.loc[("cotemp", "Llama-3.2-1B"), "verdict"] == "equivalent").all(), "4.2, C3, Llama-3.2-1B: read it again"
for student in ("Qwen3-1.7B", "Llama-3.1-8B"):
    assert c3.loc[("cotemp", student), "difference"].prod() < 0, '4.2 "the sign turns": read it again'
large = c3.loc[("cotemp", "Qwen3-8B")]
assert large.loc["released", "verdict"] == "worse" and large["p_holm"].min() > 0.05, "4.2, C3, Qwen3-8B: read it again"
assert c3.loc[("babi", "Llama-3.2-1B"), "p_holm"].max() < 0.01, '4.2 "beyond any correction": read it again'
assert (c3.loc[("babi", "Llama-3.2-1B"), "verdict"] == "worse").all(), "4.2, bAbI: read it again"
assert (c3.loc[("babi", "Qwen3-1.7B"), "verdict"] == "equivalent").all(), "4.2, bAbI: read it again"

# %% [markdown]
# ## 4.3 One 2x2 table, read three ways
#
# Qwen3-1.7B, correct traces, CoTempQA. An output without a think part has no trace to judge; it stays out of the table,
# as in the paper, and is counted beside it.

# %%
run = of("cotemp", "Qwen3-1.7B", "correct")
judged = run[run["parsed_released"].astype(bool)]
answer = judged["answer_released"].map({True: "answer right", False: "answer wrong"})
trace = judged["trace_released"].astype(bool).map({True: "trace right", False: "trace wrong"})
table = pd.crosstab(answer, trace)
print(f"{len(run)} outputs, {len(judged)} judged, {len(run) - len(judged)} without a trace")
tables.show(table.reset_index(names=""), "As released, both axes: counts", "re-scored")

# %% tags=["slide"]
(a, b), (c, d) = table.to_numpy()
found = [100 * a / len(run), 100 * a / (a + c), 100 * b / (b + d)]
asked = ["both right, of all problems", "answer right, if the trace is right", "answer right, if the trace is wrong"]
tables.show(
    pd.DataFrame({"percent": asked, "your guess": my_guess, "found": found}), "Your guesses of 4.1", "re-scored"
)

# %%
_, _, tests = pingouin.chi2_independence(judged.assign(a=answer, t=trace), "a", "t", correction=False)
chi2 = tests.set_index("test").loc["pearson", "chi2"]
phi = (a * d - b * c) / np.sqrt((a + b) * (c + d) * (a + c) * (b + d))
draws = np.random.default_rng(seed).multinomial(
    table.to_numpy().sum(), [x / len(judged) for x in (a, b, c, d)], resamples
)
w, x, y, z = draws.T
boot = (w * z - x * y) / np.sqrt((w + x) * (y + z) * (w + y) * (x + z))
low, high = np.quantile(boot, [0.025, 0.975])
ours = right_wrong.phi(right_wrong.Table2x2(a, b, c, d), resamples, seed)
assert np.allclose([phi, low, high], [ours.value, ours.low, ours.high], atol=1e-9)  # what lib computes
CRITERION = stats.chi2.ppf(0.95, 1)  # the paper's: the 95 % point of chi-squared with one degree of freedom
tables.show(pd.DataFrame([("phi (95 %)", tables.with_interval(phi, low, high, ".2f")), ("chi-squared", f"{chi2:.2f}"),
    ("the paper's criterion for independence: below", f"{CRITERION:.3f}")], columns=["", ""]), "Do they hang together?", "re-scored")  # fmt: skip

# %% [markdown] tags=["slide-more"]
# About a quarter of all problems have both right: that is the paper's number. Yet given a right trace the answer is
# right in more than half of the cases. And by the paper's criterion, chi-squared below 3.841, this student's trace and
# answer are indeed independent, as released.

# %% tags=["guard"]
assert 22 < found[0] < 32, '4.3 "About a quarter": read it again'
assert found[1] > 50, '4.3 "more than half": read it again'
assert chi2 < CRITERION, '4.3 "are indeed independent": read it again'

# %% [markdown]
# ## 4.4 Who judges matters: four protocols on identical outputs
#
# The same cell, four times for each dataset and student. A phi has a **ceiling** that the margins of its table set: if
# fewer traces than answers are right, not every right answer can come with a right trace.


# %%
def ceiling(table):
    """The largest phi that the margins of a table allow: as many as can be are right in both."""
    answers, steps = table.matrix.sum(axis=1)[0], table.matrix.sum(axis=0)[0]
    both = min(answers, steps)
    best = right_wrong.Table2x2(both, answers - both, steps - both, table.n - answers - steps + both)
    return right_wrong.phi(best, 1, seed).value


# %%
rows = []
for dataset, student in RUNS:
    run = of(dataset, student, "correct")
    for answers, steps in PROTOCOLS:
        judged = run[run[f"parsed_{steps}"].fillna(False).astype(bool)]
        table = right_wrong.Table2x2.from_booleans(judged[f"answer_{answers}"], judged[f"trace_{steps}"].astype(bool))
        key = {
            "dataset": dataset,
            "student": student,
            "answers": answers,
            "steps": steps,
            "n": len(run),
            "dropped": len(run) - len(judged),
        }
        for name, value in right_wrong.shares(table, len(run)).items():
            key |= value.columns(name, 100)
        key |= right_wrong.phi(table, resamples, seed).columns("phi") | {"ceiling": ceiling(table)}
        key["chi2"] = stats.chi2_contingency(table.matrix, correction=False).statistic
        rows.append(key | {"odds": sm.stats.Table2x2(table.matrix, shift_zeros=True).oddsratio})
sensitivity = pd.DataFrame(rows)

# %%
for r in sensitivity.itertuples():
    name = f"sensitivity/{r.dataset}/{r.student}/{r.answers}/{r.steps}"
    numbers |= {
        f"{name}/{k}{end}": getattr(r, k + end)
        for k in ("joint", "answer_if_right", "answer_if_wrong", "phi")
        for end in ("", "_low", "_high")
    }
alike = sensitivity[(sensitivity["dataset"] == "cotemp") & (sensitivity["answers"] == sensitivity["steps"])]
for protocol, part in alike.groupby("steps"):
    for k in ("phi", "joint", "answer_if_right"):
        numbers |= {f"four students/{k}/{protocol}/{end}": getattr(part[k], end)() for end in ("min", "max")}

# %%
told = sensitivity.assign(dataset=sensitivity["dataset"].map(DATASET_LABELS),
                          protocol="answers " + sensitivity["answers"] + ", steps " + sensitivity["steps"])  # fmt: skip
told["phi (95 %)"] = [tables.with_interval(r.phi, r.phi_low, r.phi_high, ".2f") for r in sensitivity.itertuples()]
wide = told.pivot_table(
    index=["dataset", "student"], columns="protocol", values="phi (95 %)", aggfunc="first", sort=False
)
tables.show(wide.reset_index().rename_axis(None, axis=1),
            "Answer and whole trace: phi (95 %) under four protocols, students of correct traces", "re-scored")  # fmt: skip

# %%
both = told[told["answers"] == told["steps"]].copy()
both["judged"] = [f"{r.n - r.dropped} of {r.n}" for r in both.itertuples()]
both["phi at most"], both["odds ratio"] = [f"{x:.2f}" for x in both["ceiling"]], [f"{x:.1f}" for x in both["odds"]]
both["chi-squared"] = [f"{x:.1f}" for x in both["chi2"]]
names = {"steps": "both axes", "joint": "both right, % of all", "answer_if_right": "answer right if trace right, %",
         "answer_if_wrong": "if trace wrong, %"}  # fmt: skip
columns = ["dataset", "student", "steps", "judged", "joint", "answer_if_right", "answer_if_wrong", "phi at most", "odds ratio",
           "chi-squared"]  # fmt: skip
tables.show(both[columns].rename(columns=names), "The same, both axes judged alike: shares", "re-scored")

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 4), sharey=True, sharex=True)
for axis, dataset in zip(axes, ("cotemp", "babi"), strict=True):
    for offset, student, marker in zip((-0.24, -0.08, 0.08, 0.24), STUDENTS, "osDv", strict=True):
        part = sensitivity[(sensitivity["dataset"] == dataset) & (sensitivity["student"] == student)]
        if len(part):
            axis.errorbar(part["phi"], np.arange(4) + offset, xerr=[part["phi"] - part["phi_low"], part["phi_high"] - part["phi"]], fmt=marker,
                          color="black", mfc="white" if "Qwen" in student else "black", capsize=2, markersize=6, label=student)  # fmt: skip
    axis.axvline(0, color="#888888", linewidth=1)
    figures.name_rows(axis, [f"answers {a}, steps {s}" for a, s in PROTOCOLS])
    axis.set(title=DATASET_LABELS[dataset], xlabel="association of trace and answer (phi)", xlim=(-0.2, 1))
axes[0].legend(loc="lower left", bbox_to_anchor=(0.42, 0.5), frameon=False, fontsize=8)
figure.tight_layout()
figures.save(
    figure,
    "04_sensitivity",
    "Whether trace and answer hang together depends on how the steps are judged",
    sensitivity,
    "re-scored",
    NAME,
)

# %% tags=["slide"]
pair = sensitivity[
    (sensitivity["dataset"] == "cotemp")
    & (sensitivity["student"] == "Qwen3-1.7B")
    & (sensitivity["answers"] == sensitivity["steps"])
]
bars = pair.melt("steps", ["answer_if_right", "answer_if_wrong"], "trace", "percent")
bars["trace"] = bars["trace"].map({"answer_if_right": "trace right", "answer_if_wrong": "trace wrong"})
figure, axis = plt.subplots(figsize=(7, 3.6))
sns.barplot(bars, x="steps", y="percent", hue="trace", palette=["#333333", "#CFCFCF"], edgecolor="black", ax=axis)
for bar, (end, row) in zip(
    axis.patches, [(e, r) for e in ("answer_if_right", "answer_if_wrong") for r in pair.itertuples()], strict=False
):
    low, high, middle = getattr(row, f"{end}_low"), getattr(row, f"{end}_high"), bar.get_x() + bar.get_width() / 2
    axis.errorbar(
        middle,
        bar.get_height(),
        [[bar.get_height() - low], [high - bar.get_height()]],
        ecolor="#D55E00",
        capsize=4,
        elinewidth=2,
    )
    axis.text(
        middle,
        3,
        f"{bar.get_height():.0f} %",
        ha="center",
        color="white" if end == "answer_if_right" else "black",
        fontweight="bold",
    )
axis.set_xticks([0, 1], ["judged as released", "judged strictly"])
axis.set(
    xlabel="the same 950 outputs of Qwen3-1.7B, CoTempQA, correct traces", ylabel="answers right (%)", ylim=(0, 112)
)
axis.legend(title=None, loc="upper left", frameon=False, ncols=2)
figure.tight_layout()
title = "Does a right trace go with a right answer? It depends on who judges"
figures.save(figure, "04_answer_by_trace", title, bars, "re-scored", NAME)

# %% [markdown]
# **The judging of the steps decides.** On CoTempQA it moves phi more than twice as far as the judging of the answers does,
# for each of the four students. As released the link is weak for all. By the paper's criterion of 3.841 it is
# independence for Qwen3-1.7B alone: with the other three students trace and answer do depend on each other, a little.
#
# The released step check credits any fact of a gold row's context, and takes that row by answer substring, so it may be
# another question's (4.5). Judged against its own gold facts, a right trace nearly always comes with a right answer,
# and phi is close to the most that its table allows.
#
# **A caution that cuts the other way.** The strict gold facts *contain the answers*. A student that cites at random and
# copies its answer from what it has cited would have a phi of 1. So a strong association shows that these students
# answer *from* what they cite, not that they reason. A negative control says how much of phi is not about the
# problem at hand:

# %% tags=["guard"]
steps_move = sensitivity.pivot_table(index=["dataset", "student", "answers"], columns="steps", values="phi")
answers_move = sensitivity.pivot_table(index=["dataset", "student", "steps"], columns="answers", values="phi")
moved = [
    (table["strict"] - table["released"]).abs().loc["cotemp"].groupby("student") for table in (steps_move, answers_move)
]
assert (moved[0].min() > 2 * moved[1].max()).all(), '4.4 "more than twice as far": read it again'
weak = sensitivity[sensitivity["steps"] == "released"].set_index(["dataset", "student", "answers"])
assert weak["phi"].abs().max() < 0.2, '4.4 "the link is weak": read it again'
dependent = set(weak.index[weak["chi2"] > CRITERION].droplevel("answers"))
assert dependent == {("cotemp", s) for s in STUDENTS if s != "Qwen3-1.7B"}, '4.4 "for Qwen3-1.7B alone": read it again'
ours = sensitivity[
    (sensitivity["answers"] == "strict") & (sensitivity["steps"] == "strict") & (sensitivity["dataset"] == "cotemp")
]
assert ours["answer_if_right"].min() > 95 and (ours["ceiling"] - ours["phi"]).max() < 0.06, (
    '4.4 "nearly always … close to the most": read it again'
)
assert (
    bars[bars["steps"] == "strict"]["percent"].diff().abs().max()
    > 60
    > 10
    > bars[bars["steps"] == "released"]["percent"].diff().abs().max()
), "4.4, the figure's title"

# %%
rng, rows = np.random.default_rng(seed), []
for student in STUDENTS:
    judged = of("cotemp", student, "correct").query("parsed_strict == True")
    answer, trace = judged["answer_strict"].astype(bool), judged["trace_strict"].astype(bool)
    real = right_wrong.phi(right_wrong.Table2x2.from_booleans(answer, trace), resamples, seed).value
    shuffled = []
    for _ in range(200):  # within each class, every answer is held against the trace of another output
        mixed = judged.groupby("category")["answer_strict"].transform(lambda part: rng.permutation(part.to_numpy()))
        shuffled.append(right_wrong.phi(right_wrong.Table2x2.from_booleans(mixed.astype(bool), trace), 1, seed).value)
    rows.append((student, f"{real:.2f}", f"{np.mean(shuffled):.2f}", f"{np.quantile(shuffled, 0.975):.2f}"))
controls = pd.DataFrame(rows, columns=["student", "phi, strict", "answers permuted within classes, mean", "97.5 %"])
tables.show(controls, "Negative control, CoTempQA, whole trace, 200 permutations", "re-scored")

# %% [markdown]
# (To give each output the trace of another output of its class is the same thing, seen from the other side.) With the
# link cut, phi falls to what the classes alone make: little. So nearly all of the association is about the problem
# at hand.
#
# **The class step has no such short cut**: the class does not contain the answer. But some classes are easy on both
# counts, and that alone makes an association. So the stratified number comes first, the crude one beside it:

# %% tags=["guard"]
assert controls["97.5 %"].astype(float).max() < 0.3 < controls["phi, strict"].astype(float).min(), (
    '4.4 "falls to … little": read it again'
)

# %%
rows, everyone = [], []
for student in STUDENTS:
    judged = of("cotemp", student, "correct").query("parsed_strict == True")
    step, answer = judged["class_strict"].astype(bool), judged["answer_strict"].astype(bool)
    layers = [pd.crosstab(answer[part.index], step[part.index]).reindex(index=[True, False], columns=[True, False], fill_value=0).to_numpy()
              for _, part in judged.groupby("category")]  # fmt: skip
    strata = StratifiedTable(layers)
    low, high = strata.oddsratio_pooled_confint()
    weights = [t[:, 0].sum() * t[:, 1].sum() / t.sum() for t in layers]  # Mantel and Haenszel's, for differences
    inside = [100 * (t[0, 0] / max(t[:, 0].sum(), 1) - t[0, 1] / max(t[:, 1].sum(), 1)) for t in layers]
    crude = 100 * (answer[step].mean() - answer[~step].mean())
    rows.append((student, np.average(inside, weights=weights), crude, strata.oddsratio_pooled, low, high))
    everyone.append(judged.assign(step=step.astype(int), right=answer.astype(int)))
stratified = pd.DataFrame(
    rows, columns=["student", "within classes, points", "crude, points", "odds ratio", "low", "high"]
)

# %%
both = pd.concat(everyone)
gee = sm.GEE.from_formula(
    "right ~ step + C(category) + C(student)", "problem", both, family=sm.families.Binomial()
).fit()
joint, ends = np.exp(gee.params["step"]), np.exp(gee.conf_int().loc["step"])
told = stratified.assign(
    **{
        "odds ratio (95 %)": [
            tables.with_interval(r["odds ratio"], r["low"], r["high"], ".2f") for _, r in stratified.iterrows()
        ]
    }
)
told = told.drop(columns=["odds ratio", "low", "high"])
told.loc[len(told)] = ["all (GEE, classes as covariate)", np.nan, np.nan, tables.with_interval(joint, *ends, ".2f")]
tables.show(
    told, "Answers right after a right class step, minus after a wrong one (strict, Mantel-Haenszel)", "re-scored"
)

# %% [markdown]
# Within classes the class step goes with the answer, and more so for the larger students. For the small ones it is some 8
# points, where the crude difference is twice as large (the rest is easy classes), and the interval of each one's odds
# ratio reaches 1. For those of 8B it is twice that or more, and the interval does not reach 1. So the paper's *weak link*
# is what we find for the step that has no short cut: weak for small students, not nothing, and clear for large ones.

# %% tags=["guard"]
small, large = stratified.iloc[:2], stratified.iloc[2:]
assert small["within classes, points"].between(7, 9).all(), '4.4 "some 8 points": read it again'
assert (small["crude, points"] > 1.8 * small["within classes, points"]).all(), '4.4 "twice as large": read it again'
assert large["within classes, points"].min() > 1.8 * small["within classes, points"].max(), (
    '4.4 "twice that": read it again'
)
assert (small["low"] < 1).all() and large["low"].min() > 1 and ends.iloc[0] > 1, '4.4 "reaches 1": read it again'

# %%
rows = []
for dataset, student in RUNS:
    run = of(dataset, student, "correct")
    for step in ("class", "ir"):
        row = {"dataset": DATASET_LABELS[dataset], "student": student, "step": STEPS[step]}
        for p in ("released", "strict"):
            judged = run[run[f"parsed_{p}"].fillna(False).astype(bool)]
            table = right_wrong.Table2x2.from_booleans(judged[f"answer_{p}"], judged[f"{step}_{p}"].astype(bool))
            found = right_wrong.phi(table, resamples, seed)
            numbers[f"steps/{dataset}/{student}/{step}/{p}/{p}/phi"] = found.value
            row |= {
                f"phi, {p}": tables.with_interval(found.value, found.low, found.high, ".2f"),
                f"step right, {p}": f"{table.matrix[:, 0].sum()} of {table.n}",
            }
        rows.append(row)
found = [numbers[f"steps/cotemp/{student}/class/strict/strict/phi"] for student in STUDENTS]
numbers |= {"four students/class step/strict/min": min(found), "four students/class step/strict/max": max(found)}
tables.show(
    pd.DataFrame(rows), "Each step and the answer, students of correct traces, both axes judged alike", "re-scored"
)

# %% [markdown]
# On bAbI, judged strictly, the class step is right nearly always (see the counts), so its phi says nothing there. As
# released, the IR step goes with *wrong* answers on CoTempQA, slightly: another question's facts are credited (4.5).
#
# ## 4.5 Smallest examples of the differences
#
# Five ways in which the protocols disagree about one output, and how often, in the arms of correct traces:

# %%
KINDS = [  # name, axis, what the released protocol says, dataset, why
    ("extra answer unseen", "answer", True, "cotemp", "wrong names are looked for on one side of the facts only, and it is not the answers' own"),
    ("right answer unseen", "answer", False, "cotemp", "“assistant” and “think” are deleted from answers, and a name that the question holds is dropped"),
    ("any fact will do", "ir", True, "cotemp", "the list of facts is compared with itself, so any fact of the context counts"),
    ("another question's facts", "ir", False, "cotemp", "the gold row is the first whose answer contains this answer: it may be another question's"),
    ("another question's class", "class", False, "babi", "the same join, on the class step"),
]  # fmt: skip
rows = []
for kind, axis, theirs, dataset, why in KINDS:
    part = outputs[(outputs["dataset"] == dataset) & (outputs["arm"] == "correct")]
    a, b = (part[f"{axis}_{p}"].fillna(False).astype(bool) for p in ("released", "strict"))
    seen = int(((a == theirs) & (b != theirs)).sum())
    rows.append((kind, DATASET_LABELS[dataset], "right" if theirs else "wrong", seen, len(part), why))
tables.show(
    pd.DataFrame(rows, columns=["difference", "dataset", "as released", "outputs", "of", "why"]),
    "How often",
    "re-scored",
)

# %% [markdown]
# One example per axis that is right as released and wrong strictly, by our own students (from the committed records;
# the gold row is the output's own, so that only the rule differs):


# %%
def smallest(dataset, show):
    """The shortest output of our students for which show(problem, text) holds; None where there is none."""
    found = [
        o
        for c in cells.profile("generated")
        if c.dataset == dataset and (home := records.find(c))
        for o in read_outputs(home / "outputs.json", dataset)
    ]
    found = [o for o in found if show(o.problem, o.text)]
    return min(found, key=lambda o: len(o.text) + sum(map(len, o.problem.facts)), default=None)


def any_fact(problem, text):
    gold = released.GoldFile([(str(list(problem.answers)), problem.category, problem.facts)])
    return (
        released.check_steps(problem, text, gold).ir_step
        and strict.check_steps(problem, text).parsed
        and not strict.check_steps(problem, text).ir_step
    )


def unseen(problem, text):
    return released.check_answer(problem, text).right and not strict.check_answer(problem, text).right


# %%
rows = []
for kind, show in (("any fact will do", any_fact), ("extra answer unseen", unseen)):
    if found := smallest("cotemp", show):
        strictly = "; ".join(verify(found.problem, found.text).reasons)
        rows.append((kind, found.problem.question, ", ".join(found.problem.answers), found.text, strictly))
examples = pd.DataFrame(rows, columns=["difference", "question", "gold", "our student wrote", "strictly"])
tables.show(
    examples if len(examples) else pd.DataFrame({"": ["no such output in the records"]}),
    "Right as released, wrong strictly",
    "re-trained",
)

# %% [markdown]
# Where the authors' release is at hand (`make release`), the shortest of their own outputs:

# %%
if release.at_hand():
    runs = [run for run in release.runs() if (run.dataset, run.arm) == ("cotemp", "correct")]
    theirs = [o for run in runs for o in read_outputs(release.fetch(run.name), "cotemp") if unseen(o.problem, o.text)]
    one = min(theirs, key=lambda o: len(o.text) + sum(map(len, o.problem.facts)))
    print(
        one.problem.question,
        f"gold: {', '.join(one.problem.answers)}",
        one.text,
        "; ".join(verify(one.problem, one.text).reasons),
        sep="\n",
    )
else:
    print("the release is not at hand: make release fetches it, then run this notebook again")

# %% [markdown]
# ## 4.6 Class by class
#
# Inside each class of CoTempQA, strictly: answers right after a right step minus after a wrong one; “too few” where a side
# has fewer than five outputs.

# %%
rows = []
for student, (step, name) in [(s, step) for s in STUDENTS for step in (("class", "class step"), ("ir", "IR step"))]:
    row = {"student": student, "after": name}
    for category in cotemp.CATEGORIES:
        judged = of("cotemp", student, "correct").query("parsed_strict == True and category == @category")
        row[category] = "– (too few)" if len(judged) else "– (no outputs)"
        if judged[f"{step}_strict"].value_counts().reindex([True, False], fill_value=0).min() < 5:
            continue
        table = right_wrong.Table2x2.from_booleans(judged["answer_strict"], judged[f"{step}_strict"].astype(bool))
        (a, b), (c, d) = table.matrix
        gap = 100 * (a / (a + c) - b / (b + d))
        low, high = confint_proportions_2indep(a, a + c, b, b + d, method="newcomb", compare="diff")
        row[category] = tables.with_interval(gap, 100 * low, 100 * high, "+.1f")
        numbers[f"gaps/{student}/{category}/{step}"] = gap
    rows.append(row)
tables.show(pd.DataFrame(rows), "Difference in answers right, points (95 %, Newcombe)", "re-scored")

# %% [markdown]
# The gap after a right IR step is large in every class; it is no artefact of easy classes.

# %% tags=["guard"]
inside = [value for key, value in numbers.items() if key.startswith("gaps/") and key.endswith("/ir")]
assert len(inside) == 15 and min(inside) > 40, '4.6 "large in every class": read it again'

# %% [markdown]
# ## 4.7 The published tables
#
# All four published confusion matrices of bAbI come out exactly under the released protocol. Those of CoTempQA do not:
# apparently they were counted on an earlier run, whose outputs are not public. They stand beside what the released
# outputs give. (For the 8B students no tables are public; all their published scores come out.) MARCO's outputs could not be had, so its tables are shown as reported: there trace and answer go
# *against* each other.

# %%
published = reported.read("confusion.csv")
rows = []
for r in published[published["dataset"] != "marco"].itertuples():
    run = of(r.dataset, r.student, r.arm)
    judged = run[run["parsed_released"].fillna(False).astype(bool)]
    ours = right_wrong.Table2x2.from_booleans(
        judged["answer_released"], judged[f"{r.step}_released"].astype(bool)
    ).cells
    theirs = tuple(int(getattr(r, cell)) for cell in reported.CELLS)
    told = ", ".join(map(str, theirs)) + ("" if theirs == ours else f" ({', '.join(map(str, ours))})")
    rows.append((DATASET_LABELS[r.dataset], r.student, ARM_LABELS[r.arm], STEPS[r.step], told, theirs == ours))
rebuilt = pd.DataFrame(rows, columns=["dataset", "student", "arm", "step", "counts", "equal"])
wide = rebuilt.pivot_table(
    index=["dataset", "student", "arm"], columns="step", values="counts", aggfunc="first", sort=False
)
tables.show(wide.reset_index().rename_axis(None, axis=1),
            "Counts of answer & step right, answer alone, step alone, neither; in brackets what we count where it is another",
            "reported, re-scored")  # fmt: skip

# %%
rows = []
for r in published[(published["dataset"] == "marco") & (published["step"] == "trace")].itertuples():
    table = right_wrong.Table2x2(*(int(getattr(r, cell)) for cell in reported.CELLS))
    phi = right_wrong.phi(table, resamples, seed)
    rows.append((r.student, ARM_LABELS[r.arm], table.n, 100 * table.right_right / table.n, tables.with_interval(phi.value, phi.low, phi.high, ".2f"),
                 stats.chi2_contingency(table.matrix, correction=False).statistic))  # fmt: skip
marco = pd.DataFrame(rows, columns=["student", "arm", "outputs", "both right, %", "phi (95 %)", "chi-squared"])
tables.show(marco, "MS MARCO: answer and whole trace, the authors' counts", "reported")

# %% tags=["guard"]
assert rebuilt[rebuilt["dataset"] == "bAbI"]["equal"].all(), '4.7 "come out exactly": read it again'
assert not rebuilt[rebuilt["dataset"] == "CoTempQA"]["equal"].any(), '4.7 "do not": read it again'
assert all(text.startswith("-") for text in marco["phi (95 %)"]), '4.7 "against each other": read it again'

# %% [markdown]
# ## 4.8 Our own students: the same question, re-trained
#
# Of the paper's students we can only judge what they said, one run each. Ours are far smaller. On bAbI they are trained on
# the authors' stories, all 3,686, for three epochs as in the paper (a larger learning rate, no quantization), and
# answer the authors' test problems; on CoTempQA they are trained on short problems of our own, and their
# accuracies are never held against the numbers above. A student is *judged* only if it has learned its task: the lower end
# of Wilson's interval over the answers of all its seeds at least 5 points above guessing. *Guessing*: one fact at random;
# on the authors' problems, in each class the better of that and the commonest answer of the class in training.

# %%
own = records.verdicts(profile)
planned = [cell for cell in cells.profile(profile) if cell.arm != "prompted"]
whose = cells.problems(planned)
guess = records.guessing(records.finished(profile))
right = seeds.accuracy(own[own["arm"].isin(["vanilla", "correct", "incorrect"])])
right["guessing"] = [guess.get((r.dataset, r.student), 0.0) for r in right.itertuples()]
right["learned"] = [seeds.learned(r.low_problems, r.guessing) for r in right.itertuples()]
shown = pd.DataFrame({"dataset": right["dataset"].map(whose), "student": right["student"].map(lambda s: STUDENT_LABELS.get(s, s)),
    "arm": right["arm"].map(ARM_LABELS), "seeds": [str(n) if n > 1 else "one seed" for n in right["seeds"]],
    "answers right, % (95 %)": [tables.with_interval(r.value, r.low, r.high) for r in right.itertuples()], "Wilson's lower end": right["low_problems"], "guessing, %": right["guessing"],
    "": right["learned"].map({True: "learned", False: "has not learned the task: not judged"})})  # fmt: skip
tables.show(
    shown if len(shown) else pd.DataFrame({"": ["no cell of this profile is trained yet"]}),
    f"Profile {profile}",
    "re-trained",
)

# %%
links = seeds.association(own, ["correct"], resamples, seed)
known = set(right.loc[right["learned"], ["dataset", "student", "arm"]].itertuples(index=False, name=None))
links["judged"] = ["yes" if (r.dataset, r.student, r.arm) in known else "no" for r in links.itertuples()]
for r in links.itertuples():
    numbers |= {
        f"retrained association/{r.dataset}/{r.student}/{r.arm}/{r.step}/{k}": getattr(r, k)
        for k in ("joint", "phi")
        if np.isfinite(getattr(r, k))
    }
shown = pd.DataFrame({"dataset": links["dataset"].map(whose), "step": links["step"].map(STEPS),
    "seeds": links["seeds"], "outputs judged": [f"{r.n - r.dropped} of {r.n}" for r in links.itertuples()], "both right, % of all": links["joint"],
    "phi (95 %)": [tables.with_interval(r.phi, r.phi_low, r.phi_high, ".2f") for r in links.itertuples()], "student judged": links["judged"]})  # fmt: skip
tables.show(
    shown if len(shown) else pd.DataFrame({"": ["no student of correct traces is trained yet"]}),
    "Students of correct traces, strict",
    "re-trained",
)

# %%
pairs = [("correct", "vanilla"), ("incorrect", "vanilla"), ("incorrect", "correct")]
gaps = seeds.differences(own, pairs, resamples, seed)
for r in gaps.itertuples():
    numbers |= {
        f"retrained arms/{r.dataset}/{r.student}/{r.first}/{r.second}/{k}": getattr(r, k)
        for k in ("difference", "low", "high")
    }
shown = pd.DataFrame({"dataset": gaps["dataset"].map(whose), "arms": gaps["first"].map(ARM_LABELS) + " − " + gaps["second"].map(ARM_LABELS),
    "seeds": [str(n) if n > 1 else "one seed" for n in gaps["seeds"]], "points (95 %)": [tables.with_interval(r.difference, r.low, r.high, "+.1f") for r in gaps.itertuples()]})  # fmt: skip
tables.show(
    shown if len(shown) else pd.DataFrame({"": ["no pair of arms is trained yet"]}),
    "Arms against each other, same problems and seeds",
    "re-trained",
)

# %% [markdown]
# **For the committed records**: on bAbI all three students have learned the task. Those that answer only are right most often
# (91 %), those of correct traces 9 points less, those of incorrect ones 21 points less: here incorrect traces cost
# answers, 11 points against correct ones, and all three intervals exclude none (the arm of incorrect traces has two seeds,
# the others three). Compute does not explain it: in training the two arms with traces read the same number of tokens
# within a hundredth, and both three fifths more than answer only, which leads. A right trace goes with a right answer: 98 %
# right after it, 32 % after a wrong one, phi 0.73; both are right for 74 % of the problems. The class says nothing: it is
# right always.
#
# On our short CoTempQA problems nothing can be told: no student of these arms has learned the task, and phi is 1 there
# because the student copies the one fact that it cites. On the authors' CoTempQA one student has been trained so far, as
# on bAbI, answer only, one seed: 24 % right where guessing brings 13 %. The other arms are in the profile *gpu*, for
# whoever has a large card for half an hour.

# %% tags=["guard"]
if profile == "committed":
    good = right.set_index(["dataset", "arm"])
    assert good.loc["babi", "learned"].all() and not good.loc["cotemp", "learned"].any(), (
        '4.8 "have learned the task": read it again'
    )
    assert round(good.loc[("babi", "vanilla"), "value"]) == 91, '4.8 "91 %": read it again'
    cost = gaps.set_index(["dataset", "first", "second"]).loc["babi"]
    assert cost["difference"].round().tolist() == [-9, -21, -11] and (cost["high"] < 0).all(), "4.8: read it again"
    assert cost["seeds"].tolist() == [3, 2, 2], '4.8 "two seeds": read it again'
    whole = links.query("dataset == 'babi' and step == 'trace'").iloc[0]
    assert whole[["answer_if_right", "answer_if_wrong", "joint"]].astype(float).round().tolist() == [98, 32, 74], "4.8"
    assert round(whole["phi"], 2) == 0.73, '4.8 "phi 0.73": read it again'
    named = links.query("dataset == 'babi' and step == 'class'")[["right_wrong", "wrong_wrong"]]
    assert not named.to_numpy().any(), '4.8 "right always": read it again'
    assert links.query("dataset == 'cotemp' and step == 'ir'")["phi"].iloc[0] > 0.95, '4.8 "phi is 1": read it again'
    told = [(c, records.metrics(folder)) for c, folder in records.finished("gpu") if c.arm != "prompted"]
    read = {c.arm: one["train"]["tokens"] for c, one in told if c.dataset == "babi"}
    assert abs(read["incorrect"] / read["correct"] - 1) < 0.01 and 1.55 < read["correct"] / read["vanilla"] < 1.65, (
        '4.8 "the same number of tokens": read it again'
    )
    [(one, its)] = [(c, one["test"]) for c, one in told if c.dataset == "cotemp"]
    assert (one.arm, round(its["scores"]["acc"]), round(its["guessing"])) == ("vanilla", 24, 13), '4.8 "24 %"'

# %% [markdown]
# ## 4.9 The paper's own test problems, at two levels
#
# On bAbI our students answer the very problems that the paper's students answered. So the same problems stand under three
# students, two *re-scored* and one *re-trained*, which is ten times smaller. The split is the authors'; 18 of the test stories
# also stand in the training file.

# %%
same_problems = [(c, f) for c, f in records.finished(profile) if c.budget.source == cells.RELEASED]
ours = own[own["dataset"].isin({cell.dataset for cell, _ in same_problems})]
theirs = outputs[outputs["dataset"].isin(ours["dataset"])].assign(seed=0, trace_strict=lambda t: t["trace_strict"])
theirs = theirs.rename(columns={f"{what}_strict": what for what in ("answer", "parsed", "class", "ir", "trace")})
both = pd.concat([theirs.assign(level="re-scored"), ours.assign(level="re-trained")])
asked = [set(part["problem"]) for _, part in both.groupby("student")]
both = both[both["problem"].isin(set.intersection(*asked))] if asked else both
level_of = both.groupby("student")["level"].first()
level = next(iter(records.guessing(same_problems).values()), np.nan)

# %%
parts = {
    what: both[both["arm"].isin(["correct", "incorrect"]) | (what == "answer")].dropna(subset=[what])
    for what in ("answer", "class", "ir")
}
found = {what: seeds.accuracy(part.astype({what: bool}), what) for what, part in parts.items()}
same = found["answer"]
for what in ("class", "ir"):
    shown = found[what].assign(
        **{what: [tables.with_interval(r.value, r.low, r.high) for r in found[what].itertuples()]}
    )
    same = same.merge(shown[["dataset", "student", "arm", what]], "left", on=["dataset", "student", "arm"])
same["order"] = same["arm"].map(figures.arm_order(same["arm"]).index)
same = same.sort_values(["order", "student"], kind="stable", ignore_index=True)
for r in same.itertuples():
    numbers |= {
        f"same problems/{r.dataset}/{r.student}/{r.arm}/{k}": getattr(r, k) for k in ("value", "low", "high", "seeds")
    }
tables.show(pd.DataFrame({"dataset": same["dataset"].map(DATASET_LABELS), "arm": same["arm"].map(ARM_LABELS),
    "student": same["student"].map(lambda s: STUDENT_LABELS.get(s, s)), "level": same["student"].map(level_of),
    "runs": [str(n) if n > 1 else "one" for n in same["seeds"]], "answers right, % (95 %)": [tables.with_interval(r.value, r.low, r.high) for r in same.itertuples()],
    "class step, %": same["class"].fillna("–"), "IR step, %": same["ir"].fillna("–")}),
    f"The same {len(both['problem'].unique())} test problems, judged strictly (guessing: {level:.1f} %)", "re-scored, re-trained")  # fmt: skip

# %%
names = list(dict.fromkeys(both["student"]))
figure, axes = plt.subplots(1, max(1, len(names)), figsize=(8, 2.5), sharex=True, sharey=True, squeeze=False)
order = figures.arm_order(same["arm"])
for axis, who in zip(axes[0], names, strict=False):
    for r in same[same["student"] == who].itertuples():
        y, color = order.index(r.arm), figures.ARM_COLORS[r.arm]
        axis.plot(
            [r.low, r.high],
            [y, y],
            color=color,
            linewidth=2,
            linestyle="-" if r.seeds > 2 or level_of[who] == "re-scored" else ":",
        )
        axis.plot(r.value, y, figures.ARM_MARKERS[r.arm], color=color, markersize=6)
    axis.axvline(level, color="black", linestyle="--", linewidth=1)
    axis.set(xlim=(0, 104), xticks=range(0, 101, 25), title=f"{STUDENT_LABELS.get(who, who)}\n({level_of[who]})")
    axis.grid(axis="y", visible=False)
figures.name_rows(axes[0, 0], [ARM_LABELS[arm] for arm in order])
axes[0, len(names) // 2].set_xlabel("answers right (%; lines: 95 %; dashed: guessing)")
figure.tight_layout()
if names:
    title = "On the same problems our small student, too, answers best when it writes no trace"
    figures.save(figure, "04_same_problems", title, same.drop(columns="order"), "re-scored, re-trained", NAME)

# %%
pairs = [("correct", "vanilla"), ("incorrect", "vanilla"), ("incorrect", "correct")]
gaps = seeds.differences(both.astype({"answer": float}), pairs, resamples, seed)
for r in gaps.itertuples():
    numbers |= {
        f"same problems/{r.dataset}/{r.student}/{r.first} - {r.second}/{k}": getattr(r, k)
        for k in ("difference", "low", "high")
    }
gaps["shown"] = [tables.with_interval(r.difference, r.low, r.high, "+.1f") for r in gaps.itertuples()]
gaps["arms"] = gaps["first"].map(ARM_LABELS) + " − " + gaps["second"].map(ARM_LABELS)
wide = (
    gaps.pivot(index="student", columns="arms", values="shown").reindex(names).reset_index().rename_axis(None, axis=1)
)
wide.insert(1, "level", wide["student"].map(level_of))
runs = gaps.groupby("student")["seeds"].agg(lambda n: " or ".join(map(str, sorted(set(n)))))
wide.insert(2, "runs", runs.reindex(wide["student"]).replace("1", "one").to_numpy())
tables.show(
    wide.fillna("–").replace({"student": STUDENT_LABELS}),
    "Arm against arm on the same problems, answers right: points (95 %)",
    "re-scored, re-trained",
)

# %% [markdown]
# Ours stands lower than the large students, as its size would have it, and in the same order: answer only, correct
# traces, incorrect traces. For all three students both arms with traces lie below answer only; the larger students' loss by
# correct traces is too small to tell from none, ours is not. Incorrect traces cost Llama-3.2-1B 9 points against correct
# ones and ours 11 (−7 and −15 in its two runs); for Qwen3-1.7B no loss can be told. So on bAbI incorrect traces do hurt two
# of three students. Ours names the class always and cites the right facts for 76 % of the problems.

# %% tags=["guard"]
if profile == "committed":
    value = same.set_index(["student", "arm"])["value"].unstack("student")
    assert all(value[who].loc[["vanilla", "correct", "incorrect"]].is_monotonic_decreasing for who in value), (
        '4.9 "in the same order": read it again'
    )
    gap = gaps.set_index(["first", "second", "student"]).sort_index()
    assert (gap.xs("vanilla", level="second")["difference"] < 0).all(), "4.9, the figure's title: read it again"
    few = gap.loc[("correct", "vanilla")]["high"]
    assert few["smollm2-135m"] < 0 < few.drop("smollm2-135m").min(), '4.9 "too small to tell": read it again'
    cost = gap.loc[("incorrect", "correct")]
    assert (cost["high"] < 0).drop("Qwen3-1.7B").all() and cost.loc["Qwen3-1.7B", "high"] > 0, (
        '4.9 "two of three students": read it again'
    )
    assert cost.loc["smollm2-135m", ["difference", "most", "least"]].round().tolist() == [-11, -7, -15], (
        '4.9 "ours 11": read it again'
    )
    assert -9 < cost.loc["Llama-3.2-1B", "difference"] <= -8.5, '4.9 "9 points": read it again'
    cited = found["ir"].set_index(["student", "arm"])["value"]
    assert round(cited["smollm2-135m", "correct"]) == 76, '4.9 "76 %": read it again'

# %% [markdown]
# ## 4.10 An intervention: does the answer follow the trace?
#
# All tables above correlate. None can say whether a student *uses* its trace: a student that copies the answer from the
# cited fact and one that has the answer anyway, and cites what goes with it, look alike. So we intervene on the students
# of 4.9: the think part is written for them, and they write the answer (paper: nothing of the kind; ours).
#
# Two readings, and what each predicts, before any number:
#
# | forced trace | it computes from what it cites | it has the answer anyway |
# |---|---|---|
# | the correct one | more right than with its own | as with its own |
# | the right class, another fact of the story from which another answer follows | right: none; gives the other answer | as with its own |
# | the right class, the fact altered to hold another answer | right: none; gives the other answer | as with its own |
# | another class, the right facts | as with the correct one, if it does not need the class | as with its own |
# | another problem's trace; an empty one | few right | as with its own |

# %%
forced = records.interventions(same_problems)
forced["condition"] = pd.Categorical(forced["condition"], list(FORCED_LABELS))
rows = []
for key, part in forced.groupby(["student", "arm", "condition"], observed=True):
    row = dict(zip(["student", "arm", "condition"], key, strict=True)) | {"seeds": part["seed"].nunique()}
    row["n"] = part["problem"].nunique()
    for what in ("right", "follows"):
        each = [right_wrong.proportion(int(one.sum()), len(one)) for _, one in part.groupby("seed")[what]]
        row |= seeds.over_problems_and_seeds(each, 0, 1).columns(what, 100)
    rows.append(row)
ends = [f"{what}{end}" for what in ("right", "follows") for end in ("", "_low", "_high")]
effects = pd.DataFrame(rows, columns=["student", "arm", "condition", "seeds", "n", *ends])
apart = effects["condition"].isin(["fact", "altered"])
effects.loc[~apart, ["follows", "follows_low", "follows_high"]] = np.nan

# %%
for r in effects.itertuples():
    numbers |= {
        f"forced/{r.student}/{r.arm}/{r.condition}/{k}": getattr(r, k)
        for k in ("right", "follows")
        if np.isfinite(getattr(r, k))
    }
shown = pd.DataFrame({"student of": effects["arm"].map(ARM_LABELS), "forced trace": effects["condition"].map(FORCED_LABELS),
    "runs": [str(n) if n > 1 else "one" for n in effects["seeds"]], "problems": effects["n"],
    "right, % (95 %)": [tables.with_interval(r.right, r.right_low, r.right_high) for r in effects.itertuples()],
    "gives the forced answer, % (95 %)": [tables.with_interval(r.follows, r.follows_low, r.follows_high) for r in effects.itertuples()]})  # fmt: skip
none = pd.DataFrame({"": ["no student of this profile has been made to answer after forced traces yet"]})
tables.show(
    shown if len(shown) else none,
    "SmolLM2-135M on the paper's bAbI test problems: answers after a trace that it did not choose",
    "re-trained",
)

# %% tags=["slide"]
arms_ = figures.arm_order(effects["arm"])
figure, axes = plt.subplots(1, max(1, len(arms_)), figsize=(8, 2.9), sharex=True, sharey=True, squeeze=False)
order = [name for name in FORCED_LABELS if name in set(effects["condition"])]
for axis, arm in zip(axes[0], arms_, strict=False):
    for r in effects[effects["arm"] == arm].itertuples():
        y, color = order.index(r.condition), figures.ARM_COLORS[arm]
        for what, marker, face in (("right", "o", color), ("follows", "D", "white")):
            low, high, value = (getattr(r, f"{what}{end}") for end in ("_low", "_high", ""))
            axis.plot([low, high], [y, y], color=color, linewidth=2)
            axis.plot(value, y, marker, color=color, markerfacecolor=face, markersize=8)
    axis.set(xlim=(-3, 104), title=f"student of {ARM_LABELS[arm]}", xlabel="percent of answers (lines: 95 %)")
    axis.grid(axis="y", visible=False)
figures.name_rows(axes[0, 0], [FORCED_LABELS[name] for name in order])
handles = [plt.Line2D([], [], marker=m, color="#555555", markerfacecolor=f, linestyle="", label=t)
           for m, f, t in (("o", "#555555", "right"), ("D", "white", "the answer that the forced trace leads to"))]  # fmt: skip
figure.legend(handles=handles, loc="upper center", ncols=2, bbox_to_anchor=(0.55, 1.09), frameon=False)
figure.tight_layout()
if len(effects):
    figures.save(
        figure,
        "04_forced",
        "One student answers from the fact it cites, the other from those it does not",
        effects,
        "re-trained",
        NAME,
    )

# %%
rows = []
for arm in arms_:
    per = (
        forced[forced["arm"] == arm]
        .pivot_table(index=["seed", "problem"], columns="condition", values="right", observed=True)
        .astype(float)
    )
    for condition in [name for name in order if name != "own"]:
        pair = per[[condition, "own"]].dropna()
        each = [
            right_wrong.stratified_difference(one[condition], one["own"], np.zeros(len(one)), resamples, seed)
            for _, one in pair.groupby("seed")
        ]
        gap = seeds.over_problems_and_seeds(each, -1, 1)
        rows.append((arm, condition, len(pair) // len(each), *(100 * x for x in (gap.value, gap.low, gap.high))))
forced_gaps = pd.DataFrame(rows, columns=["arm", "condition", "n", "value", "low", "high"])
tables.show(pd.DataFrame({"student of": forced_gaps["arm"].map(ARM_LABELS), "forced trace": forced_gaps["condition"].map(FORCED_LABELS),
    "problems": forced_gaps["n"], "points against its own trace (95 %)": [tables.with_interval(r.value, r.low, r.high, "+.1f") for r in forced_gaps.itertuples()]}),
    "What forcing a trace does to the same problems' answers", "re-trained")  # fmt: skip

# %% [markdown]
# **The students of correct traces** read their answer off the trace. With another fact, or an altered one, not one answer
# is right any more; all of them, 1,026 in three runs, are what the forced trace says, even against the story. The class
# decides next to nothing: with a wrong one and the right facts, answers are as right as with the correct trace, but for one.
# With that, 97 % are right instead of 82 %: most of their wrong answers come from facts cited wrongly (what is left are nearly
# all yes/no questions about sizes and positions). And they do not need the trace: after an empty one they are right as
# often as after their own.
#
# **The students of incorrect traces** use their trace, too, the other way round. They were taught traces whose facts never
# hold the answer, and they answer from what the trace does *not* cite: the correct trace, forced, brings them from 70 % down to
# 27 %. After an empty trace they are right as often as after their own. The forced answer is hardly ever given; a wrong
# fact of the story, which is what they are used to, does no harm that can be told, one that is altered does.
# So *incorrect* is not *meaningless*: a student can learn which facts to leave out.
#
# Neither reading of the table above holds for both students: one computes from what it cites, one from the rest, and
# both have the answer about as often without any trace. A strong association of IR step and answer, as in 4.4
# under strict judging, is what the first would show; that incorrect traces need not hurt much (C3) is what the second would.
# This is one small student, of three and of two runs, on bAbI: it says nothing about the paper's students, on whom nobody has
# tried it. (A run of one epoch on two cores, profile *laptop*, gave the same reading with lower numbers.) The code is `lib/traces/forced.py`, and notebook 3 does it live. (*Another fact* exists for 39 problems only: most stories hold
# no facts that lead to another answer by the rules.)

# %% tags=["guard"]
if profile == "committed":
    at = effects[effects["arm"] == "correct"].set_index("condition")
    assert at.loc[["fact", "altered"], "right"].max() == 0, '4.10 "not one": read it again'
    told = forced[(forced["arm"] == "correct") & forced["condition"].isin(["fact", "altered"])]
    assert (len(told), told["follows"].all()) == (1026, True), '4.10 "all of them, 1,026": read it again'
    right_ = forced[forced["arm"] == "correct"].groupby("condition", observed=True)["right"].sum()
    assert right_["gold"] - right_["class"] == 1, '4.10 "but for one": read it again'
    assert at.loc[["gold", "own"], "right"].round().tolist() == [97, 82], '4.10 "97 %": read it again'
    wrong = forced[(forced["arm"] == "correct") & (forced["condition"] == "gold") & ~forced["right"]]
    left = wrong["category"].isin(["size-reasoning", "positional-reasoning"]).mean()
    assert left > 0.9, '4.10 "what is left": read it again'
    other = effects[effects["arm"] == "incorrect"].set_index("condition")
    assert other.loc[["own", "gold"], "right"].round().tolist() == [70, 27], '4.10 "from 70 % down": read it again'
    assert other.loc[["fact", "altered"], "follows"].max() < 10, '4.10 "hardly ever": read it again'
    harm = forced_gaps.set_index(["arm", "condition"])
    assert harm.loc[("incorrect", "fact"), "high"] > 0 > harm.loc[("incorrect", "altered"), "high"], (
        '4.10 "no harm that can be told": read it again'
    )
    short = records.interventions(records.finished("laptop")).groupby(["arm", "condition"])["right"].mean()
    assert (
        short["correct"][["fact", "altered"]].max() == 0 and short["correct"]["gold"] > short["correct"]["own"] + 0.1
    ), '4.10 "the same reading": read it again'
    assert short["incorrect"]["gold"] < short["incorrect"]["own"] / 2, '4.10 "the same reading": read it again'
    assert (short.loc[:, "own"] < [at.loc["own", "right"] / 100, other.loc["own", "right"] / 100]).all(), (
        '4.10 "with lower numbers": read it again'
    )
    for arm in ("correct", "incorrect"):
        none = harm.loc[(arm, "none")]
        assert none["low"] < 0 < none["high"] and abs(none["value"]) < 3, '4.10 "as after their own": read it again'

# %% [markdown]
# ## 4.11 What was varied, and what came of it
#
# Varied were two judges of answers and two of steps, on the same outputs of four students (on bAbI two), one run each.
#
# - *Both right for about a quarter of all problems* (C2): on CoTempQA 18 to 33 % for three of the students, under any of
#   the four protocols; for Llama-3.1-8B about half. On bAbI 23 % with released steps, 90 % and more with strict ones. As a
#   share of all problems; not as the chance that a right trace gives a right answer.
# - *Trace and answer close to independent* (C1): weak as released, and for three of four students on CoTempQA not
#   independent by the paper's criterion. Judged against the problem's own gold facts, far from independent; and that is
#   partly built in. For the class step, within classes: weak for small students, clear for large ones.
# - *Incorrect traces do not reliably hurt* (C3): of six comparisons with correct traces they are clearly worse in one
#   (bAbI, Llama-3.2-1B), worse before Holm's correction in another (Qwen3-8B), and never clearly better.

# %% tags=["guard"]
share = sensitivity.set_index(["dataset", "student", "steps"]).sort_index()["joint"].round()
three = share["cotemp"].drop("Llama-3.1-8B")
assert (three.min(), three.max()) == (18, 33), '4.11 "18 to 33 %": read it again'
assert share["cotemp", "Llama-3.1-8B"].between(40, 60).all(), '4.11 "about half": read it again'
assert (share.loc["babi", :, "released"] == 23).all() and share.loc["babi", :, "strict"].min() >= 90, (
    "4.11, bAbI: read it again"
)
assert (c3["low"] < 0).all() and (c3.query("answers == 'released'")["verdict"] == "worse").sum() == 2, (
    "4.11, C3: read it again"
)

# %%
figures.save_numbers(NAME, {key: float(value) for key, value in numbers.items() if np.isfinite(value)})

# %% [markdown]
# **In short.** Identical outputs, four judges: the judging of the steps decides whether trace and answer hang together.
# Right traces nearly always come with right answers when judged by their own gold facts, which contain the answers; the
# class step goes with the answer weakly, and less weakly for larger students. Against correct traces, incorrect ones are
# clearly worse in one comparison of six. Made to answer after traces that we wrote, a small student of correct traces takes
# the answer from the cited fact every time, one of incorrect traces from the facts that are not cited, and both do as
# well with no trace at all.
#
# ## Your turn
#
# Three exercises that check your answer are in `teaching/exercises/04.py`. Beyond them:
#
# 1. Pick one output that is right under `released` and wrong under `strict` (4.5 shows the kinds). Would you count it
#    as right? Write down a rule that agrees with you, and say which of the four protocols comes nearest.
# 2. The strict IR step wants exactly the gold facts. Relax it to "at least the gold facts" in
#    `lib/verify/strict/steps.py` (`check_steps`), run `make verdicts paper` (after `make release`, 89 MB), and see what
#    changes in figure `04_sensitivity`.
# 3. Under strict judging, what would phi be if students cited facts at random and copied their answer from what they
#    cited? Simulate it with 18 facts per problem, one of them gold.
#
# <details><summary>Hint for 2 and 3</summary>
#
# For 2: `gold <= cited` in place of `cited == gold`. For 3: given a random citation that happens to be the gold fact,
# the copied answer is right; otherwise it is wrong. The phi of that table is 1: association alone cannot tell reasoning
# from copying.
#
# </details>
#
# **Next:** [5. R1's traces](05_r1_traces.ipynb): readable or useful?
