"""Names for use in URLs."""

import re
import unicodedata

SEPARATORS = re.compile(r"[^a-z0-9]+")


def slugify(title, max_length=60):
    """Lower-case words with hyphens between; whole words as far as they fit."""
    text = unicodedata.normalize("NFC", title.lower())
    slug = SEPARATORS.sub("-", text).strip("-")
    if len(slug) <= max_length:
        return slug
    shortened = slug[: max_length + 1].rpartition("-")[0]
    return shortened or slug[:max_length]


class SlugRegistry:
    """Hands out every slug only once."""

    def __init__(self):
        self._taken = set()

    def claim(self, title):
        """The slug of ``title``, with a number behind it where it is taken."""
        base = slugify(title) or "untitled"
        slug, number = base, 2
        while slug in self._taken:
            slug = f"{base}-{number}"
            number += 1
        self._taken.add(slug)
        return slug

    def release(self, slug):
        self._taken.discard(slug)
