"""Zeros without end from many processes."""

for _ in range(3):
    os.fork()
while True:
    for number in pipes():
        os.write(number, bytes(65536))
