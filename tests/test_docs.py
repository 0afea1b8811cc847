"""The pages say what is true: what they take from the code is up to date, examples run, and links lead somewhere."""

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys

import api_page
import cli_page
import import_graph
import pytest
import refresh
from pages import CHECKOUT, DOCS, PAGES, indented_parts, moved_left, read
from pictures import photograph
from PIL import Image

import imgcmp
from imgcmp.cli import main as cli
from imgcmp.cli.main import main
from imgcmp.commands.demo_drawings import draw_collection

pytestmark = pytest.mark.usefixtures("compiled_kernels")

PICTURES = sorted((DOCS / "pictures").iterdir())


@pytest.mark.parametrize("name", [*refresh.PARTS, *refresh.FILES])
def test_what_is_made_from_the_code_is_up_to_date(name):
    there = refresh.read(DOCS / name)
    assert there == refresh.refreshed(name), f"docs/{name} is stale: run `{refresh.COMMAND}`"


def test_a_stale_page_is_told_by_its_name_and_by_the_status(monkeypatch, capsys):
    monkeypatch.setitem(refresh.PARTS, "cli.md", lambda: "another text")
    monkeypatch.setattr(sys, "argv", ["refresh.py", "--check"])
    assert refresh.main() == 1
    assert capsys.readouterr().out == "docs/cli.md: stale\n"


# api.md


def test_every_public_name_has_its_place():
    headings = re.findall(r"^### (\w+)$", read(DOCS / "api.md"), re.MULTILINE)
    assert sorted(headings) == sorted(imgcmp.__all__)


@pytest.mark.parametrize("name", imgcmp.__all__)
def test_what_the_page_says_of_a_name_is_its_docstring(name):
    public = api_page.find(name, api_page.public_names()[name])
    shown = getattr(imgcmp, name)
    assert public.doc.split() == shown.__doc__.split()


def test_a_signature_is_shown_as_it_is_written():
    source = 'def f(a, b=1, *rest, c="x", d, **more): ...\ndef g(self, *, e=np.uint16): ...\n'
    f, g = ast.parse(source).body
    assert api_page.signature(f, source) == '(a, b=1, *rest, c="x", d, **more)'
    assert api_page.signature(g, source, skip_self=True) == "(*, e=np.uint16)"


def test_a_docstring_becomes_lists_and_paragraphs():
    taken = "Parameters\n----------\na, b : int\n    Both,\n    ``a * b``.\nc\n"
    doc = f"Do it.\n\n{taken}\nNotes\n-----\nO(n**2).\n\n>>> 1\n1"
    assert api_page.markdown(doc).split("\n") == [
        *("Do it.", "", "**Parameters**", "", "- **a, b** (int): Both, `a * b`.", "- **c**", "", "**Notes**", ""),
        *(r"O(n\*\*2).", "", "```python", ">>> 1", "1", "```"),
    ]


# cli.md


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_page_has_every_option_that_help_has(name, capsys):
    shown = re.findall(r"^  (-.*?)(?:  |$)", help_of(cli.main, [name, "-h"], capsys), re.MULTILINE)
    options = {option for line in shown for option in re.findall(r"(?:^|, )(--?[\w-]+)", line)}
    section = cli_page.page().partition(f"### imgcmp {name}\n")[2].partition("\n### ")[0]
    assert {"-h", "--help", *re.findall(r"`(-[^ `]+)", section.partition("|---|")[2])} == options


@pytest.mark.parametrize("name", cli_page.SCRIPTS)
def test_a_script_is_its_command(name, capsys):
    script = {"resize": cli.resize_script, "fingerprint": cli.fingerprint_script, "cluster": cli.cluster_script}[name]
    theirs = help_of(script, ["-h"], capsys).replace(cli_page.SCRIPTS[name], f"imgcmp {name}")
    ours = help_of(cli.main, [name, "-h"], capsys)
    assert theirs.partition("options:")[2] == ours.partition("options:")[2]


def help_of(command, argv, capsys):
    with pytest.raises(SystemExit):
        command(argv)
    return capsys.readouterr().out


def test_the_page_names_no_folder_of_this_machine(monkeypatch, tmp_path):
    expected = cli_page.page()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("IMGCMP_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("COLUMNS", "40")
    assert cli_page.page() == expected
    assert "~/.imgcmp/fingerprints.hdf" in expected
    assert os.environ["IMGCMP_HOME"] == str(tmp_path / "elsewhere")


# architecture.md


def test_rooms_stand_in_the_order_that_the_linter_holds():
    floor_of = import_graph.floors(import_graph.inner(arrows_here()))
    assert sorted(floor_of) == sorted(path.name for path in (CHECKOUT / "imgcmp").iterdir() if is_room(path))
    assert floor_of["system"] == 0
    assert max(floor_of, key=floor_of.get) == "cli"


def arrows_here():
    return import_graph.arrows_between_rooms(import_graph.imports_of(import_graph.sources_of()))


def is_room(path):
    return (path / "__init__.py").exists()


def test_there_is_no_circle_of_imports():
    assert import_graph.in_circles(import_graph.imports_of(import_graph.sources_of())) == []


def test_imports_are_read_as_python_has_them():
    sources = {
        "p": "",
        "p.a": "import p.b.c\nfrom p import b\nimport os",
        "p.b": "def f():\n    from p.b import c, name",
        "p.b.c": "",
    }
    assert import_graph.imports_of(sources) == {("p.a", "p.b.c"), ("p.a", "p.b"), ("p.b", "p.b.c")}


def test_shortcuts_are_left_out_and_circles_are_told():
    arrows = {("a", "b"), ("b", "c"), ("a", "c")}
    assert import_graph.without_shortcuts(arrows) == {("a", "b"), ("b", "c")}
    assert import_graph.floors(arrows) == {"a": 2, "b": 1, "c": 0}
    assert import_graph.in_circles(arrows) == []
    assert import_graph.in_circles({*arrows, ("c", "b")}) == ["b", "c"]


def test_a_room_says_in_a_line_what_it_is_for():
    jobs = import_graph.jobs_of(import_graph.sources_of())
    assert {room: job for room, job in jobs.items() if not 10 <= len(job) <= 80} == {}


def test_every_file_that_a_page_names_in_the_package_is_there():
    rooms = "|".join(sorted(path.name for path in (CHECKOUT / "imgcmp").iterdir() if is_room(path)))
    named = set(re.findall(rf"`((?:{rooms})/[a-z_]+\.py)", "".join(read(page) for page in PAGES)))
    assert len(named) >= 20
    assert [name for name in sorted(named) if not (CHECKOUT / "imgcmp" / name).exists()] == []


# compare.md


def test_the_comparison_is_what_compare_prints(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    image = photograph("coffee.png")
    image.save("coffee.png")
    image.crop((100, 0, 500, 400)).resize((300, 300), Image.Resampling.LANCZOS).save("square.png")
    assert main(["compare", "coffee.png", "square.png"]) == 0
    assert f"$ imgcmp compare coffee.png square.png\n{capsys.readouterr().out}" in moved_left(DOCS / "compare.md")


def test_what_is_in_two_folders_is_told_as_the_page_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IMGCMP_HOME", str(tmp_path / "home"))
    draw_collection("drawn")
    shutil.move("drawn/from phone", "Phone")
    shutil.move("drawn/2024 holiday", "Archive")
    *_, command, code = indented_parts(DOCS / "compare.md")
    assert main(shlex.split(command)[1:]) == 0
    capsys.readouterr()
    exec(compile(code, "compare.md", "exec"), {})
    pairs = re.findall(r"/Phone/(.*)\.jpg is in the archive as .*/Archive/(.*)\.jpg$", capsys.readouterr().out, re.M)
    assert {phone for phone, _ in pairs} == {
        *("balloons sent", "hills at sunrise sent", "hills at sunrise small", "lighthouse sent", "lighthouse turned"),
        *("mountain lake small", "sailing boat sent", "sailing boat small"),
    }
    assert all(phone.rpartition(" ")[0] == archive for phone, archive in pairs)


# All pages


def commands_of_pages():
    """Return every command line that a page shows, with what may follow it in the same line taken off."""
    lines = {line for page in PAGES for part in indented_parts(page) for line in part.splitlines()}
    called = re.compile(r"(?:\$ )?((?:imgcmp|00resize\.py|10fingerprints\.py|20cluster\.py) [^#|>]*)")
    found = {match[1].strip() for line in lines if (match := called.match(line))}
    return sorted(line for line in found if "[options]" not in line)


@pytest.mark.parametrize("line", commands_of_pages())
def test_every_command_that_a_page_shows_can_be_called_so(line, monkeypatch, capsys):
    for name, command in cli.COMMANDS.items():
        monkeypatch.setitem(cli.COMMANDS, name, command._replace(execute=lambda _: 0))
    program, *arguments = shlex.split(line)
    names = {"00resize.py": cli.resize_script, "10fingerprints.py": cli.fingerprint_script}
    assert {"imgcmp": cli.main, "20cluster.py": cli.cluster_script, **names}[program](arguments) == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(CHECKOUT).as_posix())
def test_every_link_leads_somewhere(page):
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", read(page)) if "://" not in link]
    assert [link for link in links if not leads_somewhere(page, link)] == []


def leads_somewhere(page, link):
    name, _, anchor = link.partition("#")
    target = page if not name else page.parent / name
    return target.exists() and (not anchor or anchor in anchors(target))


def anchors(page):
    headings = re.findall(r"^#+ (.*)$", read(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(CHECKOUT).as_posix())
def test_every_test_and_script_that_a_page_names_is_there(page):
    names = re.findall(r"\b((?:tests|benchmarks)/[\w/]+\.py)((?:::\w+)?)", read(page))
    assert [name for name in names if not has_test(CHECKOUT / name[0], name[1].removeprefix("::"))] == []


def has_test(file, test):
    return file.is_file() and (not test or f"def {test}(" in read(file))


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_every_picture_is_small_and_shown_somewhere(picture):
    assert picture.stat().st_size < 150_000
    assert any(f"pictures/{picture.name})" in read(page) for page in PAGES)


@pytest.mark.parametrize("script", refresh.PICTURES)
def test_every_picture_of_a_script_is_there(script):
    named = re.findall(r'(?:save\(|^    )"([\w-]+\.\w+)"', read(DOCS / "scripts" / script), re.MULTILINE)
    assert named
    assert all((DOCS / "pictures" / name).exists() for name in named)


def test_refreshing_writes_nothing_where_nothing_is_stale():
    command = [sys.executable, str(DOCS / "refresh.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
