"""Draw the pictures of the table of relations in docs/concepts.md: pairs of files, and what imgcmp says of them.

What a picture stands for is what a run says of its two files, or nothing is drawn.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from panel import BLUE, ORANGE, Panel, empty_folder, opened
from PIL import ExifTags, Image, ImageDraw, ImageOps

from imgcmp.commands.console import Console
from imgcmp.commands.demo_drawings import draw_collection
from imgcmp.commands.options import ClusterOptions, FingerprintOptions
from imgcmp.commands.run import run
from imgcmp.results.relation_names import (
    BURST,
    CROPPED,
    DAMAGED,
    EDITED,
    FRAMED,
    GREY,
    MISSING,
    NEGATIVE,
    ONE_FRAME,
    RECOLOURED,
    REENCODED,
    RELATIONS,
    SAME_FILE,
    SAME_PIXELS,
    SAME_SHOT,
    SIMILAR,
    TURNED,
)

SIM = 0.3

Make = Callable[[Path, Path], tuple[Path, Path]]  # of a folder of the demo's pictures, in an empty folder: two files


def main() -> None:
    with empty_folder() as folder:
        drawn = Path(folder, "drawn")
        for group in draw_collection(str(drawn / "deep")):
            for file in group:
                os.replace(file, drawn / os.path.basename(file))
        assert [case.relation for case in CASES.values()] == [name for name in RELATIONS if name != MISSING]
        for number, (name, case) in enumerate(CASES.items()):
            target = Path(folder, str(number))
            target.mkdir()
            draw_case(name, case, case.make(drawn, target))


class Case(NamedTuple):
    relation: str
    make: Make


def draw_case(name: str, case: Case, files: tuple[Path, Path]) -> None:
    """Draw the best of two files and the other one, with the part that its relation is about."""
    members = related(files)
    best = next(file for file, member in members.items() if member["relation"] == "best")
    other = next(file for file in members if file != best)
    told, box = members[other]["relation"], members[other]["box"]
    assert told == case.relation, f"{told}, not {case.relation}"
    panel = Panel(304, 116)
    boxes = {file: panel.picture((4 + 152 * k, 3), shown(file), (144, 108)) for k, file in enumerate((best, other))}
    if box is not None:
        left, top, right, bottom = boxes[best if case.relation in (CROPPED, EDITED, RECOLOURED) else other]
        width, height = right - left, bottom - top
        part = [left + box[0] * width, top + box[1] * height]
        part += [left + box[2] * width, top + box[3] * height]
        panel.draw.rectangle(part, outline=ORANGE if case.relation in (EDITED, RECOLOURED) else BLUE, width=2)
    panel.save(name)


def related(files: tuple[Path, Path]) -> dict[str, dict]:
    """Return what a run says of the members of the cluster that two files make, by their names."""
    with empty_folder() as folder:
        prints = FingerprintOptions(database=os.path.join(folder, "fingerprints.hdf"))
        options = ClusterOptions(folder=os.path.join(folder, "links"), links="none", json=os.path.join(folder, "json"))
        run([str(file) for file in files], SIM, prints, options, console=Console(quiet=True))
        with open(options.json, encoding="utf-8") as found:
            (cluster,) = json.load(found)["clusters"]
    return dict(zip(cluster["files"], cluster["members"], strict=True))


def shown(file: str) -> Image.Image:
    """Open a picture; of a damaged one what is left."""
    if not file.endswith("cut off.jpg"):
        return opened(file)
    with Image.open(file) as image:
        whole = Image.new("RGB", image.size, "#dddddd")
        n_rows = image.height // 2
    part = opened(file.replace("cut off.jpg", "whole.jpg")).crop((0, 0, whole.width, n_rows))
    whole.paste(part)
    return whole


def of_demo(first: str, second: str) -> Make:
    """Return what takes two files as they are."""

    def make(drawn: Path, _: Path) -> tuple[Path, Path]:
        return drawn / first, drawn / second

    return make


def copied(drawn: Path, target: Path) -> tuple[Path, Path]:
    shutil.copy(drawn / "lighthouse.jpg", target / "copy.jpg")
    return drawn / "lighthouse.jpg", target / "copy.jpg"


def saved(original: str, ending: str, edit: Callable[[Image.Image], Image.Image], **options) -> Make:
    """Return what takes a file, and saves an edit of it."""

    def make(drawn: Path, target: Path) -> tuple[Path, Path]:
        edit(opened(str(drawn / original))).save(target / f"a{ending}", **options)
        return drawn / original, target / f"a{ending}"

    return make


def cut_off(drawn: Path, target: Path) -> tuple[Path, Path]:
    whole, part = target / "whole.jpg", target / "cut off.jpg"
    shutil.copy(drawn / "balloons.jpg", whole)
    data = whole.read_bytes()
    part.write_bytes(data[: len(data) * 6 // 10])
    return whole, part


def raw_and_jpeg(drawn: Path, target: Path) -> tuple[Path, Path]:
    """Make what stands for it here: a photograph as AVIF and as JPEG, of one camera and one name."""
    image = opened(str(drawn / "mountain lake.jpg"))
    image.save(target / "IMG_1.avif", exif=camera("10:24:07"), quality=90)
    ImageOps.contain(image, (480, 480)).save(target / "IMG_1.jpg", exif=camera("10:24:07"))
    return target / "IMG_1.avif", target / "IMG_1.jpg"


def burst(drawn: Path, target: Path) -> tuple[Path, Path]:
    """Take two shots: in the second one the boat has gone a little way."""
    image = opened(str(drawn / "sailing boat.jpg"))
    image.save(target / "IMG_2.jpg", exif=camera("10:24:07"), quality=92)
    width, height = image.size
    image.crop((round(0.04 * width), 0, width, height)).resize(image.size).save(
        target / "IMG_3.jpg", exif=camera("10:24:09"), quality=92
    )
    return target / "IMG_2.jpg", target / "IMG_3.jpg"


def camera(time: str) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Some", "Camera"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"2024:08:12 {time}"
    return exif


def animated(drawn: Path, target: Path) -> tuple[Path, Path]:
    first, second = (opened(str(drawn / name)) for name in ("clouds from above.jpg", "lighthouse.jpg"))
    file = target / "a.webp"
    first.save(file, save_all=True, append_images=[second.resize(first.size)], quality=90)
    return file, drawn / "clouds from above.jpg"


def of_other_colours(image: Image.Image) -> Image.Image:
    """Make red things blue and blue ones red, as light as they were."""
    luma, blueness, redness = image.convert("YCbCr").split()
    return Image.merge("YCbCr", (luma, redness, blueness)).convert("RGB")


def with_a_bird(image: Image.Image) -> Image.Image:
    drawing = ImageDraw.Draw(image)
    drawing.line([(300, 60), (322, 74), (344, 58)], "black", 6, joint="curve")
    return image


CASES = {
    "relation-file.png": Case(SAME_FILE, copied),
    "relation-pixels.png": Case(SAME_PIXELS, saved("balloons.png", ".bmp", lambda image: image)),
    "relation-damaged.png": Case(DAMAGED, cut_off),
    "relation-shot.png": Case(SAME_SHOT, raw_and_jpeg),
    "relation-burst.png": Case(BURST, burst),
    "relation-frame.png": Case(ONE_FRAME, animated),
    "relation-resized.png": Case(REENCODED, of_demo("balloons.jpg", "balloons sent.jpg")),
    "relation-turned.png": Case(TURNED, saved("sailing boat.jpg", ".jpg", ImageOps.mirror, quality=90)),
    "relation-grey.png": Case(GREY, of_demo("desert dunes.jpg", "desert dunes black and white.jpg")),
    "relation-recoloured.png": Case(RECOLOURED, saved("red house.jpg", ".jpg", of_other_colours, quality=90)),
    "relation-negative.png": Case(NEGATIVE, of_demo("tulips.jpg", "tulips negative.jpg")),
    "relation-cropped.png": Case(CROPPED, of_demo("red house.jpg", "red house cropped.jpg")),
    "relation-framed.png": Case(FRAMED, of_demo("fruit on cloth.jpg", "fruit on cloth on a screen.png")),
    "relation-edited.png": Case(EDITED, saved("red house.jpg", ".jpg", with_a_bird, quality=90)),
    "relation-similar.png": Case(SIMILAR, of_demo("sailing boat.jpg", "sailing boat tilted.jpg")),
}


if __name__ == "__main__":
    main()
