# %% [markdown]
# # Start here: one question, two traces, ten minutes
#
# Small language models learn to reason by imitation: a large model writes out its reasoning, the **trace**, and a small
# model, the **student**, is fine-tuned on question → trace → answer. Two things are usually taken for granted about
# these traces: that a good one is *correct*, and that it is *readable*. The paper
# [Interpretable Traces, Unexpected Outcomes](https://arxiv.org/abs/2505.13792) (Bhambri, Biswas and Kambhampati,
# ACL 2026) asks whether either matters for the student's answers.
#
# To ask that, one must be able to say whether a trace is correct, without asking another model. This notebook shows
# how, on one question that you can check by eye. Nothing here needs a GPU or a network.

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

from lib.analysis import examples
from lib.study import ARM_LABELS, LEVELS
from lib.verify import verify

# %% [markdown]
# ## 1. A question with everything that is needed to answer it
#
# The main dataset, CoTempQA, asks what else was true while some fact was. Questions are *open book*: the facts come
# with them. This one is ours, in the dataset's words, about public record.

# %%
problem = examples.churchill()
Markdown(f"**{problem.question}**")

# %%
tables.show(pd.DataFrame({"fact": problem.facts}))

# %% [markdown]
# ## 2. The decomposition: two steps, each with one right value
#
# The study splits every question *by rule* into two steps.
#
# - **Classification step.** How does the asked event lie in time to the one in the question: `equal`, `during`,
#   `overlap`, or several of them (`mix`)?
# - **Information-retrieval (IR) step.** Which of the given facts does the answer need?
#
# Both have a gold value, so both can be checked. Before you run the next cell: what are they here?

# %%
tables.show(
    pd.DataFrame(
        {
            "step": ["classification", "information retrieval", "final answer"],
            "gold value": [problem.category, problem.gold_facts[0], ", ".join(problem.answers)],
        }
    )
)

# %% [markdown]
# ## 3. A right trace and a wrong trace
#
# A completion in the study has a think part (a class sentence, then the cited facts) and an answer part. Here are the
# two that the study trains on. Both end in the **correct answer**: that is the point of the design. If students
# trained on the wrong one do as well, then correctness of the trace is not what they learn from.

# %%
right = examples.completion(problem.category, list(problem.gold_facts), list(problem.answers))
wrong = examples.completion(category_claimed, [problem.facts[2]], list(problem.answers))
Markdown(
    f"**Arm “{ARM_LABELS['correct']}”**\n```text\n{right}\n```\n"
    f"**Arm “{ARM_LABELS['incorrect']}”**\n```text\n{wrong}\n```"
)

# %% [markdown]
# ## 4. The verifier's verdicts
#
# `verify` takes a problem and *any* text. It returns what is right, and a reason for every "no". It asks no model, and
# it never gives credit for extra answers or extra facts.


# %%
def show(**completions):
    rows = []
    for name, text in completions.items():
        verdict = verify(problem, text, answers=answers)
        marks = {key: "yes" if getattr(verdict, key) else "no" for key in ("answer", "class_step", "ir_step", "trace")}
        rows.append({"completion": name, **marks, "why not": "; ".join(verdict.reasons)})
    return tables.show(pd.DataFrame(rows))


show(right=right, wrong=wrong)

# %% [markdown]
# ## 5. Predict first
#
# Five completions that a student might write. Decide for each whether the answer, the class step and the IR step are
# right, and only then run the cell below.
#
# 1. the right trace, with two answers, one of them the gold one;
# 2. the right trace, but the cited fact has its end date changed by a year;
# 3. the right class, all six facts cited, the right answer;
# 4. no trace at all, just a sentence with the answer;
# 5. the right trace, cut off in mid-answer.

# %%
fact, answer = problem.gold_facts[0], problem.answers[0]
show(
    two_answers=examples.completion("equal", [fact], [answer, "Chancellor of the Exchequer"]),
    altered_fact=examples.completion("equal", [fact.replace("1945", "1946")], [answer]),
    all_facts=examples.completion("equal", list(problem.facts), [answer]),
    no_trace="He was also Minister of Defence at that time.",
    cut_off=right[: right.index("Defence']") + 3],
)

# %% [markdown]
# ## 6. Who judges matters
#
# The authors released their students' outputs and their scoring scripts. Their scorer and ours answer different
# questions, and **both are here**, on two independent axes: how the *answer* is judged and how the *steps* are judged,
# each `strict` (ours) or `released` (theirs, re-implemented so that their published score files come out to the last
# decimal). The smallest difference: an answer that names the gold *and* something wrong.

# %%
hedged = examples.completion("equal", [fact], [answer, "Chancellor of the Exchequer"])
rows = [
    {"answers judged": protocol, "right": "yes" if verdict.answer else "no", "why not": "; ".join(verdict.reasons)}
    for protocol in ("released", "strict")
    for verdict in [verify(problem, hedged, answers=protocol)]
]
tables.show(pd.DataFrame(rows))

# %% [markdown]
# The released scorer looks for the context's names in the answer, and for this kind of question it looks only on the
# side of the *subjects* (here: Churchill). The wrong office goes unseen. Notebook `04_trace_vs_answer` shows what this,
# and how the steps are judged, does to the paper's conclusions.
#
# ## 7. Three levels of evidence
#
# Every table and figure of this project says which it is:

# %%
meaning = {
    "reported": "the paper, or the authors' published score files, say so",
    "re-scored": "our verifier says so, reading the authors' released model outputs",
    "re-trained": "our own students, trained and verified here, say so",
}
tables.show(pd.DataFrame({"level": LEVELS, "meaning": [meaning[level] for level in LEVELS]}))

# %% [markdown]
# ## 8. Your turn
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
# A trace may cite nothing. `examples.completion("equal", [], ["Minister of Defence"])` names the right class, cites no
# fact, and answers correctly.
#
# </details>

# %%
solution = examples.completion("equal", [], ["Minister of Defence"])
assert verify(problem, solution).reasons[0].startswith("IR step: cites 0 facts")

# %% [markdown]
# ## Where to go next
#
# | notebook | question |
# |---|---|
# | `01_decomposition` | How a question is split, by rule, into two steps that can be checked |
# | `02_traces` | What students are supervised with, arm by arm |
# | `03_distillation` | How a student learns from a trace: tokens, loss, a live run, before and after |
# | `04_trace_vs_answer` | Does a correct trace go with a correct answer? The authors' outputs, re-scored four ways |
# | `05_r1_traces` | Readable or useful? R1's traces, summaries, explanations and rules; seeds, lengths, controls |
# | `06_human_study` | What a hundred ratings can and cannot tell; bring your own |
# | `07_claims` | Every claim of the abstract: reported, re-scored, re-trained, and how we read it |
# | `08_decoupling` | Useful against readable: what is shown, and what is not |
#
# The verifier works on outputs of your own, too: `python -m lib.verify --help`.
