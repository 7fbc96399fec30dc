"""Where rows are measured: the programs, the hosts, a folder, and how much work there is."""


class Place:
    """With `small`: everything once, as little of it as possible: whether it works."""

    def __init__(self, build, host, folder, small):
        self.programs = build / "programs"
        self.drivers = build / "tests/benchmarks"
        self.host = host
        self.folder = folder
        self.small = small

    def size(self, usual, small=2):
        return small if self.small else usual

    def close(self):
        pass
