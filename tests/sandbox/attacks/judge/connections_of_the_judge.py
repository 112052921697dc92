"""Uses the sockets of other tests, and looks for pipes of the judge among its descriptors."""


def f():
    kinds = [stat.S_IFMT(os.fstat(number).st_mode) for number in inherited()]
    odd = [kind for kind in kinds if kind not in (stat.S_IFIFO, stat.S_IFSOCK)]
    return repr(odd) if odd or kinds.count(stat.S_IFIFO) > 2 else ""
