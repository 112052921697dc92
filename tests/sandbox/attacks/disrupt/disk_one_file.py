"""One file that grows beyond what a file may have."""

with open("/tmp/large", "wb") as file:
    while True:
        file.write(bytes(1 << 20))
