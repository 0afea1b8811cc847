"""People use the kernels on Windows: what they need there is taken away in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import imgcmp

HERE = Path(__file__).parent

KERNELS = """
import json, sys
import numpy as np
import imgcmp
words = np.random.default_rng(0).integers(0, 2**63, (60, 2), dtype=np.uint64)
words[30:] = words[:30]
words[30:, 0] ^= np.uint64(1) << np.arange(30, dtype=np.uint64)
views = words[:, np.newaxis] ^ np.uint64(2**40)
answer = {
    "pdist": imgcmp.pdist(words).tolist(),
    "cdist": imgcmp.cdist(words, words[:5], workers=2).tolist(),
    "pairs": [column.tolist() for column in imgcmp.pairs(words, 20)],
    "nearest": [column.tolist() for column in imgcmp.nearest(words, words[:7], 3)],
    "linkage": imgcmp.linkage(words).tolist(),
    "cut": imgcmp.sim_to_cut(0.1, 128),
    "hex": imgcmp.to_hex(words[0], 128),
    "from hex": imgcmp.from_hex("0123456789abcdef").tolist(),
    "pack": imgcmp.pack(imgcmp.unpack(words, 128)).tolist(),
}
answer["views"] = imgcmp.cluster(words, 0.1, views=views).tolist()
for linkage in ("single", "complete", "average", "weighted"):
    answer[linkage] = imgcmp.cluster(words, 0.1, linkage=linkage).tolist()
json.dump(answer, sys.stdout)
"""

FINGERPRINTS = """
import json, sys
import numpy as np
from PIL import Image
import imgcmp
path = sys.argv[1]
grey = np.asarray(Image.open(path).convert("L"))
with Image.open(path) as image:
    images = [grey, image.copy(), path]
json.dump([imgcmp.fingerprint_views(image, x=16).tolist() for image in images], sys.stdout)
"""


def run_code(code, *arguments, taken=True):
    first = "import without_posix; without_posix.take_away()\n" if taken else ""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent)])}
    return subprocess.run(
        [sys.executable, "-c", first + code, *arguments], env=environment, capture_output=True, text=True, timeout=600
    )


def answer(code, *arguments):
    done = run_code(code, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_kernels_work(capsys):
    exec(KERNELS, {})
    assert answer(KERNELS) == json.loads(capsys.readouterr().out)


def test_images_get_their_fingerprints(tmp_path):
    path = str(tmp_path / "a.png")
    noise = np.random.default_rng(0).integers(0, 256, (90, 120), dtype=np.uint8)
    Image.fromarray(noise).resize((300, 200)).save(path)
    expected = imgcmp.fingerprint_views(path, x=16).tolist()
    assert answer(FINGERPRINTS, path) == [expected] * 3


COMMAND = "import sys; from imgcmp.cli.main import main; raise SystemExit(main(sys.argv[1:]))"


@pytest.mark.parametrize("name", ["resize 0.5 a.jpg", "fingerprint a.jpg", "cluster 0.1", "run a.jpg", "info", "demo"])
def test_a_command_says_in_one_line_that_it_does_not_run_there(name):
    done = run_code(COMMAND, *name.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "this command runs on Linux and macOS alone: there is no module fcntl here" in done.stderr


def test_help_is_given_there():
    done = run_code(COMMAND, "run", "-h")
    assert done.returncode == 0, done.stderr
    assert done.stdout == run_code(COMMAND, "run", "-h", taken=False).stdout


def test_memory_is_told_there():
    assert answer("from imgcmp.system.memory import available_bytes; print(available_bytes())") == 2**32
