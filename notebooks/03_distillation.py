# %% [markdown]
# # 3. Distillation: how a student learns from a trace
#
# So far nothing was trained. Here a small model is fine-tuned on question → trace → answer, on this machine, by a loop
# that you can read line by line: what one example looks like in tokens, which of them the loss is on, what a training
# run does, and what the student says before and after. The verifier of the other notebooks is the judge.
#
# By default the student is SmolLM2-135M-Instruct, a real pretrained model that comes as a Python package, trained on
# generated bAbI stories for a few minutes. The same code trains the paper's students on a GPU. `tiny`, a student with
# random weights, makes everything run in seconds.

# %% tags=["parameters"]
student = "smollm2-135m"  # tiny, smollm2-135m, Qwen3-1.7B, Llama-3.2-1B, … or a folder with a model
dataset = "babi"  # cotemp, babi or marco
arm = "correct"  # what the live run is supervised with
categories = "single-supporting-fact"  # classes to draw from, separated by commas; empty: all
seed = 0  # of adapter, order and dropout
steps = 12  # optimizer steps of the live run
n_train = 100  # training problems
n_test = 20  # test problems
max_new_tokens = 90  # how long the student may go on
toy_steps = 90  # optimizer steps of each run with the tiny student, section 3.6
toy_seeds = 2  # runs of each arm there

# %%
import inspect
import json

import pandas as pd
from IPython.display import Markdown

from lib import cells, figures, students, supervision, tables, training, training_plots
from lib.study import ARM_LABELS, DATASET_LABELS

NAME = "03_distillation"
figures.use_style()
numbers = {}
classes = tuple(name for name in categories.split(",") if name)
budget = cells.Budget(n_train=n_train, n_test=n_test, categories=classes, steps=steps, max_new_tokens=max_new_tokens)
cell = cells.Cell(dataset, student, arm, seed, budget)
untrained, examples, test = cells.prepare(cell)
example = min(examples, key=lambda example: len(example.prompt) + len(example.completion))
Markdown(f"The student: {students.describe(untrained)}. {' '.join(untrained.notes).capitalize()}.")

# %% [markdown]
# ## 3.1 One example, in tokens
#
# A model does not read letters. Prompt and completion become tokens; the prompt goes through the student's own chat
# template, the completion follows, and an end token says that it is over. **Only the completion is supervised**: the
# student is to learn to write traces and answers, not to write questions.
#
# (The released scripts put the loss on the whole text, prompt included. That is a choice, not a mistake; our loop has
# it as a switch, and the list of known differences names it.)

# %%
tables.show(supervision.token_table(untrained, example), "The border between prompt and completion, and the last token")

# %% [markdown]
# ## 3.2 The loss, by hand
#
# For every supervised token the student gives a probability. The token costs its negative logarithm: nothing if the
# student was sure, a lot if it was surprised. The loss is the mean cost. Before you look: which tokens of a rule-based
# trace will a pretrained model find surprising, and which not at all?

# %%
by_hand = supervision.loss_by_hand(untrained, example)
tables.show(by_hand.head(24), "The first supervised tokens, for the untrained student", decimals=4)

# %%
encoded = supervision.encoded_of(untrained, example)
by_loop = training.evaluate(untrained, [encoded], 1)
numbers["loss/by hand"], numbers["loss/by the loop"] = round(by_hand["cost"].mean(), 5), round(by_loop, 5)
Markdown(
    f"Mean cost by hand: **{by_hand['cost'].mean():.4f}** nats a token, over {len(by_hand)} supervised tokens of "
    f"{len(encoded.ids)}. The training loop's own loss on the same example: **{by_loop:.4f}**."
)

# %% [markdown]
# ## 3.3 The loop
#
# This is all of it, as it stands in `lib/training.py`:

# %%
loop = inspect.getsource(training.fit)
Markdown(f"```python\n{loop[loop.index('        for step in') :]}```")

# %% [markdown]
# Two things make it fast on a small machine. The vocabulary is large, so computing a score for every word at every
# position would cost more than the rest of a small model: scores are computed only where a token is supervised. And
# examples of similar length share a batch, so that little is spent on padding.
#
# ## 3.4 A live run

# %%
metrics = cells.run(cell)
folder = cells.ROOT / cell.id
log = pd.DataFrame([json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()])
log = log[["step", "loss", "learning_rate", "tokens"]]
title = f"Training {student} on {DATASET_LABELS[dataset]} ({ARM_LABELS[arm]}, generated problems): loss by step"
figures.save(training_plots.curve(log), "03_curve", title, log, "re-trained", NAME)

# %%
train = metrics["train"]
numbers |= {f"live/{key}": train[key] for key in ("examples", "steps", "tokens", "loss")}
Markdown(
    f"{train['steps']} steps, {train['tokens']:,} tokens, {train['examples']} examples. The cell is "
    f"`{metrics['cell']}`; repeat it with `python -m lib.cells`, as its `config.json` says."
)

# %% [markdown]
# ## 3.5 Before and after
#
# What the student says for the same test problems, and what the verifier says to that:

# %%
tables.show(
    supervision.before_and_after(folder, dataset, n=2), "The same problems, before and after training", "re-trained"
)

# %%
compared = pd.DataFrame(
    [row for when in ("before", "after") for row in supervision.score_rows(metrics[when], when=when)]
)
numbers |= {f"live/{row.when}/{row.what}": row.value for row in compared.itertuples()}
tables.show(
    compared.rename(columns={"what": "right"}),
    f"{student} on {n_test} generated test problems: percent right, Wilson's 95 % interval",
    "re-trained",
)

# %% [markdown]
# The form is learnt first: a class sentence, cited facts, tags. What to cite and what to answer comes later. That is
# worth remembering when outputs of a student *look* like reasoning.
#
# ## 3.6 The arms side by side, with a toy
#
# Correct and incorrect traces, and the answer alone: the paper's three arms, here with the tiny student, whose weights
# were random a few seconds ago. **A toy**: it shows how such a comparison is made, not how a language model behaves.
# Each mark is one seed with the interval that its test problems leave open; the spread between marks is what seeds do.

# %%
toys = cells.Budget(
    n_train=300, n_test=50, categories=classes, steps=toy_steps, batch_size=16, learning_rate=4e-3, dropout=0.0
)
rows, answers = [], {}
for toy_arm in ("vanilla", "correct", "incorrect"):
    for toy_seed in range(toy_seeds):
        toy = cells.Cell(dataset, "tiny", toy_arm, toy_seed, toys)
        rows += supervision.score_rows(cells.run(toy)["after"], arm=toy_arm, seed=toy_seed)
side_by_side = pd.DataFrame(rows)
drawn = side_by_side[~((side_by_side["arm"] == "vanilla") & (side_by_side["what"] != "answer"))]
title = f"A toy: three arms of the tiny student on generated {DATASET_LABELS[dataset]} problems"
figures.save(training_plots.arms(drawn), "03_arms", title, drawn, "re-trained", NAME)

# %%
means = drawn.groupby(["arm", "what"], sort=False)["value"].agg(["mean", "min", "max"]).reset_index()
numbers |= {f"toy/{arm_}/{what}": round(mean, 2) for arm_, what, mean in means[["arm", "what", "mean"]].to_numpy()}
tables.show(
    means.assign(arm=means["arm"].map(ARM_LABELS)).rename(columns={"what": "right", "min": "least", "max": "most"}),
    f"A toy: percent right over {toy_seeds} seeds (mean, least, most)",
    "re-trained",
)

# %% [markdown]
# Look at the two steps. A student learns the steps that it is shown, right or wrong, and the class step most
# readily. Whether the *answer* suffers from wrong steps is the paper's question; a toy that has hardly begun to answer
# cannot tell. Larger runs with more seeds belong to the experiments.
#
# ## 3.7 What it costs

# %%
bench = json.loads((figures.FOLDER.parent / "data" / "bench_training.json").read_text())
speed = bench["training"]["correct"]
per_run = train["tokens"] / speed["tokens_per_second"] / 60
rows = [
    ("machine", bench["machine"]),
    ("training, tokens a second", f"{speed['tokens_per_second']:.0f}"),
    ("of the machine's matrix-multiply peak", f"{100 * bench['flop_utilisation']:.0f} %"),
    ("so a live run as above with SmolLM2 takes, minutes of training", f"{per_run:.1f}"),
]
tables.show(
    pd.DataFrame(rows, columns=["SmolLM2-135M with LoRA", ""]), "Measured by make bench (data/bench_training.json)"
)

# %% [markdown]
# ## 3.8 Exercises
#
# 1. Put the loss on the whole text (`training.released("correct")`). The loss of section 3.4 will look much lower or
#    much higher: which, and why does that say nothing about the answers?
# 2. Train on `incorrect` instead of `correct`. Which of the three accuracies of section 3.5 falls to nothing, and why
#    must it?
# 3. Shuffle the words of every trace (write the arm in `lib/traces.py`). Predict the loss curve first.
# 4. Take a tenth of the steps and ten times the learning rate. What does the log say, and what does the loop do about a
#    loss that is no number?

# %%
figures.save_numbers(NAME, numbers)
