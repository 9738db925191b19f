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


# The templates of the paper's students as far as a user's turn goes through them, and the token that ends a text.
LLAMA = """{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{{- "Cutting Knowledge Date: December 2023\\n" }}
{{- "Today Date: " + date_string + "\\n\\n" }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}"""
QWEN = """{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}"""
SMOLLM = """{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>
' }}{% endif %}{{'<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %}"""
_LLAMA_TURN = (
    "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\n"
    "Today Date: 26 Jul 2024\n\n<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nWhere is Mary?<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n"
)
_SMOLLM_TURN = (
    "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
    "<|im_start|>user\nWhere is Mary?<|im_end|>\n<|im_start|>assistant\n"
)


@pytest.mark.parametrize(
    ("template", "end", "turn"),
    [
        (LLAMA, "<|eot_id|>", _LLAMA_TURN),
        (QWEN, "<|im_end|>", "<|im_start|>user\nWhere is Mary?<|im_end|>\n<|im_start|>assistant\n"),
        (SMOLLM, "<|im_end|>", _SMOLLM_TURN),
    ],
    ids=["Llama", "Qwen3", "SmolLM2"],
)
def test_prompts_do_not_change_with_the_day_and_texts_end_as_the_templates_end_turns(template, end, turn, examples):
    special = ["<|begin_of_text|>", end]
    tokenizer = students.word_tokenizer([turn, *(text for e in examples for text in (e.prompt, e.completion))])
    tokenizer.add_special_tokens({"bos_token": special[0], "eos_token": end})
    tokenizer.chat_template = template
    assert tokenizer.decode(prompt_ids(tokenizer, "Where is Mary?")) == turn
    (encoded,) = encode(tokenizer, examples[:1], 1024).examples
    assert tokenizer.decode(encoded.supervised) == examples[0].completion + end
    assert f"{end}" in turn  # the template ends a turn with it


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
