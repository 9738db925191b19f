"""What a run leaves in its folder: log, one checkpoint, the student. Whole or not at all; no pickle.

log.jsonl               one object per update (`step` is its number), and one per evaluation
checkpoint.safetensors  trained tensors, optimizer, random state; in its header: updates done, schedule, fingerprint
student/                what training made: the adapter, or the whole model where all of it was trained
"""

import contextlib
import errno
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from lib.errors import InputError
from lib.files import whole, write_text
from lib.train.students import Student, quiet

CHECKPOINT, LOG, STUDENT = "checkpoint.safetensors", "log.jsonl", "student"


class Run:
    """A training run's folder: what has been logged and saved, and how to go on from it."""

    def __init__(
        self,
        folder: Path,
        fingerprint: str,
        tensors: Mapping[str, torch.Tensor],
        optimizer: torch.optim.Optimizer,
        schedule: torch.optim.lr_scheduler.LRScheduler,
    ):
        self._folder, self._fingerprint = folder, fingerprint
        self._tensors, self._optimizer, self._schedule = tensors, optimizer, schedule
        self.lines: list[dict] = []  # of the log, in order

    def resume(self) -> int:
        """The number of updates done: everything is set back to the checkpoint, and the log cut to it."""
        path, log, state = self._folder / CHECKPOINT, self._folder / LOG, {"step": 0}
        if path.exists():
            try:
                with safe_open(path, framework="pt") as file:
                    state = json.loads(file.metadata()["state"])
                    self._restore(file, state)
            except (SafetensorError, KeyError, ValueError) as error:
                raise InputError(f"{path}: not a checkpoint of ours ({error}); delete it to start again") from None
            # a killed run may have logged updates that it had not saved, and half a line
            kept = log.read_text(encoding="utf-8").splitlines()[: state["lines"]]
            self.lines = [json.loads(line) for line in kept]
        write_text(log, "".join(json.dumps(line) + "\n" for line in self.lines))
        return state["step"]

    def _restore(self, file, state: dict) -> None:
        if state["fingerprint"] != self._fingerprint:
            raise InputError(
                f"{self._folder}: holds another run: expected fingerprint {self._fingerprint}, "
                f"found {state['fingerprint']}; student, data or recipe differ: use another folder or delete this one"
            )
        with torch.no_grad():
            for name, tensor in self._tensors.items():
                tensor.copy_(file.get_tensor(f"trained.{name}"))
        moments: dict[int, dict] = {}
        for key in file.keys():  # noqa: SIM118 (not a dictionary)
            if key.startswith("optimizer."):
                _, index, name = key.split(".")
                moments.setdefault(int(index), {})[name] = file.get_tensor(key)
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": moments, "param_groups": groups})
        self._schedule.load_state_dict(state["schedule"])
        for group, rate in zip(self._optimizer.param_groups, state["schedule"]["_last_lr"], strict=True):
            group["lr"] = rate
        torch.set_rng_state(file.get_tensor("random.cpu"))
        if torch.cuda.is_available() and "random.cuda" in file.keys():  # noqa: SIM118
            torch.cuda.set_rng_state(file.get_tensor("random.cuda"))

    def log(self, **line: float) -> None:
        """Append a line to the log."""
        self.lines.append(line)
        with (self._folder / LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def save(self, step: int) -> None:
        """Write the checkpoint after `step` updates, over the one before."""
        content = {f"trained.{name}": tensor.detach() for name, tensor in self._tensors.items()}
        for index, moments in self._optimizer.state_dict()["state"].items():
            content |= {f"optimizer.{index}.{name}": torch.as_tensor(value) for name, value in moments.items()}
        content["random.cpu"] = torch.get_rng_state()
        if torch.cuda.is_available():
            content["random.cuda"] = torch.cuda.get_rng_state()
        state = {
            "step": step,
            "lines": len(self.lines),
            "fingerprint": self._fingerprint,
            "schedule": self._schedule.state_dict(),
        }
        content = {name: tensor.contiguous().cpu() for name, tensor in content.items()}
        with whole(self._folder / CHECKPOINT) as temporary:
            save_file(content, temporary, metadata={"state": json.dumps(state)})

    def finish(self, student: Student) -> None:
        """Write the trained student beside the log."""
        with whole(self._folder / STUDENT) as temporary, quiet():
            student.model.save_pretrained(temporary)
            student.tokenizer.save_pretrained(temporary)
            shutil.rmtree(self._folder / STUDENT, ignore_errors=True)  # an earlier call's


@contextlib.contextmanager
def told_in_one_line(folder: Path, batch_size: int, max_length: int) -> Iterator[None]:
    """Full disk, read-only folder and too little memory become an InputError that says what to do."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        full = getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error)
        advice = "free some space" if full else "check the path and its rights"
        found = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise InputError(f"{folder}: cannot be written ({found}); {advice}, then run again: it goes on") from None
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "memory" not in str(error).lower():
            raise
        raise InputError(
            f"not enough memory for batches of {batch_size} with up to {max_length} tokens; "
            "lower batch_size (and raise accumulation as much), or max_length"
        ) from None
