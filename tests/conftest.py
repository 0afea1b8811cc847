import os
from pathlib import Path

import pytest
from hypothesis import settings

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
