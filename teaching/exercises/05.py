# %% [markdown]
# # Exercises 5. R1's traces
#
# These train you to ask of a difference between two arms what else it could be: one class, one seed, or mere length.

# %%
from lib.datasets import cotemp
from lib.exercises import check
from lib.published import reported
from lib.traces import verbose_traces

# %% [markdown]
# ### 05.1 · Which class carries it?
# *10 minutes · easy · after section 5.3*
#
# A score of part 2 is the mean of four classes, and the smallest class has few problems. For each student, R1's traces
# minus another kind of supervision (*vanilla*, *correct*, *summary*, *posthoc*) is a difference of two such means. In
# which of the 16 comparisons does the sign turn as soon as one class is left out, and which class is it? (*Reported*.)
#
# Predict first: more among the small students, or among the large ones?
#
# <details><summary>Hint 1</summary>
#
# Subtract class by class, and look at four differences and their mean. Then at the mean of three of them, four times.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `scores.pivot_table(index="student", columns=["arm", "category"], values="acc")` puts the four classes of each arm
# side by side.
#
# </details>

# %% tags=["starter"]
scores = reported.read("published_scores.csv").query("part == 2")
print(scores.head(3).to_string(index=False), *sorted(scores["arm"].unique()), sep="\n")

answer = ...  # a set of (student, kind of trace, class), such as {("Qwen3-8B", "vanilla", "equal"), …}
check("05.1", answer)

# %% [markdown]
# ### 05.2 · A ruler made of seeds
# *20 minutes · medium · after section 5.3 · build*
#
# You have a few runs of several arms; within an arm the runs differ in their seed only. How far apart may two single
# runs *of one and the same arm* lie, so that only one pair in twenty lies further apart? Write it as a function from
# {arm: [score of each run, …]} to points. Assume that seeds spread every arm alike, and that scores are about normal.
#
# The check tries the later seeds of both small students (*reported*; one has an arm with two complete runs) and a
# made-up set in which one arm has a single run.
#
# <details><summary>Hint 1</summary>
#
# First the standard deviation of one run. Every arm has its own mean; the squares of the distances from it can be added
# up over arms. How many distances are free?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Two runs differ by the noise of both. And the spread is itself an estimate from few runs: which distribution takes
# the place of the normal one?
#
# </details>


# %% tags=["starter"]
def ruler(runs):
    """Points that two runs of one arm exceed in one case of twenty."""
    ...


check("05.2", ruler)

# %% [markdown]
# ### 05.3 · A control for length
# *30 minutes · hard · after section 5.5 · build*
#
# R1's traces are long. Perhaps a student profits from *writing much*, whatever it says. To find out you need, for each
# trace, a control that is as long and looks alike, and whose content is gone. Write `control(problem, trace)`, which
# returns such a text. It has these properties, on traces of generated problems (**simulated**):
#
# 1. as many words and marks as the trace (within 2 %, as `lib.traces.arms.count_words` counts);
# 2. nothing is left of the problem: no word of a name in its facts, no date, no class, no statement that the verifier
#    can read;
# 3. at least half of its words are the trace's own, so that the style is still there.
#
# (R1's own traces are in part 2's files: after `make release PART=2`, `verbose_traces.released(path)` reads them. Does
# your control hold there?)
#
# Before you start: which of the three does each arm of notebook 5 lack, *swapped*, *padded* and *cut*? And what would
# you conclude if a student of your control answered as well as one of R1's traces?
#
# <details><summary>Hint 1</summary>
#
# You need not write a new text. What in the trace is content, and can be told by rule? `problem.facts` has all names
# and dates.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Put one neutral word in the place of each word of a name or date, and the length stays. Sort out what is a name with
# the capital letters *in the facts*, or with `lib.datasets.cotemp.grammar.parse_fact`.
#
# </details>
# <details><summary>Hint 3</summary>
#
# Names and dates are not all. Read the last three sentences of a trace again.
#
# </details>

# %% tags=["starter"]
problem = cotemp.generate(1, seed=0)[0]
trace = verbose_traces.simulated([problem], seed=0)[problem.id].trace
print(trace)


def control(problem, trace):
    """A text as long as the trace, in its style, that says nothing about the problem."""
    ...


check("05.3", control)
