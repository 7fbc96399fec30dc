"""Many runs in one engine, as the daemon has it."""

from rows.row import Row, Target, figure, milliseconds

HELD = Target("longest time the loop was held, ms", figure("longest_ms"), most=10)

STARTS = "the start of 200 keepers at once, between 7 and 16 ms from one run to the next on a machine with two processors."


def rows(place):
    at_once, queued = place.size(200), place.size(2000, 4)
    return [
        Row("runs-200", f"{at_once} runs of a local `true` at once",
            {"ours": many(place, "run", at_once, at_once), "a tenth": many(place, "run", at_once // 10 or 1, at_once)},
            [Target("ms each", milliseconds(each=at_once), most=20), HELD],
            limit=STARTS),
        Row("runs-2000", f"{queued} runs of a local `true`, {at_once} at once",
            {"ours": many(place, "run", queued, at_once), "a tenth": many(place, "run", queued // 10 or 1, at_once)},
            [Target("time, of that of a tenth of them", lambda medians: medians["ours"].seconds / medians["a tenth"].seconds,
                    most=12), HELD], limit=STARTS, rounds=1),
        Row("runs-cancel", f"cancel of {at_once} runs with a command each, until confirmed",
            {"ours": many(place, "cancel", at_once, at_once)}, [Target("ms", milliseconds(), most=1000), HELD],
            limit="all runs are cancelled in one step of the loop, and each tells those who follow it."),
    ]


def many(place, what, count, at_once):
    shell = "true" if what == "run" else "echo up; exec sleep 1000"
    file = place.host.configuration(f"{what}-{count}-of-{at_once}", f"[orchestrator]\nruns_at_once = {at_once}\n" + "".join(
        f'[jobs.j{number}]\ntype = "command"\nshell = "{shell}"\n' for number in range(count)))
    return [place.drivers / "many_runs", place.programs, file, what]
