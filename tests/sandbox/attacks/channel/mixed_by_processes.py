"""Reports that several processes write in pieces, so that they mix."""

for _ in range(3):
    os.fork()
for _ in range(2000):
    for number in pipes():
        whole = report(b"d", b"x" * 100)
        os.write(number, whole[:30])
        os.write(number, whole[30:])
raise AssertionError
