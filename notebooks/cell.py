# %% [markdown]
# # One cell
#
# One student, one arm, one seed, trained and evaluated: the unit of every experiment, as a notebook, for papermill:
#
#     python -m lib.run notebook cell -p arm incorrect -p seed 1
#
# It is the same code, the same folder and the same numbers as `python -m lib.run cells --one`; what is finished is not
# run again. A cell with a committed record is read from there; what another one shows goes to build/.
# The default is a toy of seconds.

# %% tags=["parameters"]
dataset = "babi"  # babi, cotemp or marco
student = "tiny"  # tiny, smollm2-135m, Qwen3-1.7B, Llama-3.2-1B, … or a folder with a model
arm = "correct"  # prompted (untrained), vanilla, correct, incorrect, r1, summary, posthoc, swapped, …
seed = 0
n_train = 160
n_test = 24
categories = "single-supporting-fact"  # classes to draw from, separated by commas; empty: all
facts = 0  # facts a problem (cotemp); 0: as many as the benchmark has
steps = 40
batch_size = 16
accumulation = 1
learning_rate = 0.004
dropout = 0.0
max_new_tokens = 100

# %%
try:
    from lib.run import cells, records, train_cell
except ModuleNotFoundError as error:
    raise SystemExit(f"{error}: this notebook needs the project's environment; `make lab` opens it there") from None

import json

import pandas as pd
from IPython.display import Markdown

from lib import figures, tables
from lib.analysis import supervision, training_plots
from lib.files import BUILD
from lib.study import ARM_LABELS, DATASET_LABELS

figures.use_style()
cell = cells.cell_of(
    {
        "dataset": dataset,
        "student": student,
        "arm": arm,
        "seed": seed,
        "budget": {
            "n_train": n_train,
            "n_test": n_test,
            "categories": [name for name in categories.split(",") if name],
            "facts": facts,
            "steps": steps,
            "batch_size": batch_size,
            "accumulation": accumulation,
            "learning_rate": learning_rate,
            "dropout": dropout,
            "max_new_tokens": max_new_tokens,
        },
    }
)
record = records.recorded(cell)  # what was committed is the same on every machine
folder = record or cells.ROOT / cell.id
metrics = records.metrics(record) if record else train_cell.run(cell)
Markdown(
    f"`{cell.id}`: {metrics['student']}; {DATASET_LABELS[dataset]}, {ARM_LABELS[arm]}, seed {seed}. Repeat it with\n\n"
    f"    {cells.command(cell)}"
)

# %% [markdown]
# ## Training

# %%
log = folder / "log.jsonl"
if log.exists():
    steps_made = pd.DataFrame([json.loads(line) for line in log.read_text().splitlines()])
    title = f"Training {student} on {DATASET_LABELS[dataset]} ({ARM_LABELS[arm]}, generated problems): loss by step"
    where = None if record else BUILD / "live"
    figures.save(training_plots.curve(steps_made), "cell_curve", title, steps_made, "re-trained", "cell", where)
else:
    print("an untrained student: there is no training to show")

# %% [markdown]
# ## Scores

# %%
scores = pd.DataFrame(supervision.score_rows(metrics["test"]))
tables.show(
    scores.rename(columns={"what": "right"}),
    f"{student}, {ARM_LABELS[arm]}: percent right on {n_test} generated test problems, Wilson's 95 % interval",
    "re-trained",
)

# %% [markdown]
# ## What the student says

# %%
tables.show(supervision.said(folder, dataset, n=3), "The first test problems", "re-trained")
