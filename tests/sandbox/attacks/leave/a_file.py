"""A file in every folder that can be written to."""

open("/tmp/left", "w").close()
open("left", "w").close()
# %% next
assert os.listdir("/tmp") == ["work"], os.listdir("/tmp")
assert os.listdir(".") == [] and os.getcwd() == "/tmp/work"
