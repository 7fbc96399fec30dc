"""Where rows are measured: the programs, the hosts, a folder, and how much work there is."""

from service_machine import ServiceMachine


class Place:
    """With `small`: everything once, as little of it as possible: whether it works."""

    def __init__(self, build, host, folder, small):
        self.programs = build / "programs"
        self.drivers = build / "tests/benchmarks"
        self.host = host
        self.folder = folder
        self.small = small
        self._machine = None

    def size(self, usual, small=2):
        return small if self.small else usual

    @property
    def machine(self):
        """A systemd with our service; booted when the first row wants it."""
        if not self._machine:
            self._machine = ServiceMachine(self.programs, self.folder)
        return self._machine

    def close(self):
        if self._machine:
            self._machine.close()
