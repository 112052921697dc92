"""The builtins as they were, for our code in processes whose candidate may patch them.

A function looks names up in the ``__builtins__`` of its module, so each module whose code
runs beside a candidate takes these under that name, before it defines anything.
"""

import builtins

BUILTINS = dict(vars(builtins))
