import pickle

import pytest
import tasks

from imgcmp import InputError, UnreadableImageError
from imgcmp.cli.main import _OPTIONS
from imgcmp.errors import Term
from imgcmp.images.image_file import ImageFile
from imgcmp.images.unreadable import is_passing, ran_out_of_memory, reason, unreadable
from imgcmp.system.processes import run

KINDS = [{}, {"passing": True}, {"out_of_reach": True}, {"out_of_reach": True, "errno": 5}]


def facts(error):
    return type(error), str(error), error.args, error.passing, error.out_of_reach, error.errno


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("message", ["truncated", "é\nand more", "decoder error -9", ""])
def test_an_unreadable_image_is_an_oserror_that_says_its_reason_alone(kind, message):
    error = UnreadableImageError(message, **kind)
    assert isinstance(error, OSError)
    assert not isinstance(error, ValueError)
    assert (str(error), error.errno, error.filename) == (message, kind.get("errno"), None)
    assert error.passing == bool(kind)
    assert error.out_of_reach == ("out_of_reach" in kind)
    assert facts(pickle.loads(pickle.dumps(error))) == facts(error)


@pytest.mark.parametrize("kind", KINDS)
def test_an_unreadable_image_is_the_same_when_a_worker_raises_it(kind):
    error = UnreadableImageError("truncated", **kind)
    with pytest.raises(UnreadableImageError) as caught:
        list(run(tasks.fail_of, [error], workers=1))
    assert facts(caught.value) == facts(error)


@pytest.mark.parametrize("kind", KINDS)
def test_its_reason_is_not_told_anew_by_what_it_says(kind):
    error = UnreadableImageError("out of memory -9", **kind)  # which an OSError of Pillow's would be passing for
    assert is_passing(error) == bool(kind)
    assert not ran_out_of_memory(error)
    assert reason(error, "a.jpg") == "out of memory -9"
    with pytest.raises(UnreadableImageError) as caught, unreadable("a.jpg"):
        raise error
    assert caught.value is error
    assert ImageFile("a.jpg", 1, 2).unreadable(error).is_passing == bool(kind)


def test_an_input_error_speaks_to_a_python_caller_or_in_options():
    error = InputError("/{a} is damaged: start over ", Term.WITH_FORCE, ", or name ", Term.ANOTHER_DATABASE)
    assert isinstance(error, ValueError)
    assert str(error) == "/{a} is damaged: start over with force=True, or name another path"
    for same in (error, pickle.loads(pickle.dumps(error))):
        assert same.said(_OPTIONS) == "/{a} is damaged: start over with --force, or name another file with -f"
        assert same.said({}) == str(error)
    assert str(InputError("plain")) == InputError("plain").said(_OPTIONS) == "plain"


def test_every_term_is_an_option_too():
    assert set(_OPTIONS) == set(Term)
    assert not [term for term in Term if "-" in term.value]
