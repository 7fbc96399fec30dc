"""Never a refused channel, whatever limit is set here and whatever the server allows."""

from rows.row import PEERS, PYTHON, Row, Target

# How many commands at once, and `max_sessions` of the host: the default, and more than the server allows.
LIMITS = ((5, 10), (50, 10), (300, 150))
# The warden has a channel of its own: a server that allows a single one can only be had without containment.
SERVERS = {1: "bare-commands", 2: "commands", 10: "commands", 100: "commands"}


def rows(place):
    return [channels(place, sessions, what) for sessions, what in SERVERS.items()]


def channels(place, sessions, what):
    count = place.size(300, 1)
    host = place.host
    address = host.address_with_few_sessions(sessions)
    ours, theirs = {}, {}
    for at_once, configured in LIMITS[-1:] if place.small else LIMITS:
        file = host.configuration(f"channels-{sessions}-{configured}", address=address, max_sessions=configured)
        ours[f"ours, {at_once} at once, `max_sessions = {configured}`"] = [
            place.drivers / "over_ssh", file, what, count, at_once]
        theirs[f"asyncssh, {at_once} at once"] = [
            *PYTHON, PEERS / "over_asyncssh.py", "commands", count, at_once, *host.peer_arguments, address]
    contained = "" if what == "commands" else "not contained, "
    what = f"{count} remote `true` on one connection, {contained}where sshd has `MaxSessions {sessions}`"
    return Row(f"channels-{sessions}", what, ours | theirs,
               [Target("refused to ours", lambda medians: sum(medians[way].figures["refused"] for way in ours), most=0)],
               lambda _way: host.few_sessions(sessions), rounds=1)
