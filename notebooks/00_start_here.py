# %% [markdown]
# # Start here: one question, two traces, ten minutes
#
# Small language models learn to reason by imitation: a large model writes out its reasoning, the **trace**, and a small
# model, the **student**, is fine-tuned on question → trace → answer. Two things are usually taken for granted about
# these traces: that a good one is *correct*, and that it is *readable*. The paper
# [Interpretable Traces, Unexpected Outcomes](https://arxiv.org/abs/2505.13792) (Bhambri, Biswas and Kambhampati,
# ACL 2026) asks whether either matters for the student's answers. The answer in one minute:

# %% tags=["parameters"]
answers = "strict"  # how final answers are judged: strict or released
category_claimed = "during"  # the class that the wrong trace of section 3 claims: equal, during, overlap or mix

# %%
try:
    from lib import tables
except ModuleNotFoundError as error:
    raise SystemExit(f"{error}: this notebook needs the project's environment; `make lab` opens it there") from None

import pandas as pd
from IPython.display import Markdown

from lib.datasets import cotemp
from lib.published import reported
from lib.study import ARM_LABELS, LEVELS
from lib.verify import verify
from lib.verify.completion import render_completion

Markdown(reported.claims_table(reported.load_claims(), folder=""))

# %% [markdown]
# ● holds, ◐ holds in part. Every number is computed in the notebook that its row names, and notebook 7 says more of
# each.
#
# **You will be able to** split a question into the two steps that the study checks; tell a right trace from a wrong
# one; and say why it matters who judges. **Ten minutes**, no GPU, no network, nothing to know beforehand: you need not
# understand the table above yet. The paper has two parts: part 1 trains students on correct and on incorrect traces;
# part 2 on the long traces of DeepSeek-R1, their summaries and explanations, beside a study with people. Evidence: none
# yet; this is one made-up example.
#
# ## 1. A question with everything that is needed to answer it
#
# The main dataset, CoTempQA, asks what else was true while some fact was. Questions are *open book*: the facts come
# with them. This one is ours, in the dataset's words, about public record.

# %% tags=["slide"]
HOLDS = "Winston Churchill holds the position of"
FACTS = [
    f"{HOLDS} President of the Board of Trade from April 12, 1908 to February 14, 1910.",
    f"{HOLDS} First Lord of the Admiralty from October 24, 1911 to May 25, 1915.",
    f"{HOLDS} Minister of Munitions from July 17, 1917 to January 10, 1919.",
    f"{HOLDS} Chancellor of the Exchequer from November 6, 1924 to June 4, 1929.",
    f"{HOLDS} Prime Minister of the United Kingdom from May 10, 1940 to July 26, 1945.",
    f"{HOLDS} Minister of Defence from May 10, 1940 to July 26, 1945.",
]
QUESTION = (
    "While Winston Churchill was holding the position of Prime Minister of the United Kingdom, "
    "which position did Winston Churchill hold during the same time period?"
)
row = {"question": QUESTION, "facts": FACTS, "gold": ["Minister of Defence"], "triple_element": "S1_R1_O2"}
problem = cotemp.problem_of(row, "equal")
tables.show(pd.DataFrame({"fact": problem.facts}), problem.question)

# %% [markdown] tags=["slide"]
# ## 2. The decomposition: two steps, each with one right value
#
# The study splits every question *by rule* into two steps.
#
# - **Classification step.** How is the asked-about event related in time to the one in the question: `equal`, `during`,
#   `overlap`, or several of them (`mix`)?
# - **Information-retrieval (IR) step.** Which of the given facts does the answer need?
#
# Both have a gold value, so both can be checked. Before you go on: what are they here?

# %%
my_guess = {"classification": "during", "information retrieval": 2}  # the class, and the number of the fact (1 to 6)

# %%
gold = {"classification": problem.category, "information retrieval": problem.facts.index(problem.gold_facts[0]) + 1}
rows = [(step, my_guess[step], gold[step], "right" if my_guess[step] == gold[step] else "not yet") for step in gold]
tables.show(
    pd.DataFrame(rows, columns=["step", "your guess", "gold value", ""]).astype(str), "Your guess beside the gold"
)

# %% [markdown]
# ## 3. A right trace and a wrong trace
#
# A completion in the study has a think part (a class sentence, then the cited facts) and an answer part. Here are the
# two that the study trains on. Both end in the **correct answer**: that is the point of the design. If students
# trained on the wrong one do as well, then correctness of the trace is not what they learn from.


# %% tags=["slide"]
def completion(category, cited, given):
    """In the study's words: the class that the trace names, the facts that it cites, the answers."""
    trace = f"{cotemp.CLASS_SENTENCE.format(category)}\n{cotemp.CITING_SENTENCE.format(cited)}"
    return render_completion(trace, str(given))


fact, answer = problem.gold_facts[0], problem.answers[0]
right = completion(problem.category, [fact], [answer])
wrong = completion(category_claimed, [problem.facts[2]], [answer])
print(f"{ARM_LABELS['correct']}:\n{right}\n\n{ARM_LABELS['incorrect']}:\n{wrong}")

# %% [markdown]
# ## 4. The verifier's verdicts
#
# `verify` takes a problem and *any* text. It returns what is right, and a reason for every "no". It asks no model, and
# it gives no credit for extra answers or extra facts.


# %%
def judged(**completions):
    rows = []
    for name, text in completions.items():
        verdict = verify(problem, text, answers=answers)
        steps = {"answer": verdict.answer, "class step": verdict.class_step, "IR step": verdict.ir_step}
        marks = {name: "yes" if right else "no" for name, right in steps.items()}
        rows.append({"completion": name.replace("_", " "), **marks, "why not": "; ".join(verdict.reasons)})
    return pd.DataFrame(rows)


tables.show(judged(right=right, wrong=wrong), "Right or not")

# %% [markdown] tags=["slide"]
# ## 5. Predict, then see
#
# Five completions that a student might write:
#
# 1. *two answers*: the right trace, with two answers, one of them the gold one;
# 2. *altered fact*: the right trace, but the cited fact ends one year later;
# 3. *all facts*: the right class, all six facts cited, the right answer;
# 4. *no trace*: just a sentence with the answer;
# 5. *cut off*: the right trace, cut off in mid-answer.
#
# For each: are answer, class step and IR step right? Three letters each, y or n.

# %%
my_guess = {"two answers": "yyy", "altered fact": "yyy", "all facts": "yyy", "no trace": "nnn", "cut off": "yyy"}

# %% tags=["slide"]
table = judged(
    two_answers=completion("equal", [fact], [answer, "Chancellor of the Exchequer"]),
    altered_fact=completion("equal", [fact.replace("1945", "1946")], [answer]),
    all_facts=completion("equal", list(problem.facts), [answer]),
    no_trace="He was also Minister of Defence at that time.",
    cut_off=right[: right.index("Defence']") + 3],
)
truth = table[["answer", "class step", "IR step"]].apply(lambda row: "".join(mark[0] for mark in row), axis=1)
table.insert(1, "your guess", table["completion"].map(my_guess))
table.insert(2, "truth", truth)
tables.show(table.drop(columns=["answer", "class step", "IR step"]), "Your guesses beside the verdicts")

# %% [markdown]
# ## 6. Who judges matters
#
# The authors released their students' outputs and their scoring scripts. Their scorer and ours answer different
# questions, and **both are here**, on two axes: how the *answer* is judged and how the *steps* are judged, each
# `strict` (ours) or `released` (theirs, re-implemented so that their published score files come out to the last
# decimal). The smallest difference is an answer that names the gold *and* something wrong:

# %%
hedged = completion("equal", [fact], [answer, "Chancellor of the Exchequer"])
verdicts = {protocol: verify(problem, hedged, answers=protocol) for protocol in ("released", "strict")}
rows = [(protocol, "yes" if v.answer else "no", "; ".join(v.reasons)) for protocol, v in verdicts.items()]
tables.show(pd.DataFrame(rows, columns=["answers judged", "right", "why not"]), "One output, two judges")

# %% [markdown]
# For this kind of question the released scorer searches the answer for people's names only, not for offices. So the
# wrong office goes unseen. Notebook 4 shows what this, and how the steps
# are judged, does to the paper's conclusions.

# %% tags=["guard"]
assert verdicts["released"].answer and not verdicts["strict"].answer, '6 "The wrong office goes unseen": read it again'

# %% [markdown]
# ## 7. Three levels of evidence
#
# Every table and figure of this project says which it is, and they are never mixed:

# %% tags=["slide"]
meaning = [
    "the paper, or the authors' published score files, say so",
    "our verifier says so, reading the authors' released model outputs",
    "our own students, trained and verified here, say so",
]
tables.show(pd.DataFrame({"level": LEVELS, "meaning": meaning}))

# %% [markdown]
# ## 8. Your turn
#
# Three exercises that check your answer are in `teaching/exercises/00.py`. Beyond them:
#
# Write a completion for which the final answer is right, the class step is right, and the IR step is *wrong only
# because it misses the fact it needs*. Put it into `mine` and run the cell.

# %%
mine = ""  # your completion
verdict = verify(problem, mine)
solved = verdict.answer and verdict.class_step and not verdict.ir_step and "missing" in "; ".join(verdict.reasons)
print("solved" if solved else f"not yet: {'; '.join(verdict.reasons) or 'everything is right, the IR step too'}")

# %% [markdown]
# <details><summary>Hint, then solution</summary>
#
# A trace may cite nothing. `completion("equal", [], ["Minister of Defence"])` names the right class, cites no fact, and
# answers correctly.
#
# </details>

# %% tags=["guard"]
solution = completion("equal", [], ["Minister of Defence"])
verdict = verify(problem, solution)
assert verdict.answer and verdict.class_step and not verdict.ir_step, "8, the solution: read it again"
assert verdict.reasons[0].startswith("IR step: cites 0 facts"), "8, the solution: read it again"

# %% [markdown]
# **In short.** A trace is split into two steps that a rule can check. A student can be right for the wrong reasons, and
# wrong for the right ones. What counts as right is a choice, so both judges are shown.
#
# ## Where to go next
#
# | notebook | question |
# |---|---|
# | [1. Decomposition](01_decomposition.ipynb) | How a question is split, by rule, into two steps that can be checked |
# | [2. Traces](02_traces.ipynb) | What students are supervised with, arm by arm |
# | [3. Distillation](03_distillation.ipynb) | How a student learns from a trace: tokens, loss, a live run, before and after |
# | [4. Trace and answer](04_trace_vs_answer.ipynb) | Does a correct trace go with a correct answer? Four ways to judge |
# | [5. R1's traces](05_r1_traces.ipynb) | Readable or useful? R1's traces, summaries and explanations; seeds |
# | [6. Human study](06_human_study.ipynb) | What a hundred ratings can and cannot tell; bring your own |
# | [7. Claims](07_claims.ipynb) | Every claim of the abstract, with its evidence, as a card |
# | [8. Decoupling](08_decoupling.ipynb) | Useful against readable: what is shown, and what is not |
#
# The verifier works on outputs of your own, too: `python -m lib.verify --help`.
