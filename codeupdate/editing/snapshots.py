"""Puts parameters back, bit for bit, when an edit that writes to them ends."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from codeupdate.editing.interrupts import uninterrupted
from codeupdate.errors import EditError

if TYPE_CHECKING:
    import torch

__all__ = ["restored"]


@contextmanager
def restored(parameters: Sequence[torch.nn.Parameter]) -> Iterator[Callable[[], None]]:
    """Keep the bits of ``parameters`` and write them back on leaving, also after an exception; a
    Ctrl-C waits for that.

    Yields what writes them back before that, as often as it is called.

    They are kept in a file without a name: a sequence of nested edits needs no more memory
    than the last of them, and what an interrupted process leaves goes with it.

    Raises:
        EditError: the folder for temporary files has no room for them.
    """
    import torch

    with tempfile.TemporaryFile() as file:
        try:
            for parameter in parameters:
                file.write(_bytes(parameter).cpu().numpy().data)
            file.flush()
        except OSError as error:
            need = sum(p.numel() * p.element_size() for p in parameters) / 2**30
            raise EditError(
                f"the weights to be edited cannot be kept aside in '{tempfile.gettempdir()}' "
                f"({need:.1f} GiB): {error.strerror}; name a folder with room in TMPDIR"
            ) from error

        def put_back() -> None:
            file.seek(0)
            with uninterrupted(), torch.no_grad():
                for parameter in parameters:
                    size = parameter.numel() * parameter.element_size()
                    bits = torch.frombuffer(bytearray(file.read(size)), dtype=torch.uint8)
                    whole = bits.view(parameter.dtype).view(parameter.shape)
                    parameter.data.copy_(whole)

        try:
            yield put_back
        finally:
            put_back()


def _bytes(parameter: torch.nn.Parameter) -> Any:
    import torch

    return parameter.detach().contiguous().reshape(-1).view(torch.uint8)
