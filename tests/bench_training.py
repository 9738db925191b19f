"""How fast training and generation are: `make bench` prints a table, writes data/bench_training.json and the README's.

Everything in one run, on the same model, data, batch and steps: our loop, TRL's SFTTrainer set up as the authors did
(loss on the whole text, gradient checkpointing, batch 4 x 4), TRL at its best on this machine, our generation, and
the authors' way of generating (one prompt at a time, no cache). TRL is left out where it is not installed.
"""

import importlib.util
import os
import platform
import statistics
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import torch

from lib import generation, students, training
from lib.datasets import babi
from lib.encoding import Encoded, encode, prompt_ids
from lib.errors import InputError, run_cli
from lib.progress import Progress
from lib.traces import Example, build
from lib.training import Recipe, evaluate, fit
from tests.bench import write

MARKS = "<!-- bench-training -->", "<!-- /bench-training -->"
STUDENT, STEPS = students.SMOLLM, 3  # the first step warms up and is not counted
BATCH, ACCUMULATION = 4, 4  # the same for all; on two cores larger batches are no faster, for us or for TRL
SLOWLY, QUICKLY, NEW_TOKENS = 3, 48, 64  # problems for the authors' way and for ours; tokens for each
_BODY, _VOCABULARY, _ADAPTER = "model.layers", "lm_head", "lora_"


def peak() -> float:
    """This machine's best matrix multiplication in float32, FLOP a second."""
    a, b = torch.randn(2048, 2048), torch.randn(2048, 2048)
    times = []
    for _ in range(12):
        start = time.perf_counter()
        a @ b
        times.append(time.perf_counter() - start)
    return 2 * 2048**3 / min(times)


def supervision() -> list[Example]:
    """bAbI stories of all eleven types with correct traces, as many as the steps need."""
    return build(babi.generate(STEPS * BATCH * ACCUMULATION, seed=0), "correct").examples


def adapted() -> students.Student:
    """A fresh student with its adapter."""
    student = students.load(STUDENT)
    students.add_adapter(student, 16, 32, 0.05, 0)
    return student


def model_flops(student: students.Student, encoded: list[Encoded]) -> float:
    """Floating point operations that training on these examples needs, none for what could be left out.

    Forward and backward through frozen weights: 2 + 2 a weight and token (no gradient of the weights themselves);
    through the adapter 2 + 4; the vocabulary projection for supervised tokens alone; causal attention 2 + 4 times the
    length times the width, a layer and token.
    """
    weights = {name: tensor.numel() for name, tensor in student.model.named_parameters()}
    adapter = sum(n for name, n in weights.items() if _ADAPTER in name)
    body = sum(n for name, n in weights.items() if _BODY in name and _ADAPTER not in name)
    config = student.model.config
    head = config.vocab_size * config.hidden_size
    width = config.num_hidden_layers * config.hidden_size
    tokens, supervised = sum(len(e.ids) for e in encoded), sum(len(e.supervised) for e in encoded)
    attention = 6 * width * sum(len(e.ids) ** 2 for e in encoded)
    return (4 * body + 6 * adapter) * tokens + 4 * head * supervised + attention


def ours(examples: list[Example]) -> dict:
    """Our loop: examples a second, tokens a second, and model FLOP a second over the counted steps."""
    student = adapted()
    recipe = Recipe(max_steps=STEPS, batch_size=BATCH, accumulation=ACCUMULATION, learning_rate=2e-4, save_every=STEPS)
    with tempfile.TemporaryDirectory() as folder:
        steps = [line for line in fit(student, examples, recipe, Path(folder)).steps if "loss" in line][1:]
    encoded = encode(student.tokenizer, examples, 1024).examples
    plan = training._plan(encoded, recipe, 1)[1:]
    seconds = sum(line["seconds"] for line in steps)
    flops = model_flops(student, [example for step in plan for batch in step for example in batch])
    return {
        "examples_per_second": len(steps) * BATCH * ACCUMULATION / seconds,
        "tokens_per_second": sum(line["tokens"] for line in steps) / seconds,
        "flops_per_second": flops / seconds,
    }


def with_trl(examples: list[Example], best: bool) -> dict:
    """TRL's SFTTrainer on our tokens: examples a second, and its loss on the untrained student."""
    import datasets
    import transformers
    from trl import SFTConfig, SFTTrainer

    student = adapted()
    encoded = encode(student.tokenizer, examples, 1024).examples
    rows = [
        {"input_ids": list(e.ids), "completion_mask": [0] * e.start + [1] * (len(e.ids) - e.start)} for e in encoded
    ]
    data = datasets.Dataset.from_list(rows)
    marks: list[float] = []

    class Clock(transformers.TrainerCallback):
        def on_step_end(self, *_, **__):
            marks.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as folder:
        settings = SFTConfig(
            output_dir=folder,
            max_steps=STEPS,
            per_device_train_batch_size=BATCH,
            gradient_accumulation_steps=ACCUMULATION,
            per_device_eval_batch_size=4 * BATCH,
            gradient_checkpointing=not best,
            completion_only_loss=best,
            train_sampling_strategy="group_by_length" if best else "random",
            learning_rate=2e-4,
            warmup_steps=1,
            lr_scheduler_type="cosine",
            bf16=False,
            use_cpu=True,
            report_to=[],
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
            seed=0,
        )
        trainer = SFTTrainer(
            model=student.model,
            args=settings,
            train_dataset=data,
            eval_dataset=data.select(range(4 * BATCH)),
            processing_class=student.tokenizer,
            callbacks=[Clock()],
        )
        loss = trainer.evaluate()["eval_loss"] if best else None
        trainer.train()
    return {"examples_per_second": (STEPS - 1) * BATCH * ACCUMULATION / (marks[-1] - marks[0]), "loss": loss}


def generate_both_ways() -> dict:
    """Problems a second, ours and the authors' way, with the same texts; stories of one type, so of one length."""
    student = students.load(STUDENT)
    problems = babi.generate(QUICKLY, seed=0, category="two-supporting-facts")
    start = time.perf_counter()
    said = generation.generate(student, problems, NEW_TOKENS, batch_size=QUICKLY)
    quick = QUICKLY / (time.perf_counter() - start)
    start = time.perf_counter()
    slow_texts = [_slowly(student, babi.render(problem)) for problem in problems[:SLOWLY]]
    slow = SLOWLY / (time.perf_counter() - start)
    same = sum(one.output.text == text for one, text in zip(said, slow_texts, strict=False))
    return {"problems_per_second": quick, "authors_way": slow, "same_texts": f"{same} of {SLOWLY}"}


@torch.inference_mode()
def _slowly(student: students.Student, prompt: str) -> str:
    ids = prompt_ids(student.tokenizer, prompt)
    start = len(ids)
    for _ in range(NEW_TOKENS):
        ids.append(student.model(torch.tensor([ids]), use_cache=False).logits[0, -1].argmax().item())
        text = student.tokenizer.decode(ids[start:], skip_special_tokens=True)
        if ids[-1] == student.tokenizer.eos_token_id or generation.END_TAG in text:
            break
    return text


def measure() -> dict:
    """All figures of one run."""
    examples = supervision()
    trl = importlib.util.find_spec("trl") is not None and importlib.util.find_spec("datasets") is not None
    with Progress("bench", 5, "parts", every=0) as progress:
        top = [peak()]
        mine = ours(examples)
        top.append(peak())
        progress.advance()
        best = with_trl(examples, best=True) if trl else None
        progress.advance()
        authors = with_trl(examples, best=False) if trl else None
        progress.advance()
        student = adapted()
        loss = evaluate(student, encode(student.tokenizer, examples[: 4 * BATCH], 1024).examples, 4 * BATCH)
        progress.advance()
        generated = generate_both_ways()
        progress.advance()
    return {
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}, torch {version('torch')}",
        "peak_gflops": round(statistics.mean(top) / 1e9, 1),
        "ours": {name: round(value, 3) for name, value in mine.items() if name != "flops_per_second"},
        "flop_utilisation": round(mine["flops_per_second"] / statistics.mean(top), 3),
        "trl": version("trl") if trl else None,
        "trl_as_the_authors": round(authors["examples_per_second"], 3) if trl else None,
        "trl_at_its_best": round(best["examples_per_second"], 3) if trl else None,
        "loss": {"ours": round(loss, 5), "trl": round(best["loss"], 5) if trl else None},
        "generation": {k: round(v, 4) if isinstance(v, float) else v for k, v in generated.items()},
    }


def as_markdown(result: dict) -> str:
    """The README's table."""
    speed, generated = result["ours"], result["generation"]
    rows = [
        ("training: examples a second, our loop", f"{speed['examples_per_second']:.2f}"),
        ("tokens a second", f"{speed['tokens_per_second']:.0f}"),
        (
            f"model FLOP utilisation, of {result['peak_gflops']} GFLOP/s measured by a large multiplication",
            f"{100 * result['flop_utilisation']:.0f} %",
        ),
    ]
    if result["trl"]:
        for label, key in (("set up as the authors did", "trl_as_the_authors"), ("at its best", "trl_at_its_best")):
            ratio = speed["examples_per_second"] / result[key]
            rows.append(
                (
                    f"TRL {result['trl']} {label}: examples a second (ours is faster by)",
                    f"{result[key]:.2f} (**{ratio:.1f}**)",
                )
            )
        losses = result["loss"]
        rows.append(
            ("loss on the same supervised tokens, ours and TRL's", f"{losses['ours']:.4f}, {losses['trl']:.4f}")
        )
    ratio = generated["problems_per_second"] / generated["authors_way"]
    rows += [
        (f"generation: problems a second, {NEW_TOKENS} tokens each", f"{generated['problems_per_second']:.2f}"),
        ("one prompt at a time, no cache (ours is faster by)", f"{generated['authors_way']:.3f} (**{ratio:.0f}**)"),
        ("texts that are the same both ways", generated["same_texts"]),
    ]
    return f"| {result['machine']} | |\n|---|---:|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows)


def main(argv: list[str]) -> None:
    """Measure, print, write. `--dry-run` writes nothing."""
    if argv not in ([], ["--dry-run"]):
        raise InputError(f"unexpected argument {argv[0]!r}; python -m tests.bench_training takes --dry-run or nothing")
    result = measure()
    table = as_markdown(result)
    print(table)
    if not argv:
        write(result, "bench_training.json", MARKS, table)


if __name__ == "__main__":
    run_cli(main)
