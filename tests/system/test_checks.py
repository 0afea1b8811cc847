import numpy as np
import pytest

from imgcmp.system.checks import byte_count, fraction, integer, seconds

BOOLS = [True, False, np.True_, np.False_, np.array(True)]
INTEGER_TYPES = [int, *(np.dtype(code).type for code in np.typecodes["AllInteger"])]


@pytest.mark.parametrize("kind", INTEGER_TYPES)
def test_every_type_of_integers_is_taken_and_becomes_an_int(kind):
    for check in (integer, byte_count):
        number = check(kind(7), "k")
        assert (type(number), number) == (int, 7)
    assert integer(np.array(7), "k") == 7


@pytest.mark.parametrize("value", BOOLS)
def test_a_bool_is_no_number(value):
    for check in (integer, byte_count, fraction, seconds):
        with pytest.raises(TypeError, match=r"^k must be a[n ].*; got .*(True|False)"):
            check(value, "k")


@pytest.mark.parametrize("value", [1.0, np.float64(1), "1", b"1", [1], 1j])
def test_what_is_no_integer_is_refused(value):
    for check in (integer, byte_count):
        with pytest.raises(TypeError, match="k must be an integer; got "):
            check(value, "k")


@pytest.mark.parametrize("value", ["0.5", None, [0.5], 1j, object()])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(TypeError, match=r"k must be a number in 0\.\.1; got "):
        fraction(value, "k")
    with pytest.raises(TypeError, match="k must be a number of seconds; got "):
        seconds(value, "k")


@pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(0.5), np.int8(1), np.uint64(0)])
def test_a_fraction_becomes_a_float(value):
    assert (type(fraction(value, "k")), fraction(value, "k")) == (float, value)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf"), 2])
def test_a_fraction_is_in_0_to_1(value):
    with pytest.raises(ValueError, match=rf"k must be in 0\.\.1; got {value}"):
        fraction(value, "k")


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_seconds_are_above_0(value):
    with pytest.raises(ValueError, match=f"k must be above 0 seconds; got {value}"):
        seconds(value, "k")
    assert seconds(np.float32(0.5), "k") == 0.5
    assert seconds(float("inf"), "k") == float("inf")


def test_the_least_that_an_integer_may_be():
    assert integer(3, "k", least=3) == 3
    with pytest.raises(ValueError, match="k must be at least 3; got 2"):
        integer(2, "k", least=3)
    with pytest.raises(ValueError, match="k must be at least 0 bytes; got -1"):
        byte_count(-1, "k")
    assert byte_count(None, "k") is None
