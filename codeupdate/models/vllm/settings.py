"""How an engine of vLLM is set up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from codeupdate.models.transformers_loading import Settings as TransformersSettings

__all__ = ["VllmSettings"]

#: Fields that are no arguments of the engine.
OURS = {"extra", "editing", "max_lora_rank"}
#: Arguments that this backend gives itself.
GIVEN = {"model", "tokenizer", "revision", "enable_lora", "max_loras", "worker_extension_cls"}


class VllmSettings(BaseModel):
    """``--model-set`` of this backend: arguments of vLLM's engine by vLLM's names. What is None
    is left to vLLM."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    quantization: str | None = None
    kv_cache_dtype: str | None = None
    max_model_len: int | None = Field(None, ge=1)  # tokens of prompt and completion together
    tensor_parallel_size: int = Field(1, ge=1)
    pipeline_parallel_size: int = Field(1, ge=1)
    data_parallel_size: int = Field(1, ge=1)
    distributed_executor_backend: Literal["mp", "ray", "uni"] | None = None
    gpu_memory_utilization: float | None = Field(None, gt=0, le=1)
    kv_cache_memory_bytes: int | None = Field(None, ge=1)
    cpu_offload_gb: float | None = Field(None, ge=0)
    max_num_seqs: int | None = Field(None, ge=1)
    max_num_batched_tokens: int | None = Field(None, ge=1)
    enable_prefix_caching: bool = True
    enforce_eager: bool = False
    load_format: str | None = None
    trust_remote_code: bool = False
    #: For adapters, from the start. None: as the editors of the evaluation need it.
    max_lora_rank: int | None = Field(None, ge=1)
    #: How the copy of the weights that editors work on is loaded: the settings of ``hf:``.
    #: Its dtype is the engine's where nothing else is said.
    editing: TransformersSettings = TransformersSettings()
    extra: Mapping[str, Any] = Field(default_factory=dict)  # further arguments

    @field_validator("extra")
    @classmethod
    def _nothing_of_ours(cls, extra: Mapping[str, Any]) -> Mapping[str, Any]:
        if twice := sorted(set(extra) & set(cls.model_fields)):
            raise ValueError(f"'{twice[0]}' is a setting of its own")
        if given := sorted(set(extra) & GIVEN):
            raise ValueError(f"'{given[0]}' is set by other means")
        return extra

    def arguments(self) -> dict[str, Any]:
        """Those of the engine that have been said."""
        said = self.model_dump(exclude=OURS, exclude_none=True)
        return {**said, **self.extra}
