"""What cannot be done in an engine of vLLM, in one sentence each: said before anything is loaded,
and again where somebody tries."""

from __future__ import annotations

__all__ = ["no_cache", "not_served"]

INSTEAD = "use the same weights as hf:NAME-OR-PATH"


def not_served(editor: str, changes: str, *, plain: bool, quantized: bool) -> str:
    """Why vLLM cannot answer under an edit by ``editor``; "" where it can.

    ``changes`` is what ``editor.yaml`` says; ``plain`` whether an adapter is a low-rank product.
    """
    if changes == "memory":
        return (
            f"the editor '{editor}' keeps a memory beside the weights, which vLLM does not "
            f"compute; {INSTEAD}"
        )
    if changes == "adapter" and not plain:
        return (
            f"the adapter of the editor '{editor}' is not a low-rank product, and vLLM serves no "
            f"others; {INSTEAD}, or another variant"
        )
    if changes == "weights" and quantized:
        return (
            f"the editor '{editor}' changes weights, and those that vLLM has quantized cannot be "
            f"exchanged; {INSTEAD}, or leave the quantization out"
        )
    return ""


def no_cache(strategy: str) -> str:
    """Why the ``strategy`` that keeps a cache cannot be followed."""
    return (
        f"the strategy '{strategy}' edits the cache of a model, and that of vLLM is not at hand; "
        f"{INSTEAD}"
    )
