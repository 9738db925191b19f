# %% [markdown]
# # 8. Decoupling: useful to students, readable for people
#
# **The paper's discussion.** Traces that help students most are not those that people find easiest to read; so what a
# student is trained on should be decoupled from what a person is shown.
#
# **What this notebook adds.** It puts the two halves of the paper side by side, one point a kind of trace: how right
# the students are who were trained on it, against where people's ratings place it. Most of those places are not
# published. Rather than guess them, it draws every point that is only known to lie *in between* as the range in which
# it must lie.

# %% tags=["parameters"]
retrained = True  # show our own students beside the reported ones, where there are any

# %%
try:
    from lib import figures, tables
except ModuleNotFoundError as error:
    raise SystemExit(f"{error}: this notebook needs the project's environment; `make lab` opens it there") from None

import pandas as pd
from IPython.display import Markdown

from lib.analysis import decoupling, decoupling_plots, pairing, part2, seeds
from lib.stats import ratings
from lib.study import ARM_LABELS

NAME = "08_decoupling"
figures.use_style()
questionnaire = ratings.load()
human = figures.load_numbers("06_human_study")
numbers = {}

# %% [markdown]
# ## 8.1 Predict first
#
# Four kinds of trace: R1's own, summaries of them, post-hoc explanations of them, and short rule-based ones. Sketch
# them before you go on: to the right what people find easy to read, upwards what makes students answer well. Is your
# sketch the same for a student of one billion parameters and for one of eight?
#
# ## 8.2 What is known
#
# **Usefulness.** Scores that the authors released for part 2, on the problems that R1 solved: percent right, unweighted
# mean of the four classes of CoTempQA. One released run each, and no interval with it.

# %%
useful = decoupling.usefulness()
own = decoupling.retrained() if retrained else decoupling.retrained().iloc[:0]
level = "reported, re-trained" if len(own) else "reported"
both = pd.concat([useful, own], ignore_index=True) if len(own) else useful
wide = both.pivot_table(index=["student", "level"], columns="arm", values="accuracy", sort=False)
wide = wide[figures.arm_order(wide.columns)].rename(columns=ARM_LABELS).rename_axis(None, axis=1)
tables.show(wide.reset_index(), "Students trained on each kind of trace: answers right, percent", level)

# %%
Markdown(
    f"Re-trained: {len(own)} accuracies of our own students."
    if len(own)
    else "Re-trained: **nothing yet on CoTempQA**, the dataset of the traces that people rated. Our students of other "
    "problems (notebooks 3 to 5) do not belong beside these; this level is empty, and only the reported one is drawn."
)

# %% [markdown]
# **Readability and load.** Means of ratings, as far as the paper prints them.

# %%
places = decoupling.positions(questionnaire)
shown = places.assign(
    place=[
        f"{row.low:.2f}" if row.low == row.high else f"more than {row.low:.2f}, less than {row.high:.2f}"
        if row.low > questionnaire.low else f"{row.low:.2f} to less than {row.high:.2f}"
        for row in places.itertuples()
    ],
    arm=places["arm"].map(questionnaire.conditions),
)  # fmt: skip
tables.show(
    shown[["scale", "arm", "place", "says"]].set_axis(["scale", "kind of trace", "mean rating", "known from"], axis=1),
    "Where the published numbers and words place each kind of trace",
    "reported",
)

# %% [markdown]
# “Correct traces” in the students' table and “rule-based traces” in the raters' are the same kind.
#
# ## 8.3 Side by side

# %%
table = decoupling.points(both, places)
plain = both[both["arm"] == "vanilla"]
drawn = pd.concat([table, plain], ignore_index=True)
figure = decoupling_plots.usefulness(table, plain)
figures.save(
    figure,
    "08_decoupling",
    "How right students are, against how people rate the traces that they learned from",
    drawn,
    level,
    NAME,
)

# %% [markdown]
# ## 8.4 What this shows
#
# One pair has a published readability on both sides: R1 and rule-based traces.

# %%
pair = decoupling.rated_pair(both)
numbers |= {f"r1 - correct/{row.student}/{row.level}": row.difference for row in pair.itertuples()}
tables.show(
    pair.assign(best=pair["best"].map(ARM_LABELS)).set_axis(
        ["student", "level", "R1 traces", "rule-based traces", "difference (points)", "best of all, plain answers too"],
        axis=1,
    ),
    "R1 against rule-based traces: answers right, percent",
    level,
)

# %%
known = pair[pair["level"] == "reported"]
better = int((known["difference"] > 0).sum())
plain_best = known.loc[known["best"] == "vanilla", "student"].tolist()
numbers |= {"students with r1 above correct": better, "students with plain answers best": len(plain_best)}
g = human["interpretability/r1 - correct/g_at_least"]
Markdown(
    f"**This pair goes the paper's way.** People find R1 traces less interpretable than rule-based ones, by at least "
    f"g = {g:.2f} whatever the raw ratings were (notebook 6), and in the released scores {better} of {len(known)} "
    f"students do better with R1 traces, by {known['difference'].min():.1f} to {known['difference'].max():.1f} "
    "points.\n\n"
    "**Why is another question.** R1 traces and rule-based ones differ in more than readability: in length, in what "
    "they say, in who wrote them, and perhaps in the problems that were taught, which comes next."
    + (
        f"\n\n**Plain answers.** For {' and '.join(plain_best)} no kind of trace does as well as none."
        if plain_best
        else ""
    )
)

# %% [markdown]
# ### Were both sides taught the same problems?
#
# Perhaps not. For R1's traces, their summaries and the explanations, each problem has its own text. To rule-based (and
# incorrect) traces the authors' script matches R1's problems by their answers, and often finds another problem
# (notebook 5, section 5.2). The test is not touched: by their inference script every arm is asked the same problems,
# each with its own question and answers. So the students of one side may have learned from fewer, repeated problems,
# many of another class. That would rather lower *their* scores, whether or not people can read the traces. (It could
# also raise them: the script draws on all of part 1's examples, so problems of the test may be among them.)
#
# All released scores of the two arms by class, beside the rows of the training files that we read:

# %%
scores = part2.scores()
sizes = {category: possible[0] for category, possible in part2.sizes(scores).items()}
read, gaps = pairing.rows_read("correct"), pairing.gaps(scores, sizes)
turning = pairing.turning(gaps)
turned = {student: classes for student, classes in turning.items() if classes}
rows = [*part2.CLASSES, "all", *(f"all but {c}" for c in part2.CLASSES if any(c in turned[s] for s in turned))]
tables.show(
    pairing.gap_table(gaps, read, sizes, rows),
    "R1 minus rule-based traces: answers right, percentage points (95 %, chance of the test problems alone)",
    "reported",
)

# %%
total, about = read.sum(), pairing.training_rows(sizes)
same_sign = [
    s for s, part in gaps[gaps["of"].isin(part2.CLASSES)].groupby("student", sort=False) if part["low"].min() > 0
]
numbers |= {f"training/correct/{key}": int(value) for key, value in total.items()} | {"training/correct/about": about}
numbers |= {f"r1 - correct, {row.of}/{row.student}": row.value for row in gaps.itertuples() if row.of not in sizes}
Markdown(
    f"**Known.** {total['another_problem']} of the {total['rows_read']} rows that we read teach another problem; the "
    "script says why. **Not known.** How many of all rows do: there should be about "
    f"{about:,} (four times the test problems), we read a handful by hand, not at random, and the files are not among "
    "those that this project loads. Nor whether just these files trained the students with the released scores.\n\n"
    "**How much hangs on it?** Leave out one class at a time. The gap changes its sign for "
    + ("; ".join(f"{s} (without {' or '.join(classes)})" for s, classes in turned.items()) or "no student")
    + f". For {' and '.join(same_sign) or 'no student'} R1's traces are ahead in every single class, beyond the chance "
    "of the test problems. So for the former the confound may be all there is to the gap; for the latter it may be a "
    "part, and how large a part the scores do not tell. (All this is hindsight about one run of each arm.) A weak sign "
    "of it: every problem of class mix has several answers; the few outputs that we read there (Llama-3.2-1B, "
    "rule-based traces) name one each, as does the example that the training rows which we read repeat.\n\n"
    "**What would settle it.** A count over the authors' training files (exercise 2 of notebook 5), and rule-based "
    "students trained anew with each problem's own trace. Our own students are trained so, in every arm."
)

# %% [markdown]
# ### A comparison that shares its problems
#
# The paper's words place summaries and explanations *above* R1's traces in interpretability, and all three arms were
# taught the same problems. If people's reading and students' learning come apart, it should show here, too:

# %%
ruler = seeds.yardstick(seeds.runs(part2.scores(1)))
alike = pairing.alike(part2.differences(scores, "r1", sizes), ruler)
numbers |= {
    "alike/compared": len(alike),
    "alike/r1 better": int((alike["clear"] > 0).sum()),
    "alike/r1 worse": int((alike["clear"] < 0).sum()),
}
Markdown(pairing.alike_in_words(alike))

# %% [markdown]
# ## 8.5 What this does not show
#
# *More useful the harder to read* would be a statement about all kinds of trace, a correlation. How far do the
# published numbers carry it?

# %%
correlations = decoupling.rank_correlations(table)
numbers["rho/smallest p"] = float(correlations["p_floor"].iloc[0])
for row in correlations.itertuples():
    numbers |= {f"rho/{row.scale}/{row.student}/{row.level}/{end}": getattr(row, end) for end in ("low", "high")}
tables.show(
    correlations.assign(
        rho=[f"{row.low:+.1f} to {row.high:+.1f}" for row in correlations.itertuples()],
        p_floor=[f"{p:.3f}" for p in correlations["p_floor"]],
    )[["student", "level", "scale", "orders", "rho", "p_floor"]].set_axis(
        ["student", "level", "scale", "orders allowed", "Spearman's rho", "smallest p that is possible"], axis=1
    ),
    "Rank correlation of usefulness with readability and with load, over every order of the four that is allowed",
    level,
)

# %%
published = places[places["low"] == places["high"]].groupby("scale", sort=False).size()
ranked = decoupling.order_of_use(useful)
numbers |= {f"published means/{scale}": int(count) for scale, count in published.items()}
released = correlations[correlations["level"] == "reported"]
sides = {
    "sure": [row.student for row in released.itertuples() if row.scale == "load" and row.low > 0],
    "open": [row.student for row in released.itertuples() if row.scale == "load" and row.low <= 0 <= row.high],
}
orders = "; ".join(
    f"{student}: {' > '.join(questionnaire.conditions[arm] for arm in arms)}" for student, arms in ranked.items()
)
interpretability = released[released["scale"] == "interpretability"].set_index("student")
r1_first = [student for student, arms in ranked.items() if arms[0] == "r1"]
others = [student for student in ranked if student not in r1_first]
Markdown(
    f"- **No correlation of scores can be computed.** {published['interpretability']} means of interpretability and "
    f"{published['load']} of load are published. Two points lie on a line whatever they are (their correlation is 1 or "
    "−1, always), and one point on any.\n"
    "- **Ranks can be bounded**, since “in between” fixes the order of interpretability up to one swap. Then rho is "
    + "; ".join(f"{row.low:+.1f} to {row.high:+.1f} for {student}" for student, row in interpretability.iterrows())
    + ". With four kinds of trace no rank correlation reaches a p below "
    f"{correlations['p_floor'].iloc[0]:.3f}, however perfect: there are too few *kinds*, and more raters would not "
    "change that.\n"
    f"- **Load decides less.** That R1's load is the highest is said; the order of the others is not. The sign of rho "
    f"is the same under every order for {', '.join(sides['sure']) or 'no student'}, and open for "
    f"{', '.join(sides['open']) or 'none'}.\n"
    f"- **Students order the traces differently.** From most to least useful: {orders}. {' and '.join(r1_first)} "
    f"learn most from what people found hardest to read, {' and '.join(others)} do not.\n"
    "- **Each accuracy is one run.** Differences of a point or two between neighbours may be a seed's.\n"
    "- **Rule-based traces are one of the four points**, and the lowest for "
    f"{sum(arms[-1] == 'correct' for arms in ranked.values())} of {len(ranked)} students. If these were taught "
    "other problems (8.4), every rho above has a share of that, too."
)

# %% [markdown]
# ## 8.6 How we read it
#
# The recommendation, *choose what a student is trained on and what a person is shown separately*, needs only that the
# two can come apart. The surest sign of that is not the widest gap, R1 against rule-based traces, which may be one
# between problems, too. It is R1's traces against the easier texts made from them, which teach the small students
# clearly less in the comparisons named above; the large students give no sure sign either way. The recommendation does
# not need, and the published numbers do not give, a law by which unreadable traces are good ones.
#
# What would settle more: rule-based students taught the same problems as R1's; means and standard deviations of all
# four groups on both scales (the authors have them); several seeds a student; and traces that differ in readability and
# in nothing else, say one text in two layouts.

# %%
figures.save_numbers(NAME, numbers)

# %% [markdown]
# ## Your turn
#
# 1. Put summaries and explanations anywhere on their bars so that the *linear* correlation of usefulness with
#    interpretability for Qwen3-8B is as close to 0 as you can get it. How far from −1 did you come?
# 2. How many kinds of trace would a study need for a perfect rank correlation to have p < 0.01?
# 3. Design two traces that say the same and differ in readability only. Which of the two would you expect to be more
#    useful to a student, and why?

# %%
from math import factorial

kinds = 4  # try others
print(f"{kinds} kinds: smallest two-sided p of a rank correlation {2 / factorial(kinds):.4f}")

# %% [markdown]
# <details><summary>Hints</summary>
#
# For 1: `scipy.stats.pearsonr([3.39, x, y, 4.86], accuracies)` on a grid of x and y. For 2: raise `kinds` in the cell
# above. For 3: a student reads tokens; think of what changes for it when a person's eye is helped.
#
# </details>
