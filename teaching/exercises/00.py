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
asked = cotemp.generate(1, seed=3, category="during")[0]
print(*asked.facts, asked.question, f"class {asked.category}; {asked.answers}", sep="\n")


def completion(category, cited, given):
    """A completion in the study's form: the class it names, the facts it cites, its answers (two lists)."""
    trace = f"{cotemp.CLASS_SENTENCE.format(category)}\n{cotemp.CITING_SENTENCE.format(cited)}"
    return render_completion(trace, str(given))


texts = {"yyy": completion("during", list(asked.gold_facts), list(asked.answers)), "yyn": ...}
check("00.1", texts)

# %% [markdown]
# ### 00.2 · By hand
# *15 minutes · easy · after section 2*
#
# Decompose three problems by hand: the class, the numbers of the facts that the answer needs (from 1), and the answers.
# The class is the relation of the answers' facts to the one in the question: `equal`, `during` (one lies within the
# other), `overlap`, or `mix` where they differ. Look first: how many of the ten facts have to be read with their dates?
#
# <details><summary>Hint 1</summary>
#
# Find the fact that the question takes for granted, and write down its two dates. Then strike out every fact that is
# not about the person who is asked about.
#
# </details>
# <details><summary>Hint 2</summary>
#
# An answer need not be alone: three facts may have been true while the first was. And it need not have been true all
# the time.
#
# </details>

# %% tags=["starter"]
problems = sorted(cotemp.generate(40, seed=11), key=lambda problem: len("".join(problem.facts)))[:3]
for problem in problems:
    print(problem.question, *(f"{i + 1:>2} {fact}" for i, fact in enumerate(problem.facts)), "", sep="\n")

answer = [
    ("class", [...], ["answer", "…"]),  # one line for each problem, in order
    ("class", [...], ["answer", "…"]),
    ("class", [...], ["answer", "…"]),
]
check("00.2", answer)

# %% [markdown]
# ### 00.3 · Break the verifier
# *25 minutes · hard · after section 6 · build*
#
# Section 6 shows one output that the released scorer calls right and the strict one does not. Make it a machine: a
# function from question and facts, **without the gold answer**, to a text. On every CoTempQA problem of the check, the
# released protocol must call its answer right, and the strict one wrong. No dates need to be read.
#
# Before you start, put a figure on it: what accuracy would a student get that has learned this text and nothing else?
#
# <details><summary>Hint 1</summary>
#
# Read `check_answer` and `_candidates` in `lib/verify/released.py`. Which names does the scorer look for in an answer,
# and which does it never look for?
#
# </details>
# <details><summary>Hint 2</summary>
#
# It looks for the gold answers, and for one side of every fact: most often for the side that is *not* asked for. What
# may a text then hold as much of as it likes?
#
# </details>
# <details><summary>Hint 3</summary>
#
# One of the five patterns of question is read the right way round ("who also …"). `lib.datasets.cotemp.grammar` reads
# facts and questions: `parse_fact(text).subject`, `.object`.
#
# </details>


# %% tags=["starter"]
def text_without_thought(question, facts):
    """A completion that the released protocol calls right, whatever is asked."""
    ...


check("00.3", text_without_thought)
