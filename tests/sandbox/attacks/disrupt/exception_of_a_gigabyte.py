"""Raises an exception whose text is longer than any message may be, of characters that cannot be encoded."""

raise ValueError("\ud800" * (60 << 20))
