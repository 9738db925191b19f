# %% [markdown]
# # Exercises 8. Decoupling
#
# These train you to tell what is printed from what is only said, to draw no more from half-known numbers than they
# hold, and to design the comparison that is missing.

# %%
from lib.datasets import cotemp
from lib.exercises import check
from lib.traces import verbose_traces

# %% [markdown]
# ### 08.1 · Rebuild a panel
# *10 minutes · easy · after section 8.3 · build*
#
# From the files in `data/` alone, work out what the figure of 8.3 shows in the panel of **Qwen3-1.7B**: for *r1* and
# for *summary* the range in which the mean of interpretability lies, and how useful the traces are (answers right,
# percent: the unweighted mean of the four classes of part 2); and the dashed line, *answer only*. (*Reported*.)
#
# Which of your seven numbers did somebody measure, and which of them follow from a sentence?
#
# <details><summary>Hint 1</summary>
#
# `data/published_scores.csv` has scores of both parts, and `data/paper.csv` the printed means, under the claim
# *interpretability*. An arm's key for answers alone is `vanilla`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# No mean is printed for summaries. The paper says between which two kinds they lie.
#
# </details>

# %% tags=["starter"]
answer = {
    "r1": ...,  # (low, high, useful); where a mean is printed, low and high are the same
    "summary": ...,
    "answer only": ...,
}
check("08.1", answer)

# %% [markdown]
# ### 08.2 · What half-known means allow
# *30 minutes · hard · after section 8.5 · build*
#
# A study has some kinds of trace. Of each you know how useful it is, and a range in which its mean rating lies; where
# the mean is printed, the range is a point. Write `rho_bounds(useful, places)`, which returns the smallest and the
# largest Spearman correlation of usefulness and rating that these ranges allow, if no two means are equal. `useful` is
# {kind: percent}, `places` {kind: (low, high)}.
#
# The check tries the four students on both scales (*reported*), and two made-up studies, one with ranges that overlap
# in part. Predict first: by how much would the bounds for Qwen3-8B shrink if the mean of summaries had been printed?
#
# <details><summary>Hint 1</summary>
#
# A rank correlation needs orders, not means. Try all orders of the kinds (`itertools.permutations`), and keep those
# that some means within the ranges can have.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Is an order possible? Go through it from the lowest, and give each kind the smallest mean that it may have and that
# lies above the one before. Where do you get stuck?
#
# </details>


# %% tags=["starter"]
def rho_bounds(useful, places):
    """(smallest, largest) Spearman correlation."""
    ...


check("08.2", rho_bounds)

# %% [markdown]
# ### 08.3 · One text, two layouts
# *20 minutes · medium · after section 8.6 · build*
#
# R1's traces and correct ones differ in readability, and in length, content and style. The comparison that is missing
# has texts that differ in *readability and in nothing else*. Write `layouts(trace)`, which returns the same text twice,
# (easy, hard): easy for a person's eye, with at most 16 words a line on average, and in one long block, with ten times
# as many a line or more. Every word and mark stays where it is. And the verifier must read the same statements in
# *easy* as in the trace: no line break may tear one. (The traces that the check tries are **simulated**.)
#
# Before you start: one student is trained on *easy*, one on *hard*. What would the paper's recommendation lead you to
# expect, and what would surprise you? What can still differ for a student, although nothing does for a reader of words?
#
# <details><summary>Hint 1</summary>
#
# Where may a line end? A rule by punctuation gets you far: `re.sub` with a look at what follows.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Dates hold commas, and a name belongs to its date. Which mark never stands inside a statement?
#
# </details>

# %% tags=["starter"]
problem = cotemp.generate(1, seed=8)[0]
print(verbose_traces.simulated([problem], seed=8)[problem.id].trace)


def layouts(trace):
    """(easy, hard): the trace in two layouts."""
    ...


check("08.3", layouts)
