"""The training loop, to be read line by line: supervised fine-tuning on completions (paper, part 1).

    result = fit(student, examples, Recipe(max_steps=100), folder)

The loss is `completion_loss`, the order of the batches `_plan`, an update of the weights one turn of the loop in `fit`.
A killed run goes on from its last checkpoint (lib/train/checkpoints.py) and ends with the very same numbers.
log.jsonl and the recipe call an update `step`; it is no step of a trace.
"""

import dataclasses
import hashlib
import json
import math
import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from transformers import get_cosine_schedule_with_warmup

from lib.errors import InputError
from lib.progress import Progress
from lib.traces.arms import Example
from lib.train import checkpoints, fast_cpu, memory
from lib.train.encoding import Encoded, EncodedSet, batches, encode, grouped
from lib.train.students import Student, add_adapter, trained_tensors


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides a training run but student, data and machine. Defaults: the paper's (part 1).

    epochs        passes over the examples; max_steps: so many updates instead, fewer or more, if not 0
    batch_size    examples per forward pass; accumulation: forward passes per update
    warmup        share of the updates in which the learning rate rises to its peak, before it falls as a cosine
    clip          largest norm of the gradient
    whole_text    the loss is on the prompt, too (the released recipe; off: on the completion alone)
    bucketed      examples of similar length share a batch
    save_every    updates between checkpoints
    max_tokens    the run ends with the update that brings the tokens read to so many, if not 0, whatever the epochs
    """

    learning_rate: float = 2e-4
    epochs: int = 3
    max_steps: int = 0
    batch_size: int = 4
    accumulation: int = 4
    warmup: float = 0.10
    clip: float = 1.0
    weight_decay: float = 0.0
    max_length: int = 1024
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05
    whole_text: bool = False
    bucketed: bool = True
    save_every: int = 50
    max_tokens: int = 0
    seed: int = 0


def released(arm: str, **changes) -> Recipe:
    """The recipe as the authors' scripts run it (DIFFERENCES.md): the loss on the whole text, no bucketing, and a
    warm-up that is shorter for vanilla than for the arms with traces."""
    warmup = 0.03 if arm == "vanilla" else 0.10
    return dataclasses.replace(Recipe(whole_text=True, bucketed=False, warmup=warmup), **changes)


@dataclass(frozen=True, slots=True)
class Result:
    """A finished run: the lines of its log, and the problem ids of the examples that were too long."""

    steps: list[dict]
    too_long: list[str]


def completion_loss(model: nn.Module, ids: torch.Tensor, supervised: torch.Tensor) -> torch.Tensor:
    """The sum of cross-entropies over supervised tokens, in nats.

    ids, supervised: (batch, length), the second boolean. Logits are computed only where the next token is supervised:
    on a small model most of the time would go there. Sequences are padded on the right; with causal attention no
    token sees the padding, so no mask is needed.
    """
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    hidden = base.get_decoder()(input_ids=ids, use_cache=False).last_hidden_state
    wanted = supervised[:, 1:]
    logits = base.get_output_embeddings()(hidden[:, :-1][wanted]).float()
    return nn.functional.cross_entropy(logits, ids[:, 1:][wanted], reduction="sum")


def fit(student: Student, examples: Sequence[Example], recipe: Recipe, folder: Path) -> Result:
    """Fine-tune a student in place. `folder` receives log.jsonl, the checkpoint and, at the end, the student.

    Starts where an earlier call with the same arguments was stopped. Raises InputError for a folder that holds another
    run or cannot be written, a loss that is no number, too little memory.
    """
    fast_cpu.keep_freed()
    encoded = encode(student.tokenizer, examples, recipe.max_length, recipe.whole_text)
    if not hasattr(student.model, "peft_config"):
        add_adapter(student, recipe.rank, recipe.alpha, recipe.dropout, recipe.seed)
    plan = _plan(encoded.examples, recipe)
    if student.device.type == "cuda":
        plan = _for_gpu(student, plan)
    tensors = trained_tensors(student)
    optimizer = torch.optim.AdamW(tensors.values(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = get_cosine_schedule_with_warmup(optimizer, round(recipe.warmup * len(plan)), len(plan))
    half, device = _half_precision(student), student.device.type
    scaler = torch.amp.GradScaler(device, enabled=half is torch.float16)
    run = checkpoints.Run(folder, _fingerprint(student, encoded, recipe), tensors, optimizer, schedule)
    torch.manual_seed(recipe.seed)
    with checkpoints.told_in_one_line(folder, recipe.batch_size, recipe.max_length):
        first = run.resume()
        student.model.train()
        with Progress("training", len(plan), "updates", start=first) as progress:
            for step in range(first, len(plan)):
                began = time.monotonic()
                micro_batches = plan[step]
                # 1. The loss of an update is the mean over all its supervised tokens, whatever batch they are in.
                n_tokens = sum(len(example.supervised) for batch in micro_batches for example in batch)
                losses = []
                for batch in micro_batches:
                    # 2. Forward and backward, one batch at a time; gradients add up.
                    with torch.autocast(device, half, enabled=half is not None):
                        loss = completion_loss(student.model, *_tensors(batch, student)) / n_tokens
                    scaler.scale(loss).backward()
                    losses.append(loss.detach())
                # the only wait for a GPU in an update
                _check_finite(total := sum(torch.stack(losses).tolist()), step, micro_batches)
                # 3. Clip, update, next learning rate.
                scaler.unscale_(optimizer)
                norm = nn.utils.clip_grad_norm_(tensors.values(), recipe.clip)
                rate = schedule.get_last_lr()[0]
                scaler.step(optimizer)
                scaler.update()
                schedule.step()
                optimizer.zero_grad()
                # 4. Tell, and keep what a killed run would need.
                seconds = time.monotonic() - began
                tokens = sum(len(example.ids) for batch in micro_batches for example in batch)
                told = {"loss": total, "grad_norm": float(norm), "learning_rate": rate}
                run.log(step=step + 1, **told, tokens=tokens, seconds=seconds)
                if (step + 1) % recipe.save_every == 0 or step + 1 == len(plan):
                    run.save(step + 1)
                progress.advance(loss=f"{total:.3f}", speed=f"{tokens / seconds:.0f} tokens/s")
        run.finish(student)
    return Result(run.lines, encoded.too_long)


@torch.no_grad()
def evaluate(student: Student, encoded: Sequence[Encoded], batch_size: int) -> float:
    """Mean cross-entropy over all supervised tokens, in nats per token."""
    was_training = student.model.training
    student.model.eval()
    ordered = sorted(encoded, key=lambda example: len(example.ids))
    losses = (completion_loss(student.model, *_tensors(batch, student)) for batch in grouped(ordered, batch_size))
    total = sum(loss.item() for loss in losses)
    student.model.train(was_training)
    return total / sum(len(example.supervised) for example in encoded)


def _tensors(batch: Sequence[Encoded], student: Student) -> tuple[torch.Tensor, torch.Tensor]:
    """(ids, supervised) of a batch, padded on the right to its longest example."""
    ids = pad_sequence([torch.tensor(e.ids) for e in batch], True, student.tokenizer.pad_token_id)
    supervised = pad_sequence([torch.arange(len(e.ids)) >= e.start for e in batch], batch_first=True)
    return ids.to(student.device), supervised.to(student.device)


def _plan(examples: Sequence[Encoded], recipe: Recipe) -> list[list[list[Encoded]]]:
    """The batches of every update of the whole run, known before it starts."""
    plan, epoch, read = [], 0, sum(len(example.ids) for example in examples)
    epochs = math.ceil(recipe.max_tokens / read) if recipe.max_tokens else recipe.epochs
    while epoch < epochs or len(plan) < recipe.max_steps:
        todo = batches(examples, recipe.batch_size, recipe.seed * 1000 + epoch, recipe.bucketed)
        plan += grouped(todo, recipe.accumulation)
        epoch += 1
    if recipe.max_tokens:
        tokens = accumulate(sum(len(example.ids) for batch in update for example in batch) for update in plan)
        return plan[: bisect_left(list(tokens), recipe.max_tokens) + 1]
    return plan[: recipe.max_steps] if recipe.max_steps else plan


_TOKENS_AT_ONCE = 16384  # enough to keep a large GPU busy


def _for_gpu(student: Student, plan: list[list[list[Encoded]]], free: float = 0.0) -> list[list[list[Encoded]]]:
    """The same updates in micro-batches as large as a GPU has room for; the student recomputes its layers if it must.

    free: GB; 0: what there is. An update's loss is a mean over all its tokens: only rounding and dropout differ.
    """
    free = free or memory.free_gb(student.device)
    shape, number = memory.Shape.of(student.model), next(student.model.parameters()).element_size()
    every = [example for update in plan for batch in update for example in batch]
    share = max(len(example.supervised) / len(example.ids) for example in every)
    longest, tokens = max(len(example.ids) for example in every), _TOKENS_AT_ONCE
    recompute = memory.too_large(shape, longest, int(longest * share), number, free)
    while tokens > longest and memory.too_large(shape, tokens, int(tokens * share), number, free, recompute):
        tokens //= 2
    if recompute:
        model = student.model  # older releases of transformers, which GPU images have, know the other name alone
        getattr(model, "activation_checkpointing_enable", model.gradient_checkpointing_enable)({"use_reentrant": False})
    updates = []
    for update in plan:
        examples = [example for batch in update for example in batch]
        groups = memory.packed([len(example.ids) for example in examples], tokens)
        updates.append([[examples[place] for place in group] for group in groups])
    return updates


def _half_precision(student: Student) -> torch.dtype | None:
    """On CUDA the format of weights that are in 16 bits: products are in it, too. Otherwise None."""
    dtype = next(student.model.parameters()).dtype
    return dtype if student.device.type == "cuda" and dtype in (torch.bfloat16, torch.float16) else None


def _check_finite(loss: float, step: int, micro_batches: Sequence[Sequence[Encoded]]) -> None:
    if not math.isfinite(loss):
        names = ", ".join(example.problem_id for batch in micro_batches for example in batch)
        raise InputError(
            f"update {step + 1}: the loss is {loss} on problems {names}; "
            "lower the learning rate or look at these examples (the last checkpoint stands)"
        )


def _fingerprint(student: Student, encoded: EncodedSet, recipe: Recipe) -> str:
    """A hash of all that decides the run's numbers, but for the machine."""
    content = [student.name, dataclasses.asdict(recipe), [(e.problem_id, e.ids, e.start) for e in encoded.examples]]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
