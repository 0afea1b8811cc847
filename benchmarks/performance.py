"""Run the benchmarks, write docs/measurements/performance.md, and bring the rows of README.md up to date.

    IMGCMP_TEST_DATA=FOLDER python benchmarks/performance.py
    python benchmarks/performance.py --figures FILE             from figures that were kept

Takes 20 minutes. The benchmarks on camera files read FOLDER/camera, and are left out without it.
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
ROOT = Path(__file__).resolve().parents[1]
HEAD = "| what | against | ratio | must be | imgcmp | the other |"
README_HEAD = "| what | against | times as fast | imgcmp takes |"
PAGE, README = ROOT / "docs" / "measurements" / "performance.md", ROOT / "README.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figures", metavar="FILE", help="figures that such a run of pytest has written")
    kept = parser.parse_args().figures
    with tempfile.TemporaryDirectory() as folder:
        path = Path(kept or os.path.join(folder, "figures.json"))
        if not kept:
            command = [sys.executable, "-m", "pytest", "benchmarks", "-q", "--figures", str(path)]
            subprocess.run(command, cwd=ROOT, check=True)
        page = page_of(json.loads(path.read_text()))
    PAGE.write_text(page, encoding="utf-8")
    README.write_text(with_rows_of(page, README.read_text(encoding="utf-8")), encoding="utf-8")


def page_of(result: dict[str, Any]) -> str:
    """Return the page of such a run."""
    lines = [
        "# Performance",
        f"Made by `python benchmarks/performance.py`, which runs `{COMMAND}`.",
        result["machine"],
        INTRODUCTION,
        "\n".join([HEAD, "|---|---|---|---|---|---|", *map(row, result["figures"])]),
        *("\n".join(table) for table in result.get("tables", [])),
        NOTES,
    ]
    return "\n\n".join(line.strip() for line in lines) + "\n"


def row(figure: dict[str, Any]) -> str:
    """Return the line of a figure; one that misses what was promised is marked."""
    required = "" if figure["required"] is None else f"{figure['required']:.3g}"
    if figure["ratio"] < (figure["required"] or 0):
        required += " **missed**"
    cells = [figure["name"], figure["peer"], f"{figure['ratio']:.3g}", required]
    return table_row([*cells, milliseconds(figure["ours_s"]), milliseconds(figure["peer_s"])])


def with_rows_of(page: str, readme: str) -> str:
    """Return the README with the figures of the page, in rows that begin as one of the page does, and its machine."""
    rows, measured = rows_by_name(page), next(line for line in page.splitlines() if line.startswith("Measured "))
    lines = readme.splitlines()
    for number, line in enumerate(lines):
        cells = cells_of(line)
        if cells and cells[0] in rows:
            what, against, times, _, ours, _ = rows[cells[0]]
            lines[number] = table_row([what, against, times, ours])
        elif line.startswith("Measured 20"):
            lines[number] = measured
    return "\n".join(lines) + "\n"


def rows_by_name(page: str) -> dict[str, list[str]]:
    """Return the cells of each figure of the page."""
    table = page.partition(HEAD)[2].partition("\n\n")[0].splitlines()[2:]
    return {cells[0]: cells for cells in map(cells_of, table)}


def cells_of(line: str) -> list[str]:
    """Return the cells of a row of a table of Markdown; of another line, none."""
    return [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []


def table_row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def milliseconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"


INTRODUCTION = """
Each figure is how many times as fast imgcmp is as a peer or a floor that was timed in the same run, by turns (medians
of several); below 1 it is slower. "must be" is what was promised; what misses it is marked. Times are of that run.

faiss and pynear, which search all fingerprints for each of them, look at every pair twice, once from each side; imgcmp
looks at it once. Of a ratio to them, where all pairs are found, a factor of two comes from that.
"""

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
- **Progressive JPEG.** At 1/8 a pixel is the mean of a block, and the means come in a scan of their own, the first:
  a tenth of the file at quality 90, and of the time. Where they are coarse their last bit is looked for as well, which
  comes half-way through the file. The rest is neither read nor decoded.
- **Threads** run kernels that release the GIL on blocks of equal work; numba's own parallel loops would cost compile
  time, and a process in which two threads call them at once.

## What is not

- The first call of a kernel after an installation compiles it ("What compiling takes", above); later runs load it from
  the disk.
- Long fingerprints (x above 16) at SIM 0.1 and more: four leading words rule out too little, all are compared.
- Clusters where so many pairs are within SIM that their lists fit in no memory (SIM 0.5 and above): clusters are
  compared with all others, on one core. See clustering.md.
"""

if __name__ == "__main__":
    main()
