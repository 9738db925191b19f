"""Lengths of the supervision: counted, summarised, and drawn as summarised."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from lib import figures
from lib.analysis import lengths, trace_plots
from lib.datasets import cotemp
from lib.errors import InputError
from lib.study import ARM_LABELS, ARMS, CONTROLS
from lib.traces import arms as traces
from lib.traces import verbose_traces

ALL_ARMS = (*ARMS, *CONTROLS)


@pytest.fixture(scope="module")
def built():
    problems = cotemp.generate(40, seed=6)
    verbose = verbose_traces.simulated(problems, 6)
    return {arm: traces.build(problems, arm, 6, verbose) for arm in ALL_ARMS}


@pytest.fixture(scope="module")
def measured(built):
    return lengths.measure(built, traces.count_words)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_every_completion_is_measured_whole(built, measured):
    assert len(measured) == 40 * len(ALL_ARMS)
    first = built["vanilla"].examples[0]
    assert measured["tokens"][0] == traces.count_words(first.completion)
    assert measured["problem"][0] == first.problem.id


def test_quantiles_by_arm(measured):
    table = lengths.summarize(measured)
    assert list(table["arm"]) == list(ALL_ARMS)
    assert (table["n"] == 40).all()
    for row in table.itertuples():
        tokens = measured.loc[measured["arm"] == row.arm, "tokens"]
        assert (row.median, row.q1) == (tokens.median(), tokens.quantile(0.25))
        assert tokens.min() <= row.low <= row.q1 <= row.median <= row.q3 <= row.high <= tokens.max()


def test_controls_come_near_the_length_that_they_match(measured):
    table = lengths.controls(measured)
    assert list(table["control"]) == [ARM_LABELS["correct-padded"], ARM_LABELS["r1-cut"]]
    assert (10 * table["with"] < table["without"]).all()
    assert (table["with"] <= table["largest"]).all()


def test_a_control_that_does_nothing_would_show(measured):
    arms = {"correct-padded": "correct", "r1-cut": "r1"}
    idle = measured[~measured["arm"].isin(arms)]
    copies = [measured[measured["arm"] == content].assign(arm=control) for control, content in arms.items()]
    table = lengths.controls(pd.concat([idle, *copies]))
    assert (table["with"] == table["without"]).all()


def test_a_tokenizer_is_read_from_its_folder(tmp_path):
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]").save_pretrained(tmp_path / "mine")
    count = lengths.counter(str(tmp_path / "mine"))
    assert (count("a b, c"), traces.count_words("a b, c")) == (3, 4)
    assert lengths.counter("") is traces.count_words


def test_a_folder_without_a_tokenizer(tmp_path):
    with pytest.raises(InputError, match="expected a folder with a tokenizer, found none"):
        lengths.counter(str(tmp_path))


def test_the_figure_says_what_the_summary_says(measured):
    figures.use_style()
    table = lengths.summarize(measured)
    axis = trace_plots.lengths(table.sample(frac=1, random_state=0), "words", "(simulated)").axes[0]
    labels = [label.get_text() for label in axis.get_yticklabels()]
    assert labels[:4] == ["answer only", "correct traces", "incorrect traces", "R1 traces (simulated)"]
    assert [text.get_text() for text in axis.texts] == [f"{median:,.0f}" for median in table["median"]]
    boxes = [patch.get_path().get_extents() for patch in axis.patches]
    assert [(box.x0, box.x1) for box in boxes] == list(zip(table["q1"], table["q3"], strict=True))
    ends = {(line.get_xdata()[1], line.get_ydata()[1]) for line in axis.lines}
    assert {(row.high, row.Index) for row in table.itertuples()} <= ends
    assert axis.get_xscale() == "log" and "words" in axis.get_xlabel()
