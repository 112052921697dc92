"""Models behind a server of OpenAI's API: ``openai:NAME@URL``."""

from codeupdate.models.openai.access import Address
from codeupdate.models.openai.model import OpenAIModel, Settings, load_openai

__all__ = ["Address", "OpenAIModel", "Settings", "load_openai"]
