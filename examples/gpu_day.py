"""What wants a GPU, in one go: is all of it right there, how fast is it, and the cells of the profile `gpu`.

    python examples/gpu_day.py pack DIR    what a bare machine lacks: SmolLM2 in pieces, packages, the authors' problems
    (bring the repository and DIR to the GPU; there `export PYTHONPATH=.:DIR/packages TRACE_RELEASE=DIR/release`)
    python examples/gpu_day.py join DIR    checks the pieces and makes the student of them (TRACE_CACHE names where)
    python examples/gpu_day.py run         [--minutes 12] [--parts smoke,speed,cells] [--workers 6] [--out FOLDER]

Needed there: torch, transformers, peft, accelerate, pandas; matplotlib and seaborn, which the cells' code imports.
FOLDER ($OUT, else build/gpu) gets a JSON file per part, report.txt of them all, and cells.tar.gz: finished cells' files
as cells/<id>/…. Parts may be run one by one, too, and with some students alone (--students): speed needs no weights, so
that it may come before the last pieces. `run --smoke` goes through all on a CPU; its numbers mean nothing.
"""

import contextlib
import gc
import hashlib
import importlib.util
import io
import json
import os
import platform
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from argparse import SUPPRESS, Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import distribution, version
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import torch
import transformers
import yaml
from safetensors.torch import load_file

from lib import progress
from lib.datasets import babi
from lib.errors import InputError, Parser, run_cli
from lib.files import BUILD, ROOT, whole, write_text
from lib.traces.arms import Example, build
from lib.train import checkpoints, generation, loop, students
from lib.train.encoding import Encoded, encode, prompt_ids
from lib.train.loop import Recipe
from lib.train.students import SMOLLM, TINY, Student

# --- what must travel -------------------------------------------------------------------------------------------------

PIECE, SUMS = 48_000_000, "sums.json"
# Pure Python: what lib/ needs and torch, transformers, peft, accelerate and pandas do not bring.
PACKAGES = ("certifi", "charset-normalizer", "gguf", "platformdirs", "pooch", "requests", "urllib3")
_READ = (r"data/babiqa/(train|test)_dataset_for", r"data/cotempqa/sft_dataset_reasoning_with_facts_chat_template/")


def pack(folder: Path) -> None:
    """Pieces of the student's file with sums, its tokenizer, packages, and the released files that the cells read.

    The tokenizer travels as it is here: of the file, older versions of transformers make one with a wrong end token.
    """
    from lib.published import release

    file, student = students._gguf_file(), students.smollm_folder()
    content, weights = file.read_bytes(), student / "model.safetensors"
    pieces = [content[first : first + PIECE] for first in range(0, len(content), PIECE)]
    files = {f"{file.name}.{number}": piece for number, piece in enumerate(pieces, 1)}
    files |= {f"student/{path.name}": path.read_bytes() for path in student.glob("tokenizer*")}
    sums = {"file": file.name, "sha256": _sum(content), "pieces": {name: _sum(piece) for name, piece in files.items()}}
    files[SUMS] = json.dumps({**sums, "weights": _sum(weights.read_bytes())}, indent=1).encode()
    for path in (path for package in PACKAGES for path in distribution(package).files):
        if ".." not in path.parts and path.suffix not in (".so", ".pyc"):
            files[f"packages/{path}"] = Path(path.locate()).read_bytes()
    read = [name for pattern in _READ for name in release.names(pattern)] if release.at_hand() else []
    files |= {f"release/{name}": release.fetch(name).read_bytes() for name in read}
    for name, content in files.items():
        _write(folder / name, content)
    print(f"{folder}: {len(pieces)} pieces of {file.name}, {len(PACKAGES)} packages, {len(read)} released files")


def join(folder: Path) -> None:
    """The student's folder from its pieces. InputError for a piece that is missing or altered."""
    try:
        sums = json.loads((folder / SUMS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / SUMS}: cannot be read ({error}); expected what `pack` wrote") from None
    pieces = {name: path.read_bytes() if (path := folder / name).is_file() else b"" for name in sums["pieces"]}
    for name, expected in sums["pieces"].items():
        if _sum(pieces[name]) != expected:
            found = f"sha256 {_sum(pieces[name])[:12]}…" if pieces[name] else "no file"
            raise InputError(f"{folder / name}: expected sha256 {expected[:12]}…, found {found}; bring it over again")
    content = b"".join(piece for name, piece in pieces.items() if name.startswith(sums["file"]))
    if _sum(content) != sums["sha256"]:
        raise InputError(f"{folder}: the pieces together are not {sums['file']} (its SHA-256 differs); pack it again")
    _write(folder / sums["file"], content)
    with mock.patch.object(students, "_gguf_file", lambda: folder / sums["file"]):
        student = students.smollm_folder()
    for name in (name for name in pieces if name.startswith("student/")):
        _write(student / Path(name).name, pieces[name])
    same = _sum((student / "model.safetensors").read_bytes()) == sums["weights"]
    what = "the same weights as" if same else "OTHER WEIGHTS than"
    print(f"{len(pieces)} pieces are as they were; {SMOLLM} is in {student}, with {what} where it was packed")


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    with whole(path) as temporary:
        temporary.write_bytes(content)


# --- sizes and students -----------------------------------------------------------------------------------------------

CUDA = torch.cuda.is_available()
PLAIN = ("cuda" if CUDA else "cpu", torch.float32)  # device and number format
HALF = ("cuda", torch.bfloat16) if CUDA else PLAIN
SHAPES = {  # sizes of our student and of the paper's; their weights are drawn at random: speed depends on nothing else
    "SmolLM2-135M": (transformers.LlamaConfig, 576, 1536, 30, 9, 3, 64, 49152),
    "Qwen3-1.7B": (transformers.Qwen3Config, 2048, 6144, 28, 16, 8, 128, 151936),
    "Llama-3.2-1B": (transformers.LlamaConfig, 2048, 8192, 16, 32, 8, 64, 128256),
}
_HEADS = ("num_attention_heads", "num_key_value_heads", "head_dim")
_SIZES = ("hidden_size", "intermediate_size", "num_hidden_layers", *_HEADS, "vocab_size")
_SMALL = dict(zip(_SIZES, (64, 96, 2, 4, 2, 16, 1000), strict=True))
_WARM = 2  # updates that are not timed
_KIND = "single-supporting-fact"


@dataclass(frozen=True, slots=True)
class Job:
    """One call of `run`: toy or not, where results and scratch files go, when it ends (as time.monotonic).

    students: the only ones that are checked and timed; none: all. workers: cells at once.
    """

    toy: bool
    out: Path
    work: Path
    ends: float
    students: tuple[str, ...] = ()
    workers: int = 2

    def named(self, *names: str) -> list[str]:
        """Those of the students that are asked for."""
        return [name for name in names if name in self.students or not self.students]

    def pick(self, full: int, toy: int) -> int:
        """A number for a GPU, or the one for a quick look at a CPU."""
        return toy if self.toy else full


def supervision(n: int, kind: str | None = None) -> list[Example]:
    """bAbI stories with correct traces, of one type or of all."""
    return build(babi.generate(n, seed=0, category=kind), "correct").examples


def loaded(name: str, on: tuple[str, torch.dtype] = HALF, nf4: bool = False, toy: bool = False) -> Student:
    """A student that is to get an adapter; one of SHAPES with random weights and a word tokenizer."""
    texts = [text for example in supervision(110) for text in (example.prompt, example.completion)]
    if name in SHAPES:
        kind, *sizes = SHAPES[name]
        sizes = _SMALL if toy else dict(zip(_SIZES, sizes, strict=True))
        with torch.device(on[0]):
            config = kind(**sizes, tie_word_embeddings=True)
            model = transformers.AutoModelForCausalLM.from_config(config, dtype=on[1])
        return Student(name, model, students.word_tokenizer(texts))
    with mock.patch.object(students, "pick_machine", lambda: (*on, nf4)):
        student = students.load(name, 0, texts)
    if name == TINY:
        student.model, student.full = student.model.to(on[1]), False
    return student


def trained(name: str, job: Job, run: str, on=HALF, dropout=0.0, nf4=False, recompute=False) -> tuple[Student, list]:
    """(student, lines of its log) of a short run, which is done once."""
    student, updates = loaded(name, on, nf4), job.pick(12, 6)
    if recompute:  # older versions of transformers have it by another name
        names = ("activation_checkpointing_enable", "gradient_checkpointing_enable")
        next(getattr(student.model, name) for name in names if hasattr(student.model, name))({"use_reentrant": False})
    recipe = Recipe(1e-3, max_steps=updates, batch_size=4, accumulation=2, dropout=dropout, save_every=updates // 3)
    return student, loop.fit(student, supervision(8 * updates, _KIND), recipe, job.work / name / run).steps


# --- part smoke: is all of it right there? ----------------------------------------------------------------------------


def smoke(job: Job, found: dict) -> Iterator[tuple[str, Callable[[], dict]]]:
    """Every path of training and generation."""
    for name in job.named(TINY, *(() if job.toy else (SMOLLM,))):
        for check in (lora, qlora, batched, twice, killed, devices, recomputed):
            yield f"{name}, {check.__name__}", partial(check, name, job)


def lora(name: str, job: Job, run: str = "once", nf4: bool = False) -> dict:
    """A frozen base in 16 bits and an adapter."""
    student, lines = trained(name, job, run, dropout=0.05, nf4=nf4)
    said = generation.generate(student, babi.generate(1, seed=1, category=_KIND), 20)[0].output.text
    return {"student": students.describe(student), "losses": [lines[0]["loss"], lines[-1]["loss"]], "said": said}


def qlora(name: str, job: Job) -> dict:
    """The same with a base in 4 bits, as in the paper."""
    if name == TINY or importlib.util.find_spec("bitsandbytes") is None:
        return {"left out": "tiny is never quantized" if name == TINY else "bitsandbytes is not installed"}
    return lora(name, job, "nf4", nf4=True)


def batched(name: str, job: Job) -> dict:
    """The share of texts that are the same in batches and one at a time."""
    problems, shares = babi.generate(job.pick(33, 4), seed=1), {}
    for label, run, on in (("16 bits", "once", HALF), ("float32", "float32", PLAIN)):
        student = trained(name, job, run, on, dropout=0.05)[0]
        many, single = (generation.generate(student, problems, job.pick(60, 20), batch_size=size) for size in (0, 1))
        shares[label] = sum(a.output.text == b.output.text for a, b in zip(many, single, strict=True)) / len(problems)
    return shares


def twice(name: str, job: Job) -> dict:
    """The same run again."""
    for run in ("once", "again"):
        trained(name, job, run, dropout=0.05)
    return difference(job.work / name / "once", job.work / name / "again")


def killed(name: str, job: Job) -> dict:
    """A run that is killed between two checkpoints, and goes on in another process."""
    trained(name, job, "once", dropout=0.05)
    at = job.pick(12, 6) - 1
    command = [sys.executable, "-m", "examples.gpu_day", "run", "--die", name, str(job.work), str(at)]
    code = subprocess.run([*command, "--smoke"] if job.toy else command, cwd=ROOT, timeout=300).returncode
    if code != -signal.SIGKILL:
        raise RuntimeError(f"expected a process that is killed, found one that ended with {code}")
    trained(name, job, "killed", dropout=0.05)
    return {"killed after update": at, **difference(job.work / name / "once", job.work / name / "killed")}


def train_and_die(name: str, job: Job, at: int) -> None:
    """Train until so many updates are logged, then end as `kill -9` ends a process."""
    log = checkpoints.Run.log

    def last(run: checkpoints.Run, **line: float) -> None:
        log(run, **line)
        if len(run.lines) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    with mock.patch.object(checkpoints.Run, "log", last):
        trained(name, job, "killed", dropout=0.05)


def difference(one: Path, other: Path) -> dict:
    """How far two runs are apart: in their logs, times aside, and in the weights that they left."""
    logs = [[json.loads(line) for line in (run / checkpoints.LOG).read_text().splitlines()] for run in (one, other)]
    told = [[{**line, "seconds": 0} for line in log] for log in logs]
    mine, theirs = (load_file(next((run / checkpoints.STUDENT).glob("*.safetensors"))) for run in (one, other))
    apart = max((mine[name] - theirs[name]).abs().max().item() for name in mine)
    largest = max(tensor.abs().max().item() for tensor in mine.values())
    found = {"same logs": told[0] == told[1], "losses apart": _apart(*logs)}
    return {**found, "weights apart": apart, "largest weight": largest}


def _apart(one: Sequence[dict], other: Sequence[dict]) -> float:
    return max(abs(a["loss"] - b["loss"]) for a, b in zip(one, other, strict=True))


def devices(name: str, job: Job) -> dict:
    """Losses of the CPU in float32 against those of the GPU."""
    runs = {"cpu": ("cpu", torch.float32), "plain": PLAIN, "half": HALF}
    cpu, plain, half = (trained(name, job, run, on)[1] for run, on in runs.items())
    found = {"float32, losses apart": _apart(cpu, plain), "16 bits, losses apart": _apart(cpu, half)}
    return {**found, "losses": [round(line["loss"], 4) for line in cpu]}


def recomputed(name: str, job: Job) -> dict:
    """Layers computed twice, to save memory, against layers kept."""
    kept, again = (trained(name, job, run, recompute=run == "recomputed")[1] for run in ("half", "recomputed"))
    return {"losses apart": _apart(kept, again)}


# --- part speed: how fast is it? --------------------------------------------------------------------------------------


def speed(job: Job, found: dict) -> Iterator[tuple[str, Callable[[], dict]]]:
    """Tokens and problems per second; ours against transformers' own, in one run."""
    yield "matrix product", partial(best_product, job.pick(8192, 256))
    for name in job.named(*SHAPES):
        yield f"{name}, training", partial(training, name, job, found)
        yield f"{name}, Trainer", partial(with_trainer, name, job, found)
        yield f"{name}, generation", partial(generating, name, job)
        yield f"{name}, utilisation", partial(utilisation, name, found)


def best_product(side: int) -> dict:
    """The best FLOP per second of a large square product."""
    a, b = (torch.randn(side, side, device=HALF[0], dtype=HALF[1]) for _ in range(2))
    return {"flops": 2 * side**3 / min(seconds(lambda: a @ b) for _ in range(20))}


def seconds(work: Callable[[], object]) -> float:
    """Wall time, until the GPU has done it."""
    synchronize()
    began = time.perf_counter()
    work()
    synchronize()
    return time.perf_counter() - began


def synchronize() -> None:
    if CUDA:
        torch.cuda.synchronize()


def training(name: str, job: Job, found: dict) -> dict:
    """Our loop: tokens per second, and what share of the best product their arithmetic is."""
    student, updates, batch = loaded(name, toy=job.toy), job.pick(20, 4), job.pick(16, 4)
    examples = supervision(updates * batch)
    recipe = Recipe(epochs=1, batch_size=batch, accumulation=1, save_every=updates)
    lines = loop.fit(student, examples, recipe, job.work / "speed" / name).steps[_WARM:]
    tokens, taken = (sum(line[key] for line in lines) for key in ("tokens", "seconds"))
    encoded = encode(student.tokenizer, examples, recipe.max_length).examples
    per_token = needed_flops(student, encoded) / sum(len(e.ids) for e in encoded)
    rates = {"tokens per second": tokens / taken, "examples per second": len(lines) * batch / taken}
    share = per_token * tokens / taken / found["matrix product"]["flops"]
    return {**rates, "share of the best product": share, "weights": student.model.num_parameters()}


def needed_flops(student: Student, encoded: list[Encoded]) -> float:
    """As tests/bench_training.py counts: frozen weights, adapter, vocabulary where supervised, causal attention."""
    sizes, config = {n: t.numel() for n, t in student.model.named_parameters()}, student.model.config
    adapter = sum(n for name, n in sizes.items() if "lora_" in name)
    body = sum(n for name, n in sizes.items() if "model.layers" in name) - adapter
    tokens, supervised = (sum(len(getattr(e, what)) for e in encoded) for what in ("ids", "supervised"))
    attention = 6 * config.num_hidden_layers * config.hidden_size * sum(len(e.ids) ** 2 for e in encoded)
    return (4 * body + 6 * adapter) * tokens + 4 * config.vocab_size * config.hidden_size * supervised + attention


def with_trainer(name: str, job: Job, found: dict) -> dict:
    """transformers' Trainer with the same student, examples and batch, each padded to its longest."""
    student, updates, batch, marks = loaded(name, toy=job.toy), job.pick(20, 4), job.pick(16, 4), []
    students.add_adapter(student, 16, 32, 0.05, 0)
    encoded = encode(student.tokenizer, supervision(updates * batch), 1024).examples
    there = SimpleNamespace(tokenizer=student.tokenizer, device="cpu")  # the Trainer moves batches itself

    class Clock(transformers.TrainerCallback):
        def on_step_end(self, *_, **__):
            synchronize()
            marks.append(time.perf_counter())

    def collate(batch: list[Encoded]) -> dict:
        ids, supervised = loop._tensors(batch, there)
        return {"input_ids": ids, "labels": torch.where(supervised, ids, -100)}

    settings = {"output_dir": str(job.work / "trainer"), "num_train_epochs": 1, "per_device_train_batch_size": batch}
    settings |= {"learning_rate": 2e-4, "lr_scheduler_type": "cosine", "bf16": CUDA, "use_cpu": not CUDA}
    settings |= dict.fromkeys(("save_strategy", "logging_strategy"), "no") | {"report_to": [], "disable_tqdm": True}
    arguments = transformers.TrainingArguments(**settings, remove_unused_columns=False)
    with students.quiet(), contextlib.redirect_stdout(io.StringIO()):
        transformers.Trainer(student.model, arguments, collate, encoded, callbacks=[Clock()]).train()
    rate = batch * (len(marks) - _WARM) / (marks[-1] - marks[_WARM - 1])
    return {"examples per second": rate, "ours, times": found[f"{name}, training"]["examples per second"] / rate}


def generating(name: str, job: Job) -> dict:
    """Ours, transformers' `generate` with the same batch, and one at a time without a cache.

    The student's end token is replaced by one that it hardly writes: untrained, it would end after a few words.
    """
    student, n, tokens, few, said = loaded(name, toy=job.toy), job.pick(128, 8), job.pick(64, 6), 2, []
    student.tokenizer.eos_token = student.tokenizer.convert_ids_to_tokens(0)
    student.model.generation_config.eos_token_id = None
    problems = babi.generate(n, seed=0, category=_KIND)
    prompts = [prompt_ids(student.tokenizer, babi.render(problem)) for problem in problems]
    ids, mask = generation._padded(prompts, 0, student.device)
    for length in (3, tokens):  # the first time warms up
        options = {"attention_mask": mask, "do_sample": False, "max_new_tokens": length, "pad_token_id": 0}
        ours = seconds(lambda n=length: said.append(generation.generate(student, problems, n, len(problems))))
        with students.quiet():
            theirs = seconds(lambda given=options: student.model.generate(ids, **given))
    slow = seconds(lambda: [_slowly(student, prompt, tokens) for prompt in prompts[:few]])
    rates = {"problems": n / ours, "tokens": sum(one.n_tokens for one in said[-1]) / ours}
    rates |= {"tokens, generate": n * tokens / theirs, "tokens, one at a time, no cache": few * tokens / slow}
    return {f"{what}, per second": rate for what, rate in rates.items()} | {"at once": n}


@torch.inference_mode()
def _slowly(student: Student, prompt: list[int], n: int) -> None:
    ids = torch.tensor([prompt], device=student.device)
    for _ in range(n):
        logits = student.model(ids, use_cache=False, logits_to_keep=1).logits
        ids = torch.cat([ids, logits[:, -1].argmax(-1, keepdim=True)], dim=1)


def utilisation(name: str, found: dict) -> dict:
    """What lib/run/plan.py's UTILISATION holds, by its rule: shares of the card's data sheet."""
    from lib.run.plan import CARDS

    sheets = (card.flops for known, card in CARDS.items() if known.split()[0] in describe_card()["card"])
    best = next(sheets, found["matrix product"]["flops"]) / found[f"{name}, training"]["weights"]
    trained, written = found[f"{name}, training"]["tokens per second"], found[f"{name}, generation"]
    return {"UTILISATION": {"training": 4 * trained / best, "generation": 2 * written["tokens, per second"] / best}}


# --- part cells -------------------------------------------------------------------------------------------------------


def cells(job: Job, found: dict) -> Iterator[tuple[str, Callable[[], dict]]]:
    """The cells that are wanted, several at once; those that are under way when time is over end, too."""
    from lib.published import release
    from lib.run.cells import ROOT as TRAINED

    if not (job.toy or release.at_hand()):
        yield "left out", lambda: {"why": "the authors' release is not at hand; TRACE_RELEASE names a copy"}
        return
    yield "cells", partial(at_once, wanted(job), job.work / "cells" if job.toy else TRAINED, job)


def wanted(job: Job) -> list:
    """The cells of the GPU's profiles, what the claims rest on first; or those of a quick look."""
    from lib.run.cells import Budget, Cell, profile

    if job.toy:
        budget = Budget(40, 8, (_KIND,), steps=4, learning_rate=4e-3, max_new_tokens=40, intervene=True)
        return [Cell("babi", TINY, arm, 0, budget) for arm in ("vanilla", "correct")]
    late = ("summary", "posthoc", "swapped")
    first, later = ([c for c in profile("gpu") if (c.arm in late) is when] for when in (False, True))
    return [*first, *profile("gpu-sizes"), *sorted([*profile("gpu-tokens"), *later], key=lambda cell: cell.seed)]


def at_once(todo: list, root: Path, job: Job) -> dict:
    """Run what is not finished until time is over; metrics and errors by cell, and what was not run."""
    from lib.run import local, records

    def over(*_: object) -> None:
        raise TimeoutError

    stop, outcomes = threading.Event(), []
    keeper = threading.Thread(target=_keep, args=(todo, root, job.out / "cells.tar.gz", stop), daemon=True)
    keeper.start()
    signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, max(1.0, job.ends - time.monotonic()))
    try:
        outcomes = local.run(todo, root, job.workers)
    except TimeoutError:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        stop.set()
        keeper.join()
    done = {cell.id: records.metrics(root / cell.id) for cell in todo if local.finished(cell, root)}
    errors = {one.cell.id: {"error": one.error} for one in outcomes if one.error}
    return {**done, **errors, "not run": [cell.id for cell in todo if cell.id not in {**done, **errors}]}


def _keep(todo: list, root: Path, path: Path, stop: threading.Event) -> None:
    """Whenever cells have finished, an archive of all that have: whatever ends the run, they are there."""
    from lib.run import local, records

    kept, last = -1, False
    while not last:
        last = stop.wait(5)
        finished = [root / cell.id for cell in todo if local.finished(cell, root)]
        if len(finished) == kept:
            continue
        kept = len(finished)
        with whole(path) as temporary, tarfile.open(temporary, "w:gz") as archive:
            for file in (file for folder in finished for name in records.FILES if (file := folder / name).exists()):
                archive.add(file, f"cells/{file.parent.name}/{file.name}")


# --- running the parts ------------------------------------------------------------------------------------------------

PARTS = {"smoke": smoke, "speed": speed, "cells": cells}


def run(job: Job, names: Sequence[str]) -> None:
    """The parts, one after the other; what fails says so in its place, and the next goes on."""
    tell(job, "card", describe_card())
    for name in names:
        began, found = time.monotonic(), {}
        try:
            for what, measure in PARTS[name](job, found):
                found[what] = tried(measure) if time.monotonic() < job.ends else {"left out": "no time is left"}
                tell(job, name, found)
        except Exception as error:
            found["the rest"] = _error(error)
        tell(job, name, found)
        failed = sum("error" in one for one in found.values())
        print(f"{name}: {time.monotonic() - began:.0f} s, {failed} of {len(found)} failed", flush=True)


def tried(measure: Callable[[], dict]) -> dict:
    """What it found, how long that took and, on a GPU, at most how much memory; or in one line why it could not."""
    gc.collect()
    if CUDA:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    began = time.monotonic()
    try:
        found = measure()
    except Exception as error:
        found = _error(error)
    memory = {"peak GB": torch.cuda.max_memory_allocated() / 1e9} if CUDA else {}
    return {**found, **memory, "took": time.monotonic() - began}


def _error(error: Exception) -> dict:
    return {"error": f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"}


def tell(job: Job, name: str, found: dict) -> None:
    """Write a part's file, and the report of all parts that have one."""
    write_text(job.out / f"{name}.json", json.dumps(found, indent=1, default=str) + "\n")
    files = [path for part in ("card", *PARTS) if (path := job.out / f"{part}.json").exists()]
    parts = {path.stem: json.loads(path.read_text(encoding="utf-8"), parse_float=_short) for path in files}
    write_text(job.out / "report.txt", yaml.safe_dump(parts, sort_keys=False, allow_unicode=True, width=120))


def _short(number: str) -> float:
    return float(f"{float(number):.4g}")


def describe_card() -> dict:
    """The card, and what runs on it."""
    card = torch.cuda.get_device_properties(0) if CUDA else SimpleNamespace(name="none", total_memory=0)
    libraries = {name: version(name) for name in ("torch", "transformers", "peft", "tokenizers")}
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "cuda": torch.version.cuda}
    return {"card": card.name, "memory GB": card.total_memory / 1e9, **machine, **libraries}


def main(argv: list[str]) -> None:
    """Command line."""
    parser = Parser(prog="python examples/gpu_day.py", description="What wants a GPU, in one go.")
    commands = parser.add_subparsers(required=True, metavar="pack|join|run")
    for name, about, do in (("pack", "what must travel", pack), ("join", "the student from its pieces", join)):
        one = commands.add_parser(name, help=about, description=about)
        one.add_argument("folder", type=Path, metavar="DIR")
        one.set_defaults(do=lambda given, do=do: do(given.folder))
    one = commands.add_parser("run", help="all parts, or some", description="Check, measure, train.")
    one.add_argument("--minutes", type=float, default=12.0, help="no measurement and no cell begins later")
    one.add_argument("--parts", default=",".join(PARTS), help="some of them, joined by commas")
    one.add_argument("--students", default="", help="some of those that are checked and timed, joined by commas")
    one.add_argument("--workers", type=int, default=6, help="cells at once")
    one.add_argument("--out", type=Path, default=Path(os.environ.get("OUT") or BUILD / "gpu"), metavar="FOLDER")
    one.add_argument("--smoke", action="store_true", help="tiny students, few updates; needs no GPU")
    one.add_argument("--die", nargs=3, help=SUPPRESS)  # how `killed` starts what it kills
    one.set_defaults(do=_run)
    given = parser.parse_args(argv)
    given.do(given)


def _run(given: Namespace) -> None:
    names = given.parts.split(",")
    if unknown := [name for name in names if name not in PARTS]:
        raise InputError(f"unknown part {unknown[0]!r}: expected some of {','.join(PARTS)}")
    if not (given.smoke or CUDA):
        raise InputError("run needs a GPU, and torch finds none; `run --smoke` goes through every part on a CPU")
    if given.smoke:
        torch.set_num_threads(1)  # nothing is large
    if given.die:
        name, work, at = given.die
        return train_and_die(name, Job(given.smoke, Path(work), Path(work), 0.0), int(at))
    lines = given.out / "progress.txt"
    lines.parent.mkdir(parents=True, exist_ok=True)
    quiet = mock.patch.dict(os.environ, {progress.FILE: str(lines)})  # one line per part is enough
    with quiet, tempfile.TemporaryDirectory() as work:
        ends, students = time.monotonic() + 60 * given.minutes, tuple(filter(None, given.students.split(",")))
        run(Job(given.smoke, given.out, Path(work), ends, students, given.workers), names)
    print(given.out / "report.txt")


if __name__ == "__main__":
    run_cli(main)
