"""The table of a row, as Markdown."""

import math


def show(row, medians, out):
    """Returns how many of the row's targets are missed."""
    print(f"\n### {row.name}: {row.what}\n", file=out)
    if row.rounds:
        print(f"Slow, so measured {row.rounds} times at most, and not warmed up.\n", file=out)
    if row.once:
        print(f"Slow, so measured once: {'; '.join(row.once)}.\n", file=out)
    names = figures_of(medians)
    print("".join(f"| {title} " for title in ["way", "seconds", "processor, s", "peak, MiB", *names]) + "|", file=out)
    print("|---|" + "---:|" * (3 + len(names)), file=out)
    for way, median in medians.items():
        cells = [way, f"{median.seconds:.4f}", f"{median.cpu:.3f}", number(median.peak, ".1f"),
                 *(number(median.figures.get(name, math.nan), ".4g") for name in names)]
        print("".join(f"| {cell} " for cell in cells) + "|", file=out)
    print(file=out)
    missed = sum(not show_target(target, medians, out) for target in row.targets)
    if missed and row.limit:
        print(f"\nWhat limits it: {row.limit}", file=out)
    out.flush()
    return missed


def figures_of(medians):
    """What any way says besides, each once."""
    return list(dict.fromkeys(name for median in medians.values() for name in median.figures))


def number(value, form):
    return "" if math.isnan(value) else format(value, form)


def show_target(target, medians, out):
    value = target.value(medians)
    bound = f"at least {target.least:g}" if target.least is not None else f"at most {target.most:.3g}"
    good = target.reached(value)
    print(f"- {target.what}: **{value:.3g}** ({bound}{'' if good else '; missed'})", file=out)
    return good
