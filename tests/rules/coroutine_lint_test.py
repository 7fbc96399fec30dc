"""The lint finds every expression that is marked bad in lint/expressions.cpp, and no other."""

import re
import unittest

from coroutine_lint import HERE, MEANINGS, query

EXAMPLES = HERE / "lint" / "expressions.cpp"


class CoroutineLint(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        found, cls.errors = query([EXAMPLES], ["-std=c++20", "-w"], "expressions")
        cls.found = {(line, name) for _, line, name in found}

    def test_the_examples_compile(self):
        self.assertEqual(self.errors, [])

    def test_what_is_marked_is_found_and_nothing_else(self):
        lines = EXAMPLES.read_text().splitlines()
        marked = {(number, match.group(1)) for number, line in enumerate(lines, 1)
                  if (match := re.search(r"// bad: (\w+)$", line))}
        self.assertEqual(sorted(self.found), sorted(marked))

    def test_every_kind_has_an_example(self):
        self.assertEqual({name for _, name in self.found}, set(MEANINGS))

    def test_code_that_does_not_compile_is_an_error(self):
        _, errors = query([HERE / "lint" / "nowhere.cpp"], ["-std=c++20"], ".")
        self.assertTrue(errors)


if __name__ == "__main__":
    unittest.main()
