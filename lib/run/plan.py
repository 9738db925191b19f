"""What a list of cells will cost: minutes, memory, downloads.

Minutes come from what was measured: tokens per second of the same student in finished cells (build/cells, else the
committed records), else those of SmolLM2 in data/bench_training.json, scaled by weights. The column `measured` tells
which. Tokens are estimated from the very texts that will be trained on.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

import pandas as pd
import torch
from huggingface_hub import try_to_load_from_cache

from lib.files import DATA
from lib.run import cells, records, train_cell
from lib.run.cells import UNTRAINED, Cell

BENCH = DATA / "bench_training.json"
_CHARACTERS = 4.0  # a token of English text, about; records correct it where there are any
_SAMPLE = 240  # problems, at most
_STARTING = 12.0  # seconds: Python, torch, the model
_GPU_FLOPS = 1e14  # per second, in bf16 with nf4: an assumption, told as such


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides a student's cost. hub: where it is fetched from, if it is not installed with the project."""

    weights: float
    layers: int
    width: int
    vocabulary: int
    hub: str = ""


SHAPES = {
    "tiny": Shape(0.15e6, 3, 64, 600),
    "smollm2-135m": Shape(134.5e6, 30, 576, 49152),
    "Qwen3-1.7B": Shape(1.72e9, 28, 2048, 151936, "Qwen/Qwen3-1.7B"),
    "Llama-3.2-1B": Shape(1.24e9, 16, 2048, 128256, "meta-llama/Llama-3.2-1B-Instruct"),
    "Llama-3.1-8B": Shape(8.03e9, 32, 4096, 128256, "meta-llama/Llama-3.1-8B-Instruct"),
    "Qwen3-8B": Shape(8.19e9, 36, 4096, 151936, "Qwen/Qwen3-8B"),
}


def _shape(student: str) -> Shape:
    return SHAPES.get(student, SHAPES["smollm2-135m"])


def plan(wanted: Sequence[Cell]) -> pd.DataFrame:
    """One row per cell: cell, minutes, memory_gb, download_gb (at the first cell of its student), measured."""
    rows, seen, cuda = [], set(), torch.cuda.is_available()
    for cell in wanted:
        prompt, completion, answer, longest = _tokens(cell)
        budget = cell.budget
        shown = 0 if cell.arm == UNTRAINED else budget.steps * budget.batch_size * budget.accumulation
        trained, generated, measured = _rates(cell.student, cuda)
        seconds = shown * (prompt + completion) / trained + budget.n_test * answer / generated + _STARTING
        download = 0.0 if cell.student in seen else _download(cell.student)
        seen.add(cell.student)
        memory = _memory(cell, prompt, longest, cuda)
        rows.append((cell.id, round(seconds / 60, 1), round(memory, 1), round(download, 1), measured))
    return pd.DataFrame(rows, columns=["cell", "minutes", "memory_gb", "download_gb", "measured"])


def _tokens(cell: Cell) -> tuple[float, float, float, float]:
    """Tokens: of a prompt and a completion, mean; of what the student will write; of the longest training example."""
    problems = train_cell.material(cell)[0]
    problems = problems[:: -(-len(problems) // _SAMPLE)]  # of every class
    examples = train_cell.examples(cell, problems) if cell.arm != UNTRAINED else []
    prompts = [len(train_cell.DATASETS[cell.dataset].render(problem)) / _CHARACTERS + 20 for problem in problems]
    completions = [len(example.completion) / _CHARACTERS + 1 for example in examples]
    longest = max((len(e.prompt + e.completion) / _CHARACTERS + 21 for e in examples), default=0.0)
    completion = mean(completions) if completions else 0.0
    return mean(prompts), completion, min(completion or 60.0, cell.budget.max_new_tokens), longest


def _rates(student: str, cuda: bool) -> tuple[float, float, str]:
    """(tokens trained per second, tokens generated per second, what they were measured on)."""
    weights = _shape(student).weights
    if cuda:
        return _GPU_FLOPS / (6 * weights), _GPU_FLOPS / (60 * weights), "nothing: 100 TFLOP/s assumed"
    folders = [folder for root in (cells.ROOT, records.FOLDER) for folder in root.glob(f"*-{student}-*")]
    found = [records.metrics(folder) for folder in folders if (folder / records.METRICS).exists()]
    if found := [one for one in found if one["train"]]:
        return _rate(found, "train"), _rate(found, "test"), "this student's finished cells"
    bench, scale = json.loads(BENCH.read_text(encoding="utf-8")), SHAPES["smollm2-135m"].weights / weights
    trained = bench["training"]["correct"]["tokens_per_second"]
    generated = bench["generation"]["problems_per_second"] * bench["generation"]["tokens_each"]
    measured = "make bench" if scale == 1 else "make bench with SmolLM2, scaled by weights"
    return trained * scale, generated * scale, measured


def _rate(found: Sequence[dict], part: str) -> float:
    return sum(one[part]["tokens"] for one in found) / max(sum(one[part]["seconds"] for one in found), 1e-9)


def _memory(cell: Cell, prompt: float, longest: float, cuda: bool) -> float:
    """Peak in GB, at the longest batch: weights, what the backward pass keeps, logits, the libraries."""
    shape = _shape(cell.student)
    number = 2 if cuda else 4  # bytes
    kept = 32 * cell.budget.batch_size * longest * shape.layers * shape.width * number
    logits = 3 * cell.budget.batch_size * max(0.0, longest - prompt) * shape.vocabulary * 4
    return (shape.weights * (0.6 if cuda else 4) + kept + logits) / 1e9 + (0.0 if cuda else 0.6)


def _download(student: str) -> float:
    """GB to fetch from the hub for a student, 0 where it is here."""
    hub = _shape(student).hub
    if not hub or isinstance(try_to_load_from_cache(hub, "config.json"), str):
        return 0.0
    return 2 * _shape(student).weights / 1e9


def summary(table: pd.DataFrame, workers: int = 1) -> str:
    """The plan in one line."""
    hours = table["minutes"].sum() / workers / 60
    time = f"{60 * hours:.0f} min" if hours < 2 else f"{hours:.1f} h"
    return (
        f"{len(table)} cells to run, about {time}, at most {table['memory_gb'].max():.1f} GB of memory per cell, "
        f"{table['download_gb'].sum():.1f} GB to download"
    )
