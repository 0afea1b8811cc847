import io
import json

import numpy as np
import pytest
import sparse_pictures
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from imgcmp.cli.main import main
from imgcmp.clusters import flat_images
from imgcmp.clusters.flat_images import cut_of_sparse, with_sparse_ones
from imgcmp.fingerprints.flatness import are_sparse
from imgcmp.images.detail import LEAST_DETAIL, detail
from imgcmp.images.grey_pixels import grey_pixels
from imgcmp.search.distances import cdist


def test_blank_images_are_not_sparse_nor_are_those_that_are_not_flat():
    assert are_sparse(np.array([-1, 0, 1, LEAST_DETAIL - 1, LEAST_DETAIL])).tolist() == [
        False,
        False,
        True,
        True,
        False,
    ]


def bits_between(words, others):
    return np.bitwise_count(words[:, np.newaxis] ^ others).sum(axis=2)


def naive(labels, sparse, blank, words, cut_bits):
    """Return the clusters by their definition: a graph of all images, walked pair by pair."""
    n, found = len(labels), list(range(len(labels)))
    for _ in range(n):
        for a in range(n):
            for b in range(n):
                is_near = int(np.bitwise_count(words[a] ^ words[b]).sum()) <= cut_bits
                if labels[a] == labels[b] or (is_near and (sparse[a] or sparse[b]) and not (blank[a] or blank[b])):
                    found[a] = found[b] = min(found[a], found[b])
    return [sorted(set(found)).index(number) for number in found]


images = st.lists(
    st.tuples(st.sampled_from(["sparse", "blank", "other"]), st.integers(0, 31), st.integers(0, 4)), max_size=9
)


@given(images, st.integers(0, 2), st.sampled_from((1, 5, 2**22)))
def test_images_are_joined_by_definition_in_blocks_of_any_size(images, cut_bits, at_once):
    kinds = np.array([kind for kind, _, _ in images], dtype="U6")
    words = np.array([[word] for _, word, _ in images], dtype=np.uint64).reshape(-1, 1)
    _, labels = np.unique([label for _, _, label in images], return_inverse=True)
    given = (labels.astype(np.int32), kinds == "sparse", kinds == "blank", words, cut_bits)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flat_images, "_BLOCK_DISTANCES", at_once)
        found = with_sparse_ones(*given, bits_between)
    if (kinds == "sparse").any():
        assert found.tolist() == naive(*given)
        assert np.array_equal(found, with_sparse_ones(*given, cdist))
    else:
        assert np.array_equal(found, given[0])


def test_a_smaller_sim_counts_and_a_larger_one_does_not():
    assert [cut_of_sparse(sim, 256) for sim in (0, 0.05, 0.125, 0.3, 1)] == [0, 12.80078125, 32, 32, 32]


DRAWN = {"sky": sparse_pictures.sky, "ring": sparse_pictures.ring, "signature": sparse_pictures.signature}


def clusters(folder, tmp_path, sim="0.3"):
    """Return the clusters of a folder as sets of names, and how many of its pictures are flat."""
    target = tmp_path / "clusters.json"
    assert (
        main(
            [
                "run",
                str(folder),
                "-q",
                "-f",
                str(tmp_path / "base.hdf"),
                "--sim",
                sim,
                "--links",
                "none",
                "--json",
                str(target),
            ]
        )
        == 0
    )
    read = json.loads(target.read_text())
    return [{path.rpartition("/")[2] for path in each["files"]} for each in read["clusters"]], len(read["flat"])


def test_copies_of_skies_and_rings_are_found_and_a_small_sim_parts_them(tmp_path):
    folder = tmp_path / "flat"
    folder.mkdir()
    wanted = []
    for kind in ("sky", "ring"):
        whole = DRAWN[kind](0)
        whole.save(folder / f"{kind}.jpg", quality=92)
        copies = sparse_pictures.copies(whole)
        for name, copy in copies.items():
            (folder / f"{kind} {name}").write_bytes(sparse_pictures.encoded(copy, name))
        wanted.append({f"{kind}.jpg", *(f"{kind} {name}" for name in copies)})
    found, n_flat = clusters(folder, tmp_path)
    assert n_flat == 10
    assert sorted(map(sorted, found)) == sorted(map(sorted, wanted))
    assert {"sky.jpg", "sky half.jpg"} not in [
        {*names} & {"sky.jpg", "sky half.jpg"} for names in clusters(folder, tmp_path, sim="0.05")[0]
    ]


def test_different_skies_rings_and_signatures_are_not_joined(tmp_path):
    folder = tmp_path / "flat"
    folder.mkdir()
    for kind, draw in DRAWN.items():
        for seed in range(1, 51):
            draw(seed).save(folder / f"{kind} {seed}.jpg", quality=90)
    found, n_flat = clusters(folder, tmp_path)
    assert n_flat >= 80  # all skies, and most rings
    assert found == []


@pytest.mark.parametrize("n_lines", [3, 5])
def test_slides_of_a_few_words_are_not_blank_nor_are_their_small_copies(n_lines):
    for seed in range(30):
        slide = sparse_pictures.slide(seed, n_lines)
        small = slide.resize((slide.width // 4, slide.height // 4), Image.Resampling.BICUBIC)
        for image in (slide, small):
            for name in ("a.png", "a.jpg"):
                file = Image.open(io.BytesIO(sparse_pictures.encoded(image, name)))
                assert detail(grey_pixels(file)) > 0


def test_a_slide_with_a_title_alone_is_blank():
    assert all(detail(grey_pixels(sparse_pictures.slide(seed, n_lines=0))) == 0 for seed in range(30))


def test_copies_of_a_slide_of_a_few_words_are_found(tmp_path):
    folder = tmp_path / "flat"
    folder.mkdir()
    slide = sparse_pictures.slide(0)
    slide.save(folder / "a.png")
    for name, copy in sparse_pictures.copies(slide).items():
        (folder / name).write_bytes(sparse_pictures.encoded(copy, name))
    found, n_flat = clusters(folder, tmp_path)
    assert n_flat == 5
    assert [len(names) for names in found] == [5]


def blank(seed):
    """Draw a page with grain, or a gradient with grain, of any direction; of a strength that photographs have."""
    random = np.random.default_rng(seed)
    rows, columns = np.indices((900, 1200))
    angle = random.uniform(0, 2 * np.pi)
    ramp = random.uniform(0, 60) * (np.cos(angle) * columns / 1200 + np.sin(angle) * rows / 900)
    pixels = random.standard_normal(rows.shape, np.float32) * np.float32(random.uniform(0.5, 5))
    pixels += 180 + ramp * (seed % 2)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def test_blank_pages_with_noise_and_gradients_are_blank_and_not_joined(tmp_path):
    folder = tmp_path / "blank"
    folder.mkdir()
    for seed in range(24):
        picture = blank(seed)
        assert detail(grey_pixels(picture)) == 0
        picture.save(folder / f"{seed}.png", compress_level=1)
        picture.save(folder / f"{seed}.jpg", quality=60)
    found, n_flat = clusters(folder, tmp_path)
    assert n_flat == 48
    assert all(len({name.partition(".")[0] for name in names}) == 1 for names in found)
