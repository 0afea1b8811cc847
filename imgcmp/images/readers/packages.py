"""The packages of the extra `formats`, loaded when they are needed."""

from importlib import import_module
from typing import Any

from imgcmp.images.formats import Format


def package_for(form: Format) -> Any:
    """Return the module that reads a format; ModuleNotFoundError, with what to install, if it is not there."""
    return extra_package(form.reader.value, f"{form.name} image")


def extra_package(name: str, what: str) -> Any:
    """Return a module that reads this kind of image; ModuleNotFoundError, with what to install, if it is not there."""
    try:
        return import_module(name)
    except ImportError as error:
        raise ModuleNotFoundError(f"{what}: install imgcmp[formats] to read it") from error
