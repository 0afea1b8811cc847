"""Images of several versions of Pillow in one database: whoever adds some is told."""

import os
import shutil

import PIL
import pytest
from pictures import save_distinct

from imgcmp.commands.console import Console
from imgcmp.commands.fingerprint import fingerprint
from imgcmp.commands.options import FingerprintOptions


@pytest.fixture
def told(tmp_path, monkeypatch, capsys):
    """Return what makes one more picture, and what a run with a version of Pillow says of versions."""
    folder = tmp_path / "photos"
    folder.mkdir()

    def run(version, n_pictures, **options):
        monkeypatch.setattr(PIL, "__version__", version)
        for path in save_distinct(tmp_path / "all of them", n_pictures):
            if not os.path.exists(folder / os.path.basename(path)):
                shutil.copy(path, folder)
        fingerprint([str(folder)], FingerprintOptions(**options), workers=1, console=Console(quiet=True))
        return [line for line in capsys.readouterr().err.splitlines() if "Pillow" in line]

    return run


def test_another_version_is_told_once_where_images_are_added_to_others(told):
    assert told("12.1.0", 1) == []
    assert told("12.1.0", 2) == []
    assert told("13.0.0", 2) == []  # nothing new
    (line,) = told("13.0.0", 3)
    assert "was last written with Pillow 12.1.0, and this is 13.0.0" in line
    assert "--force" in line
    assert told("13.0.0", 4) == []


def test_who_starts_over_has_no_others(told):
    told("12.1.0", 1)
    assert told("13.0.0", 2, force=True) == []
