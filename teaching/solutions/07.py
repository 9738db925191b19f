# %% [markdown]
# # Solutions 7. The claims
#
# These train you to let an interval decide, not a number; to write a check that can fail; and to say what would have
# been seen if a claim were false.

# %%
import numpy as np

from lib.exercises import check
from lib.published import verdicts
from lib.study import STUDENTS

# %% [markdown]
# ### 07.1 · One number, three verdicts
#
# The same −3 supports, does not support, or leaves open, by the width of its interval alone. The first is the odd one:
# its interval lies below 0, so incorrect traces do cost something, and yet the loss is shown to be smaller than 5
# points, which was fixed beforehand as too little to matter. Whoever finds that unfair must argue about the margin, and
# do it before the numbers are in.

# %%
answer = {"supports": (-4.5, -1.5), "does not support": (-5.5, -0.5), "cannot tell": (-9, 3)}
check("07.1", answer)

# %% [markdown]
# ### 07.2 · A guard that can fail
#
# Three things can be false by themselves: who is in the table, the 0.4, and the factor. `all()` of nothing is True, so
# a guard without the first lets an empty table pass, which is just what happens when a file is missing. Asking that all
# are at least 0.4 also stops NaN; asking that none is below would let it through. A mean over students would hide one
# of them. A guard that was never seen to fail guards nothing.


# %%
def holds(table):
    everybody = sorted(table["student"]) == sorted(STUDENTS)
    return everybody and bool(((table["strict"] >= 0.4) & (table["strict"] >= 3 * table["released"])).all())


check("07.2", holds)

# %% [markdown]
# ### 07.3 · What if there were no link?
#
# Permuting answers within a class keeps how hard the class is, in both respects. Permuting them over all classes asks
# another question, whether classes differ, and gives a p far below what the link deserves. Within classes the p of
# Qwen3-1.7B is just below 0.05: one run, told from nothing only just. For the larger student no permutation comes near.
# A small p says that there is a link, not that it is strong; how strong it is, 4.4 says.


# %%
def p_value(answer, step, classes, permutations=2000):
    rng, found = np.random.default_rng(0), (answer & step).sum()
    at_least = 1  # the order that was found
    for _ in range(permutations):
        mixed = answer.copy()
        for name in np.unique(classes):
            mixed[classes == name] = rng.permutation(mixed[classes == name])
        at_least += (mixed & step).sum() >= found
    return at_least / (permutations + 1)


judged = verdicts.load().query("dataset == 'cotemp' and arm == 'correct' and parsed_strict == True")
columns = ["answer_strict", "class_strict", "category"]
p = {s: p_value(*(part[c].to_numpy(t) for c, t in zip(columns, (bool, bool, str), strict=True)))
     for s, part in judged.groupby("student") if s in ("Qwen3-1.7B", "Llama-3.1-8B")}  # fmt: skip
assert 0.02 < p["Qwen3-1.7B"] < 0.05 and p["Llama-3.1-8B"] < 0.001, (
    '07.3 "just below", "none comes near": read it again'
)
check("07.3", p_value)
