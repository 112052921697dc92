"""Another state of the generators of random numbers."""

import random

random.seed(7)
random.random()
print(random.Random(0).random())
# %% next
import random

first = random.random()
assert first == random.Random(0).random() or first not in (random.Random(7).random(),)
