import json

import flat_pictures
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pictures import PHOTOGRAPHS, photograph
from PIL import Image

from imgcmp.cli.main import main
from imgcmp.clusters.flat_images import shared, with_flat_ones
from imgcmp.fingerprints.flatness import are_flat
from imgcmp.images.detail import LEAST_DETAIL


def digests(numbers):
    return np.array([[number] * 16 for number in numbers], dtype=np.uint8).reshape(-1, 16)


def test_images_of_little_detail_are_flat_and_those_of_unknown_detail_are_not():
    detail = np.array([-1, 0, LEAST_DETAIL - 1, LEAST_DETAIL, 100])
    assert are_flat(detail).tolist() == [False, True, True, False, False]


images = st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=12)


@given(images)
def test_flat_images_are_together_if_their_pixels_are_the_same_and_never_with_others(images):
    flat = np.array([is_flat for is_flat, _ in images], dtype=bool)
    keys = [key for _, key in images]
    others = np.array([key for is_flat, key in images if not is_flat], dtype=np.int32)
    labels = with_flat_ones(others, flat, digests(keys))
    assert labels.dtype == np.int32
    for a in range(len(images)):
        for b in range(a):
            together = images[a] == images[b] and (not flat[a] or keys[a] != 0)
            assert (labels[a] == labels[b]) == together
    firsts = list(dict.fromkeys(labels.tolist()))
    assert firsts == list(range(len(firsts)))


@given(st.lists(st.integers(0, 3), max_size=9))
def test_shared_digests_are_those_of_several_images(keys):
    assert shared(digests(keys)).tolist() == [key != 0 and keys.count(key) > 1 for key in keys]


def seen(path):
    """Return what is seen of a picture at full size: two of which this is the same are of one content.

    Of one of which nothing is seen it is all that is there: alpha may be what a decoder took for it.
    """
    with Image.open(path) as image:
        pixels = np.array(image.convert("RGBA"))
    if pixels[..., 3].any():
        pixels[pixels[..., 3] == 0] = 0
    return pixels.shape, pixels.tobytes()


def test_no_flat_picture_is_ever_in_a_cluster_with_one_of_other_content(tmp_path, capsys):
    folder = tmp_path / "mixed"
    folder.mkdir()
    drawn = flat_pictures.save_all(folder, 200)
    for name in PHOTOGRAPHS:
        photograph(name).convert("RGB").save(folder / f"photo {name}", **({"quality": 90} if "jpg" in name else {}))
        photograph(name).convert("RGB").reduce(2).save(folder / f"photo small {name}.jpg")
    content = {path: seen(path) for path in drawn}
    together = {}
    for path, key in content.items():
        together.setdefault(key, []).append(path)
    wanted = sorted(sorted(paths) for paths in together.values() if len(paths) > 1)
    assert len(wanted) >= 3  # white pages and black pictures of the same size, say
    for x in (8, 16):
        database = ["-f", str(tmp_path / f"{x}.hdf")]
        assert main(["fingerprint", str(folder), "-q", "-x", str(x), *database]) == 0
        for sim in (0, 0.1, 0.3, 1):
            target = tmp_path / "clusters.json"
            assert main(["cluster", str(sim), *database, "--json", str(target)]) == 0
            read = json.loads(target.read_text())
            assert sorted(read["flat"]) == sorted(drawn)
            clusters = [cluster["files"] for cluster in read["clusters"]]
            assert sorted(sorted(files) for files in clusters if set(files) & set(drawn)) == wanted
    assert "1,200 images show too little to compare" in capsys.readouterr().err
