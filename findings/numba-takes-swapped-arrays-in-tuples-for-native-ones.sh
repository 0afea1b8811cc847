#!/usr/bin/env bash
# numba refuses an array of the other byte order, also one within a tuple, when it compiles a function for it. But once the
# function is compiled for a native array in a tuple, it takes a swapped one in a tuple for the same type, and reads its
# bytes as they lie.
# seen numba 0.68.1, 2026-11-27: a swapped array alone, or first in a tuple: refused; after a native one: 72057594037927936
# seen numba 0.60.0, 2026-11-27: the same (NUMBA=0.60.0)
set -euo pipefail
numba=${NUMBA:-0.68.1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q "numba==$numba"
cat > "$work/first_of.py" <<'END'
import sys

import numba
import numpy as np

native = np.array([1, 2], np.uint64)
swapped = native.astype(native.dtype.newbyteorder())
assert native.tolist() == swapped.tolist()
first_of_pair, first_of_array = numba.njit(lambda pair: pair[0][0]), numba.njit(lambda array: array[0])


def told(function, argument):
    try:
        return function(argument)
    except Exception:
        return "refused"


if sys.argv[1] == "swapped first":
    print(told(first_of_pair, (swapped, 0)), told(first_of_array, native), told(first_of_array, swapped))
else:
    print(told(first_of_pair, (native, 0)), told(first_of_pair, (swapped, 0)))
END
swapped_first=$("$work/env/bin/python" "$work/first_of.py" "swapped first")
native_first=$("$work/env/bin/python" "$work/first_of.py" "native first")
echo "numba $numba: swapped in a tuple, native alone, swapped alone: $swapped_first"
echo "numba $numba: in a tuple, native, then swapped: $native_first"
if [ "$swapped_first / $native_first" != "refused 1 refused / 1 72057594037927936" ]; then
    echo "CHANGED: expected 'refused 1 refused' and '1 72057594037927936'"
    exit 1
fi
