"""A byte-pair tokenizer that is trained on the spot: its tokens merge and split at edits."""

from __future__ import annotations

from typing import Any

CORPUS = [
    "def f(values):\n    return [value + 1 for value in values]\n",
    "    for value in values:\n        print(value)\n",
    "class Value:\n    def values(self):\n        return self.value\n",
] * 20


def byte_pairs(*, first: str = "") -> Any:
    """``first``: the special tokens, with spaces between, that every text begins with; then one
    ends it, too."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    if first:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{first} $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="</s>"
    )
