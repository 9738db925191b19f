"""What a run leaves in its folder: log, one checkpoint, the student. Whole or not at all; no pickle.

log.jsonl               one object per update (`step` is its number)
checkpoint.safetensors  trained tensors, optimizer, random state; in its header: updates done, schedule, fingerprint
student/                what training made: the adapter, or the whole model where all of it was trained
"""

import json
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from lib.errors import InputError
from lib.files import whole, write_text
from lib.train.students import Student, quiet

CHECKPOINT, LOG, STUDENT = "checkpoint.safetensors", "log.jsonl", "student"


@dataclass(slots=True)
class Run:
    """A training run's folder: what has been logged and saved, and how to go on from it."""

    folder: Path
    fingerprint: str
    tensors: Mapping[str, torch.Tensor]
    optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    lines: list[dict] = field(default_factory=list)  # of the log, in order

    def resume(self) -> int:
        """The number of updates done: everything is set back to the checkpoint, and the log cut to it."""
        path, log, done = self.folder / CHECKPOINT, self.folder / LOG, 0
        if path.exists():
            try:
                with safe_open(path, framework="pt") as file:
                    state = json.loads(file.metadata()["state"])
                    self._restore(state, {name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
            except (SafetensorError, KeyError, ValueError) as error:
                raise InputError(f"{path}: not a checkpoint of ours ({error}); delete it to start again") from None
            # a killed run may have logged updates that it had not saved, and half a line
            kept = log.read_text(encoding="utf-8").splitlines()[: state["lines"]]
            self.lines, done = [json.loads(line) for line in kept], state["step"]
        write_text(log, "".join(json.dumps(line) + "\n" for line in self.lines))
        return done

    def _restore(self, state: dict, content: Mapping[str, torch.Tensor]) -> None:
        if state["fingerprint"] != self.fingerprint:
            raise InputError(
                f"{self.folder}: holds another run: expected fingerprint {self.fingerprint}, "
                f"found {state['fingerprint']}; student, data or recipe differ: use another folder or delete this one"
            )
        with torch.no_grad():
            for name, tensor in self.tensors.items():
                tensor.copy_(content[f"trained.{name}"])
        moments = defaultdict(dict)
        for key in content:
            if key.startswith("optimizer."):
                _, index, name = key.split(".")
                moments[int(index)][name] = content[key]
        self.schedule.load_state_dict(state["schedule"])
        groups = self.optimizer.state_dict()["param_groups"]
        groups[0]["lr"] = self.schedule.get_last_lr()[0]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        torch.set_rng_state(content["random.cpu"])
        if torch.cuda.is_available() and "random.cuda" in content:
            torch.cuda.set_rng_state(content["random.cuda"])

    def log(self, **line: float) -> None:
        """Append a line to the log."""
        self.lines.append(line)
        with (self.folder / LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def save(self, step: int) -> None:
        """Write the checkpoint after `step` updates, over the one before."""
        content = {f"trained.{name}": tensor.detach() for name, tensor in self.tensors.items()}
        for index, moments in self.optimizer.state_dict()["state"].items():
            content |= {f"optimizer.{index}.{name}": torch.as_tensor(value) for name, value in moments.items()}
        content["random.cpu"] = torch.get_rng_state()
        if torch.cuda.is_available():
            content["random.cuda"] = torch.cuda.get_rng_state()
        content = {name: tensor.contiguous().cpu() for name, tensor in content.items()}
        state = {"step": step, "lines": len(self.lines), "fingerprint": self.fingerprint}
        state["schedule"] = self.schedule.state_dict()
        with whole(self.folder / CHECKPOINT) as temporary:
            save_file(content, temporary, metadata={"state": json.dumps(state)})

    def finish(self, student: Student) -> None:
        """Write the trained student beside the log."""
        with whole(self.folder / STUDENT) as temporary, quiet():
            student.model.save_pretrained(temporary)
            student.tokenizer.save_pretrained(temporary)
            shutil.rmtree(self.folder / STUDENT, ignore_errors=True)  # an earlier call's


@contextmanager
def told_in_one_line(folder: Path, batch_size: int, max_length: int) -> Iterator[None]:
    """A folder that cannot be written and too little memory become an InputError that says what to do."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        found = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise InputError(
            f"{folder}: cannot be written ({found}); check free space, path and rights, then run again: it goes on"
        ) from None
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "memory" not in str(error).lower():
            raise
        raise InputError(
            f"not enough memory for batches of {batch_size} with up to {max_length} tokens; "
            "lower batch_size (and raise accumulation as much), or max_length"
        ) from None
