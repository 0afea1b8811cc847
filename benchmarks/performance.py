"""Run the benchmarks and write docs/performance.md.

    IMGCMP_TEST_DATA=FOLDER python benchmarks/performance.py > docs/performance.md
    python benchmarks/performance.py --figures FILE > docs/performance.md          from figures that were kept

Takes a quarter of an hour. The benchmarks on camera files read FOLDER/camera, and are left out without it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

COMMAND = "python -m pytest benchmarks --figures FILE"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figures", metavar="FILE", help="figures that such a run of pytest has written")
    kept = parser.parse_args().figures
    with tempfile.TemporaryDirectory() as folder:
        path = Path(kept or os.path.join(folder, "figures.json"))
        if not kept:
            command = [sys.executable, "-m", "pytest", "benchmarks", "-q", "--figures", str(path)]
            subprocess.run(command, cwd=Path(__file__).resolve().parents[1], check=True, stdout=sys.stderr)
        print_page(json.loads(path.read_text()))


def print_page(result: dict[str, Any]) -> None:
    print("# Performance\n")
    print(f"Made by `python benchmarks/performance.py`, which runs `{COMMAND}`.\n")
    print(result["machine"] + "\n")
    print("Each figure is how many times as fast imgcmp is as a peer or a floor that was timed in the same run, by")
    print("turns (medians of several); below 1 it is slower. Times are of that run.\n")
    print("| what | against | ratio | must be | imgcmp | the other |")
    print("|---|---|---|---|---|---|")
    for figure in result["figures"]:
        required = "" if figure["required"] is None else f"{figure['required']:.3g}"
        cells = [figure["name"], figure["peer"], f"{figure['ratio']:.3g}", required]
        cells += [milliseconds(figure["ours_s"]), milliseconds(figure["peer_s"])]
        print("| " + " | ".join(cells) + " |")
    print(NOTES)


def milliseconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"


NOTES = """
## What is fast, and why

- **Pairs.** Words lie transposed, so that neighbouring images are neighbouring lanes; a tile of columns stays in the
  cache; and of a block of four rows and 64 columns it is first asked only which rows hold any pair within the radius.
  Popcount is LLVM's `ctpop`, which is VPOPCNTQ on CPUs that have it, and vectors have 512 bits there: LLVM by itself
  takes 256 on many of them, and twice the time. Where a sample of the pairs says that one, two or
  four leading words rule out nearly all of them, the others are read only for the rest: at 256 bits and SIM 0.1 that
  halves the time. The result is exact either way. At a small radius only fingerprints that agree in a substring are
  compared: one of radius + 1 substrings is the same in both.
- **Clusters.** The chain waits for memory: clusters meet at random. What is compared of a small one lies side by side
  (at 64 bits in two lines of the cache), and is fetched before it is needed.
- **float64 distances** for scipy are stored past the cache: through it they took 2.4 times the time of filling the
  array, because every line is read before it is overwritten.
- **Fingerprints.** A JPEG is decoded in grey at 1/8, 1/4 or 1/2 of its size, to what the fingerprint needs. Decoding is
  nearly all of the time: the floor does nothing else.
- **Threads** run kernels that release the GIL on blocks of equal work; numba's own parallel loops would cost compile
  time, and a process in which two threads call them at once.

## What is not

- The first call of a kernel after an installation compiles it ("compile every kernel" above); later runs load it from
  numba's cache.
- Long fingerprints (x above 16) at SIM 0.1 and more: four leading words rule out too little, all are compared.
- Clusters where so many pairs are within SIM that their lists fit in no memory (SIM 0.5 and above): clusters are
  compared with all others, on one core. See clustering.md.
"""

if __name__ == "__main__":
    main()
