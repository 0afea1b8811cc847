import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

import imgcmp
from imgcmp.search.view_distances import diameters_with_views

settings.register_profile("imgcmp", deadline=None)  # the first call of a kernel compiles it
settings.load_profile("imgcmp")


@pytest.fixture(autouse=True)
def imgcmp_home(tmp_path, monkeypatch):
    """Move ~/.imgcmp, so that no test touches the user's."""
    home = tmp_path / "home of imgcmp"
    monkeypatch.setenv("IMGCMP_HOME", str(home))
    return home


@pytest.fixture
def test_data():
    """Return the folder of photographs to measure with: photos/, bad/ and camera/."""
    folder = os.environ.get("IMGCMP_TEST_DATA")
    if not folder:
        pytest.skip("IMGCMP_TEST_DATA is unset")
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def compiled_kernels():
    """Compile what commands need for a few images, so that none says that it does."""
    words = np.arange(6, dtype=np.uint64).reshape(3, 2)
    views = np.stack([words, words], axis=1)
    groups = [np.arange(3)]
    for some in (views, views[:, :0]):
        imgcmp.cluster(words, 0.1, views=some)
        diameters_with_views(words, some, groups)
    imgcmp.cdist(words, words)
