"""A policy folder to documents, and to the catalogue they make together.

Decides which files of a folder are declarations and what kind each is; folders below
`rules/regimes/` are policies of their own and are not looked into. What the documents may say
is the catalogue's to judge; a file that cannot be read does not hide the faults of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from tilsyn.catalogue.catalogue import Catalogue, link, news
from tilsyn.catalogue.dated import is_map
from tilsyn.catalogue.documents import Document
from tilsyn.catalogue.grammar import KINDS, nearest
from tilsyn.files.yaml_tree import Tree, parse_tree, read_tree
from tilsyn.problems import DeclarationError, Problem, SurroundingsError, UsageError, Where

FOLDERS: dict[str, tuple[str, ...]] = {
    "goals": ("area", "subgoals_of"),
    "goals/samples": ("sample", "places"),
    "rules": ("supports",),
    "rules/ladders": ("ladder",),
    "rules/requirements": ("requirements_of",),
}
"""The folders of a policy, and the kinds of files that belong in each."""


def load_policy(folder: Path) -> Catalogue:
    """The checked catalogue of a policy folder. Raises DeclarationError with every problem in it."""
    documents, problems = read_policy(folder)
    linked = link(documents, complete=not problems)
    if found := [*problems, *news(linked.problems, problems)]:
        raise DeclarationError(found)
    return linked.catalogue


def read_policy(folder: Path) -> tuple[list[Document], list[Problem]]:
    """Every declaration that could be read, and what is wrong with those that could not."""
    if not (folder / "goals").is_dir():
        raise UsageError(Problem(Where(str(folder)), "not-a-policy-folder"))
    documents: list[Document] = []
    problems: list[Problem] = []
    for path, kinds in _files(folder):
        shown = path.relative_to(folder).as_posix()
        if path.suffix != ".yaml":
            problems.append(Problem(Where(shown), "file-ending", {"write": path.with_suffix(".yaml").name}))
            continue
        tree = read_tree(path, shown=shown)
        document, faults = as_document(tree, kinds)
        problems += [*tree.problems, *faults]
        documents += [document] if document else []
    return documents, problems


def policy_texts(folder: Path) -> dict[str, str]:
    """The text of every declaration in a sound policy folder, by its name in it."""
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8-sig") for path, _ in _files(folder)}


def read_texts(texts: Mapping[str, str]) -> tuple[list[Document], list[Problem]]:
    """Every declaration among texts that were kept, and what is wrong with the others."""
    documents: list[Document] = []
    problems: list[Problem] = []
    for name, text in texts.items():
        tree = parse_tree(text, name)
        document, faults = as_document(tree, FOLDERS.get(name.rpartition("/")[0], KINDS))
        problems += [*tree.problems, *faults]
        documents += [document] if document else []
    return documents, problems


def _files(folder: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    for name, kinds in FOLDERS.items():
        try:
            paths = sorted((folder / name).iterdir()) if (folder / name).is_dir() else []
        except OSError as error:
            raise SurroundingsError(Problem(Where(name), "cannot-read", {"reason": error.strerror or ""})) from error
        for path in paths:
            if path.suffix in (".yaml", ".yml") and not path.name.startswith("."):
                yield path, kinds


def as_document(tree: Tree, kinds: tuple[str, ...] = KINDS) -> tuple[Document | None, list[Problem]]:
    """The document that a tree is, by the key that names its kind."""
    root = tree.root
    if root is None:
        if tree.problems:
            return None, []
        return None, [Problem(Where(tree.file), "empty-file")]
    if not is_map(root):
        return None, [Problem(Where(tree.file, 1, 1), "not-a-map", {"found": tree.positions.written(())[:40]})]
    kind = next((kind for kind in KINDS if kind in root), None)
    if kind is None:
        suggestion = next((near for key in root if (near := nearest(key, kinds))), None)
        args: dict[str, object] = {"kinds": _listed(kinds)}
        args |= {"suggestion": suggestion} if suggestion else {}
        return None, [Problem(Where(tree.file, 1, 1), "unknown-kind-of-file", args)]
    name = root[kind] if isinstance(root[kind], str) else ""
    document = Document(kind, name, tree.file, dict(root), tree.positions)
    if kind in kinds:
        return document, []
    where = document.where((kind,), key=True)
    return None, [Problem(where, "wrong-folder", {"kind": kind, "folder": _folder_of(kind)})]


def _folder_of(kind: str) -> str:
    return next((folder for folder, kinds in FOLDERS.items() if kind in kinds), "")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}:`" for name in names)
