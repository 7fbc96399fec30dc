"""Over SSH, our engine against the clients."""

from rows.row import PEERS, PYTHON, Row, Target, figure, processor_ratio, quoted, ratio, time_ratio


def rows(place):
    over_ssh = OverSsh(place)
    return [over_ssh.commands(), over_ssh.logins(), over_ssh.at_once(50), over_ssh.channel("down"), over_ssh.channel("up")]


class OverSsh:
    def __init__(self, place):
        self.place = place
        self.host = place.host
        self.hosts = place.host.configuration("hosts")

    def ours(self, *words):
        return [self.place.drivers / "over_ssh", self.hosts, *words]

    def asyncssh(self, *words):
        return [*PYTHON, PEERS / "over_asyncssh.py", *words, *self.host.peer_arguments]

    def commands(self):
        count = self.place.size(300)
        master = quoted([*self.host.ssh, "-o", "ControlMaster=auto", "-o", f"ControlPath={self.place.folder}/mux", "-o",
                         "ControlPersist=60"])
        login = self.host.login
        script = f"{master} {login} true && seq {count} | xargs -P 8 -I NUMBER {master} {login} true && " \
                 f"{master} -O exit {login}"
        shared = f"ssh -F {self.host.ssh_config()}"
        clush = f"{shared} bench true && clush -q -S -f 8 -o '-F {self.host.ssh_config()}' -w 'bench[1-{count}]' true && " \
                f"{shared} -O exit bench"
        return Row("commands", f"{count} remote `true` on one connection", {
            "ours": self.ours("commands", count, count),
            "not contained": self.ours("bare-commands", count, 8),
            "asyncssh": self.asyncssh("commands", count, 5),
            "ssh mux": ["sh", "-c", script],
            "clush": ["sh", "-c", clush],
        }, [Target("rate, of asyncssh's", ratio("asyncssh"), least=1.0),
            Target("rate, of ssh mux's", ratio("ssh mux"), least=1.5),
            Target("rate not contained, of asyncssh's", ratio("asyncssh", "not contained"), least=1.2),
            Target("processor time, of asyncssh's", processor_ratio("asyncssh"), most=0.2),
            Target("processor time not contained, of asyncssh's", processor_ratio("asyncssh", "not contained"), most=0.2),
            Target("refused", figure("refused"), most=0)],
            once=("clush",), limit="containment. Each command begins as a shell of ours over there, and at its end the "
            "warden looks twice through /proc for what it may have left; on a machine that is both sides, that competes with "
            "the commands. On ours the row of each in the ledger is written three times, and there is one more exchange.")

    def logins(self):
        count = self.place.size(50, 1)
        each = f"for i in $(seq {count}); do {quoted(self.host.ssh)} {self.host.login} true || exit; done"
        return Row("logins", f"{count} times login and `true`", {
            "ours": self.ours("logins", count),
            "not contained": self.ours("bare-logins", count),
            "asyncssh": self.asyncssh("logins", count),
            "ssh": ["sh", "-c", each],
        }, [Target("time, of asyncssh's", time_ratio("asyncssh"), most=0.7),
            Target("time not contained, of asyncssh's", time_ratio("asyncssh", "not contained"), most=0.7)],
            rounds=3, once=("ssh",), limit="containment: a warden is started with each connection, and confirms its end.")

    def at_once(self, usual):
        count = self.place.size(usual)
        each = f"seq -f 127.0.1.%g {count} | xargs -P {count} -I ADDRESS {quoted(self.host.ssh)} {self.host.account}@ADDRESS true"
        return Row(f"hosts-{usual}", f"{count} hosts at once: login and `true`", {
            "ours": [self.place.drivers / "over_ssh", self.host.configuration_of_many(count), "hosts", count],
            "not contained": [self.place.drivers / "over_ssh", self.host.configuration_of_many(count), "bare-hosts", count],
            "asyncssh": self.asyncssh("hosts", count),
            "ssh": ["sh", "-c", each],
        }, [Target("time, of asyncssh's", time_ratio("asyncssh"), most=0.7),
            Target("time not contained, of asyncssh's", time_ratio("asyncssh", "not contained"), most=0.7),
            Target("hosts logged in", figure("logged_in"), least=count)],
            lambda way: self.host.more_hosts(count), once=("ssh",),
            limit="the processors: all hosts are this machine, whose sshd takes part in each login, and whose /proc each of "
            "the wardens looks through, with the processes of all the others in it.")

    def channel(self, direction):
        size = self.place.size(1024, 1)
        through = f"head -c {size}M /dev/zero | ssh -- 'cat >/dev/null'" if direction == "up" else \
            f"ssh -- 'head -c {size}M /dev/zero' >/dev/null"

        def ssh(*more):
            words = quoted([*self.host.ssh, *more])
            return ["sh", "-c", through.replace("ssh --", f"{words} {self.host.login} --")]

        return Row(f"channel-{direction}", f"{size} MiB through a channel, {direction}", {
            "ours": self.ours(direction, size),
            "ssh": ssh(),
            "ssh, same cipher": ssh("-c", "aes128-ctr", "-m", "hmac-sha2-256"),
            "asyncssh": self.asyncssh(direction, size),
        }, [Target("rate, of ssh's", ratio("ssh"), least=1.0),
            Target("rate, of ssh's with the same cipher", ratio("ssh, same cipher"), least=0.95),
            Target("rate, of asyncssh's", ratio("asyncssh"), least=3.0),
            Target("peak memory, MiB", lambda medians: medians["ours"].peak, most=32)],
            rounds=3, once=("asyncssh",),
            limit="libssh2 1.10, which calls libcrypto once for each block of 16 bytes: three quarters of our processor "
            "time are in libcrypto (perf, downwards), and one processor is busy all the time.")
