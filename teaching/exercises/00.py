# %% [markdown]
# # Exercises 0. Start here
#
# These train to tell answer, class step and IR step apart, and to see what a judge reads and what it does not.

# %%
from lib.datasets import cotemp
from lib.exercises import check
from lib.verify.completion import render_completion

# %% [markdown]
# ### 00.1 · All eight
# *10 minutes · easy · after section 4*
#
# The verifier says three things: is the answer right, is the class step, is the IR step? Can every combination of yes
# and no occur? Write a completion for each of the eight, for the problem below. The keys are in this order: "yny" is
# answer right, class step wrong, IR step right. Guess first which of the eight no completion can have.
#
# `verify(problem, text).reasons` says why not. The check does the same.
#
# <details><summary>Hint 1</summary>
#
# `completion` writes one in the study's form. What must each of its three arguments be for a yes, and what for a no?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Eight texts need not be typed: three loops, each over a right and a wrong value, make all of them.
#
# </details>


# %% tags=["starter"]
problem = cotemp.generate(1, seed=3, category="during")[0]
print(*problem.facts, problem.question, f"class {problem.category}; {problem.answers}", sep="\n")


def completion(category, cited, given):
    """A completion in the study's form: the class it names, the facts it cites, its answers (two lists)."""
    trace = f"{cotemp.CLASS_SENTENCE.format(category)}\n{cotemp.CITING_SENTENCE.format(cited)}"
    return render_completion(trace, str(given))


answer = {"yyy": completion("during", list(problem.gold_facts), list(problem.answers)), "yyn": ...}
check("00.1", answer)
