"""The rules of the house that can be read off the text: each takes a Tree and yields what is wrong."""

import re
from fnmatch import fnmatch

from tree import code_only, includes

# Who may include whom (the arrows of the architecture); every folder may include itself.
ARROWS = {
    "orchestrator": (),
    "jobs": ("orchestrator",),
    "ssh": ("orchestrator",),
    "monitors": ("orchestrator",),
    "systemd": ("orchestrator", "jobs", "ssh", "monitors"),
    "programs": ("orchestrator", "jobs", "ssh", "monitors", "systemd"),
    "tests": ("orchestrator", "jobs", "ssh", "monitors", "systemd", "programs"),
}

# Product files that may include a library; tests may stand on what they need.
LIBRARIES = {
    "libssh2": ("ssh/*",),
    "openssl/": ("ssh/*",),
    "toml++": ("orchestrator/config/*",),
    "boost/process": ("orchestrator/process/*",),
    "sqlite3": ("orchestrator/*",),
    "sdbus-c++": ("systemd/*",),
    "systemd/": ("systemd/*",),
    "CLI/": ("programs/*",),
    "nlohmann/": ("orchestrator/run/*", "programs/*"),
    "spdlog/": ("orchestrator/run/*", "programs/*"),
    "gtest/": (),
    "gmock/": (),
}

# (pattern, files it is looked for in, files that may, why not)
PRODUCT = ("orchestrator/*", "jobs/*", "ssh/*", "monitors/*", "systemd/*", "programs/*")
COMPARISON = "tests/benchmarks/bare_coroutines.cpp"  # does what we do not, to be measured
FORBIDDEN = (
    (r"\bdetached\b", PRODUCT + ("tests/*",), (COMPARISON,),
     "no task without a parent: spawn it in a task group"),
    (r"\bco_spawn\b", PRODUCT + ("tests/*",), ("orchestrator/tasks/*", COMPARISON),
     "only the task group and the loop start coroutines"),
    (r"\buse_awaitable\b", PRODUCT + ("tests/*",), ("orchestrator/tasks/*",),
     "suspend through use_task or use_task_tuple, which hear cancellation"),
    (r"\bawaitable_operators\b", PRODUCT + ("tests/*",), (),
     "it waits for a success and swallows errors: use a task group"),
    (r"#\s*include\s*<boost/asio\.hpp>", PRODUCT + ("tests/*",), (),
     "include only the parts that are used"),
    (r"\bstd::(thread|jthread|async)\b(?!::)", PRODUCT,
     ("orchestrator/tasks/blocking_pool.cpp", "orchestrator/tasks/blocking_pool.hpp",
      "orchestrator/output/output_queue.cpp", "orchestrator/output/output_queue.hpp"),
     "blocking work belongs to run_blocking, output to the OutputQueue"),
    (r"(?<![\w.>])(std::|::)?(system|popen)\s*\(", PRODUCT + ("tests/*",), (),
     "no shell behind our back: run a command through a Host"),
    (r"(?<![\w.>])(::)?(sleep|usleep|nanosleep)\s*\(", PRODUCT + ("tests/*",), ("tests/actors/*",),
     "wait for an event, never for a time"),
    # That test holds the loop on purpose.
    (r"\bthis_thread::sleep_", PRODUCT + ("tests/*",),
     ("tests/actors/*", "tests/support/real_loop_test.cpp"),
     "wait for an event, never for a time"),
    (r"\bGTEST_SKIP\b|\bDISABLED_", ("tests/*",),
     ("tests/support/capability.hpp",),
     "a test runs; what the machine may lack is a REQUIRE_CAPABILITY"),
)


def include_arrows(tree):
    for path in tree.sources():
        folder = path.split("/")[0]
        for number, target, quoted in includes(tree.text(path)):
            other = target.split("/")[0]
            if quoted and not (tree.root / target).exists():
                yield f"{path}:{number}: '{target}' does not exist: includes are written from the root"
            elif quoted and other != folder and other not in ARROWS[folder]:
                yield f"{path}:{number}: {folder}/ may not include '{target}'"


def library_includes(tree):
    for path in tree.sources():
        if path.startswith("tests/"):
            continue
        for number, target, quoted in includes(tree.text(path)):
            for library, allowed in LIBRARIES.items():
                if not quoted and target.startswith(library) and not _in(path, allowed):
                    yield (f"{path}:{number}: <{target}> belongs in "
                           f"{' or '.join(allowed) or 'tests'}")


def own_header_first(tree):
    """So that compiling a source proves that its header stands alone."""
    for path in tree.sources():
        header = path[:-4] + ".hpp"
        if not path.endswith(".cpp") or not (tree.root / header).exists():
            continue
        found = includes(tree.text(path))
        if not found or found[0][1] != header:
            yield f"{path}: the first include must be '{header}'"


def listed(tree):
    """Every source is in a list and every listed file exists, once."""
    seen = {}
    for name, lines in tree.lists().items():
        for line in lines:
            if not (tree.root / line).is_file():
                yield f"{name}: '{line}' does not exist"
            if line in seen:
                yield f"{name}: '{line}' is in {seen[line]} already"
            seen[line] = name
    for path in tree.sources():
        if path not in seen:
            yield f"{path}: is in no *.list, so no build compiles it"


def options_agree(tree):
    """CMake's and Meson's options have the same names and defaults."""
    cmake = tree.text("CMakeLists.txt")
    ours = {name: value == "ON"
            for name, value in re.findall(r'^option\((\w+) "[^"]*" (ON|OFF)\)', cmake, re.M)}
    ours.update(re.findall(r'^set\((\w+) "([^"]*)" CACHE STRING', cmake, re.M))
    theirs = {}
    meson = re.compile(r"^option\('(\w+)'.*?value:\s*('([^']*)'|true|false)", re.M | re.S)
    for name, value, text in meson.findall(tree.text("meson_options.txt")):
        theirs[name] = text if value.startswith("'") else value == "true"
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            yield (f"option '{name}': CMakeLists.txt has {ours.get(name, 'none')}, "
                   f"meson_options.txt has {theirs.get(name, 'none')}")
    versions = (re.search(r"project\(\w+ VERSION ([\d.]+)", cmake).group(1),
                re.search(r"version: '([\d.]+)'", tree.text("meson.build")).group(1))
    if versions[0] != versions[1]:
        yield f"the version is {versions[0]} in CMakeLists.txt and {versions[1]} in meson.build"


def file_local_names(tree):
    """Unity builds compile the sources of a list together, so a name that a source keeps for itself
    is its own in the whole list."""
    for name, paths in tree.lists().items():
        owners = {}
        for path in paths:
            if not path.endswith(".cpp") or not (tree.root / path).is_file():
                continue
            for number, local in _file_local(tree.text(path)):
                other = owners.setdefault(local, path)
                if other != path:
                    yield (f"{path}:{number}: '{local}' is a name of {other} too, and unity builds "
                           "compile both at once")


_NAMESPACE = re.compile(r"^namespace\b(.*)\{$")
_LOCAL = (
    re.compile(r"^(?:class|struct|enum class|enum)\s+(\w+)[^;]*$"),
    re.compile(r"^(?:static |const |constexpr |inline )+[\w:<>, *&]*?(\w+)(?:\[\w*\])?\s*[={]"),
    re.compile(r"^(?!TEST|INSTANTIATE)[\w:<>, *&\[\]]*?\b(\w+\([^{;]*\)[^{;]*)\{"),
)


def _file_local(text):
    """(line number, name) of types, variables and functions in the unnamed namespaces of a formatted
    source; functions come with their parameters."""
    unnamed = []  # of each namespace that is open
    written = text.splitlines()
    lines = code_only(text).splitlines()
    for number, line in enumerate(lines):
        opened = _NAMESPACE.match(line)
        if opened:
            unnamed.append(not opened.group(1).strip())
        elif written[number].startswith("}  // namespace") and unnamed:
            unnamed.pop()
        elif any(unnamed) and line[:1].isalpha():
            whole = " ".join(lines[number:number + 3]) if "(" in line else line
            match = next(filter(None, (pattern.match(whole) for pattern in _LOCAL)), None)
            if match:
                yield number + 1, " ".join(match.group(1).split())


def forbidden_words(tree):
    for path in tree.sources():
        lines = code_only(tree.text(path)).splitlines()
        for pattern, where, allowed, reason in FORBIDDEN:
            if not _in(path, where) or _in(path, allowed):
                continue
            for number, line in enumerate(lines, 1):
                found = re.search(pattern, line)
                if found:
                    yield f"{path}:{number}: '{found.group(0).strip()}': {reason}"


def named_tests_exist(tree):
    """Every test that a README of the product names (`Suite.IsASentence`) is there, so that a list of
    which test holds what stays true."""
    defined = set()
    for path in tree.sources(("tests",)):
        defined.update(re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", tree.text(path), re.M))
    for path in tree.readmes():
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            for suite, name in re.findall(r"`([A-Z]\w+)\.([A-Z]\w+)`", line):
                if (suite, name) not in defined:
                    yield f"{path}:{number}: there is no test '{suite}.{name}'"


def _in(path, patterns):
    return any(fnmatch(path, pattern) for pattern in patterns)


ALL = (include_arrows, library_includes, own_header_first, listed, options_agree, file_local_names,
       forbidden_words, named_tests_exist)
