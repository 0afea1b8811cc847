"""Draw the pictures of docs/concepts.md about views and looks: what is kept, what is found by it, what falls apart."""

import math
import os
from collections.abc import Sequence

from panel import BLUE, GREY, INK, ORANGE, SOFT, Panel, empty_folder
from PIL import Image, ImageOps
from prints import N_BITS, VIEWS, Print, likeness, look_picture, nearest, view_words, ways_of, whole_bits

from imgcmp.clusters.look_likeness import LEAST_LIKENESS
from imgcmp.commands.demo_drawings import draw_collection
from imgcmp.fingerprints.first_rows import crop_to_first_rows
from imgcmp.fingerprints.view_planes import Crop
from imgcmp.fingerprints.views import INNER, NEGATIVE, View

SIM = 0.3

SHOWN_VIEWS = (
    *("centre without 27 %", "without 28 % left", "without 30 % left and top", "90 % at the right", "9:16"),
    *("first half of the rows", "tilted left by 7", "tilted right by 7 and cut", "negative"),
)

FOUND = (  # a copy, and its original
    ("red house mirrored and cropped.jpg", "red house.jpg", "mirrored and cropped"),
    ("hills at sunrise cropped.jpg", "hills at sunrise.jpg", "cropped off-centre"),
    ("clouds from above corner.jpg", "clouds from above.jpg", "a corner alone"),
    ("fruit on cloth on a screen.png", "fruit on cloth.jpg", "off-centre in a frame"),
    ("sailing boat tilted.jpg", "sailing boat.jpg", "tilted by 6 degrees"),
    ("tulips negative.jpg", "tulips.jpg", "negative"),
)


def main() -> None:
    with empty_folder() as folder:
        files = [file for group in draw_collection(os.path.join(folder, "photos")) for file in group]
        drawn = {os.path.basename(file): Print.of_file(file) for file in files}
    draw_standing(drawn["lighthouse.jpg"].image, drawn["mountain lake.jpg"].image)
    draw_views(drawn["red house.jpg"].image, drawn["fruit on cloth on a screen.png"].image)
    draw_found(drawn)
    draw_apart(drawn)


# Ways to stand.


def draw_standing(clear: Image.Image, doubtful: Image.Image) -> None:
    """Show how a picture and its mirror image stand alike, and one that stands in several ways."""
    assert len(ways_of(clear)) == 1
    panel = Panel(1120, 214)
    panel.text((16, 10), "a picture, mirrored, and turned: all three stand alike", 18)
    turned = (clear, ImageOps.mirror(clear), clear.transpose(Image.Transpose.ROTATE_90))
    for number, picture in enumerate(turned):
        panel.picture((16 + 132 * number, 48), picture, (124, 150))
    panel.arrow((420, 123), (456, 123))
    stands = [ways_of(picture)[0] for picture in turned]
    assert all(one.tobytes() == stands[0].tobytes() for one in stands)
    panel.picture((464, 48), stands[0], (132, 150))
    panel.draw.line([(616, 14), (616, 200)], fill=GREY, width=2)
    ways = ways_of(doubtful)
    assert len(ways) == 2
    panel.text((638, 10), "as light on the left as on the right: two ways", 18)
    panel.picture((638, 48), doubtful, (140, 150))
    panel.arrow((784, 123), (812, 123))
    for number, picture in enumerate(ways):
        panel.picture((820 + 146 * number, 48), picture, (140, 150))
    panel.save("standing.png")


# Views.


def draw_views(image: Image.Image, framed: Image.Image) -> None:
    panel = Panel(1120, 384)
    shown = [next(view for view in VIEWS if view.name == name) for name in SHOWN_VIEWS]
    cells = [("the whole", image), *((view.name, seen(image, view)) for view in shown)]
    cells.append(("inner picture", seen(framed, next(view for view in VIEWS if view.special == INNER))))
    for number, (name, picture) in enumerate(cells):
        row, column = divmod(number, 6)
        left, top = 16 + 184 * column, 14 + 186 * row
        is_inner = name == "inner picture"
        panel.picture((left, top), picture, (168, 136))
        panel.text((left + 84, top + 146), name, 15, BLUE if is_inner else INK, "ma")
    left = 16 + 184 * (len(cells) % 6)
    box = panel.picture((left, 200), framed, (168, 136))
    inner = Print.of(framed).inner
    width, height = box[2] - box[0], box[3] - box[1]
    panel.draw.rectangle(
        (
            *(box[0] + inner.left * width, box[1] + inner.top * height),
            *(box[0] + inner.right * width, box[1] + inner.bottom * height),
        ),
        outline=BLUE,
        width=3,
    )
    panel.text((left + 84, 346), "of this one", 15, BLUE, "ma")
    panel.save("views.jpg")


def seen(image: Image.Image, view: View) -> Image.Image:
    """Return what a view looks at, as it is."""
    if view.tilt is not None:
        tilted = image.rotate(-view.tilt.degrees, Image.Resampling.BICUBIC)
        return cut_out(tilted, full_part(image, view.tilt.degrees)) if view.tilt.is_cut else tilted
    if view.special == NEGATIVE:
        return ImageOps.invert(image)
    if view.special == INNER:
        return cut_out(image, Print.of(image).inner)
    if view.first_rows:
        return cut_out(image, crop_to_first_rows(view.first_rows, 1))
    assert view.crop_of is not None
    crop = view.crop_of(*image.size)
    return image if crop is None else cut_out(image, crop)


def full_part(image: Image.Image, degrees: float) -> Crop:
    """Return the part of a rotated picture that is full, of the same shape."""
    angle, longer = math.radians(abs(degrees)), max(image.width / image.height, image.height / image.width)
    rim = (1 - 1 / (math.cos(angle) + math.sin(angle) * longer)) / 2
    return Crop(rim, rim, 1 - rim, 1 - rim)


def cut_out(image: Image.Image, crop: Crop) -> Image.Image:
    sides = zip(crop, (image.width, image.height) * 2, strict=True)
    return image.crop([round(part * side) for part, side in sides])


# What is found.


def draw_found(drawn: dict[str, Print]) -> None:
    """Show copies, their originals, and how far they are as wholes and with views."""
    panel = Panel(1120, 470)
    for number, (copy_name, name, title) in enumerate(FOUND):
        original, copy = drawn[name], drawn[copy_name]
        near = nearest(original, copy)
        assert near.bits <= SIM * N_BITS < whole_bits(original, copy)
        row, column = divmod(number, 3)
        left, top = 12 + 372 * column, 12 + 232 * row
        panel.text((left + 176, top), title, 18, INK, "ma")
        panel.picture((left, top + 30), original.image, (172, 128))
        panel.picture((left + 180, top + 30), copy.image, (172, 128))
        panel.text((left + 176, top + 166), f"wholes: {whole_bits(original, copy)} bits", 16, ORANGE, "ma")
        panel.text((left + 176, top + 188), f"with views: {near.bits} bits", 16, BLUE, "ma")
    panel.save("found.jpg")


# What falls apart.


def draw_apart(drawn: dict[str, Print]) -> None:
    """Show two strangers that bits join and their looks part, and a copy that is as far and stays."""
    panel = Panel(1120, 430)
    pairs = (
        ("duck on a pond.jpg", "bee on a wall.jpg", "two strangers"),
        ("red house.jpg", "red house mirrored and cropped.jpg", "a picture and its copy"),
    )
    for number, (first, second, title) in enumerate(pairs):
        a, b = drawn[first], drawn[second]
        draw_pair(panel, 16 + 560 * number, title, (a, b))
    panel.draw.line([(560, 14), (560, 416)], fill=GREY, width=2)
    panel.save("apart.jpg")


def draw_pair(panel: Panel, left: int, title: str, pair: Sequence[Print]) -> None:
    near = nearest(*pair, with_looks=False)
    alike = likeness(*pair, near)
    stays = alike >= LEAST_LIKENESS
    assert near.bits <= SIM * N_BITS
    assert stays == (nearest(*pair).bits <= SIM * N_BITS)
    panel.text((left + 264, 10), title, 20, INK, "ma")
    for number, one in enumerate(pair):
        at = left + 270 * number
        panel.picture((at, 42), one.image, (256, 170))
        panel.picture((at + 64, 248), look_picture(one, 128), (128, 128))
    middle = left + 264
    view = view_words(*pair, near) or "the wholes"
    panel.text((middle, 220), f"bits: {near.bits} of {N_BITS} differ, by the view “{view}”", 16, SOFT, "ma")
    verdict = f"at least {LEAST_LIKENESS}: one picture" if stays else f"less than {LEAST_LIKENESS}: strangers"
    panel.text((middle, 386), f"looks: alike by {alike:.2f}, {verdict}", 18, BLUE if stays else ORANGE, "ma")


if __name__ == "__main__":
    main()
