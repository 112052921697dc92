"""What an edit came out as: a hash of the numbers that it changed or added.

The same edit of the same model need not give the same numbers twice: on a GPU gradients are
summed in no fixed order, and a careless method draws without a seed.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from codeupdate.editing.change import Change
from codeupdate.editing.weights import checksums
from codeupdate.errors import EditError

__all__ = ["Writes", "outcome", "writes"]

#: Of every tensor of a module: where it lies, and how often it was written to.
Writes = frozenset[tuple[int, int]]


def writes(module: Any) -> Writes:
    """What tells later which tensors of ``module`` are new or were written to since."""
    return frozenset(map(_written, module.state_dict().values()))


def outcome(module: Any, before: Writes, changes: str, change: Change) -> str:
    """A hash of what ``change`` made of ``module``, which was as in ``before``; and of what it
    saves, where it ``changes: memory``, which lies beside the weights.

    It is one pass over the numbers that were changed or added. Where fewer are found than the
    edit says, it wrote to weights without torch's knowledge, and the pass is over all of them.

    Raises:
        EditError: the folder for temporary files has no room for a memory.
    """
    tensors = module.state_dict()
    found = {name: tensor for name, tensor in tensors.items() if _written(tensor) not in before}
    memory = _saved(change) if changes == "memory" else ""
    if not memory and sum(map(_numbers, found.values())) < max(change.parameters, 1):
        found = tensors
    kinds = [(name, str(tensor.dtype), tuple(tensor.shape)) for name, tensor in found.items()]
    content = repr((sorted(kinds), sorted(checksums(found).items()), memory))
    return hashlib.sha256(content.encode()).hexdigest()


def _written(tensor: Any) -> tuple[int, int]:
    return tensor.data_ptr(), tensor._version


def _numbers(tensor: Any) -> int:
    return int(tensor.numel())


def _saved(change: Change) -> str:
    """A hash of all that ``change`` saves: a memory that was saved is put in force again by
    nothing else. Empty where it saves nothing."""
    if change.save is None:
        return ""
    digest = hashlib.sha256()
    try:
        with tempfile.TemporaryDirectory(prefix="codeupdate-") as place:
            change.save(Path(place))
            for file in sorted(path for path in Path(place).rglob("*") if path.is_file()):
                with file.open("rb") as stream:
                    content = hashlib.file_digest(stream, "sha256").hexdigest()
                digest.update(f"{file.relative_to(place)} {content}\n".encode())
    except OSError as error:
        raise EditError(
            f"the memory of an edit cannot be written to '{tempfile.gettempdir()}' "
            f"({error.strerror}); name a folder with room in TMPDIR"
        ) from error
    return digest.hexdigest()
