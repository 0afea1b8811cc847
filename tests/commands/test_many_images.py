"""The word on large collections counts what could be read."""

from pictures import save_distinct

from imgcmp.commands import run as module
from imgcmp.commands.options import ClusterOptions


def test_images_that_could_not_be_read_do_not_make_a_collection_large(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(module, "_MANY_IMAGES", 3)
    folder = tmp_path / "photos"
    save_distinct(folder, 3)
    (folder / "broken.png").write_bytes(b"no picture")
    options = ClusterOptions(folder=str(tmp_path / "clusters"))
    module.run([str(folder)], 0.3, cluster_options=options, workers=1)
    assert "may join" not in capsys.readouterr().err
    save_distinct(folder / "more", 4)
    module.run([str(folder)], 0.3, cluster_options=options, workers=1)
    assert "among 7 images" in capsys.readouterr().err
