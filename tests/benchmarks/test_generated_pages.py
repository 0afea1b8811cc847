"""Pages that look alike and are not: no two are the same, and each is drawn the same again."""

import numpy as np
from generated_pages import COPIES, N_OF_KIND, pages, write_pages
from PIL import Image

FEW = dict.fromkeys(N_OF_KIND, 3)


def test_there_are_250():
    assert sum(N_OF_KIND.values()) == 250


def test_pages_of_a_kind_have_one_size_and_differ_in_much():
    by_kind = {}
    for page in pages(numbers=FEW):
        by_kind.setdefault(page.kind, []).append(np.asarray(page.image))
    assert by_kind.keys() == N_OF_KIND.keys()
    for kind, images in by_kind.items():
        for n, one in enumerate(images):
            for other in images[n + 1 :]:
                assert one.shape == other.shape
                assert 0.002 < np.any(one != other, axis=-1).mean() < 0.7, kind


def test_a_page_is_the_same_whatever_else_is_drawn():
    some = {page.name: page.image.tobytes() for page in pages(numbers={"chat": 1, "form": 2, "screenshot": 1})}
    more = {page.name: page.image.tobytes() for page in pages(numbers=FEW)}
    assert len(some) == 4
    assert all(more[name] == pixels for name, pixels in some.items())


def test_screenshots_show_each_photograph_once_then_the_demo():
    photograph = Image.new("RGB", (400, 300), (10, 200, 30))
    green, *others = (page.image for page in pages([photograph], {"screenshot": 3}))
    assert green.getpixel((360, 570)) == (10, 200, 30)
    assert all(other.getpixel((360, 570)) != (10, 200, 30) for other in others)


def test_copies_are_smaller_or_encoded_anew(tmp_path):
    (page,) = pages(numbers={"slide": 1})
    ((name, (original, *copies)),) = write_pages(str(tmp_path), [page]).items()
    assert name == "slide 000"
    with Image.open(original) as image:
        assert image.convert("RGB").tobytes() == page.image.tobytes()
    for path, copy in zip(copies, COPIES, strict=True):
        with Image.open(path) as image:
            assert abs(image.width - copy.scale * page.image.width) <= 1
            small = page.image.resize(image.size)
            difference = np.asarray(image.convert("RGB"), float) - np.asarray(small, float)
            assert np.abs(difference).mean() < 8, path
