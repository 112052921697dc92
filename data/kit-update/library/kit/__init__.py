"""kit: small, total functions over lists, strings and numbers.

Everything can be called from the top, ``kit.take([1, 2, 3], count=2)``, or from the
module it lives in, ``kit.lists.take``. No function changes its arguments, and none
raises on an empty list or string.

kit is fictional: it exists so that a model's knowledge of a library can be changed
and measured. It needs the standard library only and runs on Python 3.7 and later.
"""

from kit import lists, numbers, strings
from kit.lists import *  # noqa: F403
from kit.numbers import *  # noqa: F403
from kit.strings import *  # noqa: F403

__version__ = "1.0"
__all__ = lists.__all__ + numbers.__all__ + strings.__all__
