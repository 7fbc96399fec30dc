"""The source tree as the rules see it: its files, its lists, and a text without comments."""

import re
from pathlib import Path

FOLDERS = ("orchestrator", "jobs", "ssh", "monitors", "systemd", "programs", "tests")
SUFFIXES = (".cpp", ".hpp")


class Tree:
    def __init__(self, root):
        self.root = Path(root)

    def sources(self, folders=FOLDERS):
        """Every source and header below the folders, relative to the root. Examples of bad code that
        the rules themselves keep are none."""
        found = []
        for folder in folders:
            for path in (self.root / folder).rglob("*"):
                relative = path.relative_to(self.root)
                if path.suffix in SUFFIXES and relative.parts[:2] != ("tests", "rules"):
                    found.append(str(relative))
        return sorted(found)

    def readmes(self):
        return sorted(str(path.relative_to(self.root))
                      for folder in FOLDERS for path in (self.root / folder).rglob("README.md"))

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8")

    def lists(self):
        """Each *.list file of the product and its lines."""
        found = {}
        for folder in FOLDERS:
            for path in sorted((self.root / folder).rglob("*.list")):
                lines = (line.strip() for line in path.read_text().splitlines())
                found[str(path.relative_to(self.root))] = [
                    line for line in lines if line and not line.startswith("#")]
        return found


_TOKENS = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""",
    re.DOTALL)


def code_only(text):
    """`text` with comments and the insides of literals blanked, lines kept. Includes stay readable."""
    def blank(match):
        found = match.group(0)
        if found.startswith('"') and _is_include(text, match.start()):
            return found
        return re.sub(r"[^\n]", " ", found)
    return _TOKENS.sub(blank, text)


def _is_include(text, at):
    begin = text.rfind("\n", 0, at) + 1
    return text[begin:at].strip() == "#include"


def includes(text):
    """(line number, target, quoted) of each #include."""
    found = []
    for number, line in enumerate(code_only(text).splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*(<([^>]+)>|"([^"]+)")', line)
        if match:
            found.append((number, match.group(2) or match.group(3), match.group(3) is not None))
    return found
