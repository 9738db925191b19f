"""The training loop, to be read line by line: supervised fine-tuning on completions (paper, part 1).

    result = fit(student, examples, Recipe(max_steps=100), folder)

What is taught is the completion alone: logits are computed only where a token is supervised, which on a small model is
where most of the time would go. A run writes its log, checkpoints and student to `folder`; a killed run goes on from
its last checkpoint and ends with the very same numbers. Under `accelerate launch` several processes, one a GPU, share
the examples of every step: it is the same step as one process's, to within rounding and dropout's draws.
"""

import dataclasses
import hashlib
import json
import math
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import nn
from transformers import get_cosine_schedule_with_warmup

from lib.errors import InputError
from lib.progress import Progress
from lib.traces.arms import Example
from lib.train import checkpoints, fast_cpu
from lib.train.encoding import Encoded, EncodedSet, batches, encode
from lib.train.students import Student, add_adapter, trained_tensors


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides a training run but student, data and machine. Defaults: the paper's (part 1).

    epochs        passes over the examples; max_steps, if not 0, ends the run earlier or repeats them until then
    batch_size    examples a forward pass; accumulation: forward passes an optimizer step
    warmup        share of the steps in which the learning rate rises to its peak, before it falls as a cosine
    clip          largest norm of the gradient
    whole_text    the loss is on the prompt, too (the released recipe; off: on the completion alone)
    bucketed      examples of similar length share a batch
    save_every    steps between checkpoints; eval_every: between evaluations, 0 for only the last
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
    eval_every: int = 0
    seed: int = 0


def released(arm: str, **changes) -> Recipe:
    """The recipe as the authors' scripts run it (DIFFERENCES.md): the loss on the whole text, no bucketing, and a
    warm-up that is shorter for vanilla than for the arms with traces."""
    warmup = 0.03 if arm == "vanilla" else 0.10
    return dataclasses.replace(Recipe(whole_text=True, bucketed=False, warmup=warmup), **changes)


@dataclass(frozen=True, slots=True)
class Result:
    """A finished run: its steps as logged, the evaluation loss at the end (None without), what did not fit."""

    steps: list[dict]
    eval_loss: float | None
    too_long: list[str]


class CompletionLoss(nn.Module):
    """Model and loss in one module: the sum of cross-entropies over supervised tokens, in nats.

    The vocabulary projection sees only the positions whose next token is supervised. Sequences are padded on the
    right; with causal attention no token sees the padding, so no mask is needed.
    """

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model
        base = model.get_base_model() if hasattr(model, "get_base_model") else model
        self._body, self._head = (lambda: base.get_decoder()), (lambda: base.get_output_embeddings())

    def forward(self, ids: torch.Tensor, supervised: torch.Tensor) -> torch.Tensor:
        """ids, supervised: (batch, length), the second boolean: whether that token is supervised."""
        hidden = self._body()(input_ids=ids, use_cache=False).last_hidden_state
        wanted = supervised[:, 1:]
        logits = self._head()(hidden[:, :-1][wanted]).float()
        return nn.functional.cross_entropy(logits, ids[:, 1:][wanted], reduction="sum")


def fit(
    student: Student,
    examples: Sequence[Example],
    recipe: Recipe,
    folder: Path,
    evaluation: Sequence[Example] = (),
) -> Result:
    """Fine-tune a student in place. `folder` receives log.jsonl, the checkpoint and, at the end, the student.

    Starts where an earlier call with the same arguments was stopped. Raises InputError, in one line: a folder that
    holds another run or cannot be written, a loss that is no number, too little memory.
    """
    fast_cpu.keep_freed()
    encoded = encode(student.tokenizer, examples, recipe.max_length, recipe.whole_text)
    held_out = encode(student.tokenizer, evaluation, recipe.max_length).examples if evaluation else []
    if not hasattr(student.model, "peft_config"):
        add_adapter(student, recipe.rank, recipe.alpha, recipe.dropout, recipe.seed)
    accelerator = Accelerator(mixed_precision=_precision(student), cpu=student.device.type == "cpu")
    plan = _plan(encoded.examples, recipe)
    tensors = trained_tensors(student)
    optimizer = torch.optim.AdamW(tensors.values(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = get_cosine_schedule_with_warmup(optimizer, round(recipe.warmup * len(plan)), len(plan))
    loss_of = CompletionLoss(student.model)
    # "evaluation" stands for device and precision alone: gradients are added up below, by hand
    loss_of = accelerator.prepare_model(loss_of, evaluation_mode=True)
    optimizer = accelerator.prepare_optimizer(optimizer)
    writes = accelerator.is_main_process
    run = checkpoints.Run(folder, _fingerprint(student, encoded, recipe), tensors, optimizer, schedule, writes)
    torch.manual_seed(recipe.seed)
    with checkpoints.told_in_one_line(folder, recipe.batch_size, recipe.max_length):
        first = run.resume()
        student.model.train()
        with Progress("training", len(plan), "steps", start=first) as progress:
            for step in range(first, len(plan)):
                began = time.monotonic()
                micro_batches = plan[step]
                # 1. The loss of a step is the mean over all its supervised tokens, whatever batch they are in.
                n_tokens = sum(len(example.supervised) for batch in micro_batches for example in batch)
                total = 0.0
                _draw_apart(recipe, step, accelerator)
                for batch in _share(micro_batches, recipe.batch_size, accelerator):
                    # 2. Forward and backward, one batch at a time; gradients add up.
                    loss = loss_of(*_tensors(batch, student)) / n_tokens
                    accelerator.backward(loss)
                    total += loss.item()
                    _check_finite(total, step, batch)
                total = _add_up(total, tensors.values(), accelerator)
                # 3. Clip, step, next learning rate.
                norm = accelerator.clip_grad_norm_(tensors.values(), recipe.clip)
                rate = schedule.get_last_lr()[0]
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
                # 4. Tell, and keep what a killed run would need.
                seconds = time.monotonic() - began
                tokens = sum(len(example.ids) for batch in micro_batches for example in batch)
                run.log(
                    step=step + 1, loss=total, grad_norm=float(norm), learning_rate=rate, tokens=tokens, seconds=seconds
                )
                if recipe.eval_every and held_out and (step + 1) % recipe.eval_every == 0:
                    run.log(step=step + 1, eval_loss=evaluate(student, held_out, recipe.batch_size))
                if (step + 1) % recipe.save_every == 0 or step + 1 == len(plan):
                    run.save(step + 1)
                progress.advance(loss=f"{total:.3f}", speed=f"{tokens / seconds:.0f} tokens/s")
        final = evaluate(student, held_out, recipe.batch_size) if held_out else None
        run.finish(student)
    return Result(run.steps(), final, encoded.too_long)


@torch.no_grad()
def evaluate(student: Student, encoded: Sequence[Encoded], batch_size: int) -> float:
    """Mean cross-entropy over all supervised tokens, in nats a token."""
    was_training = student.model.training
    student.model.eval()
    loss_of = CompletionLoss(student.model)
    ordered = sorted(encoded, key=lambda example: len(example.ids))
    total = sum(
        loss_of(*_tensors(ordered[first : first + batch_size], student)).item()
        for first in range(0, len(ordered), batch_size)
    )
    student.model.train(was_training)
    return total / sum(len(example.supervised) for example in encoded)


def _tensors(batch: Sequence[Encoded], student: Student) -> tuple[torch.Tensor, torch.Tensor]:
    """(ids, supervised) of a batch, padded on the right to its longest example."""
    length = max(len(example.ids) for example in batch)
    ids = torch.full((len(batch), length), student.tokenizer.pad_token_id, dtype=torch.long)
    supervised = torch.zeros((len(batch), length), dtype=torch.bool)
    for row, example in enumerate(batch):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        supervised[row, example.start : len(example.ids)] = True
    return ids.to(student.device), supervised.to(student.device)


def _plan(examples: Sequence[Encoded], recipe: Recipe) -> list[list[list[Encoded]]]:
    """The batches of every optimizer step of the whole run, known before it starts."""
    group = recipe.accumulation
    plan, epoch = [], 0
    while epoch < recipe.epochs or len(plan) < recipe.max_steps:
        todo = batches(examples, recipe.batch_size, recipe.seed * 1000 + epoch, recipe.bucketed)
        plan += [todo[first : first + group] for first in range(0, len(todo), group)]
        epoch += 1
    return plan[: recipe.max_steps] if recipe.max_steps else plan


# --- several processes --------------------------------------------------------------------------------------


def _share(micro_batches: list[list[Encoded]], size: int, accelerator: Accelerator) -> list[list[Encoded]]:
    """The batches of this process: all of them where it is alone.

    Otherwise a step's examples are dealt out by length, so that no process waits long for another. With fewer examples
    than processes, some have none: they add nothing and go on with the rest.
    """
    if accelerator.num_processes == 1:
        return micro_batches
    every = sorted((example for batch in micro_batches for example in batch), key=lambda example: len(example.ids))
    mine = every[accelerator.process_index :: accelerator.num_processes]
    return [mine[first : first + size] for first in range(0, len(mine), size)]


def _draw_apart(recipe: Recipe, step: int, accelerator: Accelerator) -> None:
    """Have each process draw its own dropout, and the same again after it was killed; one alone draws as it did."""
    if accelerator.num_processes > 1:
        draw = random.Random(f"dropout-{recipe.seed}-{step}-{accelerator.process_index}")
        torch.manual_seed(draw.getrandbits(63))


def _add_up(loss: float, tensors: Iterable[torch.Tensor], accelerator: Accelerator) -> float:
    """The sum of all processes' losses; every gradient becomes the sum of theirs."""
    if accelerator.num_processes == 1:
        return loss
    tensors = list(tensors)
    gradients = [torch.zeros_like(tensor) if tensor.grad is None else tensor.grad for tensor in tensors]
    whole = accelerator.reduce(torch.cat([gradient.flatten() for gradient in gradients]), "sum")
    for tensor, part in zip(tensors, whole.split([tensor.numel() for tensor in tensors]), strict=True):
        tensor.grad = part.view_as(tensor)
    return accelerator.reduce(torch.tensor(loss, dtype=torch.float64, device=accelerator.device), "sum").item()


def _precision(student: Student) -> str:
    dtype = next(iter(student.model.parameters())).dtype
    return {torch.bfloat16: "bf16", torch.float16: "fp16"}.get(dtype, "no") if student.device.type == "cuda" else "no"


def _check_finite(loss: float, step: int, batch: Sequence[Encoded]) -> None:
    if not math.isfinite(loss):
        names = ", ".join(example.problem_id for example in batch)
        raise InputError(
            f"step {step + 1}: the loss is {loss} on problems {names}; "
            "lower the learning rate or look at these examples (the last checkpoint stands)"
        )


def _fingerprint(student: Student, encoded: EncodedSet, recipe: Recipe) -> str:
    """A hash of all that decides the run's numbers, but for the machine."""
    content = [student.name, dataclasses.asdict(recipe), [(e.problem_id, e.ids, e.start) for e in encoded.examples]]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
