"""How the simulated reasoner doubts: what it says, and how often (lib/reasoner.py)."""

import random
from collections.abc import Iterator

OPENINGS = (
    "Okay, let me see what is asked here.",
    "Alright, let me take this slowly.",
    "Hmm, let me think about this step by step.",
    "Let me read the question first.",
)
SECOND_LOOKS = (
    "Wait, let me make sure that I have not missed one.",
    "Before I settle on that, let me go over it once more.",
    "Hmm, let me double-check.",
)
_AGAIN = (
    "Wait, let me read that again. Yes, that is what it says.",
    "Hold on, am I sure? I look once more, and it is so.",
    "Hmm, is that right? Let me check it. Yes, it is.",
)
_DOUBT, _FALSE_START = 0.2, 0.3  # how often, per fact


def again(rng: random.Random) -> Iterator[str]:
    """Now and then, a second thought about the fact just considered."""
    if rng.random() < _DOUBT:
        yield rng.choice(_AGAIN)


def false_start(rng: random.Random) -> bool:
    """Whether the fact is at first taken for what it is not."""
    return rng.random() < _FALSE_START
