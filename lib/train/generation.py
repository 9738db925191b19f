"""What a student says: greedy decoding in batches, with a cache of keys and values.

Prompts of similar length share a batch, padded on the left; the order given is the order returned. Decoding is greedy,
so a text depends on nothing but student and prompt (up to near-ties, which rounding may settle). A row that has ended
leaves its batch: one student's endless text does not hold up the others'.
"""

import copy
import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedTokenizerFast

from lib.datasets import DATASETS, Output
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.progress import Progress
from lib.train import fast_cpu, memory
from lib.train.encoding import prompt_ids
from lib.train.students import Student

END_TAG = "</answer>"
_TAIL = len(END_TAG) + 2  # so many last tokens hold a tag just closed: a token is at least a character


@dataclasses.dataclass(frozen=True, slots=True)
class Generated:
    """A student's text for one problem; n_tokens counts what it wrote, end token included."""

    output: Output
    n_tokens: int


def generate(
    student: Student, problems: Sequence[Problem], max_new_tokens: int = 500, batch_size: int = 0
) -> list[Generated]:
    """The student's text for every problem, in order (paper, part 1: greedy, at most 500 new tokens).

    Raises InputError where memory does not suffice, with what to lower.
    """
    return continue_from(student, problems, [""] * len(problems), max_new_tokens, batch_size)


def continue_from(
    student: Student,
    problems: Sequence[Problem],
    prefixes: Sequence[str],
    max_new_tokens: int = 500,
    batch_size: int = 0,
) -> list[Generated]:
    """The student's text for every problem where its beginning is given: the prefix, and how the student goes on.

    An intervention: the student reads the prefix as if it had written it. n_tokens does not count it. batch_size: texts
    at once; 0: 32 on the CPU, on a GPU as many as it has room for.
    """
    fast_cpu.keep_freed()
    tokenizer = student.tokenizer
    prompts = [
        prompt_ids(tokenizer, DATASETS[problem.dataset].render(problem))
        + tokenizer(prefix, add_special_tokens=False)["input_ids"]
        for problem, prefix in zip(problems, prefixes, strict=True)
    ]
    order = sorted(range(len(problems)), key=lambda index: len(prompts[index]))
    batch_size = batch_size or _at_once(student, max(map(len, prompts), default=0) + max_new_tokens)
    written: dict[int, list[int]] = {}
    with _decoder(student) as model, Progress("generating", len(problems), "problems") as progress:
        for first in range(0, len(order), batch_size):
            rows = order[first : first + batch_size]
            try:
                texts = _decode(model, tokenizer, [prompts[row] for row in rows], max_new_tokens)
            except (torch.OutOfMemoryError, MemoryError):
                raise InputError(
                    f"not enough memory to generate for {len(rows)} problems at once; "
                    f"lower batch_size (now {batch_size}) or max_new_tokens (now {max_new_tokens})"
                ) from None
            written |= dict(zip(rows, texts, strict=True))
            progress.advance(len(rows))
    return [
        Generated(Output(problem, prefix + _text(tokenizer, written[row])), len(written[row]))
        for row, (problem, prefix) in enumerate(zip(problems, prefixes, strict=True))
    ]


def _at_once(student: Student, longest: int) -> int:
    if student.device.type != "cuda":
        return 32
    return memory.rows_at_once(memory.Shape.of(student.model), longest, memory.free_gb(student.device))


@contextmanager
def _decoder(student: Student) -> Iterator[torch.nn.Module]:
    """The student's model, ready to decode; an adapter is merged into a copy of it.

    The student itself stays as it is, to the last bit. A quantized base is not copied: its adapter works beside it.
    """
    model, was_training = student.model, student.model.training
    model.eval()
    try:
        if hasattr(model, "peft_config") and not getattr(model, "is_quantized", False):
            yield copy.deepcopy(model).merge_and_unload()
        else:
            yield model
    finally:
        model.train(was_training)


@torch.inference_mode()
def _decode(
    model: torch.nn.Module, tokenizer: PreTrainedTokenizerFast, prompts: Sequence[Sequence[int]], max_new_tokens: int
) -> list[list[int]]:
    """The tokens that the student writes after each prompt of one batch, the likeliest each time."""
    tokens, mask = _padded(prompts, tokenizer.pad_token_id, next(model.parameters()).device)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)  # a prompt's first token is at 0, however much padding precedes it
    cache, ends, closing = fast_cpu.roomy(model.config), _end_tokens(model, tokenizer), _closing_tokens(tokenizer)
    written: list[list[int]] = [[] for _ in prompts]
    held = list(range(len(prompts)))  # the prompts whose rows are computed
    going = set(held)  # those of them that have not ended
    for _ in range(max_new_tokens):
        # 1. The likeliest next token of every row: the whole prompt is read once, then one token at a time.
        state = {"attention_mask": mask, "position_ids": positions, "past_key_values": cache}
        logits = model(input_ids=tokens, **state, use_cache=True, logits_to_keep=1).logits
        tokens = logits[:, -1].argmax(-1, keepdim=True)
        for row, token in zip(held, tokens[:, 0].tolist(), strict=True):
            if row in going:
                written[row].append(token)
        last = {row: written[row][-1] for row in going}
        closed = {row for row in going if last[row] in closing and _closed(tokenizer, written[row])}
        going = {row for row in going - closed if last[row] not in ends}
        if not going:
            break
        # 2. Mask and positions grow with the text.
        mask = torch.nn.functional.pad(mask, (0, 1), value=1)
        positions = positions[:, -1:] + 1
        # 3. Ended rows leave. That copies the cache of those that stay, so it waits until half of the rows have ended:
        # rows that end one after another then cost a few copies, which together hold fewer rows than the batch did.
        if len(going) <= len(held) / 2:
            kept = torch.tensor([place for place, row in enumerate(held) if row in going], device=tokens.device)
            cache.batch_select_indices(kept)
            tokens, mask, positions = tokens[kept], mask[kept], positions[kept]
            held = [row for row in held if row in going]
    return written


def _padded(prompts: Sequence[Sequence[int]], pad: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """(token ids, mask) of prompts made equally long on the left; the mask is 0 where there is padding."""
    ids = pad_sequence([torch.tensor(prompt) for prompt in prompts], True, pad, padding_side="left")
    mask = pad_sequence([torch.ones(len(prompt), dtype=torch.long) for prompt in prompts], True, padding_side="left")
    return ids.to(device), mask.to(device)


def _end_tokens(model: torch.nn.Module, tokenizer: PreTrainedTokenizerFast) -> set[int]:
    """The token that training ended texts with, and those that the model came with: Llama 3 has three."""
    theirs = getattr(getattr(model, "generation_config", None), "eos_token_id", None) or []
    return {tokenizer.eos_token_id, *(theirs if isinstance(theirs, list) else [theirs])}


def _closing_tokens(tokenizer: PreTrainedTokenizerFast) -> set[int]:
    """The tokens that may close the answer tag: only after those does the text need a look."""
    return {token for text, token in tokenizer.get_vocab().items() if END_TAG[-1] in text}


def _closed(tokenizer: PreTrainedTokenizerFast, ids: Sequence[int]) -> bool:
    """Whether a row's last token closed the answer tag."""
    return END_TAG in tokenizer.decode(ids[-_TAIL:])


def _text(tokenizer: PreTrainedTokenizerFast, ids: Sequence[int]) -> str:
    """The text of what was written; the token that closes the tag may hold more than its end."""
    before, tag, _ = tokenizer.decode(ids, skip_special_tokens=True).partition(END_TAG)
    return before + tag
