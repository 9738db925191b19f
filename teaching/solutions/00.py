# %% [markdown]
# # Solutions 0. Start here
#
# These train to tell answer, class step and IR step apart, and to see what a judge reads and what it does not.

# %%
from itertools import product

from lib.datasets import cotemp
from lib.datasets.cotemp.grammar import parse_fact, parse_question
from lib.exercises import check
from lib.verify.completion import render_completion

# %% [markdown]
# ### 00.1 · All eight
#
# All eight occur: nothing in the verifier ties the three together. Whether they go together in a student's outputs is
# a matter of the student, which is why it is worth counting (notebook 4). A wrong trace before a right answer ("ynn")
# is what the study's incorrect traces are.

# %%
asked = cotemp.generate(1, seed=3, category="during")[0]


def completion(category, cited, given):
    trace = f"{cotemp.CLASS_SENTENCE.format(category)}\n{cotemp.CITING_SENTENCE.format(cited)}"
    return render_completion(trace, str(given))


answers = {"y": list(asked.answers), "n": ["nobody"]}
classes = {"y": asked.category, "n": "equal"}
facts = {"y": list(asked.gold_facts), "n": []}
texts = {a + c + f: completion(classes[c], facts[f], answers[a]) for a, c, f in product("yn", repeat=3)}
check("00.1", texts)

# %% [markdown]
# ### 00.2 · By hand
#
# Only the facts about the person who is asked about need their dates read. In the first problem one answer's fact lies
# within the other's time and one only overlaps it, so the class is `mix`. In the second, three jobs overlap the one in
# the question. A student that stops at the first fact that fits has the class wrong, or the facts, or both.

# %%
answer = [
    ("mix", [8, 9], ["Dundale Polytechnic", "Rowanwick College"]),
    ("overlap", [1, 2, 10], ["Quilldale Shipyard", "Pineham Bank", "Elmmouth Bank"]),
    ("during", [10], ["Rowandale University"]),
]
check("00.2", answer)

# %% [markdown]
# ### 00.3 · Break the verifier
#
# The text lists every name of the kind that is asked for, and answers nothing. The released scorer looks for the gold
# answers and for names of the *other* side, finds the gold alone, and counts 100 %; the strict one counts 0 %, as every
# name too many is wrong. The authors' students were not trained to do this, so their scores are not worthless. But
# outputs that name many candidates gain under one judge and lose under the other, which is why both are shown.


# %%
def text_without_thought(question, facts):
    read = [parse_fact(fact) for fact in facts]
    asks_object = parse_question(question).asked_subject  # whose object it is; "" in "who also …"
    names = {fact.object if asks_object else fact.subject for fact in read}
    return f"<answer>{sorted(names)}</answer>"


check("00.3", text_without_thought)
