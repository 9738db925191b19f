# %% [markdown]
# # 7. The claims ledger
#
# Every claim of the paper's abstract, in our words: where it is examined, what each level of evidence says, and how we
# read it. Then every number that the paper reports and that we can compute, beside ours. Rows that disagree stay.
#
# An empty level means *not examined*: the authors' outputs for it are not at hand, or our own students cannot be asked,
# or are not trained yet. This notebook reads the numbers that `04_trace_vs_answer`, `05_r1_traces`,
# `06_human_study` and `08_decoupling` wrote; run those first (`make paper` does).
#
# **How the re-trained level answers.** Our students are another dataset and other models than the paper's, so their
# accuracies are never held against the paper's. What can be asked of them is the claim's *pattern*, as a question with
# an interval for an answer: it **supports** the claim, it **does not**, or it **cannot tell at this size**. 7.5 draws
# them all and says where the lines are.

# %% tags=["parameters"]
resamples = 2000  # bootstrap resamples for every interval of the drift table
seed = 0  # of the resampling
profile = "laptop"  # whose cells are our own students: smoke, laptop, paper

# %%
try:
    from lib import figures, tables
except ModuleNotFoundError as error:
    raise SystemExit(f"{error}: this notebook needs the project's environment; `make lab` opens it there") from None

import pandas as pd
from IPython.display import Markdown

from lib.analysis import claims, plots, questions, rescored, retrained, retrained_plots, retrained_reading
from lib.published import reported, verdicts
from lib.run import results
from lib.study import ARM_LABELS, LEVELS, STUDENTS

NAME = "07_claims"
figures.use_style()
ledger = claims.load()
own = retrained.verdicts(profile)
asked = questions.answers(ledger, own, resamples=resamples, seed=seed)

# %% [markdown]
# ## 7.1 The claims

# %%
finished, missing = len(results.finished(profile)), len(results.missing(profile))
Markdown(retrained_reading.coverage(profile, finished, missing))

# %%
rows = []
for claim in ledger:
    evidence, verdict = questions.cell(claim, asked)
    row = {"": claim.id, "claim": claim.claim, "where": claim.where, "examined in": ", ".join(claim.examined)}
    row |= {level: claim.levels[level] or None for level in LEVELS}
    rows.append(
        row | {"re-trained": evidence or None, "re-trained: verdict": verdict or None, "our reading": claim.reading}
    )
tables.show(pd.DataFrame(rows), "The claims of the abstract", ", ".join(LEVELS))

# %% [markdown]
# ## 7.2 Drift: the paper's numbers and ours
#
# Reported: the paper's means over the four classes of CoTempQA. Re-scored: the same quantity from the authors' released
# outputs, under the released protocol on both axes, with a 95 % bootstrap interval (problems resampled within each
# class). A row agrees if the paper's number lies inside that interval. The interval speaks of the sampling of test
# problems only; how much training seeds add is in the next section.

# %%
analysis = rescored.Analysis(verdicts.load(), resamples=resamples, seed=seed)
drift = analysis.drift()
figures.save(
    plots.drift(drift),
    "07_drift",
    "The paper's means and the same quantities from the released outputs (released protocol)",
    drift,
    "reported, re-scored",
    NAME,
)
# %%
shown = drift.assign(agrees=drift["agrees"].map({True: "yes", False: "no"}), delta=drift["value"] - drift["reported"])
tables.show(
    shown.rename(columns={"label": "quantity", "value": "re-scored", "low": "95 % from", "high": "to"})[
        ["quantity", "reported", "re-scored", "95 % from", "to", "delta", "agrees"]
    ],
    "Percent, unweighted mean over the four classes",
    "reported, re-scored",
    decimals=2,
)

# %% [markdown]
# No row of our own students stands in this figure unless one was trained on the same dataset:

# %%
Markdown(questions.beside(drift, own))

# %% [markdown]
# ## 7.3 How much do seeds matter?
#
# The authors later released scores of three more seeds of part 1. Here is the range over all released runs, beside the
# number in the paper.

# %%
tables.show(
    analysis.seed_ranges(), "Answer accuracy on CoTempQA, percent, mean of the four classes", "reported, re-scored"
)

# %% [markdown]
# ## 7.4 Part 2 at the reported level
#
# Scores from the authors' released score files, on the problems that R1 solved; they compare with each other, not with
# the numbers above. One caution: the students of correct and of incorrect traces may have been taught other problems
# than those of R1's traces, summaries and explanations (5.2 and 8.4; C6 above has the counts).

# %%
scores = reported.read("published_scores.csv")
part2 = scores[scores["part"] == 2].groupby(["student", "arm"])["acc"].mean().unstack("arm")
part2 = part2.loc[list(STUDENTS), figures.arm_order(part2.columns)]
part2.columns = [ARM_LABELS[arm] for arm in part2.columns]
tables.show(
    part2.reset_index(),
    "Answer accuracy on CoTempQA by arm, percent, mean of the classes that were released",
    "reported",
)

# %% [markdown]
# ## 7.5 Our own students: what they can say of each claim
#
# One row a question, computed from the same cells as in notebook 4: an association (phi) in an arm, or one arm's right
# answers minus another's on the same test problems. The interval covers other test problems and, from three seeds on,
# other seeds. Steps are judged strictly, so compare with the strict numbers of the re-scored level, not with the
# released ones. Verbose traces are not R1's but our simulation of them (`lib/traces/simulate.py`), and are labelled so.

# %%
Markdown(questions.rules(asked))

# %%
if len(questions.drawable(asked)):
    figures.save(
        retrained_plots.claims(asked),
        "07_retrained",
        f"The claims, asked of our own students: {retrained.everyone(asked)}",
        asked.drop(columns="says"),
        "re-trained",
        NAME,
    )
# %%
tables.show(questions.table(asked), f"Questions and answers: {retrained.everyone(asked)}", "re-trained", decimals=2)

# %%
disagree = int((~drift["agrees"]).sum())
numbers = {"drift/rows": len(drift), "drift/disagree": disagree, "claims": len(ledger)}
keys = ["claim", "dataset", "student", "label"]
numbers |= rescored.flatten(asked, keys, ["value", "low", "high", "seeds"], "retrained")
figures.save_numbers(NAME, numbers)

# %% [markdown]
# ## Your turn
#
# 1. Take a row of the drift table that disagrees. Which explanations are open: another run, another seed, another
#    scorer, another weighting of the classes? For each, say what you would have to see in the released files.
# 2. Claim C2 has one number and two readings. Rewrite the abstract's sentence so that only one reading is left.
# 3. Pick a question of 7.5 that cannot be told at this size. How many test problems and seeds would it take? Change
#    `n_test` and `seeds` in `profiles.yml`, and ask `make plan` what that costs.
