import importlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

import imgcmp
from imgcmp.moved_modules import _NEW_PLACE

HEAVY = ("numpy", "numba", "scipy", "h5py", "PIL", "tqdm")
CHECKOUT = Path(__file__).parents[1]


def run_code(code, *arguments):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("name", imgcmp.__all__)
def test_every_public_name_is_there(name):
    assert name in dir(imgcmp)
    assert callable(getattr(imgcmp, name))


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'imgcmp' has no attribute 'nothing'"):
        imgcmp.nothing  # noqa: B018


# Modules by their old names


@pytest.mark.parametrize("name", _NEW_PLACE)
def test_a_module_of_an_old_name_says_where_it_went(name):
    place = f"it is imgcmp.{_NEW_PLACE[name]} now; import what is public from imgcmp"
    importlib.import_module(f"imgcmp.{_NEW_PLACE[name]}")
    with pytest.raises(ModuleNotFoundError, match=f"^No module named 'imgcmp.{name}': {place}$"):
        importlib.import_module(f"imgcmp.{name}")
    if name not in imgcmp.__all__:
        with pytest.raises(AttributeError, match=f"^module 'imgcmp' has no attribute '{name}': {place}$"):
            getattr(imgcmp, name)


@pytest.mark.parametrize(
    "code", ["from imgcmp.words import pack", "import imgcmp.words", "from imgcmp import words", "imgcmp.words"]
)
def test_whoever_uses_an_old_name_is_told(code):
    done = run_code(f"import imgcmp\n{code}")
    assert done.stderr.endswith(": it is imgcmp.fingerprints.packing now; import what is public from imgcmp\n")


def test_a_module_that_never_was_is_not_found_as_ever():
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'imgcmp\.nothing'$"):
        importlib.import_module("imgcmp.nothing")
    with pytest.raises(ImportError, match="cannot import name 'nothing' from 'imgcmp'"):
        from imgcmp import nothing  # noqa: F401
    assert importlib.util.find_spec("words") is None


@pytest.mark.parametrize("first", ["import imgcmp.search.pairs", "imgcmp.pairs", "from imgcmp import pairs"])
def test_a_module_and_a_function_of_one_name_keep_apart(first):
    code = f"import imgcmp; {first}; import imgcmp.search.pairs as module; print(module.neighbours, imgcmp.pairs)"
    done = run_code(code)
    assert done.stdout.count("<function ") == 2, done.stderr


def test_importing_the_package_loads_nothing_heavy():
    done = run_code(f"import sys, imgcmp; print([name for name in {HEAVY} if name in sys.modules])")
    assert done.stdout == "[]\n", done.stderr


def modules_of(room):
    """Return the modules of a folder of the package, by name."""
    return sorted(f"imgcmp.{room}.{path.stem}" for path in (CHECKOUT / "imgcmp" / room).glob("[!_]*.py"))


@pytest.mark.parametrize("room", ["system", "images", "fingerprints", "database", "results"])
def test_what_workers_import_loads_neither_numba_nor_scipy(room):
    modules = modules_of(room)
    assert len(modules) >= 4
    code = f"import sys, {', '.join(modules)}; print([name for name in ('numba', 'scipy') if name in sys.modules])"
    done = run_code(code)
    assert done.stdout == "[]\n", done.stderr


HELP = """
import contextlib, io, sys
from imgcmp.cli import main as cli
heavy, function, *argv = sys.argv[1:]
with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
    getattr(cli, function)(argv + ["-h"])
assert "usage:" in out.getvalue()
print([name for name in heavy.split() if name in sys.modules])
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["main"],
        *(["main", name] for name in ("resize", "fingerprint", "cluster", "run", "info", "check", "compare", "demo")),
        *(["resize_script"], ["fingerprint_script"], ["cluster_script"]),
    ],
    ids=" ".join,
)
def test_help_loads_nothing_heavy(arguments):
    done = run_code(HELP, " ".join(HEAVY), *arguments)
    assert done.stdout == "[]\n", done.stderr


def test_the_module_runs():
    done = subprocess.run([sys.executable, "-m", "imgcmp", "--version"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, f"imgcmp {imgcmp.__version__}\n")


@pytest.mark.parametrize("name", ["00resize.py", "10fingerprints.py", "20cluster.py"])
def test_a_script_runs_from_a_checkout_without_installation(name, tmp_path):
    script = CHECKOUT / "bin" / name
    assert os.access(script, os.X_OK)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    # -S: as if nothing were installed; the help takes the standard library alone.
    command = [sys.executable, "-S", str(script), "-h"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: {name} ")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "2>/dev/full"])
def test_closed_streams_stop_nothing(tmp_path, closed):
    command = f"{sys.executable} -m imgcmp demo {tmp_path / 'demo'} -n 1 {closed}"
    result = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert result.returncode == 0
    assert "Traceback" not in result.stdout + result.stderr
    assert (tmp_path / "demo" / "cluster" / "cluster_with_5").is_dir()
