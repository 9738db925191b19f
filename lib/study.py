"""The study's design as data: datasets, students, arms, levels of evidence, always in the same order.

Figures, tables and notebooks take their order and their wording from here and from nowhere else.
"""

DATASET_LABELS = {"cotemp": "CoTempQA", "babi": "bAbI", "marco": "MS MARCO"}

# What a student is supervised with (paper, parts 1 and 2); every arm carries the correct final answer.
ARMS = ("vanilla", "correct", "incorrect", "r1", "summary", "posthoc", "swapped")
# Ours beside the paper's: each corruption alone, and controls of length.
CONTROLS = ("incorrect-class", "incorrect-facts", "correct-padded", "r1-cut")
ARM_LABELS = {
    "prompted": "prompted, not trained",
    "vanilla": "answer only",
    "correct": "correct traces",
    "incorrect": "incorrect traces",
    "r1": "R1 traces",
    "summary": "R1 summaries",
    "posthoc": "post-hoc explanations",
    "swapped": "swapped R1 traces",
    "incorrect-class": "only the class wrong",
    "incorrect-facts": "only the facts wrong",
    "correct-padded": "correct traces, padded to R1's length",
    "r1-cut": "R1 traces, cut to the correct ones' length",
}

# What a student is made to have thought before it answers (lib/traces/forced.py), in the order of tables and figures.
FORCED_LABELS = {
    "own": "its own trace",
    "gold": "the correct trace",
    "class": "another class, the right facts",
    "fact": "the right class, another fact",
    "altered": "the right class, the fact altered",
    "other": "another problem's trace",
    "none": "an empty trace",
}

STUDENTS = ("Llama-3.2-1B", "Qwen3-1.7B", "Llama-3.1-8B", "Qwen3-8B")
STUDENT_LABELS = {"smollm2-135m": "SmolLM2-135M", "tiny": "tiny (random weights)"}  # others are shown by their names

# The three levels of evidence are never mixed; every table and figure names its own.
LEVELS = ("reported", "re-scored", "re-trained")
SIMULATED, BROUGHT = "simulated", "ratings of "  # beside them: what a model made up, what a reader brings


def check_level(level: str) -> None:
    """Raise ValueError unless `level` is some of LEVELS joined by ", ", or begins with SIMULATED or BROUGHT."""
    if level.startswith((SIMULATED, BROUGHT)):
        return
    if not all(part.strip() in LEVELS or part.strip().startswith(SIMULATED) for part in level.split(",")):
        raise ValueError(f"level {level!r}: expected some of {', '.join(LEVELS)}, simulated … or {BROUGHT}…")
