"""Generation: greedy, the same whatever the batch, stopped at its end."""

import copy
import dataclasses
from unittest.mock import Mock

import pytest
import torch

from lib.datasets import babi
from lib.errors import InputError
from lib.traces import arms
from lib.train import generation, students
from lib.train.encoding import prompt_ids
from lib.train.generation import generate
from lib.train.loop import Recipe, fit
from lib.verify import verify_all


@pytest.fixture(scope="module")
def problems():
    return babi.generate(70, seed=2, category="single-supporting-fact")


@pytest.fixture(scope="module")
def student(problems, tmp_path_factory):
    """Tiny with an adapter, trained until it writes the form, on most of the problems."""
    examples = arms.build(problems, "correct").examples
    tiny = students.load("tiny", seed=0, texts=[text for e in examples for text in (e.prompt, e.completion)])
    recipe = Recipe(max_steps=80, batch_size=8, accumulation=1, learning_rate=5e-3)
    fit(tiny, examples[:50], recipe, tmp_path_factory.mktemp("student"))
    return tiny


def slowly(student, prompt: str, max_new_tokens: int) -> str:
    """The authors' way: one prompt at a time, the whole text read anew for every token."""
    ids = prompt_ids(student.tokenizer, prompt)
    start = len(ids)
    with torch.inference_mode():
        for _ in range(max_new_tokens):
            ids.append(student.model(torch.tensor([ids])).logits[0, -1].argmax().item())
            text = student.tokenizer.decode(ids[start:], skip_special_tokens=True)
            if ids[-1] == student.tokenizer.eos_token_id or "</answer>" in text:
                break
    return text


@pytest.mark.slow
def test_it_says_what_one_token_at_a_time_would_say_whatever_the_batch(student, mixed):
    slow = [(problem, slowly(student, babi.render(problem), 60)) for problem in mixed[::2]]
    for size in (1, 5, len(mixed)):
        said = generate(student, mixed, max_new_tokens=60, batch_size=size)
        assert [(one.output.problem, one.output.text) for one in said[::2]] == slow
    assert len({len(prompt_ids(student.tokenizer, babi.render(problem))) for problem in mixed}) > 1  # some padding


def test_a_trained_student_stops_at_the_end_tag(student, problems):
    problems = problems[:20]
    generated = generate(student, problems, max_new_tokens=200)
    assert all(said.output.text.endswith("</answer>") for said in generated)
    for said in generated:
        assert said.n_tokens == len(student.tokenizer(said.output.text, add_special_tokens=False)["input_ids"])
    assert all(verdict.parsed for verdict in verify_all(said.output for said in generated))


def by_transformers(student, prompts: list[list[int]], limit: int) -> list[list[int]]:
    """What transformers' own greedy decoding writes after each prompt, cut where the tag closes or the end token is."""
    tokenizer = student.tokenizer
    batch = tokenizer.pad({"input_ids": prompts}, padding_side="left", return_tensors="pt")
    end = tokenizer.eos_token_id
    said = student.model.generate(
        **batch, do_sample=False, max_new_tokens=limit, eos_token_id=end, pad_token_id=tokenizer.pad_token_id
    )

    def cut(ids: list[int]) -> list[int]:
        ends = (n for n in range(1, len(ids)) if ids[n - 1] == end or "</answer>" in tokenizer.decode(ids[:n]))
        return ids[: next(ends, limit)]

    return [cut(ids) for ids in said[:, batch["input_ids"].shape[1] :].tolist()]


@pytest.fixture(scope="module")
def mixed(problems):
    """Prompts of different lengths: some that the student was trained on, some that it knows nothing about."""
    kinds = ("two-supporting-facts", "counting", "basic-deduction")
    return problems[:5] + [problem for kind in kinds for problem in babi.generate(2, seed=3, category=kind)]


def test_it_writes_the_tokens_that_transformers_would(student, mixed):
    prompts = [prompt_ids(student.tokenizer, babi.render(problem)) for problem in mixed]
    written = generation._decode(student.model, student.tokenizer, prompts, 90)
    assert written == by_transformers(student, prompts, 90)


def test_an_end_token_ends_a_row_as_with_transformers(student, mixed):
    tokenizer = copy.deepcopy(student.tokenizer)
    tokenizer.eos_token = ":"
    other = dataclasses.replace(student, tokenizer=tokenizer)
    prompts = [prompt_ids(tokenizer, babi.render(problem)) for problem in mixed]
    written = generation._decode(student.model, tokenizer, prompts, 60)
    assert written == by_transformers(other, prompts, 60)
    ends = [tokenizer.eos_token_id in ids for ids in written]
    assert any(ends)
    assert [said.n_tokens for said in generate(other, mixed, 60)] == [len(ids) for ids in written]


def test_rows_that_have_ended_are_no_longer_computed(student, mixed, monkeypatch):
    sizes, forward = [], type(student.model).forward

    def counted(model, input_ids, **rest):
        sizes.append(len(input_ids))
        return forward(model, input_ids, **rest)

    monkeypatch.setattr(type(student.model), "forward", counted)
    n_tokens = [said.n_tokens for said in generate(student, mixed, 90, batch_size=len(mixed))]
    assert min(n_tokens) < max(n_tokens) == len(sizes) == 90  # some rows end, some never do
    live = [sum(n > step for n in n_tokens) for step in range(len(sizes))]
    assert all(n <= size and (n == size or n > size / 2) for n, size in zip(live, sizes, strict=True))


@pytest.mark.parametrize("quantized", [False, True])  # beside a quantized base, the adapter is not merged
def test_a_student_with_an_adapter_is_left_to_the_last_bit(problems, quantized):
    tiny = students.load("tiny", texts=[babi.render(problem) for problem in problems])
    tiny.full = False
    students.add_adapter(tiny, 4, 8, 0.5, 0)
    with torch.no_grad():
        for name, tensor in students.trained_tensors(tiny).items():
            if "lora_B" in name:
                tensor.normal_(std=0.3)
    tiny.model.is_quantized = quantized
    tiny.model.train()
    before = {name: tensor.clone() for name, tensor in tiny.model.state_dict().items()}
    said = generate(tiny, problems[:4], max_new_tokens=12)
    assert tiny.model.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in tiny.model.state_dict().items())
    tiny.model.eval()
    assert [s.output.text for s in said] == [slowly(tiny, babi.render(p), 12) for p in problems[:4]]


def test_a_forced_beginning_is_read_as_if_the_student_had_written_it(student, problems):
    said = [one.output.text for one in generate(student, problems[:6], 90)]
    cuts = [text[: text.index("</think>") + len("</think>")] for text in said]
    continued = generation.continue_from(student, problems[:6], cuts, 40)
    assert [one.output.text for one in continued] == said  # its own trace: as it went on by itself
    assert all(one.n_tokens < 12 for one in continued)
    other = [cut.replace("kitchen", "garden") for cut in cuts]
    assert [
        one.output.text.startswith(cut)
        for one, cut in zip(generation.continue_from(student, problems[:6], other, 9), other, strict=True)
    ] == [True] * 6
    for size in (1, 4):
        assert generation.continue_from(student, problems[:6], cuts, 40, batch_size=size) == continued


def test_every_end_token_that_a_model_came_with_ends_a_text(student, problems):
    before = student.model.generation_config.eos_token_id
    (first,) = generate(student, problems[:1], 30)
    ids = student.tokenizer(first.output.text, add_special_tokens=False)["input_ids"]
    try:
        student.model.generation_config.eos_token_id = [student.tokenizer.eos_token_id, ids[5]]
        (said,) = generate(student, problems[:1], 30)
    finally:
        student.model.generation_config.eos_token_id = before
    assert said.n_tokens == ids.index(ids[5]) + 1


def test_too_little_memory(student, problems, monkeypatch):
    error = torch.OutOfMemoryError("CUDA out of memory")
    monkeypatch.setattr(type(student.model), "forward", Mock(side_effect=error))
    with pytest.raises(InputError, match=r"generate for 4 problems at once; lower batch_size \(now 4\)"):
        generate(student, problems, batch_size=4)
