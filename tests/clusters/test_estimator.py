import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import estimator_checks_generator
from sklearn.utils.validation import validate_data
from strategies import make_words

from imgcmp import HammingAgglomerative, cluster


@pytest.mark.parametrize("sim", [0, 0.1, 1])
@pytest.mark.parametrize("linkage", ["average", "single", "complete", "weighted"])
def test_labels_are_those_of_cluster(sim, linkage):
    words = make_words(80, 121)
    estimator = HammingAgglomerative(sim, linkage, n_bits=121, workers=1)
    labels = estimator.fit_predict(words)
    assert labels is estimator.labels_
    assert (labels.dtype, labels.shape) == (np.int32, (80,))
    assert np.array_equal(labels, cluster(words, sim, n_bits=121, linkage=linkage))
    assert (estimator.n_clusters_, estimator.n_features_in_) == (len(np.unique(labels)), 2)


def test_no_images_are_in_no_clusters():
    estimator = HammingAgglomerative().fit(make_words(0, 64))
    assert (estimator.labels_.shape, estimator.n_clusters_) == ((0,), 0)


def test_a_clone_has_the_parameters_and_a_pickle_the_labels():
    estimator = HammingAgglomerative(0.2, "single", n_bits=100, max_memory=2**30, workers=2).fit(make_words(9, 100))
    assert clone(estimator).get_params() == estimator.get_params()
    assert not hasattr(clone(estimator), "labels_")
    assert np.array_equal(pickle.loads(pickle.dumps(estimator)).labels_, estimator.labels_)
    assert repr(HammingAgglomerative(sim=0.3)) == "HammingAgglomerative(sim=0.3)"


def test_words_of_either_byte_order_are_taken():
    words = make_words(50, 128)
    foreign = words.astype(words.dtype.newbyteorder())
    assert np.array_equal(HammingAgglomerative().fit_predict(foreign), HammingAgglomerative().fit_predict(words))


@pytest.mark.parametrize(
    ("words", "parameters", "error", "message"),
    [
        (np.zeros((3, 1)), {}, TypeError, "X must have dtype uint64; got float64"),
        (np.zeros(3, np.uint64), {}, ValueError, r"X must have shape \(n_images, n_words\); got \(3,\)"),
        (np.ones((3, 1), np.uint64), {"n_bits": 63}, ValueError, "X must have zeros beyond bit 63"),
        (np.zeros((3, 1), np.uint64), {"sim": True}, TypeError, r"sim must be a number in 0\.\.1; got True"),
        (np.zeros((3, 1), np.uint64), {"sim": 2}, ValueError, r"sim must be in 0\.\.1; got 2"),
        (np.zeros((3, 1), np.uint64), {"linkage": "ward"}, ValueError, "ward is for Euclidean distances"),
    ],
)
def test_bad_input_is_told_by_fit(words, parameters, error, message):
    estimator = HammingAgglomerative(**parameters)
    with pytest.raises(error, match=message):
        estimator.fit(words)
    assert not hasattr(estimator, "labels_")


# scikit-learn's own checks


NUMBERS = "it feeds numbers, which are refused: samples are packed words of uint64"
EXPECTED_FAILURES = {
    **dict.fromkeys(
        (
            "check_complex_data",
            "check_dict_unchanged",
            "check_dont_overwrite_parameters",
            "check_dtype_object",
            "check_estimators_dtypes",
            "check_estimators_fit_returns_self",
            "check_estimators_overwrite_params",
            "check_estimators_pickle",
            "check_f_contiguous_array_estimator",
            "check_fit1d",
            "check_fit2d_1feature",
            "check_fit2d_1sample",
            "check_fit2d_predict1d",
            "check_fit_check_is_fitted",
            "check_fit_idempotent",
            "check_fit_score_takes_y",
            "check_methods_sample_order_invariance",
            "check_methods_subset_invariance",
            "check_n_features_in",
            "check_n_features_in_after_fitting",
            "check_pipeline_consistency",
            "check_positive_only_tag_during_fit",
            "check_readonly_memmap_input",
        ),
        NUMBERS,
    ),
    "check_clustering": "it feeds points in the plane, whose Euclidean distances make the clusters",
    "check_estimators_empty_data_messages": "it feeds numbers; of words, no images are in no clusters, as in cluster",
    "check_estimators_nan_inf": "there is no NaN among words; all numbers are refused with a TypeError",
}


def with_checks(estimator, expected_failures):
    """Parametrize as scikit-learn's parametrize_with_checks does, whose generator pytest will no longer take."""
    checks = estimator_checks_generator(estimator, expected_failed_checks=expected_failures, mark="xfail")
    return pytest.mark.parametrize(("estimator", "check"), list(checks))


@with_checks(HammingAgglomerative(), EXPECTED_FAILURES)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


class OfNumbers(HammingAgglomerative):
    """Takes what the checks feed: the 64 bits of each number are a word."""

    def fit(self, X, y=None):  # noqa: ARG002, N803 -- scikit-learn's names
        numbers = validate_data(self, X, dtype=np.float64)
        return super().fit(np.ascontiguousarray(numbers).view(np.uint64))


@with_checks(OfNumbers(), {"check_clustering": EXPECTED_FAILURES["check_clustering"]})
def test_scikit_learns_checks_on_words(estimator, check):
    check(estimator)


# Without scikit-learn


WITHOUT = """
import sys
sys.modules["sklearn"] = None  # as if it were not installed
import imgcmp
from imgcmp import *
imgcmp.Database, imgcmp.cluster, imgcmp.find_duplicates
print("HammingAgglomerative" in dir(imgcmp))
try:
    imgcmp.HammingAgglomerative
except ImportError as error:
    print(error)
"""


def test_all_else_works_without_scikit_learn():
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, timeout=60)
    needed = "HammingAgglomerative needs scikit-learn: pip install 'imgcmp[sklearn]'"
    assert (done.stdout, done.stderr) == (f"False\n{needed}\n", "")


def test_scikit_learn_is_loaded_for_the_estimator_alone():
    code = "import sys, imgcmp; imgcmp.cluster, imgcmp.Database, imgcmp.find_duplicates; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "imgcmp.clusters.linkage" in done.stdout.split(), done.stderr
    assert "sklearn" not in done.stdout.split()
