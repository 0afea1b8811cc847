#!/usr/bin/env bash
# numba keeps a compiled function on disk under a stamp of the one file that it stands in. A function of another file that
# it calls is compiled into it; when that one changes, the old result is loaded, in new processes too. (numba's manual warns
# of it; a package that is spread over files meets it at its first upgrade.)
# seen numba 0.68.1, 2026-11-27: 2 before the change and 2 after it; 101 with an empty cache
# seen numba 0.60.0, 2026-11-27: the same (NUMBA=0.60.0)
set -euo pipefail
numba=${NUMBA:-0.68.1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q "numba==$numba"
echo "numba $("$work/env/bin/python" -c 'import numba; print(numba.__version__)')"

mkdir "$work/package"
cat > "$work/package/entry.py" <<'END'
from numba import njit
from helper import step

@njit(cache=True)
def next_of(number):
    return step(number)
END
helper() { printf 'from numba import njit\n\n@njit\ndef step(number):\n    return number + %s\n' "$1" > "$work/package/helper.py"; }
result() { (cd "$work/package" && NUMBA_CACHE_DIR="$work/$1" "$work/env/bin/python" -B -c 'from entry import next_of; print(next_of(1))'); }

helper 1
before=$(result cache)
helper 100
after=$(result cache)
anew=$(result empty-cache)
echo "helper adds 1: $before; helper changed to add 100: $after; the same with an empty cache: $anew"
if [ "$before $after $anew" != "2 2 101" ]; then
    echo "CHANGED: expected 2, 2 and 101"
    exit 1
fi
