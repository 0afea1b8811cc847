#!/usr/bin/env bash
# numba refuses an array of the other byte order, also one within a tuple, when it compiles a function for it. But once the
# function is compiled for a native array in a tuple, it takes a swapped one in a tuple for the same type, and reads its
# bytes as they lie.
# seen numba 0.68.1, 2026-11-27: 1 for the native array; a swapped one alone, or first: refused; afterwards: 72057594037927936
# seen numba 0.60.0, 2026-11-27: the same (NUMBA=0.60.0)
set -euo pipefail
numba=${NUMBA:-0.68.1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q "numba==$numba"
cat > "$work/first_of.py" <<'END'
import numba
import numpy as np

native = np.array([1, 2], np.uint64)
swapped = native.astype(native.dtype.newbyteorder())
assert native.tolist() == swapped.tolist()


def told(function, argument):
    try:
        return function(argument)
    except Exception:
        return "refused"


first = [numba.njit(lambda array: array[0]), numba.njit(lambda pair: pair[0][0]), numba.njit(lambda pair: pair[0][0])]
alone = told(first[0], native), told(first[0], swapped)
in_a_tuple = told(first[1], (swapped, 0)), told(first[2], (native, 0)), told(first[2], (swapped, 0))
print(f"numba {numba.__version__}: native alone {alone[0]}, swapped alone {alone[1]};",
      f"in a tuple: swapped first {in_a_tuple[0]}, native {in_a_tuple[1]}, swapped after it {in_a_tuple[2]}")
raise SystemExit((*alone, *in_a_tuple) != (1, "refused", "refused", 1, 2**56))
END
"$work/env/bin/python" "$work/first_of.py" || { echo "CHANGED: expected 1, refused; refused, 1, $((2 ** 56))"; exit 1; }
