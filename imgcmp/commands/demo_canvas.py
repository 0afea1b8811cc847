"""Brushes for the pictures of the demonstration.

Places and lengths are fractions of the picture: (0, 0) is its top left corner, (1, 1) its bottom right.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Places = list[tuple[float, float]]
Field = NDArray[np.floating[Any]]


class Canvas:
    """A picture being drawn."""

    def __init__(self, size: tuple[int, int], top: Colour, bottom: Colour) -> None:
        """Start with a background that blends from the colour at the top to the one at the bottom."""
        self.width, self.height = size
        weight = np.linspace(0, 1, self.height)[:, None]
        column = (weight * np.subtract(bottom, top) + np.array(top)).astype(np.uint8)
        self.image = Image.fromarray(np.repeat(column[:, None], self.width, axis=1))

    def polygon(self, points: Places, colour: Colour) -> None:
        """Fill a polygon."""
        ImageDraw.Draw(self.image).polygon(self._scaled(points), fill=colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Fill an upright rectangle."""
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def trapezoid(
        self, x: float, top: float, bottom: float, half_top: float, half_bottom: float, colour: Colour
    ) -> None:
        """Draw an upright trapezoid around x, with half of its width at the top and at the bottom."""
        corners = [(x - half_top, top), (x + half_top, top), (x + half_bottom, bottom), (x - half_bottom, bottom)]
        self.polygon(corners, colour)

    def line(self, points: Places, colour: Colour, thickness: float) -> None:
        """Draw a line; its thickness is a fraction of the height."""
        pixels = max(1, round(thickness * self.height))
        ImageDraw.Draw(self.image).line(self._scaled(points), fill=colour, width=pixels, joint="curve")

    def disc(self, x: float, y: float, radius: float, colour: Colour, *, wide: float = 1.0, tall: float = 1.0) -> None:
        """Draw an ellipse; its radius is a fraction of the height, to be multiplied by `wide` and `tall`."""
        across, down = radius * self.height * wide, radius * self.height * tall
        x, y = x * self.width, y * self.height
        ImageDraw.Draw(self.image).ellipse((x - across, y - down, x + across, y + down), fill=colour)

    def ball(self, x: float, y: float, radius: float, dark: Colour, light: Colour) -> None:
        """Draw a sphere lit from the upper left."""
        for step in np.linspace(0, 1, 48):
            shift = 0.35 * radius * step
            colour = between(dark, light, step)
            self.disc(x - shift * self.height / self.width, y - shift, radius * (1 - 0.85 * step), colour)

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float = 1.0) -> None:
        """Shine light of a colour around a place."""
        across = (np.arange(self.width) - x * self.width)[None, :] / (radius * self.height)
        down = (np.arange(self.height) - y * self.height)[:, None] / (radius * self.height)
        self.tint(strength * np.exp(-(across**2 + down**2)), colour)

    def tint(self, field: Field, colour: Colour) -> None:
        """Lay a colour over the picture, as opaque at each pixel as the field says (0..1)."""
        mask = Image.fromarray((np.clip(field, 0, 1) * 255).astype(np.uint8))
        self.image.paste(colour, (0, 0, self.width, self.height), mask)

    def ridge(self, heights: Field, colour: Colour) -> None:
        """Fill everything below a line of hills; the heights are at equal distances from left to right."""
        across = np.linspace(0, 1, len(heights))
        self.polygon([*zip(across.tolist(), heights.tolist(), strict=True), (1, 1), (0, 1)], colour)

    def noise(self, rng: np.random.Generator, columns: int, rows: int, octaves: int = 4) -> Field:
        """Return smooth noise in 0..1 of the picture's size; its coarsest blotches are columns by rows."""
        total = np.zeros((self.height, self.width))
        for octave in range(octaves):
            coarse = rng.random((rows << octave, columns << octave)).astype(np.float32)
            fine = Image.fromarray(coarse).resize((self.width, self.height), Image.Resampling.BICUBIC)
            total += np.asarray(fine) * 0.5**octave
        low, high = total.min(), total.max()
        return np.asarray((total - low) / (high - low))

    def _scaled(self, points: Places) -> Places:
        return [(x * self.width, y * self.height) for x, y in points]


def between(low: Colour, high: Colour, weight: float) -> Colour:
    """Return a colour between two, as near to the second as the weight says (0..1)."""
    red, green, blue = (round(a + (b - a) * weight) for a, b in zip(low, high, strict=True))
    return red, green, blue


def hills(rng: np.random.Generator, level: float, height: float, n_waves: int) -> Field:
    """Return the heights of a line of hills around a level."""
    across = np.linspace(0, 1, 200)
    total = np.zeros_like(across)
    for wave in range(1, n_waves + 1):
        total += np.sin(2 * np.pi * (wave * across * 0.8 + rng.random())) / wave
    return np.asarray(level + height * total / 2)


def fir(canvas: Canvas, x: float, foot: float, height: float, colour: Colour) -> None:
    """Draw a fir tree by the place of its foot."""
    half_width = 0.22 * height * canvas.height / canvas.width
    canvas.box(x - half_width / 9, foot - height * 0.2, x + half_width / 9, foot, colour)
    for layer in range(4):
        top, spread = foot - height * (1 - 0.2 * layer), half_width * (0.4 + 0.2 * layer)
        canvas.polygon([(x, top), (x + spread, top + 0.32 * height), (x - spread, top + 0.32 * height)], colour)


def cloud(canvas: Canvas, x: float, y: float, size: float, colour: Colour) -> None:
    """Draw a cloud around a place."""
    for shift, rise, radius in ((-1.3, 0.1, 0.55), (-0.5, -0.25, 0.8), (0.5, -0.1, 0.7), (1.2, 0.15, 0.5)):
        canvas.disc(x + shift * size, y + rise * size, radius * size, colour, tall=0.75)
