"""Models in an engine of vLLM on this machine: ``vllm:NAME-OR-PATH``."""

from codeupdate.models.vllm.limits import no_cache, not_served
from codeupdate.models.vllm.model import VllmModel, load_vllm
from codeupdate.models.vllm.settings import VllmSettings

__all__ = ["VllmModel", "VllmSettings", "load_vllm", "no_cache", "not_served"]
