# %% [markdown]
# # One cell
#
# One student, one arm, one seed, trained and evaluated: the unit of every experiment, as a notebook, for papermill:
#
#     python -m lib.run notebook cell -p arm incorrect -p seed 1
#
# It is the same code, the same folder and the same numbers as `python -m lib.run cells --one`; what is finished is not
# run again. A cell with a committed record is read from there; the figure goes to build/.
# The default is a toy of seconds.

# %% tags=["parameters"]
dataset = "babi"  # babi, cotemp or marco
student = "tiny"  # tiny, smollm2-135m, Qwen3-1.7B, Llama-3.2-1B, … or a folder with a model
arm = "correct"  # prompted (untrained), vanilla, correct, incorrect, r1, summary, posthoc, swapped, …
seed = 0
n_train = 160
n_test = 24
categories = "single-supporting-fact"  # classes to draw from, separated by commas; empty: all
facts = 0  # facts per problem (cotemp); 0: as many as the benchmark has
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

import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import Markdown

from lib import figures, tables
from lib.datasets import read_outputs
from lib.files import BUILD
from lib.stats import right_wrong
from lib.study import ARM_LABELS, DATASET_LABELS
from lib.verify import verify

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
if (folder / "log.jsonl").exists():
    log = pd.read_json(folder / "log.jsonl", lines=True)
    figure, axis = plt.subplots(figsize=(7, 3.4))
    axis.plot(log["step"], log["loss"], color="#0072B2", marker="o", markersize=3.5, clip_on=False)
    axis.set(xlabel="update", ylabel="training loss (nats per supervised token)", ylim=(0, None))
    title = f"Loss by update: {student}, {DATASET_LABELS[dataset]}, {ARM_LABELS[arm]}"
    figures.save(figure, "cell_curve", title, log, "re-trained", "cell", BUILD / "live")
else:
    print("an untrained student: there is no training to show")

# %% [markdown]
# ## Scores

# %%
scores = metrics["test"]
percents = {"final answer": scores["scores"]["acc"], "class step": scores["accuracy"]["class"],
            "IR step": scores["accuracy"]["ir"]}  # fmt: skip
rows = []
for what, percent in percents.items():
    share = right_wrong.proportion(round(percent * scores["n"] / 100), scores["n"])
    shown = tables.with_interval(100 * share.value, 100 * share.low, 100 * share.high)
    rows.append({"right": what, "problems": scores["n"], "percent (Wilson's 95 % interval)": shown})
caption = f"{student}, {ARM_LABELS[arm]}: percent right on {n_test} generated test problems"
tables.show(pd.DataFrame(rows), caption, "re-trained")

# %% [markdown]
# ## What the student says

# %%
rows = []
for output in read_outputs(folder / "outputs.json", dataset)[:3]:
    problem, found = output.problem, verify(output.problem, output.text).reasons
    row = {"question": problem.question, "gold": ", ".join(problem.answers), "the student says": output.text}
    rows.append(row | {"the verifier says": "; ".join(found) or "all right"})
tables.show(pd.DataFrame(rows), "The first test problems", "re-trained")
