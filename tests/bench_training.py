"""How fast training and generation are: `make bench` prints a table, writes it to data/ and docs/performance.md.

Everything in one run, on the same model, data, batch and steps: TRL's SFTTrainer set up as the authors did (loss on
the whole text, gradient checkpointing, batch 4 x 4), TRL at its best on this machine (loss on the completion, no
checkpointing, grouped by length), our loop; our generation, and the authors' way of generating (one prompt at a time,
no cache). Every trainer passes once over the same examples and is timed over all of that; a batch before it warms up.
TRL goes first, as our loop changes how the process keeps memory. TRL is left out where it is not installed.
"""

import importlib.util
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import peft
import torch

from lib.datasets import babi
from lib.errors import InputError, run_cli
from lib.progress import Progress
from lib.study import ARM_LABELS
from lib.traces.arms import Example, build
from lib.train import fast_cpu, generation, loop, students
from lib.train.encoding import Encoded, encode, prompt_ids
from lib.train.loop import Recipe, evaluate, fit
from tests.bench import write

MARKS = "<!-- bench-training -->", "<!-- /bench-training -->"
STUDENT, STEPS = students.SMOLLM, 3
STEP = 16  # examples an optimizer step
BATCH, AUTHORS_BATCH = 8, 4  # of them in one pass: ours and TRL's at its best, and as the authors did
BENCH_ARMS = ("vanilla", "correct")  # completions of a few tokens, and of about as many as a rule-based trace has
SLOWLY, QUICKLY, NEW_TOKENS = 3, 48, 72  # problems for the authors' way and for ours; tokens of a typical completion
_BODY, _VOCABULARY, _ADAPTER = "model.layers", "lm_head", "lora_"


def peak(multiply: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> float:
    """The best that a way of multiplying float32 matrices reaches on this machine, FLOP per second."""
    a, b = torch.randn(2048, 2048), torch.randn(2048, 2048)
    times = []
    for _ in range(12):
        start = time.perf_counter()
        multiply(a, b)
        times.append(time.perf_counter() - start)
    return 2 * 2048**3 / min(times)


def peaks() -> dict[str, float]:
    """PyTorch's own multiplication, and the best that this machine is known to reach."""
    by_torch = peak(torch.matmul)
    return {"torch_gflops": by_torch / 1e9, "peak_gflops": max(by_torch, peak(fast_cpu.times)) / 1e9}


def supervision(arm: str) -> list[Example]:
    """bAbI stories of all eleven types, as many as the steps need."""
    return build(babi.generate(STEPS * STEP, seed=0), arm).examples


def adapted(plain: bool = False) -> students.Student:
    """A fresh student with its adapter; plain: torch's and peft's own layers, as TRL has them."""
    student = loaded(plain)
    students.add_adapter(student, 16, 32, 0.05, 0)
    for module in student.model.modules() if plain else ():
        if isinstance(module, fast_cpu.AdaptedLinear):
            module.__class__ = peft.tuners.lora.Linear
    return student


def loaded(plain: bool = False) -> students.Student:
    """A fresh student; plain: with torch's own linear layers, not lib/train/fast_cpu.py's."""
    student = students.load(STUDENT)
    for module in student.model.modules() if plain else ():
        if isinstance(module, fast_cpu.Linear):
            module.__class__ = torch.nn.Linear
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


def warm_up(student: students.Student, encoded: list[Encoded]) -> None:
    """Forward and backward once, so that no trainer pays for what a process does only once."""
    loop.completion_loss(student.model, *loop._tensors(encoded[:BATCH], student)).backward()
    student.model.zero_grad()


def ours(examples: list[Example]) -> dict:
    """Our loop: examples per second, tokens a second, and model FLOP per second."""
    student = adapted()
    encoded = encode(student.tokenizer, examples, 1024).examples
    warm_up(student, encoded)
    recipe = Recipe(epochs=1, batch_size=BATCH, accumulation=STEP // BATCH, save_every=STEPS)
    with tempfile.TemporaryDirectory() as folder:
        steps = fit(student, examples, recipe, Path(folder)).steps
    seconds = sum(line["seconds"] for line in steps)
    return {
        "examples_per_second": len(examples) / seconds,
        "tokens_per_second": sum(line["tokens"] for line in steps) / seconds,
        "flops_per_second": model_flops(student, encoded) / seconds,
    }


def with_trl(examples: list[Example], best: bool) -> dict:
    """TRL's SFTTrainer on our tokens: examples per second, and its loss on the untrained student."""
    import datasets
    import transformers
    from trl import SFTConfig, SFTTrainer

    student, batch = adapted(plain=True), BATCH if best else AUTHORS_BATCH
    encoded = encode(student.tokenizer, examples, 1024).examples
    warm_up(student, encoded)
    rows = [
        {"input_ids": list(e.ids), "completion_mask": [0] * e.start + [1] * (len(e.ids) - e.start)} for e in encoded
    ]
    data = datasets.Dataset.from_list(rows)
    marks: list[float] = []

    class Clock(transformers.TrainerCallback):
        def on_step_begin(self, *_, **__):
            marks.append(time.perf_counter())

        on_step_end = on_step_begin

    with tempfile.TemporaryDirectory() as folder:
        settings = SFTConfig(
            output_dir=folder,
            num_train_epochs=1,
            per_device_train_batch_size=batch,
            gradient_accumulation_steps=STEP // batch,
            per_device_eval_batch_size=STEP,
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
            eval_dataset=data.select(range(STEP)),
            processing_class=student.tokenizer,
            callbacks=[Clock()],
        )
        loss = trainer.evaluate()["eval_loss"] if best else None
        trainer.train()
    if len(marks) != 2 * STEPS:
        raise RuntimeError(f"TRL took {len(marks) / 2} steps where {STEPS} were expected")
    return {"examples_per_second": len(examples) / (marks[-1] - marks[0]), "loss": loss}


def generate_both_ways() -> dict:
    """Problems per second, ours and the authors' way, with the same texts; stories of one type.

    The untrained student would end after a few words. Its end token is replaced by one that it does not write, so that
    both ways write as many tokens as a trained student does.
    """
    student, plain = loaded(), loaded(plain=True)
    student.tokenizer.eos_token = plain.tokenizer.eos_token = student.tokenizer.convert_ids_to_tokens(
        0
    )  # <|endoftext|>, of the pretraining
    problems = babi.generate(QUICKLY, seed=0, category="two-supporting-facts")
    start = time.perf_counter()
    said = generation.generate(student, problems, NEW_TOKENS, batch_size=QUICKLY)
    quick = time.perf_counter() - start
    start = time.perf_counter()
    slow_texts = [_slowly(plain, babi.render(problem)) for problem in problems[:SLOWLY]]
    slow = time.perf_counter() - start
    same = sum(one.output.text == text for one, text in zip(said, slow_texts, strict=False))
    return {
        "problems_per_second": QUICKLY / quick,
        "authors_way": SLOWLY / slow,
        "tokens_each": statistics.mean(one.n_tokens for one in said),
        "same_texts": f"{same} of {SLOWLY}",
    }


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


def train_our_way(arm: str) -> dict:
    """Our loop on one arm, as a share of the machine's peak, too; and its loss on the untrained student."""
    examples = supervision(arm)
    before = peaks()
    mine = ours(examples)
    top = {
        name: statistics.mean((value, after))
        for (name, value), after in zip(before.items(), peaks().values(), strict=True)
    }
    student = adapted()
    loss = evaluate(student, encode(student.tokenizer, examples[:STEP], 1024).examples, STEP)
    return {
        "examples_per_second": round(mine["examples_per_second"], 3),
        "tokens_per_second": round(mine["tokens_per_second"], 1),
        "gflops": round(mine["flops_per_second"] / 1e9, 1),
        **{name: round(value, 1) for name, value in top.items()},
        "loss": round(loss, 5),
    }


def train_trls_way(arm: str) -> dict:
    """TRL on the same examples, both ways."""
    examples = supervision(arm)
    best, authors = (with_trl(examples, best) for best in (True, False))
    return {
        "trl_as_the_authors": round(authors["examples_per_second"], 3),
        "trl_at_its_best": round(best["examples_per_second"], 3),
        "trl_loss": round(best["loss"], 5),
    }


def measure() -> dict:
    """All figures of one run. TRL's first: from our loop on, the process keeps the memory it frees."""
    trl = importlib.util.find_spec("trl") is not None and importlib.util.find_spec("datasets") is not None
    with Progress("bench", 3, "parts", every=0) as progress:
        theirs = {arm: train_trls_way(arm) for arm in BENCH_ARMS} if trl else {}
        progress.advance()
        ways = {arm: train_our_way(arm) | theirs.get(arm, {}) for arm in BENCH_ARMS}
        progress.advance()
        generated = generate_both_ways()
        progress.advance()
    return {
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}, torch {version('torch')}",
        "trl": version("trl") if trl else None,
        "training": ways,
        "generation": {k: round(v, 4) if isinstance(v, float) else v for k, v in generated.items()},
    }


def as_markdown(result: dict) -> str:
    """The page's table: a column an arm for training, one figure for generation."""
    ways, generated = result["training"], result["generation"]

    def row(label: str, cell) -> str:
        return f"| {label} | " + " | ".join(cell(way) for way in ways.values()) + " |"

    def against(key: str):
        return lambda way: f"{way[key]:.2f} (**{way['examples_per_second'] / way[key]:.1f}**)"

    def share_of(key: str):
        return lambda way: f"{100 * way['gflops'] / way[key]:.0f} % of {way[key]:.0f}"

    rows = [
        f"| {result['machine']} | " + " | ".join(ARM_LABELS[arm] for arm in ways) + " |",
        "|---|" + "---:|" * len(ways),
        row("training: examples per second, our loop", lambda way: f"{way['examples_per_second']:.2f}"),
        row("tokens per second", lambda way: f"{way['tokens_per_second']:.0f}"),
        row("model FLOP utilisation, of the GFLOP/s of a large multiplication by oneDNN", share_of("peak_gflops")),
        row("the same, of one by PyTorch itself (MKL)", share_of("torch_gflops")),
    ]
    if result["trl"]:
        name = f"TRL {result['trl']}"
        rows += [
            row(f"{name} set up as the authors did (ours is faster by)", against("trl_as_the_authors")),
            row(f"{name} at its best (ours is faster by)", against("trl_at_its_best")),
            row(
                "loss on the same supervised tokens, ours and TRL's",
                lambda way: f"{way['loss']:.4f}, {way['trl_loss']:.4f}",
            ),
        ]
    ratio = generated["problems_per_second"] / generated["authors_way"]
    rows += [
        "",
        f"| generation, {generated['tokens_each']:.0f} tokens per problem | |\n|---|---:|",
        f"| problems per second | {generated['problems_per_second']:.2f} |",
        f"| one prompt at a time, no cache (ours is faster by) | {generated['authors_way']:.3f} (**{ratio:.0f}**) |",
        f"| texts that are the same both ways | {generated['same_texts']} |",
    ]
    return "\n".join(rows)


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
