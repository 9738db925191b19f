"""Examples as tokens: what the student reads, and which tokens are supervised.

The prompt goes through the student's own chat template; the completion and the end token follow, and they alone are
supervised. The two are tokenized apart, so that a prompt has the same tokens in training and in generation.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from transformers import PreTrainedTokenizerFast

from lib.errors import InputError
from lib.traces.arms import Example


@dataclass(frozen=True, slots=True)
class Encoded:
    """One example as token ids; those from `start` to the end are supervised."""

    problem_id: str
    ids: tuple[int, ...]
    start: int

    @property
    def supervised(self) -> tuple[int, ...]:
        """The token ids that the loss is on."""
        return self.ids[self.start :]


@dataclass(slots=True)
class EncodedSet:
    """Encoded examples, and the problem ids of those that were too long (left out, not cut)."""

    examples: list[Encoded] = field(default_factory=list)
    too_long: list[str] = field(default_factory=list)


def prompt_ids(tokenizer: PreTrainedTokenizerFast, prompt: str) -> list[int]:
    """The tokens of a prompt in the student's chat template, up to where the student begins to write.

    What templates would make of the day and of their defaults is settled here: Llama's system line has the date that it
    has where no clock is known, and Qwen3's turn begins without an empty think part.
    """
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": prompt}],
        tokenize=False,
        add_generation_prompt=True,
        date_string="26 Jul 2024",
        enable_thinking=True,
    )
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def encode(
    tokenizer: PreTrainedTokenizerFast, examples: Iterable[Example], max_length: int, whole_text: bool = False
) -> EncodedSet:
    """Encode examples; whole_text supervises the prompt, too, as the released recipe does.

    Raises InputError where an example has no supervised token, and where not one example fits into max_length tokens.
    """
    encoded = EncodedSet()
    for example in examples:
        prompt = prompt_ids(tokenizer, example.prompt)
        completion = tokenizer(example.completion, add_special_tokens=False)["input_ids"]
        if not completion:
            raise InputError(f"problem {example.problem.id}: no supervised token; its completion is empty")
        ids = (*prompt, *completion, tokenizer.eos_token_id)
        if len(ids) > max_length:
            encoded.too_long.append(example.problem.id)
        else:
            # whole text: every token but the first, which nothing predicts
            encoded.examples.append(Encoded(example.problem.id, ids, 1 if whole_text else len(prompt)))
    if not encoded.examples:
        raise InputError(f"{len(encoded.too_long)} examples, none of at most {max_length} tokens; raise max_length")
    return encoded


def batches(examples: Sequence[Encoded], size: int, seed: int, bucketed: bool = True) -> list[list[Encoded]]:
    """One epoch's batches in a seeded order; one of them may be smaller.

    Bucketed: examples of similar length share a batch, so that little of it is padding.
    """
    rng = random.Random(f"batches-{seed}")
    shuffled = list(examples)
    rng.shuffle(shuffled)
    if not bucketed:
        return grouped(shuffled, size)
    groups = []
    for window in grouped(shuffled, 64 * size):  # sorted within a window, so that batches differ from epoch to epoch
        groups += grouped(sorted(window, key=lambda example: len(example.ids)), size)
    rng.shuffle(groups)
    return groups


def grouped(items: Sequence, size: int) -> list[Sequence]:
    """The items in groups of this size, in order; the last group may be smaller."""
    return [items[first : first + size] for first in range(0, len(items), size)]
