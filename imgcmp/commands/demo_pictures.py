"""The pictures of the demonstration: how each is drawn, and its edited copies."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from imgcmp.commands.demo_canvas import Canvas, between, cloud, fir, hills
from imgcmp.commands.demo_edits import (
    AS_PNG,
    AS_WEBP,
    BRIGHT,
    CAPTIONED,
    CORNER,
    CROPPED,
    FRAMED,
    GREY,
    INVERTED,
    MIRRORED,
    ON_A_SCREEN,
    SENT,
    SMALL,
    TILTED,
    TURNED,
    Edit,
)

_HOLIDAY, _HOME = "2024 holiday", "2023 at home"


class Drawing(NamedTuple):
    """A picture: its name, how it is drawn (in pixels, width by height), and its edited copies."""

    folder: str
    name: str
    size: tuple[int, int]
    draw: Callable[[tuple[int, int], np.random.Generator], Image.Image]
    edits: tuple[Edit, ...]


def _draw_hills_at_sunrise(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    canvas = Canvas(size, (92, 128, 186), (255, 196, 130))
    canvas.glow(0.24, 0.42, 0.55, (255, 232, 170), 0.95)
    canvas.disc(0.24, 0.42, 0.075, (255, 250, 222))
    slope = np.linspace(0.1, -0.12, 200)
    for level, colour in ((0.6, (146, 132, 158)), (0.7, (98, 100, 124)), (0.82, (56, 76, 74)), (0.94, (28, 46, 38))):
        canvas.ridge(hills(rng, level, 0.06, 5) + slope, colour)
    for x in np.linspace(0.55, 0.98, 9):
        fir(canvas, x, 0.93 + 0.02 * rng.random(), 0.14 + 0.16 * rng.random(), (18, 32, 28))
    return canvas.image


def _draw_moonlit_night(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    canvas = Canvas(size, (8, 12, 36), (36, 52, 96))
    canvas.tint(0.25 * canvas.noise(rng, 3, 3) ** 2, (120, 110, 190))
    for x, y, brightness in rng.random((260, 3)):
        canvas.disc(x, y * 0.8, 0.0012 + 0.002 * brightness**4, between((90, 100, 140), (255, 250, 235), brightness))
    canvas.glow(0.73, 0.26, 0.3, (190, 200, 235), 0.7)
    canvas.disc(0.73, 0.26, 0.11, (244, 240, 222))
    for x, y, radius in ((0.70, 0.24, 0.028), (0.75, 0.21, 0.018), (0.745, 0.3, 0.024), (0.78, 0.27, 0.014)):
        canvas.disc(x, y, radius, (212, 208, 192))
    canvas.ridge(hills(rng, 0.9, 0.04, 3), (10, 14, 28))
    for x, height in ((0.05, 0.5), (0.15, 0.72), (0.27, 0.58), (0.37, 0.34), (0.94, 0.26)):
        fir(canvas, x, 0.97, height, (4, 7, 16))
    return canvas.image


def _draw_red_house(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    canvas = Canvas(size, (108, 168, 226), (206, 230, 246))
    cloud(canvas, 0.2, 0.16, 0.09, (248, 250, 252))
    cloud(canvas, 0.86, 0.1, 0.06, (240, 245, 250))
    canvas.ridge(hills(rng, 0.62, 0.05, 3), (118, 164, 96))
    canvas.ridge(hills(rng, 0.76, 0.03, 3), (92, 148, 66))
    canvas.box(0.15, 0.5, 0.18, 0.8, (92, 66, 48))
    for x, y, radius in ((0.11, 0.45, 0.12), (0.21, 0.44, 0.13), (0.16, 0.33, 0.13)):
        canvas.ball(x, y, radius, (40, 92, 44), (92, 148, 72))
    canvas.box(0.44, 0.46, 0.86, 0.84, (168, 50, 42))
    canvas.box(0.44, 0.46, 0.5, 0.84, (146, 42, 36))
    canvas.box(0.74, 0.2, 0.79, 0.36, (120, 92, 80))
    canvas.polygon([(0.39, 0.48), (0.52, 0.22), (0.78, 0.22), (0.91, 0.48)], (70, 58, 62))
    for left in (0.53, 0.72):
        canvas.box(left, 0.54, left + 0.1, 0.68, (250, 246, 232))
        canvas.box(left + 0.01, 0.555, left + 0.045, 0.665, (96, 126, 150))
        canvas.box(left + 0.055, 0.555, left + 0.09, 0.665, (96, 126, 150))
    canvas.box(0.645, 0.6, 0.705, 0.84, (246, 238, 220))
    canvas.polygon([(0.645, 0.84), (0.705, 0.84), (0.66, 1), (0.46, 1)], (214, 196, 158))
    return canvas.image


def _draw_tulips(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    canvas = Canvas(size, (150, 186, 120), (44, 84, 46))
    for x, y, radius in rng.random((30, 3)):
        canvas.disc(x, y, 0.03 + 0.05 * radius, between((70, 120, 64), (206, 220, 150), rng.random()))
    canvas.image = canvas.image.filter(ImageFilter.GaussianBlur(canvas.height / 60))
    for x, y, radius, colour in (
        (0.28, 0.26, 0.13, (222, 60, 70)),
        (0.74, 0.44, 0.12, (250, 196, 62)),
        (0.34, 0.68, 0.11, (236, 120, 168)),
    ):
        canvas.line([(x, y), (x + 0.03, y + 0.3), (x - 0.01, 1.02)], (66, 122, 58), 0.016)
        canvas.polygon([(x + 0.02, 1), (x + 0.2, y + radius + 0.1), (x + 0.1, 1)], (78, 138, 70))
        for side in (-1, 1):
            tip = (x + side * 0.95 * radius, y - 0.95 * radius)
            canvas.polygon([(x, y + radius), tip, (x, y - 0.2 * radius)], between(colour, (60, 0, 20), 0.18))
        canvas.disc(x, y + 0.2 * radius, 0.75 * radius, between(colour, (60, 0, 20), 0.08), tall=1.1)
        canvas.trapezoid(x, y - radius, y + 0.3 * radius, 0, 0.6 * radius, colour)
        canvas.disc(x, y + 0.35 * radius, 0.48 * radius, between(colour, (255, 255, 255), 0.12), tall=1.2)
    return canvas.image


def _draw_sailing_boat(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    canvas = Canvas(size, (86, 156, 214), (220, 236, 240))
    canvas.ridge(hills(rng, 0.5, 0.05, 4) + np.linspace(0.25, -0.2, 200), (112, 134, 138))
    canvas.box(0, 0.55, 1, 1, (30, 98, 138))
    waves = canvas.noise(rng, 4, 40, 3)
    depth = np.clip(np.linspace(-0.55, 0.45, canvas.height) * 2.2, 0, 1)[:, None]
    canvas.tint(np.where(depth > 0, 0.7 * (waves > 0.55) * (0.25 + 0.5 * depth), 0), (150, 204, 216))
    canvas.tint(np.broadcast_to(0.55 * depth, (canvas.height, canvas.width)), (10, 52, 92))
    canvas.polygon([(0.31, 0.08), (0.31, 0.66), (0.1, 0.66)], (252, 250, 242))
    canvas.polygon([(0.33, 0.14), (0.33, 0.66), (0.47, 0.66)], (232, 226, 212))
    canvas.line([(0.32, 0.05), (0.32, 0.72)], (84, 62, 46), 0.012)
    canvas.polygon([(0.12, 0.7), (0.5, 0.7), (0.43, 0.81), (0.18, 0.81)], (156, 44, 38))
    canvas.polygon([(0.12, 0.7), (0.5, 0.7), (0.487, 0.72), (0.132, 0.72)], (246, 238, 222))
    for x, y in ((0.62, 0.2), (0.7, 0.14), (0.77, 0.24)):
        canvas.line([(x - 0.03, y - 0.02), (x, y), (x + 0.03, y - 0.02)], (70, 80, 92), 0.008)
    return canvas.image


def _draw_fruit_on_cloth(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    canvas = Canvas(size, (58, 46, 42), (96, 74, 60))
    canvas.glow(0.9, 0.1, 0.5, (190, 156, 112), 0.9)
    canvas.box(0, 0.56, 1, 1, (236, 230, 216))
    rows = 0.56 + 0.44 * np.linspace(0, 1, 6) ** 1.4
    for row, (far, near) in enumerate(zip(rows.tolist(), rows[1:].tolist(), strict=False)):
        for column in range(-6 + row % 2, 6, 2):
            edges = [(column, far), (column + 1, far), (column + 1, near), (column, near)]
            canvas.polygon([(0.5 + k * (0.5 * y - 0.16), y) for k, y in edges], (178, 62, 58))
    canvas.tint(0.15 * canvas.noise(rng, 3, 3), (60, 40, 40))
    for x, y, radius, dark, light in (
        (0.77, 0.64, 0.12, (96, 130, 30), (206, 226, 120)),
        (0.27, 0.6, 0.21, (140, 18, 22), (238, 96, 76)),
        (0.55, 0.72, 0.16, (208, 110, 12), (255, 196, 92)),
    ):
        canvas.disc(x - 0.2 * radius, y + 0.88 * radius, radius * 1.1, (92, 52, 50), tall=0.26)
        canvas.ball(x, y, radius, dark, light)
    canvas.line([(0.27, 0.42), (0.29, 0.34), (0.33, 0.31)], (72, 50, 34), 0.014)
    return canvas.image


def _draw_city_at_dusk(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    canvas = Canvas(size, (48, 40, 92), (250, 142, 96))
    canvas.glow(0.9, 0.75, 0.6, (255, 206, 128), 0.8)
    widths = (0.11, 0.07, 0.12, 0.08, 0.1, 0.07, 0.13, 0.09, 0.12, 0.12)
    tops = (0.5, 0.16, 0.36, 0.62, 0.3, 0.7, 0.56, 0.22, 0.66, 0.44)
    left = 0.0
    for width, top in zip(widths, tops, strict=True):
        canvas.box(left, top, left + width, 1, between((22, 24, 48), (52, 44, 78), rng.random()))
        for y in np.arange(top + 0.04, 0.94, 0.06):
            for x in np.arange(left + 0.012, left + width - 0.02, 0.02):
                if rng.random() < 0.45:
                    canvas.box(x, y, x + 0.01, y + 0.03, between((150, 110, 80), (255, 226, 150), rng.random()))
        left += width
    return canvas.image


def _draw_desert_dunes(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    canvas = Canvas(size, (66, 134, 196), (216, 222, 214))
    canvas.disc(0.84, 0.18, 0.06, (255, 250, 230))
    across = np.linspace(0, 1, 200)
    for peak, top, light in ((0.7, 0.36, 0.95), (0.25, 0.5, 0.8), (0.8, 0.72, 0.62)):
        crest = top + 0.9 * np.abs(across - peak) ** 1.3 + 0.01 * np.sin(9 * across + 6 * rng.random())
        canvas.ridge(crest, between((120, 66, 34), (244, 190, 118), light))
        shade = [(peak, top), (peak + 0.06, top + 0.15), (peak - 0.05, top + 0.35), (peak + 0.03, 1), (1.2, 1)]
        end = [(x, y) for x, y in zip(across.tolist(), crest.tolist(), strict=True) if x > peak][::-1]
        canvas.polygon(shade + end, between((96, 50, 30), (206, 136, 78), light - 0.2))
    return canvas.image


def _draw_lighthouse(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    canvas = Canvas(size, (60, 76, 110), (222, 178, 164))
    canvas.tint(0.6 * canvas.noise(rng, 2, 5) ** 1.5, (236, 214, 206))
    canvas.box(0, 0.72, 1, 1, (48, 84, 104))
    is_sea = (np.arange(canvas.height) > 0.72 * canvas.height)[:, None]
    canvas.tint(0.4 * (canvas.noise(rng, 3, 50, 2) > 0.6) * is_sea, (160, 186, 192))
    canvas.polygon([(0.3, 1), (0.4, 0.82), (0.56, 0.74), (0.86, 0.76), (1, 0.84), (1, 1)], (62, 54, 52))
    for band in range(5):
        top, half_width = 0.26 + 0.1 * band, 0.075 + 0.012 * band
        colour = ((196, 48, 46), (248, 244, 236))[band % 2]
        canvas.trapezoid(0.68, top, top + 0.1, half_width, half_width + 0.012, colour)
    canvas.box(0.58, 0.245, 0.78, 0.265, (40, 40, 48))
    canvas.box(0.63, 0.175, 0.73, 0.245, (255, 236, 160))
    canvas.polygon([(0.61, 0.178), (0.68, 0.115), (0.75, 0.178)], (150, 34, 36))
    canvas.glow(0.68, 0.21, 0.1, (255, 244, 190), 0.85)
    return canvas.image


def _draw_mountain_lake(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    canvas = Canvas(size, (120, 176, 228), (226, 238, 246))
    peaks = ((0.12, 0.3, 0.3), (0.86, 0.34, 0.26), (0.52, 0.1, 0.4))
    for x, top, half_width in peaks:
        canvas.polygon([(x, top), (x + half_width, 0.6), (x - half_width, 0.6)], (104, 118, 142))
        canvas.polygon([(x, top), (x + half_width, 0.6), (x + 0.2 * half_width, 0.6)], (74, 86, 112))
        snow = top + 0.38 * (0.6 - top)
        reach = 0.38 * half_width
        zigzag = [(x + reach, snow), (x + 0.5 * reach, snow - 0.03), (x + 0.1 * reach, snow + 0.05)]
        canvas.polygon([(x, top), *zigzag, (x - 0.5 * reach, snow - 0.03), (x - reach, snow)], (246, 250, 254))
    canvas.box(0, 0.595, 1, 0.625, (38, 70, 58))
    for x in np.linspace(0.0, 1.0, 36):
        fir(canvas, x + 0.01 * rng.random(), 0.62, 0.07 + 0.09 * rng.random(), (30, 66, 54))
    shore = round(0.62 * canvas.height)
    land = canvas.image.crop((0, 0, canvas.width, shore))
    canvas.image.paste(land.transpose(Image.Transpose.FLIP_TOP_BOTTOM), (0, shore))
    ripples = canvas.noise(rng, 2, 60, 2)
    is_lake = (np.arange(canvas.height) > shore)[:, None]
    canvas.tint(np.where(is_lake, 0.35 + 0.3 * ripples, 0), (24, 70, 96))
    return canvas.image


def _draw_clouds_from_above(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    canvas = Canvas(size, (52, 112, 190), (22, 62, 128))
    billows = canvas.noise(rng, 4, 3, 6)
    canvas.tint(np.clip((billows - 0.4) * 3.5, 0, 1), (226, 232, 242))
    canvas.tint(np.clip((billows - 0.6) * 3, 0, 1), (255, 255, 255))
    canvas.polygon([(1, 0.66), (1, 0.9), (0.52, 0.55), (0.5, 0.5), (0.56, 0.5)], (168, 176, 188))
    canvas.polygon([(0.5, 0.5), (0.52, 0.55), (0.5, 0.36), (0.48, 0.36)], (196, 52, 48))
    return canvas.image


def _draw_balloons(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    canvas = Canvas(size, (112, 186, 226), (250, 236, 208))
    canvas.ridge(hills(rng, 0.88, 0.05, 4), (132, 150, 96))
    canvas.ridge(hills(rng, 0.95, 0.04, 4), (86, 112, 66))
    for x, y, radius, dark, light in (
        (0.7, 0.34, 0.26, (150, 30, 40), (250, 200, 80)),
        (0.2, 0.24, 0.13, (30, 60, 130), (236, 240, 246)),
        (0.36, 0.66, 0.1, (60, 110, 60), (244, 220, 90)),
    ):
        aspect = canvas.height / canvas.width
        basket = 0.14 * radius * aspect
        for side in (-1, 1):
            rope = [(x + side * 0.7 * radius * aspect, y + 0.7 * radius), (x + side * basket, y + 1.5 * radius)]
            canvas.line(rope, (80, 66, 54), 0.004)
        canvas.trapezoid(x, y + 0.52 * radius, y + 1.3 * radius, 0.85 * radius * aspect, basket, dark)
        for stripe in range(6):
            canvas.disc(x, y, radius, (dark, light)[stripe % 2], wide=1 - stripe / 6)
        canvas.box(x - basket, y + 1.5 * radius, x + basket, y + 1.72 * radius, (112, 78, 48))
    return canvas.image


# These two are strangers: of 256 bits 64 differ, as of a copy, since one dark thing in the middle of a light ground is
# all that slow waves see. Their looks, alike by 0.25, say that the one is not the other.


def _draw_duck_on_a_pond(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    canvas = Canvas(size, (150, 176, 180), (190, 206, 204))
    canvas.tint(0.45 * canvas.noise(rng, 2, 30, 3), (90, 130, 140))
    brown = (52, 42, 36)
    canvas.disc(0.5, 0.5, 0.07, brown, wide=2.2)
    canvas.disc(0.38, 0.42, 0.045, (30, 80, 50))
    canvas.polygon([(0.335, 0.42), (0.35, 0.44), (0.3, 0.445)], (220, 170, 40))
    canvas.polygon([(0.62, 0.49), (0.68, 0.42), (0.64, 0.53)], brown)
    return canvas.image


def _draw_bee_on_a_wall(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    canvas = Canvas(size, (232, 214, 150), (240, 226, 180))
    canvas.tint(0.45 * canvas.noise(rng, 24, 2, 3), (200, 176, 110))
    canvas.disc(0.5, 0.5, 0.085, (60, 44, 20), wide=1.5)
    for x in (0.42, 0.56):
        canvas.disc(x, 0.4, 0.05, (90, 90, 96), wide=1.4)
    canvas.disc(0.375, 0.5, 0.045, (40, 30, 20))
    return canvas.image


DRAWINGS = (
    Drawing(_HOLIDAY, "hills at sunrise", (640, 480), _draw_hills_at_sunrise, (SMALL, SENT, GREY, CROPPED)),
    Drawing(_HOLIDAY, "sailing boat", (640, 427), _draw_sailing_boat, (SMALL, SENT, AS_WEBP, TILTED)),
    Drawing(_HOLIDAY, "lighthouse", (480, 640), _draw_lighthouse, (TURNED, SENT)),
    Drawing(_HOLIDAY, "mountain lake", (640, 480), _draw_mountain_lake, (SMALL, FRAMED)),
    Drawing(_HOLIDAY, "desert dunes", (640, 400), _draw_desert_dunes, (GREY,)),
    Drawing(_HOLIDAY, "balloons", (640, 480), _draw_balloons, (AS_PNG, SENT)),
    Drawing(_HOLIDAY, "clouds from above", (640, 427), _draw_clouds_from_above, (CORNER,)),
    Drawing(_HOME, "moonlit night", (640, 480), _draw_moonlit_night, (AS_WEBP, CAPTIONED)),
    Drawing(_HOME, "red house", (640, 480), _draw_red_house, (TURNED, BRIGHT, CROPPED, MIRRORED)),
    Drawing(_HOME, "tulips", (480, 640), _draw_tulips, (BRIGHT, INVERTED)),
    Drawing(_HOME, "fruit on cloth", (600, 600), _draw_fruit_on_cloth, (ON_A_SCREEN,)),
    Drawing(_HOME, "city at dusk", (720, 405), _draw_city_at_dusk, ()),
    Drawing(_HOLIDAY, "duck on a pond", (640, 480), _draw_duck_on_a_pond, ()),
    Drawing(_HOME, "bee on a wall", (640, 480), _draw_bee_on_a_wall, ()),
)
