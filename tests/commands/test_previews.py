"""`--previews`: every pair that is told rests on whole pictures, and what has none near is read whole later."""

import json
import os

import numpy as np
import pytest
from pictures import photograph
from PIL import Image, ImageEnhance, ImageOps
from previews import thumbnail_of, with_preview

from imgcmp.cli.main import main
from imgcmp.clusters.few_images import FewImages
from imgcmp.database.database import Database
from imgcmp.images.find_images import find_images
from imgcmp.images.image_file import PREVIEW

NAMES = ("astronaut.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "rocket.jpg")


def picture(name):
    return photograph(name).convert("RGB").resize((1200, 900))


def write(folder, name, image):
    (folder / name).write_bytes(with_preview(image))


@pytest.fixture
def folder(tmp_path):
    """Return a folder of six pictures, two of which have a copy: one smaller and brighter, one mirrored and cropped."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in NAMES:
        write(folder, name.partition(".")[0] + ".jpg", picture(name))
    write(folder, "coffee 2.jpg", ImageEnhance.Brightness(picture("coffee.png").resize((800, 600))).enhance(1.1))
    write(folder, "rocket 2.jpg", ImageOps.mirror(picture("rocket.jpg").crop((120, 90, 1080, 810))))
    return folder


@pytest.fixture
def imgcmp(tmp_path, capsys):
    """Return a function that runs imgcmp on a database of its own, and returns the clusters and what was said."""

    def call(command, *arguments, database="a.hdf"):
        lists = ["--json", str(tmp_path / "out.json"), "--links", "none"] if command in ("run", "cluster") else []
        status = main([command, *map(str, arguments), "-f", str(tmp_path / database), *lists, *["-n", "2"]])
        said = capsys.readouterr().err
        found = json.loads((tmp_path / "out.json").read_text()) if lists else {}
        if lists:
            known = resting_on_previews(tmp_path / database)  # of a renamed folder by the old names, too
            assert sorted({os.path.basename(file) for file in found["by_preview"]}) == sorted(set(known))
        return status, found.get("clusters"), said

    return call


def names_in(clusters):
    return sorted(sorted(file.rpartition("/")[2] for file in cluster["files"]) for cluster in clusters)


def resting_on_previews(path):
    store = Database(path)
    return sorted(
        file.rpartition("/")[2] for file, what in zip(store.files, store.rests_on, strict=True) if what == PREVIEW
    )


ALONE = ["astronaut.jpg", "camera.jpg", "chelsea.jpg", "coins.jpg"]


def test_the_clusters_are_those_of_whole_pictures(folder, imgcmp, tmp_path):
    status, clusters, said = imgcmp("run", "--previews", folder)
    assert status == 0
    assert names_in(clusters) == [["coffee 2.jpg", "coffee.jpg"], ["rocket 2.jpg", "rocket.jpg"]]
    assert resting_on_previews(tmp_path / "a.hdf") == ALONE
    assert "8 files: 4 read, 4 by their previews" in said
    assert "4 images are known by their previews alone, and in no cluster" in said
    assert clusters == imgcmp("run", folder, database="b.hdf")[1]


def test_of_each_file_the_database_has_what_a_run_without_has_or_its_preview(folder, imgcmp, tmp_path):
    imgcmp("run", "--previews", folder)
    imgcmp("run", folder, database="b.hdf")
    store, whole = Database(tmp_path / "a.hdf"), Database(tmp_path / "b.hdf")
    for record, expected in zip(store.records(sorted(store.files)), whole.records(sorted(store.files)), strict=True):
        if record.rests_on:
            assert np.bitwise_count(record.words ^ expected.words).sum() <= 40
            assert not any(record.digest)
        else:
            assert [*map(str, record)] == [*map(str, expected)]


def test_a_later_run_without_completes_it_and_one_with_reads_nothing(folder, imgcmp, tmp_path):
    imgcmp("run", "--previews", folder)
    assert "8 files: 8 unchanged" in imgcmp("run", "--previews", folder)[2]
    status, clusters, said = imgcmp("run", folder)
    assert status == 0
    assert "8 files: 4 read, 4 unchanged" in said
    assert "previews" not in said
    assert resting_on_previews(tmp_path / "a.hdf") == []
    assert clusters == imgcmp("run", folder, database="b.hdf")[1]


def test_a_new_file_near_one_that_is_known_by_its_preview_has_both_read(folder, imgcmp, tmp_path):
    imgcmp("run", "--previews", folder)
    more = tmp_path / "more"
    more.mkdir()
    write(more, "cat.jpg", picture("chelsea.png").resize((900, 675)))
    _, _, said = imgcmp("fingerprint", "--previews", more)
    assert "1 file: 1 read, 1 of other runs read" in said
    assert resting_on_previews(tmp_path / "a.hdf") == ["astronaut.jpg", "camera.jpg", "coins.jpg"]
    _, clusters, said = imgcmp("cluster")
    assert ["cat.jpg", "chelsea.jpg"] in names_in(clusters)
    assert "3 images are known by their previews alone" in said


def test_one_that_changed_since_is_not_read_by_its_old_name(folder, imgcmp, tmp_path):
    imgcmp("run", "--previews", folder)
    write(folder, "chelsea.jpg", picture("coins.png"))
    more = tmp_path / "more"
    more.mkdir()
    write(more, "cat.jpg", picture("chelsea.png"))
    _, _, said = imgcmp("fingerprint", "--previews", more)
    assert "1 file: 1 read" in said  # and not two
    _, clusters, _ = imgcmp("run", "--previews", folder, more)
    assert ["chelsea.jpg", "coins.jpg"] in names_in(clusters)


def test_a_preview_that_tells_another_picture_joins_nothing(folder, imgcmp):
    """A program left it in place, and took away what would tell."""
    write(folder, "coins 2.jpg", picture("coins.png"))
    stale = with_preview(picture("brick.png"), thumbnail_of(picture("coins.png")))
    (folder / "stale.jpg").write_bytes(stale)
    _, clusters, _ = imgcmp("run", "--previews", folder)
    assert ["coins 2.jpg", "coins.jpg"] in names_in(clusters)
    assert not any("stale.jpg" in names for names in names_in(clusters))


def test_blank_ones_and_those_without_a_preview_are_read_whole(folder, imgcmp, tmp_path):
    write(folder, "blank.jpg", Image.new("RGB", (1200, 900), "white"))
    picture("moon.png").save(folder / "plain.jpg")
    picture("brick.png").save(folder / "plain.png")
    assert "11 files: 7 read, 4 by their previews" in imgcmp("run", "--previews", folder)[2]
    assert resting_on_previews(tmp_path / "a.hdf") == ALONE


def test_where_none_is_near_another_all_are_known_by_previews(folder, imgcmp, tmp_path):
    for name in ("coffee 2.jpg", "rocket 2.jpg"):
        (folder / name).unlink()
    status, clusters, said = imgcmp("run", "--previews", folder)
    assert (status, clusters) == (0, [])
    assert "6 files: 6 by their previews" in said
    assert imgcmp("cluster")[1] == []


def test_a_folder_that_was_renamed_is_not_near_itself(folder, imgcmp, tmp_path):
    imgcmp("run", "--previews", folder)
    folder.rename(tmp_path / "renamed")
    _, clusters, said = imgcmp("run", "--previews", tmp_path / "renamed")
    assert "8 files: 4 by their previews, 4 moved" in said
    assert names_in(clusters) == [["coffee 2.jpg", "coffee.jpg"], ["rocket 2.jpg", "rocket.jpg"]]


def test_many_images_are_compared_by_kernels_as_few_are(folder, imgcmp, tmp_path, monkeypatch):
    expected = imgcmp("run", "--previews", folder)
    monkeypatch.setattr(FewImages, "are_few", lambda _: False)
    monkeypatch.setattr("imgcmp.clusters.linkage.CONDENSED_IMAGES", 0)
    assert imgcmp("run", "--previews", folder, database="b.hdf")[1] == expected[1]
    assert resting_on_previews(tmp_path / "b.hdf") == ALONE


def test_a_run_that_was_interrupted_between_is_gone_on_with(folder, imgcmp, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("imgcmp.commands.previews.read_near", interrupt)
        assert imgcmp("fingerprint", "--previews", folder)[0] == 130
    assert resting_on_previews(tmp_path / "a.hdf") == sorted(os.listdir(folder))
    status, clusters, _ = imgcmp("run", "--previews", folder)
    assert status == 0
    assert resting_on_previews(tmp_path / "a.hdf") == ALONE
    assert clusters == imgcmp("run", folder, database="b.hdf")[1]


def interrupt(*_args, **_options):
    raise KeyboardInterrupt


def test_a_file_that_goes_or_cannot_be_read_ends_no_run(folder, imgcmp, tmp_path, monkeypatch):
    """Found, and gone when it is to be read."""
    found = find_images([str(folder)])
    gone = found.files[0]._replace(path=str(folder / "gone.jpg"))
    changed = found._replace(files=[gone, *found.files])
    monkeypatch.setattr("imgcmp.commands.fingerprint.found_images", lambda *_args, **_options: changed)
    status, _, said = imgcmp("fingerprint", "--previews", folder)
    assert status == 1
    assert "gone.jpg: no such file" in said
    assert resting_on_previews(tmp_path / "a.hdf") == ALONE


def test_equal_files_are_found_though_one_was_read_whole_and_the_preview_is_of_another_framing(folder, imgcmp):
    image = picture("brick.png")
    data = with_preview(image, thumbnail_of(image.crop((500, 300, 1100, 750))))
    (folder / "one.jpg").write_bytes(data)
    imgcmp("run", folder)
    (folder / "two.jpg").write_bytes(data)
    assert ["one.jpg", "two.jpg"] in names_in(imgcmp("run", "--previews", folder)[1])


def test_a_larger_sim_reads_more(folder, imgcmp, tmp_path):
    imgcmp("run", "--previews", "--sim", "0.5", folder)
    assert resting_on_previews(tmp_path / "a.hdf") == []


def test_kinds_of_which_chance_is_not_known_are_refused(folder, imgcmp, tmp_path):
    status, _, said = imgcmp("fingerprint", "--previews", "-x", "10", folder)
    assert status == 2
    assert "--previews is for fingerprints whose chance pairs were counted" in said
    assert not (tmp_path / "a.hdf").exists()


def test_check_and_info_know_them(folder, imgcmp, tmp_path, capsys):
    imgcmp("fingerprint", "--previews", folder)
    assert main(["check", str(tmp_path / "a.hdf")]) == 0
    assert main(["info", str(tmp_path / "a.hdf")]) == 0
    assert "known by their previews alone: 4" in capsys.readouterr().out
