"""What a list of cells will cost: minutes, memory, downloads.

Minutes come from what was measured: tokens per second of the same student in finished cells (build/cells, else the
committed records), else those of SmolLM2 in data/bench_training.json, scaled by weights. The column `measured` tells
which. Tokens are estimated from the very texts that will be trained on. For students that a CPU would take weeks for,
`on_cards` tells what GPUs would take.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import mean

import pandas as pd
import torch
from huggingface_hub import try_to_load_from_cache

from lib.datasets import DATASETS
from lib.files import DATA
from lib.run import cells, records, train_cell
from lib.run.cells import UNTRAINED, Cell
from lib.run.material import material
from lib.train import memory
from lib.train.memory import Shape
from lib.train.students import HUB

BENCH = DATA / "bench_training.json"
_CHARACTERS = 4.0  # a token of English text, about; records correct it where there are any
_SAMPLE = 240  # problems, at most
_STARTING = 12.0  # seconds: Python, torch, the model
_LIBRARIES = {"cpu": 0.6, "cuda": 1.5}  # GB that a process needs before it does anything
NEEDS_GPU = 5e8  # weights: a larger student is no work for a CPU

SHAPES = {
    "tiny": Shape(0.15e6, 3, 64, 32, 600),
    "smollm2-135m": Shape(134.5e6, 30, 576, 192, 49152),
    "Qwen3-1.7B": Shape(1.72e9, 28, 2048, 1024, 151936),
    "Llama-3.2-1B": Shape(1.24e9, 16, 2048, 512, 128256),
    "Llama-3.1-8B": Shape(8.03e9, 32, 4096, 1024, 128256),
    "Qwen3-8B": Shape(8.19e9, 36, 4096, 1024, 151936),
}


@dataclass(frozen=True, slots=True)
class Card:
    """A GPU: memory in GB; bf16 products at best, in FLOP per second, without sparsity (the makers' data sheets)."""

    memory: float
    flops: float


CARDS = {"H100": Card(80, 989e12), "A100 40 GB": Card(40, 312e12), "RTX 4090": Card(24, 165e12), "T4": Card(16, 65e12)}
# Share of a card's best that training and generation reach: measured on an H100 by examples/gpu_day.py with students of
# the paper's smaller sizes and short texts (data/gpu_day.json). Longer texts use a card better.
UTILISATION = {"training": 0.056, "generation": 0.0053}


@dataclass(frozen=True, slots=True)
class _Work:
    """What a cell does, in tokens: trained in all, generated in all; of a text that is longest, and its prompt."""

    trained: float
    generated: float
    longest: float
    prompt: float


def _shape(student: str) -> Shape:
    return SHAPES.get(student, SHAPES["smollm2-135m"])


def plan(wanted: Sequence[Cell]) -> pd.DataFrame:
    """One row per cell: cell, minutes, memory_gb, download_gb (at the first cell of its student), measured."""
    rows, seen, cuda = [], set(), torch.cuda.is_available()
    for cell in wanted:
        work = _work(cell)
        trained, generated, measured = _rates(cell.student, cuda)
        seconds = work.trained / trained + work.generated / generated + _STARTING
        download = 0.0 if cell.student in seen else _download(cell.student)
        seen.add(cell.student)
        peak = _memory(cell, work, cuda)
        rows.append((cell.id, round(seconds / 60, 1), round(peak, 1), round(download, 1), measured))
    return pd.DataFrame(rows, columns=["cell", "minutes", "memory_gb", "download_gb", "measured"])


def need_gpu(wanted: Sequence[Cell]) -> list[str]:
    """The students that are too large for this machine, which has no GPU; none where it has one."""
    students = dict.fromkeys(cell.student for cell in wanted)
    return [] if torch.cuda.is_available() else [name for name in students if _shape(name).weights > NEEDS_GPU]


def on_cards(wanted: Sequence[Cell]) -> pd.DataFrame:
    """One row per card: card, hours for all cells, largest_gb (the cell that needs most), fits: of how many cells."""
    works = [(cell, _work(cell)) for cell in wanted]
    rows = []
    for name, card in CARDS.items():
        seconds = sum(
            work.trained / r + work.generated / g for cell, work in works for r, g in [_of(card, cell.student)]
        )
        peaks = [_memory(cell, work, cuda=True, room=card.memory) for cell, work in works]
        fits = sum(peak <= card.memory for peak in peaks)
        rows.append(
            (name, round((seconds + _STARTING * len(works)) / 3600, 1), round(max(peaks), 1), f"{fits} of {len(works)}")
        )
    return pd.DataFrame(rows, columns=["card", "hours", "largest_gb", "cells that fit"])


def _work(cell: Cell) -> _Work:
    budget, (prompt, completion, answer, longest) = cell.budget, _tokens(replace(cell, student="", seed=0))
    shown = budget.steps * budget.batch_size * budget.accumulation
    n_train, n_test = budget.n_train, budget.n_test
    if not (n_train and n_test):
        n_train, n_test = map(len, material(cell))
    if budget.epochs:
        shown = budget.epochs * n_train
    trained = 0 if cell.arm == UNTRAINED else budget.tokens or shown * (prompt + completion)
    return _Work(trained, n_test * answer, longest, prompt)


@lru_cache(maxsize=512)  # the same for all students and seeds
def _tokens(cell: Cell) -> tuple[float, float, float, float]:
    """Tokens: of a prompt and a completion, mean; of what the student will write; of the longest training example."""
    problems = material(cell)[0]
    problems = problems[:: -(-len(problems) // _SAMPLE)]  # of every class
    examples = train_cell.examples(cell, problems) if cell.arm != UNTRAINED else []
    prompts = [len(DATASETS[cell.dataset].render(problem)) / _CHARACTERS + 20 for problem in problems]
    completions = [len(example.completion) / _CHARACTERS + 1 for example in examples]
    longest = max((len(e.prompt + e.completion) / _CHARACTERS + 21 for e in examples), default=0.0)
    completion = mean(completions) if completions else 0.0
    return mean(prompts), completion, min(completion or 60.0, cell.budget.max_new_tokens), longest


def _rates(student: str, cuda: bool) -> tuple[float, float, str]:
    """(tokens trained per second, tokens generated per second, what they were measured on)."""
    weights, here = _shape(student).weights, torch.cuda.get_device_name() if cuda else None
    folders = [folder for root in (cells.ROOT, records.FOLDER) for folder in root.glob(f"*-{student}-*")]
    found = [records.metrics(one) for one in folders if (one / records.METRICS).exists() and records.card(one) == here]
    if found := [one for one in found if one["train"]]:
        return _rate(found, "train"), _rate(found, "test"), "this student's finished cells"
    if cuda:
        card = next((card for known, card in CARDS.items() if known.split()[0] in here), CARDS["A100 40 GB"])
        return *_of(card, student), f"{UTILISATION['training']:.1%} of the card's best, as on an H100"
    bench, scale = json.loads(BENCH.read_text(encoding="utf-8")), SHAPES["smollm2-135m"].weights / weights
    trained = bench["training"]["correct"]["tokens_per_second"]
    generated = bench["generation"]["problems_per_second"] * bench["generation"]["tokens_each"]
    measured = "make bench" if scale == 1 else "make bench with SmolLM2, scaled by weights"
    return trained * scale, generated * scale, measured


def _of(card: Card, student: str) -> tuple[float, float]:
    """Tokens trained and generated per second: with a frozen base, a token costs 4 FLOP per weight, and 2."""
    weights = _shape(student).weights
    return UTILISATION["training"] * card.flops / (4 * weights), UTILISATION["generation"] * card.flops / (2 * weights)


def _rate(found: Sequence[dict], part: str) -> float:
    return sum(one[part]["tokens"] for one in found) / max(sum(one[part]["seconds"] for one in found), 1e-9)


def _memory(cell: Cell, work: _Work, cuda: bool, room: float = 0.0) -> float:
    """Peak in GB, at the longest batch: weights, what the backward pass keeps, logits, the libraries.

    room: GB of a GPU; where the batch does not fit into it, layers are computed twice, as in training.
    """
    shape = _shape(cell.student)
    number, weight = (2, 0.6 if shape.weights > NEEDS_GPU else 2) if cuda else (4, 4)
    fixed = memory.weights_gb(shape, weight) + _LIBRARIES["cuda" if cuda else "cpu"]
    batch = cell.budget.batch_size
    tokens, supervised = int(batch * work.longest), int(batch * max(0.0, work.longest - work.prompt))
    whole = memory.update_gb(shape, tokens, supervised, number, recompute=False)
    if room and fixed + whole > room:
        return fixed + memory.update_gb(shape, tokens, supervised, number, recompute=True)
    return fixed + whole


def _download(student: str) -> float:
    """GB to fetch from the hub for a student, 0 where it is here."""
    hub = HUB.get(student)
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
