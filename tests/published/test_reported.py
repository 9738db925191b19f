"""Numbers that the paper or the authors' score files state."""

import pandas as pd
import pytest
from scipy.stats import chi2

from lib.errors import InputError
from lib.published import reported


def test_published_matrices_are_consistent_with_themselves():
    confusion = reported.read("confusion.csv")
    totals = confusion[list(reported.CELLS)].sum(axis=1) + confusion["unevaluated"]
    assert set(totals[confusion["dataset"] == "babi"]) == {376}
    assert set(totals[confusion["dataset"] == "marco"]) == {1000}


def test_the_printed_criterion_is_the_one_of_the_five_percent_level():
    assert reported.number("chi-squared criterion") == round(chi2.isf(0.05, df=1), 3)


def test_unknown_numbers_of_the_paper_are_an_error():
    with pytest.raises(InputError, match="expected one row"):
        reported.number("answer accuracy", "cotemp", "GPT-5", "correct")


@pytest.mark.release
def test_the_committed_published_scores_are_the_transcribed_ones(release):
    theirs = pd.read_csv(release / "published_cotemp_scores.csv")
    theirs = theirs[theirs["status"] == "read"]
    ours = reported.read("published_scores.csv")
    assert len(ours) == len(theirs)
    key = ["category", "acc", "f1", "p", "r", "avg", "commit"]
    assert sorted(map(tuple, ours[key].to_numpy())) == sorted(map(tuple, theirs[key].to_numpy()))
