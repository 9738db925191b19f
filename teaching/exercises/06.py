# %% [markdown]
# # Exercises 6. The human study
#
# These train you to know what means of ratings leave open, what a group of a given size can see, and how ratings of a
# class of your own become numbers.

# %%
from lib.datasets import DATASETS
from lib.exercises import check
from lib.files import ROOT
from lib.stats import ratings
from lib.traces import arms, verbose_traces

# %% [markdown]
# ### 06.1 · The lower mean wins
# *10 minutes · easy · after section 6.5*
#
# Two groups of ten people rate a trace each, with one whole number from 1 to 5. Make up the ratings so that the first
# group's mean is lower by at least 0.2, and yet, if you draw somebody from each group, the one of the first group is
# more likely to have given the higher rating than the lower one (Cliff's delta above 0). Which of the two would you
# call the more readable trace?
#
# <details><summary>Hint 1</summary>
#
# A few very low ratings pull a mean down. In how many pairs do they lose that they would not have lost anyway?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Let nearly everybody in the first group be one point above nearly everybody in the second. What is left to do is done
# by the few.
#
# </details>

# %% tags=["starter"]
answer = {
    "first": ...,  # ten ratings
    "second": ...,
}
check("06.1", answer)

# %% [markdown]
# ### 06.2 · Four groups, or two?
# *20 minutes · medium · after section 6.6 · build*
#
# You can pay so many people, and split them evenly over some kinds of trace. Write `smallest(people, groups)`: the
# smallest true difference between two groups, in standard deviations, that a two-sided t test of this pair finds in
# four studies of five. You will test *every* pair of groups, so correct for that, as if all pairs were one family
# (Bonferroni: 5 % divided by the number of pairs).
#
# Predict first: with 100 people, by how much do four groups lose against two?
#
# <details><summary>Hint 1</summary>
#
# `pingouin.power_ttest` works out whichever of `d`, `n`, `power` and `alpha` you leave out.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Two things change with the number of groups: how many people are in each, and how many pairs there are.
#
# </details>


# %% tags=["starter"]
def smallest(people, groups):
    """The smallest d that is found in 80 % of studies."""
    ...


check("06.2", smallest)

# %% [markdown]
# ### 06.3 · The class rates
# *40 minutes · hard · after section 6.8 · build*
#
# One half of the class reads R1's kind of trace (here **simulated**), the other half the correct trace of the same
# problem; the cell below prints both, and the sentences to agree or disagree with, from 1 (strongly disagree) to 5
# (strongly agree). Alone? Make ratings up, at least five people a trace, and let their names begin with `simulated`:
# the report then says so.
#
# 1. Write the ratings to a CSV file, **a row per person**: `participant`, `condition` (`r1` or `correct`), and a column
#    for each item, headed by its id.
# 2. Compute from it, by yourself: for the scale of *interpretability*, the mean over people of R1's group minus that of
#    the other one (`difference`), and Cliff's delta of the same two groups (`delta`). A person's score is the mean of
#    their items of the scale, reverse items turned round. Who fails the attention item is left out.
#
# The check reads your file with `lib.human_study` and holds your numbers against its report. To see that report:
# `python -m lib.human_study build/class.csv`. Then say in one sentence what it does *not* show. (Rather have a page
# that asks people, and several problems? `python -m lib.human_study survey --problems 6 --out survey.html`; with `--r1
# FILE`, R1's own texts.)
#
# <details><summary>Hint 1</summary>
#
# `ratings.load().items` has every item's `id`, `scale`, `reverse` and, for attention, `expected`. On this scale of five
# points a reverse rating of 2 counts as 4.
#
# </details>
# <details><summary>Hint 2</summary>
#
# One table of scores, one number per person. The difference takes two means of it; delta compares every person of one
# group with every person of the other.
#
# </details>

# %% tags=["starter"]
problem = DATASETS["cotemp"].generate(1, seed=6)[0]
verbose = verbose_traces.simulated([problem], seed=6)
for arm in ("r1", "correct"):
    print(f"--- {arm} ---", arms.build([problem], arm, 0, verbose).examples[0].completion, sep="\n", end="\n\n")
for item in ratings.load().items:
    print(f"{item.id:12} {item.scale:17} {item.text}")

answer = {
    "file": ROOT / "build" / "class.csv",
    "difference": ...,
    "delta": ...,
}
check("06.3", answer)
