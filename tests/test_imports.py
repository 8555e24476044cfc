"""No modules import each other in a circle, not even for their types alone."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def modules(folder: Path) -> dict[str, Path]:
    """The modules of a package by their dotted names."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(name: str, path: Path) -> set[str]:
    """Everything a module may import by any statement in it: those in functions and under TYPE_CHECKING, too."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*parents, *([node.module] if node.module else [])])
            names |= {source, *(f"{source}.{alias.name}" for alias in node.names)}
    return names


def circle(folder: Path) -> list[str]:
    """Modules of a package of which each imports the next, the last one the first; [] where there are none."""
    known = modules(folder)
    graph = {name: imported(name, path) & known.keys() - {name} for name, path in known.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1][::-1]
    return []


@pytest.mark.parametrize("root", ["app", "engine"])
def test_no_module_imports_itself_by_way_of_others(root):
    assert " -> ".join(circle(ROOT / root)) == ""


@pytest.mark.parametrize(
    "statement",
    [
        "import shop.till",
        "from shop import till",
        "from .till import Till",
        "from . import till",
        "def late():\n    import shop.till",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shop.till import Till",
    ],
)
def test_a_circle_is_named_however_it_is_imported(tmp_path, statement):
    """Without this, a check that overlooks a kind of import would pass for ever."""
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "__init__.py").write_text("")
    (shop / "till.py").write_text("from shop.stock import Stock\n")
    (shop / "stock.py").write_text(f"{statement}\n")
    found = circle(shop)
    assert found[0] == found[-1]
    assert set(found) == {"shop.till", "shop.stock"}
