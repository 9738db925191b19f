"""What an answer has the form of, whatever it is: for checks, which give a hint and never raise."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd


def numbers(value: object, n: int | None = None) -> tuple[float, ...] | None:
    """The value as finite numbers, n of them if told; None where it is anything else."""
    if isinstance(value, (str, bytes, Mapping, set)):
        return None
    try:
        found = [number(one) for one in value]
    except TypeError:
        return None
    return None if None in found or n not in (None, len(found)) else tuple(found)


def number(value: object) -> float | None:
    """The value as one finite number, of whatever library; None where it is anything else. True is no number."""
    if isinstance(value, (bool, np.bool_, str, bytes)):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def shown(value: object, width: int = 60) -> str:
    """The value in a few words, for a hint."""
    if isinstance(value, pd.DataFrame):
        return f"a table of {len(value)} rows"
    text = " ".join(repr(value).split())
    return text if len(text) <= width else f"{text[: width - 1]}…"


def keys(answer: object, wanted: tuple[str, ...]) -> str:
    """What is wrong with the keys of an answer that should be a dict, or ""."""
    if not isinstance(answer, Mapping):
        return f"Expected a dict with the keys {', '.join(wanted)}; it is {shown(answer)}."
    missing = [key for key in wanted if key not in answer or answer[key] is ...]
    return f"Nothing stands under {missing[0]!r} yet." if missing else ""


def function(answer: object) -> str:
    """What is wrong with an answer that should be a function, or ""."""
    is_one = callable(answer) and not isinstance(answer, type)
    return "" if is_one else f"Expected a function; it is {shown(answer)}."
