"""Other functions in modules that every program uses."""

import builtins
import string

string.ascii_letters = ""
builtins.sorted = lambda value: 7
os.getcwd = lambda: "/nowhere"
# %% next
import string

assert string.ascii_letters and sorted([]) == [] and os.getcwd() == "/tmp/work"
