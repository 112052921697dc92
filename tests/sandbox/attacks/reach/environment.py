"""Finds variables of whoever runs the sandbox, in its own environment and as it was at the start."""

text = "\n".join("%s=%s" % item for item in os.environ.items())
try:
    text += open("/proc/self/environ").read()
except OSError:
    pass
for word in (
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "API_KEY",
    "SSH_",
    "PROXY",
    "AWS_",
    "VIRTUAL_ENV",
    MARK,
):
    assert word.lower() not in text.lower(), word
