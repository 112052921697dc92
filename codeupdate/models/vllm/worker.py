"""What an engine's workers do beyond vLLM's own: the class is mixed into theirs.

It has to be found by its name in their processes, and imports nothing that they have not.
"""

from __future__ import annotations

from typing import Any

__all__ = ["EXTENSION", "ExchangesWeights"]

EXTENSION = f"{__name__}.ExchangesWeights"


class ExchangesWeights:
    """A worker whose weights can be exchanged for those of a checkpoint."""

    model_runner: Any
    reload_weights: Any

    def exchange_weights(self, folder: str) -> None:
        """Load the checkpoint in ``folder`` in place of what there is.

        vLLM passes by layers for which a checkpoint has no weights. An output projection that
        is tied to the embeddings is one, and on a CPU it computes on a copy of them.
        """
        self.reload_weights(weights_path=folder)
        from vllm.model_executor.layers.vocab_parallel_embedding import ParallelLMHead

        for layer in self.model_runner.get_model().modules():
            if isinstance(layer, ParallelLMHead):
                layer.quant_method.process_weights_after_loading(layer)
