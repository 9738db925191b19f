"""Generation: greedy, the same whatever the batch, stopped at its end, written as outputs that the verifier reads."""

import pytest
import torch

from lib import generation, students, traces
from lib.datasets import DATASETS, babi
from lib.encoding import prompt_ids
from lib.errors import InputError
from lib.generation import generate
from lib.outputs import Output, read_outputs, write_outputs
from lib.training import Recipe, fit
from lib.verify import verify_all


@pytest.fixture(scope="module")
def problems():
    return babi.generate(70, seed=2, category="single-supporting-fact")


@pytest.fixture(scope="module")
def student(problems, tmp_path_factory):
    """Tiny with an adapter, trained until it writes the form, on most of the problems."""
    examples = traces.build(problems, "correct").examples
    tiny = students.load("tiny", seed=0, texts=[text for e in examples for text in (e.prompt, e.completion)])
    recipe = Recipe(max_steps=120, batch_size=8, accumulation=1, learning_rate=5e-3)
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


def test_it_says_what_one_token_at_a_time_would_say(student, problems):
    generated = generate(student, problems[:12], max_new_tokens=90, batch_size=5)
    for problem, said in zip(problems, generated, strict=False):
        assert said.output.text == slowly(student, babi.render(problem), 90)


def test_results_do_not_depend_on_the_batch_and_come_in_order(student, problems):
    problems = problems[:30]
    one = generate(student, problems, max_new_tokens=90, batch_size=1)
    many = generate(student, problems, max_new_tokens=90, batch_size=16)
    back = generate(student, problems[::-1], max_new_tokens=90, batch_size=7)
    assert one == many == back[::-1]
    assert [said.output.problem for said in one] == problems
    assert len({len(prompt_ids(student.tokenizer, babi.render(problem))) for problem in problems}) > 1  # some padding


def test_a_trained_student_stops_at_the_end_tag(student, problems):
    generated = generate(student, problems, max_new_tokens=200)
    assert all(said.output.text.endswith("</answer>") for said in generated)
    for said in generated:
        assert said.n_tokens == len(student.tokenizer(said.output.text, add_special_tokens=False)["input_ids"])
    assert all(verdict.parsed for verdict in verify_all(said.output for said in generated))


def test_an_untrained_student_stops_at_the_limit(problems):
    tiny = students.load("tiny", texts=[babi.render(problem) for problem in problems])
    generated = generate(tiny, problems[:3], max_new_tokens=7, batch_size=2)
    assert {said.n_tokens for said in generated} == {7}


def test_an_end_token_ends_the_text(problems):
    tiny = students.load("tiny", texts=[babi.render(problem) for problem in problems])
    tokenizer = tiny.tokenizer
    ids = tokenizer(" is the", add_special_tokens=False)["input_ids"]
    assert generation._text(tokenizer, [*ids, tokenizer.eos_token_id, *ids]) == (" is the", 3)
    assert generation._text(tokenizer, ids) == (" is the", 2)


def test_a_student_with_an_adapter_is_left_to_the_last_bit(problems):
    tiny = students.load("tiny", texts=[babi.render(problem) for problem in problems])
    tiny.full = False
    students.add_adapter(tiny, 4, 8, 0.5, 0)
    with torch.no_grad():
        for name, tensor in students.trained_tensors(tiny).items():
            if "lora_B" in name:
                tensor.normal_(std=0.3)
    tiny.model.train()
    before = {name: tensor.clone() for name, tensor in tiny.model.state_dict().items()}
    said = generate(tiny, problems[:4], max_new_tokens=12)
    assert tiny.model.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in tiny.model.state_dict().items())
    tiny.model.eval()
    assert [s.output.text for s in said] == [slowly(tiny, babi.render(p), 12) for p in problems[:4]]


def test_too_little_memory(student, problems, monkeypatch):
    def raises(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(type(student.model), "generate", raises)
    with pytest.raises(InputError, match=r"generate for 4 problems at once; lower batch_size \(now 4\)"):
        generate(student, problems, batch_size=4)


@pytest.mark.parametrize("name", list(DATASETS))
def test_outputs_are_written_as_they_are_read(name, tmp_path):
    outputs = [Output(problem, f"text \u2028 é {n}\n") for n, problem in enumerate(DATASETS[name].generate(25, seed=1))]
    path = write_outputs(outputs, tmp_path / "any" / "outputs.json", tokens=list(range(25)))
    assert read_outputs(path, name) == outputs
    assert path.read_bytes() == write_outputs(outputs, tmp_path / "again.json", tokens=list(range(25))).read_bytes()
    assert '"tokens": 24' in path.read_text().splitlines()[-1]
