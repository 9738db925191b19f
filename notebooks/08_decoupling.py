# %% [markdown]
# # 8. Decoupling: useful to students, readable for people
#
# **You will be able to** say which published numbers carry the paper's recommendation, and which do not; put a bound on
# a rank correlation of which half the values are unknown; and name the experiment that would settle more.
#
# **25 minutes.** You need: the arms (notebook 2), the scores of part 2 (5.2 and 5.3), the means of the human study
# (6.5). *Spearman's rho*: the correlation of two orders, from −1 (reversed) to 1 (the same). *Ruler*: what two runs of
# one and the same arm may differ by (5.3).
#
# **The paper's discussion.** Traces that help students most are not those that people find easiest to read; so what a
# student is trained on should be decoupled from what a person is shown.
#
# **Evidence.** *Reported* alone: released scores of students, and means of ratings as far as the paper prints them. Our
# own students do not belong here: nobody has rated our simulated traces.

# %% tags=["parameters"]
step = 0.05  # of the grid on which unknown means are tried, in points of the scale

# %%
try:
    from lib import figures, tables
except ModuleNotFoundError as error:
    raise SystemExit(f"{error}: this notebook needs the project's environment; `make lab` opens it there") from None

from itertools import permutations
from math import factorial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import stats

from lib.published import reported
from lib.study import ARM_LABELS, STUDENTS

NAME = "08_decoupling"
RATED = ["r1", "summary", "posthoc", "correct"]  # the kinds of trace that people rated
CLASSES = ["equal", "during", "overlap", "mix"]
figures.use_style()
numbers = {}

# %% [markdown]
# ## 8.1 Predict first
#
# Take R1's own traces, summaries of them, post-hoc explanations of them, and correct traces. The last are the easiest
# to read and the first the hardest. For how many of the four students is the *hardest to read* also the *most useful of
# the four*?

# %%
my_guess = 4  # of 4 students

# %% [markdown]
# ## 8.2 What is known
#
# **Usefulness**: scores that the authors released for part 2, mean of the four classes of CoTempQA, one run each.
# **Readability**: the paper prints two means of interpretability and one of load. Of the others it says that summaries
# and explanations lie in between on interpretability, and that R1's traces have the highest load.

# %%
scores = reported.read("published_scores.csv")
part2 = scores[scores["part"] == 2]
by_class = part2.pivot_table(index=["student", "arm"], columns="category", values="acc", sort=False)[CLASSES]
useful = by_class.mean(axis=1).unstack("arm").loc[list(STUDENTS), ["vanilla", *RATED]]
tables.show(useful.rename(columns=ARM_LABELS).rename_axis(None, axis=1).reset_index(),
            "Students trained on each kind of trace: answers right, percent", "reported")  # fmt: skip

# %%
mean = {scale: {arm: reported.number(scale, "cotemp", "", arm) for arm in arms}
        for scale, arms in (("interpretability", ("r1", "correct")), ("cognitive load", ("r1",)))}  # fmt: skip
ends = {"interpretability": (mean["interpretability"]["r1"], mean["interpretability"]["correct"]),
        "cognitive load": (1.0, mean["cognitive load"]["r1"])}  # fmt: skip
places = pd.DataFrame([(scale, arm, *((mean[scale][arm],) * 2 if arm in mean[scale] else ends[scale]))
                       for scale in ends for arm in RATED], columns=["scale", "arm", "low", "high"])  # fmt: skip
known = places["low"] == places["high"]
numbers |= {
    f"published means/{'load' if scale == 'cognitive load' else scale}": len(means) for scale, means in mean.items()
}
tables.show(places.assign(arm=places["arm"].map(ARM_LABELS), source=known.map({True: "printed", False: "in words: it lies between these"})),
            "Where the paper places each kind of trace, on scales from 1 to 5", "reported", decimals=2)  # fmt: skip

# %% [markdown]
# ## 8.3 Side by side
#
# A point is a printed mean. A bar is the range in which an unpublished mean must lie; where on it, nobody but the
# authors knows, so nothing is drawn there (thick: summaries, thin: explanations). Dashed: the same student trained on
# answers alone.

# %% tags=["slide"]
figure, axes = plt.subplots(1, 4, figsize=(10, 3.3), sharey=True, sharex=True)
spots = places[places["scale"] == "interpretability"].set_index("arm")
for axis, student in zip(axes, STUDENTS, strict=True):
    for arm in ("summary", "posthoc", "r1", "correct"):  # points over bars
        y, color, (low, high) = useful.loc[student, arm], figures.ARM_COLORS[arm], spots.loc[arm, ["low", "high"]]
        if low < high:
            axis.plot([low, high], [y, y], color=color, linewidth=7 if arm == "summary" else 3, solid_capstyle="butt")
        else:
            axis.plot(low, y, figures.ARM_MARKERS[arm], color=color, markersize=9)
    axis.axhline(useful.loc[student, "vanilla"], color="black", linewidth=1.2, linestyle="--")
    axis.set(title=student, xlabel="interpretability (1 to 5)", xlim=(3, 5.2), ylim=(0, 100), xticks=[3, 4, 5])
axes[0].set_ylabel("students' answers right (%)")
for arm, (dx, dy) in {"r1": (0.06, 4), "summary": (0.2, 9), "posthoc": (0.2, 3), "correct": (-1.0, -9)}.items():
    axes[0].text(spots.loc[arm, "low"] + dx, useful.loc["Llama-3.2-1B", arm] + dy, ARM_LABELS[arm],
                 color=figures.ARM_COLORS[arm], fontsize=9)  # fmt: skip
axes[2].text(3.05, useful.loc["Llama-3.1-8B", "vanilla"] + 3, "answer only", fontsize=9)
figure.tight_layout()
drawn = spots.join(useful.T.rename_axis("arm")).reset_index()
title = "Small students learn most from the least readable traces; large ones do not"
figures.save(figure, "08_decoupling", title, drawn, "reported", NAME)

# %%
order = {student: useful.loc[student, RATED].sort_values(ascending=False).index.tolist() for student in STUDENTS}
hardest_first = [student for student in STUDENTS if order[student][0] == "r1"]
rows = [(s, *(ARM_LABELS[a] for a in order[s])) for s in STUDENTS]
tables.show(
    pd.DataFrame(rows, columns=["student", "most useful", "second", "third", "least useful"]),
    "The four rated kinds",
    "reported",
)

# %%
tables.show(pd.DataFrame([("hardest to read is most useful, students of 4", my_guess, len(hardest_first))],
                         columns=["", "your guess", "reported"]), "Your guess of 8.1", "reported")  # fmt: skip

# %% tags=["guard"]
assert hardest_first == ["Llama-3.2-1B", "Qwen3-1.7B"], "8.3, the figure's title: read it again"
assert (useful.idxmax(axis=1) == "vanilla").tolist() == [False, False, True, True], (
    '"answers alone do best": read it again'
)

# %% [markdown]
# ## 8.4 What this shows
#
# **One pair has a printed readability on both sides**, R1 and correct traces, and it goes the paper's way: people find
# R1 traces less interpretable (by at least g = 0.94, whatever the ratings were: notebook 6), and all four students do
# better with them. But the two differ in more than readability: in length, in what they say, perhaps in the problems
# taught (the box in 5.2). And one class can carry the mean:

# %%
gap = by_class.xs("r1", level="arm") - by_class.xs("correct", level="arm")
shown = gap.assign(all=gap.mean(axis=1), without=gap.drop(columns="mix").mean(axis=1)).loc[list(STUDENTS)]
numbers |= {f"r1 - correct/{s}/reported": shown.loc[s, "all"] for s in STUDENTS}
numbers |= {f"r1 - correct, all but mix/{s}": shown.loc[s, "without"] for s in STUDENTS}
numbers |= {"students with r1 above correct": int((shown["all"] > 0).sum()),
            "students with plain answers best": int((useful.idxmax(axis=1) == "vanilla").sum())}  # fmt: skip
tables.show(shown.rename(columns={"all": "mean", "without": "mean without mix"}).rename_axis(None, axis=1).reset_index(),
            "R1 minus correct traces, percentage points, by class", "reported")  # fmt: skip

# %% [markdown]
# For both 8B students the lead hangs on class *mix*: without it, correct traces are ahead on the mean. For the small
# students R1's traces lead in every class.

# %% tags=["guard"]
g = figures.load_numbers("06_human_study")["interpretability/r1 - correct/g_at_least"]
assert 0.94 <= g < 0.95 and (shown["all"] > 0).all(), '8.4 "by at least g = 0.94 … all four": read it again'
assert (shown.loc[["Llama-3.1-8B", "Qwen3-8B"], "without"] < 0).all(), '8.4 "hangs on class mix": read it again'
assert (gap.loc[["Llama-3.2-1B", "Qwen3-1.7B"]] > 0).all(axis=None), '8.4 "in every class": read it again'

# %% [markdown]
# **A comparison that shares its problems.** The paper's words place summaries and explanations *above* R1's traces in
# interpretability, and by the authors' script all three arms are taught the same problems (5.2). If reading and
# learning come apart, it should show here, too. On the ruler of seeds (5.3):

# %%
seeds = figures.load_numbers("05_r1_traces")
ruler = {
    s: seeds.get(f"seeds/{s}/two_runs", max(v for k, v in seeds.items() if k.endswith("/two_runs"))) for s in STUDENTS
}
rows = [
    (s, arm, useful.loc[s, "r1"] - useful.loc[s, arm], ruler[s]) for s in STUDENTS for arm in ("summary", "posthoc")
]
alike = pd.DataFrame(rows, columns=["student", "arm", "points", "ruler"])
alike["clear"] = np.where(alike["points"] > alike["ruler"], 1, np.where(alike["points"] < -alike["ruler"], -1, 0))
numbers |= {
    "alike/compared": len(alike),
    "alike/r1 better": int((alike["clear"] > 0).sum()),
    "alike/r1 worse": int((alike["clear"] < 0).sum()),
}
words = {1: "R1 traces better", 0: "within two seeds", -1: "R1 traces worse"}
tables.show(
    alike.assign(arm=alike["arm"].map(ARM_LABELS), clear=alike["clear"].map(words)),
    "R1 traces minus the easier text, one run each",
    "reported",
    decimals=2,
)

# %% [markdown]
# R1's traces are better, beyond the ruler, in three of the four comparisons of small students, one of them (Qwen3-1.7B,
# post-hoc explanations) by a tenth of a point only. In the four of large students they are a little worse each time,
# within what two seeds may differ by.

# %% tags=["guard"]
small = alike["student"].isin(["Llama-3.2-1B", "Qwen3-1.7B"])
assert (alike[small]["clear"] == 1).sum() == 3 and (small.sum(), (~small).sum()) == (4, 4), (
    '8.4 "three of the four": read it again'
)
close = alike[small].query("student == 'Qwen3-1.7B' and arm == 'posthoc'").eval("points - ruler").iloc[0]
assert 0 < close < 0.15, '8.4 "by a tenth of a point": read it again'
assert (alike[~small]["clear"] == 0).all() and (alike[~small]["points"] < 0).all(), (
    '8.4 "a little worse each time": read it again'
)

# %% [markdown]
# ## 8.5 What this does not show
#
# *More useful the harder to read* would be a statement about all kinds of trace: a correlation. Two printed means of
# interpretability and one of load give none. But the **order** is known up to one swap for interpretability (R1 lowest,
# correct traces highest), and for load R1 is highest. So a rank correlation can be bounded:

# %%
allowed = {
    "interpretability": [("r1", *middle, "correct") for middle in permutations(["summary", "posthoc"])],
    "cognitive load": [(*rest, "r1") for rest in permutations(["summary", "posthoc", "correct"])],
}
rows = []
for student in STUDENTS:
    for scale, orders in allowed.items():  # each from low to high
        rho = [stats.spearmanr(range(4), useful.loc[student, list(order)]).statistic for order in orders]
        rows.append((student, scale, len(orders), min(rho), max(rho)))
bounds = pd.DataFrame(rows, columns=["student", "scale", "orders allowed", "rho from", "to"])
floor = 2 / factorial(4)  # both perfect orders among all 24
for r in bounds.rename(columns={"rho from": "low", "to": "high"}).itertuples():
    numbers |= {
        f"rho/{'load' if r.scale == 'cognitive load' else r.scale}/{r.student}/reported/{end}": getattr(r, end)
        for end in ("low", "high")
    }
numbers["rho/smallest p"] = floor
tables.show(
    bounds,
    f"Spearman's rho of usefulness with each scale (smallest two-sided p that four kinds allow: {floor:.3f})",
    "reported",
)

# %% [markdown]
# - **For small students the order is nearly reversed** (rho −0.8 or lower with interpretability), the paper's way.
# - **For 8B students it is weakly so** (−0.4 to −0.2), and with load even the sign is open.
# - **No such correlation can be significant in a two-sided test.** Four kinds of trace cannot reach a p below 0.083,
#   however perfect the order and however many the raters: there are too few *kinds*. (One-sided, a perfect order would
#   have 0.042.)
# - **Correct traces are one of the four points**, the least useful for every student. If they were taught other
#   problems (5.2), every rho is affected.
# - **Each accuracy is one run.**

# %% tags=["guard"]
at = bounds.set_index(["scale", "student"])
tiny = 1e-9
assert at.loc["interpretability"].loc[["Llama-3.2-1B", "Qwen3-1.7B"], "to"].max() <= -0.8 + tiny, (
    "8.5, small students: read it again"
)
large = at.loc["interpretability"].loc[["Llama-3.1-8B", "Qwen3-8B"]]
assert abs(large["rho from"] + 0.4).max() < tiny and abs(large["to"] + 0.2).max() < tiny, (
    "8.5, 8B students: read it again"
)
assert ((at.loc["cognitive load"]["rho from"] < 0) & (at.loc["cognitive load"]["to"] > 0)).tolist() == [
    False,
    False,
    True,
    True,
], "8.5, load"
assert round(floor, 3) == 0.083 and all(found[-1] == "correct" for found in order.values()), (
    '8.5 "the least useful": read it again'
)

# %% [markdown]
# ## 8.6 How we read it
#
# The recommendation, *choose what a student is trained on and what a person is shown separately*, needs only that the
# two can come apart. The surest sign of that is not the widest gap, R1 against correct traces, but R1's traces against
# the easier texts made from them: for Llama-3.2-1B they come apart, for Qwen3-1.7B barely, for large students nothing
# is clear. The recommendation does not need, and the printed numbers do not show, that less readable traces are better
# in general.
#
# What would settle more: students of correct traces taught the same problems as R1's; means and standard deviations of
# all four groups on both scales, which the authors have; several seeds per student; and traces that differ in
# readability and in nothing else, such as one text in two layouts.

# %%
figures.save_numbers(NAME, numbers)

# %% [markdown]
# **In short.** Of the eight means (four kinds, two scales), three are printed. What is printed goes the paper's way
# for small students. For large students, answers alone do best, and readability decides nothing that can be seen.
#
# ## Your turn
#
# Three exercises that check your answer are in `teaching/exercises/08.py`. Beyond them:
#
# 1. Put summaries and explanations anywhere on their bars so that the *linear* correlation of usefulness with
#    interpretability for Qwen3-8B is as close to 0 as you can get it. What does that say of a printed correlation?
# 2. How many kinds of trace would a study need for a perfect rank correlation to have p < 0.01, two-sided?
# 3. Design two traces that say the same and differ in readability only. Which would you expect to be more useful to a
#    student, and why?

# %%
low, high = ends["interpretability"]
grid = np.arange(low, high, step)
linear = [
    (stats.pearsonr([low, x, y, high], useful.loc["Qwen3-8B", RATED]).statistic, x, y) for x in grid for y in grid
]
nearest = min(linear, key=lambda found: abs(found[0]))
print(
    f"for 1: r from {min(linear)[0]:.2f} to {max(linear)[0]:.2f};",
    "nearest to 0 at {:.2f}, {:.2f}".format(*nearest[1:]),
)
print("for 2:", {kinds: round(2 / factorial(kinds), 4) for kinds in (4, 5, 6)})

# %% [markdown]
# <details><summary>Hints</summary>
#
# For 1: the grid above has tried them all. For 2: read off the first p below 0.01. For 3: a student reads tokens; think
# of what changes for it when a person's eye is helped.
#
# </details>
#
# **Next:** [7. The claims](07_claims.ipynb), each with its number.
