"""The service under a real systemd, and what its users feel. Measured inside of its namespaces."""

from rows.row import Row, Target, figure, milliseconds, time_ratio
from service_machine import STORE, TRUE, is_known_to_be_missing

BUSCTL = ["busctl", "call", "org.orchestratord.Orchestrator1", "/org/orchestratord/Orchestrator1"]
PINGS_PER_WATCHDOG = 2


def rows(place):
    if is_known_to_be_missing():
        return []
    service = Service(place)
    return [service.run(), service.first_line(), service.remote_line(), service.list(),
            service.idle("idle", 1, 60), service.idle("idle-1000", 1000, 10)]


class Service:
    def __init__(self, place):
        self.place = place
        self.filled = False
        self.remote = False

    def inside(self, *words):
        return lambda: self.place.machine.words(*words)

    def run(self):
        count = self.place.size(20)
        return Row("bus-run", "`orchestratorctl run` of a local `true`, shell to shell", {
            "ours": self.inside("repeat", count, "orchestratorctl", "run", "true"),
            "systemd-run --wait": self.inside("repeat", count, "systemd-run", "--quiet", "--wait", "true"),
        }, [Target("time, of systemd-run's", time_ratio("systemd-run --wait"), most=1.0)],
            limit="what a run has whatever it does, as in `once`, and the start of a C++ client; systemd-run starts a process.")

    def first_line(self):
        return Row("bus-first-line", "`orchestratorctl run` of a local `true`, until its first line", {
            "ours": self.inside("line", self.place.size(10), "", "orchestratorctl", "run", "true"),
        }, [Target("ms", milliseconds(), most=100)])

    def remote_line(self):
        def prepare(_way):
            if not self.remote:
                self.place.machine.serve_remote()
                self.remote = True
            # There is a connection from now on: it is kept for a minute.
            self.place.machine.run("repeat", 1, "orchestratorctl", "run", "remote")

        def until(text):
            return self.inside("line", self.place.size(5), text, "orchestratorctl", "run", "remote")

        return Row("bus-remote-line", "`orchestratorctl run` of a remote `true` on a warm connection, until a line", {
            "the first": until(""),
            "all is checked, it begins": until("syncing"),
            "it has succeeded": until("succeeded"),
        }, [Target("ms until the first", milliseconds("the first"), most=100),
            Target("ms until it begins", milliseconds("all is checked, it begins"), most=100)], prepare)

    def list(self):
        def prepare(_way):
            if not self.filled:
                self.place.machine.run("fill", STORE, 1000)
                self.filled = True

        count = self.place.size(10)
        return Row("bus-list", "`ListRuns` with 1,000 runs, with the start of busctl", {
            "ours": self.inside("repeat", count, *BUSCTL, "org.orchestratord.Orchestrator1.Manager", "ListRuns", "a{sv}u",
                                "0", "1000"),
            "Ping": self.inside("repeat", count, *BUSCTL, "org.freedesktop.DBus.Peer", "Ping"),
        }, [Target("ms more than a ping", lambda medians: milliseconds()(medians) - milliseconds("Ping")(medians), most=10)],
            prepare)

    def idle(self, name, jobs, usual):
        seconds = self.place.size(usual, 2 if jobs == 1 else 1)
        extra = "".join(f'[jobs.j{number}]\ntype = "rsync"\nsource = "/srv/{number}/"\ntarget = "/backup/{number}/"\n'
                        for number in range(jobs - 1))

        def words():
            pid = self.place.machine.serve(TRUE + extra)
            return self.place.machine.words("idle", pid, seconds, self.place.machine.watchdog_seconds() / PINGS_PER_WATCHDOG)

        return Row(name, f"the service with {jobs} jobs and nothing to do, for {seconds} s", {"ours": words},
                   [Target("PSS, MiB", figure("pss_mib"), most=12),
                    Target("wake-ups beyond the watchdog's", figure("beyond_watchdog"), most=0)], rounds=1,
                   limit="the pages of the libraries, more than half of it, which no other process there shares; a job takes 4 KiB.")
