"""Whether every node can do its part, found out before anything is begun."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import codeupdate
from codeupdate import plugins
from codeupdate.cluster.calls import Gone, on_node, reply
from codeupdate.cluster.placement import Node
from codeupdate.errors import ClusterError

__all__ = ["inspect"]

CODE = {".py", ".yaml", ".jinja", ".json"}


@dataclass(frozen=True, slots=True)
class _Found:
    """What there is on a node: codeupdate's version, a hash of its code, and which of the
    wanted paths are missing."""

    version: str
    code: str
    missing: tuple[str, ...]


def inspect(nodes: Sequence[Node], folders: Sequence[Path], model: Path | None) -> None:
    """Ask every node for its code and for what has to lie on its disks: ``folders`` on all,
    ``model`` on those that load it.

    Raises:
        ClusterError: a node lacks something; the message names the node and what would help.
    """
    import ray

    here = _look(())
    wanted = [str(path) for path in [*folders, *([model] if model else [])]]
    look = ray.remote(_look)
    asked = [
        (
            node,
            look.options(num_cpus=0, max_retries=0, scheduling_strategy=on_node(node.id)).remote(
                wanted
            ),
        )
        for node in nodes
    ]
    for node, call in asked:
        try:
            found: _Found = reply(call)
        except Gone as error:
            raise ClusterError(f"the node '{node.name}' does not answer: {error}") from error
        except Exception as error:
            raise ClusterError(
                f"the node '{node.name}' cannot run codeupdate ({type(error).__name__}: {error}); "
                "install the same codeupdate there, for the Python that runs Ray"
            ) from error
        if (found.version, found.code) != (here.version, here.code):
            what = f"codeupdate {found.version}, and this machine {here.version}"
            if found.version == here.version:
                what = f"codeupdate {here.version} like this machine, with other code in it"
            raise ClusterError(f"the node '{node.name}' has {what}; install the same on all nodes")
        if found.missing:
            raise ClusterError(
                f"the node '{node.name}' has no '{found.missing[0]}'; put it in the same place on "
                "every node, or on a disk that they share"
            )


def _look(paths: Sequence[str]) -> _Found:
    missing = tuple(path for path in paths if not Path(path).exists())
    return _Found(codeupdate.__version__, _code(), missing)


def _code() -> str:
    """A hash of everything that could change an answer or a verdict, but for data."""
    digest = hashlib.sha256()
    package = Path(codeupdate.__file__).parent
    for root in (package, plugins.folder("editors"), plugins.folder("sandbox")):
        for path in sorted(root.rglob("*")):
            if path.suffix in CODE and path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(root)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
