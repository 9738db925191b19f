# %% [markdown]
# # Exercises 7. The claims
#
# These train you to let an interval decide, not a number; to write a check that can fail; and to say what would have
# been seen if a claim were false.

# %%
from lib import figures
from lib.exercises import check
from lib.published import verdicts
from lib.study import STUDENTS

# %% [markdown]
# ### 07.1 · One number, three verdicts
# *10 minutes · easy · after section 7.2*
#
# Three studies ask whether incorrect traces cost accuracy (C3, *not less*: no loss). Each finds the same: 3 points less
# than with correct traces. By the rule of 7.2, with its margin of 5 points, the first *supports* the claim, the second
# *does not support* it, and in the third it *cannot tell*. Give each study its 95 % interval, with −3 in the middle.
#
# One of the three is surely a loss and supports the claim all the same. Which, and is that right?
#
# <details><summary>Hint 1</summary>
#
# *Supports*: the whole interval lies above −5. *Does not support*: it lies wholly below 0. The first that holds counts.
#
# </details>

# %% tags=["starter"]
answer = {
    "supports": ...,  # (low, high), in points
    "does not support": ...,
    "cannot tell": ...,
}
check("07.1", answer)

# %% [markdown]
# ### 07.2 · A guard that can fail
# *20 minutes · medium · after section 7.3 · build*
#
# The sentence: **"Judged strictly, phi is at least 0.4 for each of the four students, and at least three times as large
# as it is as released."** (CoTempQA, students of correct traces; *re-scored*.) Write `holds(table)`, which returns
# whether it is true of a table with the columns `student`, `released`, `strict`. A guard cell would then read
# `assert holds(table), "read it again"`.
#
# The check hands it the numbers that the cell below prints, and a dozen tables that are broken, one word of the
# sentence at a time. Before you write: which words of the sentence can be false by themselves?
#
# <details><summary>Hint 1</summary>
#
# "Each of the four" is a statement of its own. What does your guard say of a table without rows?
#
# </details>
# <details><summary>Hint 2</summary>
#
# A number that could not be computed (NaN) is not at least 0.4. It is not below 0.4 either: ask what is true, not
# whether anything is false.
#
# </details>

# %% tags=["starter"]
found = figures.load_numbers("04_trace_vs_answer")
for student in STUDENTS:
    print(student, {p: round(found[f"sensitivity/cotemp/{student}/{p}/{p}/phi"], 3) for p in ("released", "strict")})


def holds(table):
    """Whether the sentence is true of the table."""
    ...


check("07.2", holds)

# %% [markdown]
# ### 07.3 · What if there were no link?
# *30 minutes · hard · after section 7.3 · build*
#
# C1 says that a right step does not reliably go with a right answer. For the class step we found that it does, weakly,
# within classes. How often would as much be seen if there were *nothing*? Write
# `p_value(answer, step, classes, permutations)`: the share of random orders in which answer and step are both right in
# at least as many outputs as was found, if all that is left to chance is which answer stands beside which step. The
# claim is about the students' traces. That some classes are easy in both respects is no link.
#
# `answer` and `step` are arrays of True and False, `classes` of names. The check tries two **simulated** students and
# two of the authors' (*re-scored*), and holds yours against the exact p, within what so few permutations may miss.
#
# Predict first: Qwen3-1.7B's class step, with easy classes taken out of the comparison: is p below 0.001, about 0.04,
# or above 0.3?
#
# <details><summary>Hint 1</summary>
#
# A permutation must keep everything that the null hypothesis keeps: how often a step is right in each class, and how
# often an answer is.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The order that was found is one of the possible orders, so p is never 0: count it in, above and below the line.
#
# </details>

# %% tags=["starter"]
run = verdicts.load().query("dataset == 'cotemp' and student == 'Qwen3-1.7B' and arm == 'correct'")
run = run.query("parsed_strict == True")
columns = run["answer_strict"].to_numpy(bool), run["class_strict"].to_numpy(bool), run["category"].to_numpy(str)


def p_value(answer, step, classes, permutations=2000):
    """How often chance alone makes as many outputs right in both."""
    ...


print(p_value(*columns))
check("07.3", p_value)
