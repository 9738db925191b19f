"""Which tokens a student sees, which are supervised, and how examples share batches."""

from dataclasses import replace

import pytest

from lib.datasets import babi
from lib.errors import InputError
from lib.traces import arms
from lib.train import students
from lib.train.encoding import batches, encode, prompt_ids


@pytest.fixture(scope="module")
def examples():
    return arms.build(babi.generate(60, seed=1), "correct").examples


@pytest.fixture(scope="module")
def tokenizer(examples):
    return students.word_tokenizer(text for example in examples for text in (example.prompt, example.completion))


def test_exactly_the_completion_and_the_end_token_are_supervised(examples, tokenizer):
    for example, encoded in zip(examples, encode(tokenizer, examples, 1024).examples, strict=True):
        assert tokenizer.decode(encoded.supervised) == example.completion + "<eos>"
        assert tokenizer.decode(encoded.ids[: encoded.start]) == f"<user>{example.prompt}<assistant>"
        assert encoded.ids[: encoded.start] == tuple(prompt_ids(tokenizer, example.prompt))  # as in generation
        assert encoded.problem_id == example.problem.id
    for encoded in encode(tokenizer, examples, 1024, whole_text=True).examples:  # as in the released recipe
        assert encoded.supervised == encoded.ids[1:]


def test_what_is_too_long_is_counted_not_cut(examples, tokenizer):
    lengths = sorted(len(encoded.ids) for encoded in encode(tokenizer, examples, 1024).examples)
    limit = lengths[len(lengths) // 2]
    encoded = encode(tokenizer, examples, limit)
    assert len(encoded.examples) + len(encoded.too_long) == len(examples)
    assert max(len(example.ids) for example in encoded.examples) == limit
    assert len(encoded.too_long) == sum(length > limit for length in lengths) > 0


def test_sets_that_cannot_be_encoded(examples, tokenizer):
    with pytest.raises(InputError, match="60 examples, none of at most 9 tokens; raise max_length"):
        encode(tokenizer, examples, 9)
    with pytest.raises(InputError, match=f"problem {examples[0].problem.id}: no supervised token"):
        encode(tokenizer, [replace(examples[0], completion="")], 1024)


@pytest.mark.parametrize("bucketed", [True, False])
def test_batches_hold_every_example_once_in_a_seeded_order(examples, tokenizer, bucketed):
    encoded = encode(tokenizer, examples, 1024).examples
    epoch = batches(encoded, 8, seed=3, bucketed=bucketed)
    assert sorted(example.problem_id for batch in epoch for example in batch) == sorted(e.problem_id for e in encoded)
    assert sorted(map(len, epoch)) == [4, 8, 8, 8, 8, 8, 8, 8]
    assert epoch == batches(encoded, 8, seed=3, bucketed=bucketed)
    assert epoch != batches(encoded, 8, seed=4, bucketed=bucketed)


def test_buckets_need_less_padding(examples, tokenizer):
    encoded = encode(tokenizer, examples, 1024).examples

    def padding(bucketed: bool) -> int:
        epoch = batches(encoded, 8, 0, bucketed)
        return sum(max(len(e.ids) for e in batch) * len(batch) - sum(len(e.ids) for e in batch) for batch in epoch)

    assert padding(bucketed=True) < padding(bucketed=False) / 3
