"""Every known difference between the protocols is shown by an example, made up or real."""

import pytest

from lib.analysis import differences
from lib.analysis.differences import DIFFERENCES
from lib.published import verdicts


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda d: d.key)
def test_the_made_up_example_shows_its_difference(difference):
    example = differences.made_up(difference)
    assert example.source == "made up"
    assert (example.released_says == "right") == difference.released
    assert (example.strict_says == "right") != difference.released
    wrong = example.strict_says if difference.released else example.released_says
    assert wrong.startswith("wrong: ") and len(wrong) > len("wrong: ")


def test_an_example_that_shows_nothing_is_refused(monkeypatch):
    monkeypatch.setitem(differences._MADE_UP, DIFFERENCES[0].key, differences._other_facts)
    with pytest.raises(ValueError, match="does not show it"):
        differences.made_up(DIFFERENCES[0])


def test_every_difference_occurs_in_the_released_outputs():
    for row in differences.counts(verdicts.load()):
        assert 0 < row["outputs"] < row["of"], row


@pytest.mark.release
@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda d: d.key)
def test_the_smallest_real_example_shows_its_difference(local, difference):
    example = differences.smallest(difference)
    assert example is not None and example.source != "made up"
    assert (example.released_says == "right") == difference.released
    assert (example.strict_says == "right") != difference.released
