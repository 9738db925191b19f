# %% [markdown]
# # Solutions 0. Start here
#
# These train to tell answer, class step and IR step apart, and to see what a judge reads and what it does not.

# %%
from itertools import product

from lib.datasets import cotemp
from lib.exercises import check
from lib.verify.completion import render_completion

# %% [markdown]
# ### 00.1 · All eight
#
# All eight occur: nothing in the verifier ties the three together. Whether they go together in a student's outputs is
# a matter of the student, which is why it is worth counting (notebook 4). A wrong trace before a right answer ("ynn")
# is what the study's incorrect traces are.

# %%
problem = cotemp.generate(1, seed=3, category="during")[0]


def completion(category, cited, given):
    trace = f"{cotemp.CLASS_SENTENCE.format(category)}\n{cotemp.CITING_SENTENCE.format(cited)}"
    return render_completion(trace, str(given))


answers = {"y": list(problem.answers), "n": ["nobody"]}
classes = {"y": problem.category, "n": "equal"}
facts = {"y": list(problem.gold_facts), "n": []}
answer = {a + c + f: completion(classes[c], facts[f], answers[a]) for a, c, f in product("yn", repeat=3)}
check("00.1", answer)
