"""docs/api.md from the docstrings of the public names: read from the source, so that it is the same everywhere."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]

HEADINGS = {
    "fingerprints": "Images to fingerprints",
    "search": "Distances, and pairs within a radius",
    "clusters": "Clusters",
    "commands": "Files in one call",
    "database": "The database",
    "errors": "Errors",
}
"""What the names of a room are about; those of other rooms come last, under the room's own name."""

LISTS = ("Parameters", "Other Parameters", "Returns", "Yields", "Raises", "Warns", "Attributes", "Methods")

Definition = ast.FunctionDef | ast.ClassDef


class Public(NamedTuple):
    """A public name: the room and the source of the module that defines it, and its definition there."""

    name: str
    room: str
    source: str
    node: Definition

    @property
    def doc(self) -> str:
        return ast.get_docstring(self.node) or ""

    @property
    def summary(self) -> str:
        return " ".join(self.doc.split("\n\n")[0].split())


def page() -> str:
    """Return the generated part of the page."""
    names = [find(name, module) for name, module in sorted(public_names().items())]
    rooms = [*HEADINGS, *sorted({each.room for each in names} - set(HEADINGS))]
    by_room = [(room, [each for each in names if each.room == room]) for room in rooms]
    by_room = [(room, those) for room, those in by_room if those]
    parts = ["\n".join(contents(HEADINGS.get(room, room), those)) for room, those in by_room]
    for room, those in by_room:
        parts += [f"## {HEADINGS.get(room, room)}", *(entry for each in those for entry in described(each))]
    return "\n\n".join(parts)


def public_names() -> dict[str, str]:
    """Return the module of each name that the package exports, as its face tells the type checker."""
    tree = ast.parse(source_of("imgcmp"))
    exported = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]
    )
    modules = {
        alias.asname or alias.name: node.module or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return {name: modules[name] for name in exported}


def source_of(module: str) -> str:
    path = ROOT / module.replace(".", "/")
    return (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")


def find(name: str, module: str) -> Public:
    """Return a name by its module, or the one from which that has it."""
    source = source_of(module)
    for node in ast.parse(source).body:
        if isinstance(node, Definition) and node.name == name and not is_overload(node):
            return Public(name, module.split(".")[1], source, node)
        if isinstance(node, ast.ImportFrom) and any((alias.asname or alias.name) == name for alias in node.names):
            return find(name, node.module or "")
    raise LookupError(f"imgcmp exports {name} and {module} does not define it")


def is_overload(node: ast.AST) -> bool:
    """Tell whether a definition only declares one of several signatures."""
    return any(isinstance(each, ast.Name) and each.id == "overload" for each in getattr(node, "decorator_list", ()))


def contents(title: str, names: Iterable[Public]) -> Iterator[str]:
    yield f"**{title}**\n"
    for each in names:
        yield f"- [`{each.name}`](#{anchor(each.name)}): {escaped(each.summary)}"


def anchor(name: str) -> str:
    return name.lower()


def described(public: Public) -> Iterator[str]:
    """Yield the parts of the page about one name."""
    yield f"### {public.name}"
    if isinstance(public.node, ast.FunctionDef):
        yield fenced(public.name + signature(public.node, public.source))
        yield markdown(public.doc)
        return
    yield fenced(public.name + class_signature(public.node, public.source))
    yield markdown(public.doc)
    for method in methods(public.node):
        doc = ast.get_docstring(method) or ""
        called = "" if is_property(method) else signature(method, public.source, skip_self=True)
        yield f"#### {public.name}.{method.name}"
        yield fenced(f"{public.name}.{method.name}{called}")
        yield markdown(doc)


def methods(node: ast.ClassDef) -> list[ast.FunctionDef]:
    """Return the methods that people call: with docstrings, and without an underscore in front."""
    found = [each for each in node.body if isinstance(each, ast.FunctionDef)]
    return [each for each in found if not each.name.startswith("_") and ast.get_docstring(each)]


def is_property(node: ast.FunctionDef) -> bool:
    return any("property" in ast.unparse(each) for each in node.decorator_list)


def class_signature(node: ast.ClassDef, source: str) -> str:
    """Return how an object is made: by __init__ or __new__, or from the fields of a NamedTuple or dataclass."""
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and each.name in ("__init__", "__new__"):
            return signature(each, source, skip_self=True)
    fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
    if not fields:
        return ""
    named = (with_default(ast.unparse(each.target), each.value, source) for each in fields)
    return f"({', '.join(named)})"


def signature(node: ast.FunctionDef, source: str, *, skip_self: bool = False) -> str:
    """Return the parameters with their defaults, as the source has them; the types are told below."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    parts = [with_default(each.arg, default, source) for each, default in zip(positional, defaults, strict=True)]
    if skip_self:
        parts = parts[1:]
    if arguments.vararg is not None:
        parts.append(f"*{arguments.vararg.arg}")
    elif arguments.kwonlyargs:
        parts.append("*")
    keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    parts += [with_default(each.arg, default, source) for each, default in keywords]
    if arguments.kwarg is not None:
        parts.append(f"**{arguments.kwarg.arg}")
    return f"({', '.join(parts)})"


def with_default(name: str, default: ast.expr | None, source: str) -> str:
    return name if default is None else f"{name}={ast.get_source_segment(source, default)}"


def fenced(code: str) -> str:
    return f"```python\n{code}\n```"


# numpydoc -> Markdown.


def markdown(doc: str) -> str:
    """Return a docstring as Markdown: lists of what it takes, gives and raises, and paragraphs."""
    parts = []
    for title, body in sections(doc):
        if title:
            parts.append(f"**{title}**")
        parts.append("\n".join(entries(body)) if title in LISTS else paragraphs(body))
    return "\n\n".join(part for part in parts if part)


def sections(doc: str) -> Iterator[tuple[str, str]]:
    """Yield the title and the text of each section; the first has no title."""
    pieces = re.split(r"^(\S.*)\n-{3,}$\n?", doc, flags=re.MULTILINE)
    yield "", pieces[0].strip("\n")
    for title, body in zip(pieces[1::2], pieces[2::2], strict=True):
        yield title, body.strip("\n")


def entries(body: str) -> Iterator[str]:
    """Yield the entries of a section, a line each: a name, perhaps its type, and what is indented below."""
    for entry in re.split(r"\n(?=\S)", body):
        head, _, rest = entry.partition("\n")
        name, _, kind = head.partition(" : ")
        text = escaped(" ".join(dedent(rest).split()))
        yield f"- **{escaped(name)}**" + (f" ({escaped(kind)})" if kind else "") + (f": {text}" if text else "")


def paragraphs(body: str) -> str:
    return "\n\n".join(paragraph(each) for each in re.split(r"\n\s*\n", body))


def paragraph(text: str) -> str:
    if text.lstrip().startswith(">>>"):
        return fenced(dedent(text))
    return escaped(" ".join(text.split()))


def escaped(text: str) -> str:
    """Return text with code in single backticks, and stars as stars, but for those around *words* and in code."""
    pieces = re.split(r"(`[^`]+`|(?<!\S)\*\w+\*(?!\S))", text.replace("``", "`"))
    return "".join(each if k % 2 else each.replace("*", r"\*") for k, each in enumerate(pieces))
