"""What a student says: greedy decoding in batches, with a cache of keys and values.

Prompts of similar length share a batch, padded on the left; the order given is the order returned. Decoding is greedy,
so a text depends on nothing but student and prompt (up to near-ties, which rounding may settle).
"""

import copy
import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from transformers import GenerationConfig, PreTrainedTokenizerFast, StoppingCriteria, StoppingCriteriaList

from lib import memory
from lib.datasets import DATASETS
from lib.encoding import prompt_ids
from lib.errors import InputError
from lib.outputs import Output
from lib.problems import Problem
from lib.progress import Progress
from lib.students import Student

END_TAG = "</answer>"


@dataclasses.dataclass(frozen=True, slots=True)
class Generated:
    """A student's text for one problem; n_tokens counts what it wrote, end token included."""

    output: Output
    n_tokens: int


class _EndTag(StoppingCriteria):
    """Stops a row once its text holds the closing answer tag."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast):
        self._tokenizer = tokenizer
        self._window = len(END_TAG) + 2  # a token is at least a character

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **kwargs) -> torch.Tensor:
        tails = self._tokenizer.batch_decode(input_ids[:, -self._window :])
        return torch.tensor([END_TAG in tail for tail in tails], device=input_ids.device)


def generate(
    student: Student, problems: Sequence[Problem], max_new_tokens: int = 500, batch_size: int = 32
) -> list[Generated]:
    """The student's text for every problem, in order (paper, part 1: greedy, at most 500 new tokens).

    Raises InputError where memory does not suffice, with what to lower.
    """
    memory.keep_freed()
    tokenizer = student.tokenizer
    prompts = [prompt_ids(tokenizer, DATASETS[problem.dataset].render(problem)) for problem in problems]
    order = sorted(range(len(problems)), key=lambda index: len(prompts[index]))
    texts: dict[int, tuple[str, int]] = {}
    with decoder(student) as model, Progress("generating", len(problems), "problems") as progress:
        for first in range(0, len(order), batch_size):
            rows = order[first : first + batch_size]
            try:
                written = _decode(model, tokenizer, [prompts[row] for row in rows], max_new_tokens)
            except (torch.OutOfMemoryError, MemoryError):
                raise InputError(
                    f"not enough memory to generate for {len(rows)} problems at once; "
                    f"lower batch_size (now {batch_size}) or max_new_tokens (now {max_new_tokens})"
                ) from None
            texts |= dict(zip(rows, written, strict=True))
            progress.advance(len(rows))
    return [Generated(Output(problem, texts[row][0]), texts[row][1]) for row, problem in enumerate(problems)]


@contextmanager
def decoder(student: Student) -> Iterator[torch.nn.Module]:
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
) -> list[tuple[str, int]]:
    """(text, tokens written) for each prompt of one batch."""
    length = max(map(len, prompts))
    ids = torch.full((len(prompts), length), tokenizer.pad_token_id, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        ids[row, length - len(prompt) :] = torch.tensor(prompt)
        mask[row, length - len(prompt) :] = 1
    device = next(model.parameters()).device
    config = GenerationConfig(
        do_sample=False,
        max_new_tokens=max_new_tokens,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    written = model.generate(
        input_ids=ids.to(device),
        attention_mask=mask.to(device),
        generation_config=config,
        stopping_criteria=StoppingCriteriaList([_EndTag(tokenizer)]),
    )
    return [_text(tokenizer, row) for row in written[:, length:].tolist()]


def _text(tokenizer: PreTrainedTokenizerFast, ids: Sequence[int]) -> tuple[str, int]:
    """The text of one row up to its end, and how many tokens the student wrote for it."""
    end = ids.index(tokenizer.eos_token_id) + 1 if tokenizer.eos_token_id in ids else len(ids)
    text = tokenizer.decode(ids[:end], skip_special_tokens=True)
    if END_TAG in text:  # rows that stopped at the tag are padded while others go on
        text = text[: text.index(END_TAG) + len(END_TAG)]
        end = next(n for n in range(1, end + 1) if END_TAG in tokenizer.decode(ids[:n], skip_special_tokens=True))
    return text, end
