"""Each rule finds what it forbids, and nothing in a tree that keeps it."""

import tempfile
import unittest
from pathlib import Path

import rules
from tree import Tree, code_only

CLEAN = {
    "CMakeLists.txt": 'project(x VERSION 1.2.3)\noption(tests "build them" ON)\n'
                      'set(mode "none" CACHE STRING "how")\n',
    "meson.build": "project('x', version: '1.2.3')\n",
    "meson_options.txt": "option('tests', type: 'boolean', value: true)\n"
                         "option('mode', type: 'combo', choices: ['none'], value: 'none')\n",
    "jobs/sources.list": "jobs/a.cpp\njobs/a.hpp\n",
    "jobs/a.hpp": "#pragma once\n",
    "jobs/a.cpp": '#include "jobs/a.hpp"\n// detached\nconst char* s = "system(x)";\n',
}


class Rules(unittest.TestCase):
    def found(self, rule, changes=None):
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**CLEAN, **(changes or {})}.items():
                file = Path(root, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            return list(rule(Tree(root)))

    def one(self, rule, changes, words):
        found = self.found(rule, changes)
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])

    def test_a_clean_tree_has_no_problems(self):
        for rule in rules.ALL:
            self.assertEqual(self.found(rule), [], rule.__name__)

    def test_a_job_type_must_not_include_the_ssh_folder(self):
        self.one(rules.include_arrows,
                 {"jobs/a.hpp": '#include "ssh/b.hpp"\n', "ssh/b.hpp": ""}, "jobs/a.hpp:1")

    def test_nobody_includes_tests(self):
        self.one(rules.include_arrows,
                 {"jobs/a.hpp": '#include "tests/b.hpp"\n', "tests/b.hpp": ""}, "may not include")

    def test_an_include_is_written_from_the_root(self):
        self.one(rules.include_arrows, {"jobs/a.hpp": '#include "b.hpp"\n'}, "does not exist")

    def test_a_library_stays_in_its_folder(self):
        self.one(rules.library_includes, {"jobs/a.hpp": "#include <libssh2.h>\n"}, "ssh/*")

    def test_a_source_includes_its_header_first(self):
        self.one(rules.own_header_first,
                 {"jobs/a.cpp": '#include <map>\n#include "jobs/a.hpp"\n'}, "jobs/a.cpp")

    def test_an_unlisted_source_is_found(self):
        self.one(rules.listed, {"jobs/b.cpp": ""}, "jobs/b.cpp")

    def test_a_listed_file_that_is_missing_is_found(self):
        self.one(rules.listed, {"ssh/sources.list": "ssh/b.cpp\n"}, "does not exist")

    def test_a_file_in_two_lists_is_found(self):
        self.one(rules.listed, {"ssh/sources.list": "jobs/a.cpp\n"}, "already")

    def test_a_default_that_differs_is_found(self):
        self.one(rules.options_agree,
                 {"meson_options.txt": "option('tests', type: 'boolean', value: false)\n"
                                       "option('mode', value: 'none')\n"}, "'tests'")

    def test_an_option_that_one_build_lacks_is_found(self):
        self.one(rules.options_agree, {"meson_options.txt": "option('tests', value: true)\n"},
                 "'mode'")

    def test_two_sources_of_a_list_keep_their_names_apart(self):
        for first, second in (("class A : B {", "struct A {"),
                              ("int f(int x) {", "int f(int x) {"),
                              ("constexpr int kA = 1;", "const char* const kA = nullptr;")):
            def source(text):
                return f"namespace x {{\nnamespace {{\n\n{text}\n}}\n\n}}  // namespace\n}}\n"
            self.one(rules.file_local_names,
                     {"jobs/sources.list": "jobs/b.cpp\njobs/c.cpp\n",
                      "jobs/b.cpp": source(first), "jobs/c.cpp": source(second)}, "jobs/c.cpp:4")

    def test_overloads_members_and_public_names_do_not_clash(self):
        local = "namespace {\nint f(int x) {\n  int g = 1;\n}\n}  // namespace\nclass C {\n};\n"
        self.assertEqual(self.found(
            rules.file_local_names,
            {"jobs/sources.list": "jobs/b.cpp\njobs/c.cpp\n", "jobs/b.cpp": local,
             "jobs/c.cpp": local.replace("int x", "long x")}), [])

    def test_forbidden_words_are_found_in_code(self):
        for line in ("asio::detached;", "co_spawn(ex, f());", "std::thread t;", "::system(x);",
                     "std::system(x);", "popen(x, y);", "#include <boost/asio.hpp>", "usleep(3);"):
            self.one(rules.forbidden_words, {"jobs/a.cpp": line + "\n"}, "jobs/a.cpp:1")

    def test_names_that_merely_contain_forbidden_words_pass(self):
        for line in ("file_system(x);", "sys.system(x);", "std::thread::id i;", "std::system_error(e);"):
            self.assertEqual(self.found(rules.forbidden_words, {"jobs/a.cpp": line + "\n"}), [])

    def test_tests_neither_sleep_nor_skip(self):
        for line in ("std::this_thread::sleep_for(x);", "GTEST_SKIP();", "TEST(A, DISABLED_B) {}"):
            self.one(rules.forbidden_words, {"tests/a.cpp": line + "\n"}, "tests/a.cpp:1")

    def test_a_test_that_a_readme_names_must_exist(self):
        readme = {"jobs/README.md": "| promise | `SuiteTest.HoldsIt`, `a.cpp` |\n"}
        self.one(rules.named_tests_exist, readme, "jobs/README.md:1")
        test = {"tests/a.cpp": "TEST_F(SuiteTest, HoldsIt) {}\n"}
        self.assertEqual(self.found(rules.named_tests_exist, {**readme, **test}), [])

    def test_actors_may_sleep(self):
        self.assertEqual(
            self.found(rules.forbidden_words, {"tests/actors/a.cpp": "sleep(1);\n"}), [])


class CodeOnly(unittest.TestCase):
    def test_comments_and_literals_are_blanked_and_lines_kept(self):
        text = 'a; // b\n/* c\nd */ e("f", \'g\', R"(h\n)");\n#include "i.hpp"\n'
        code = code_only(text)
        self.assertEqual(code.count("\n"), text.count("\n"))
        self.assertEqual(code.split(), ["a;", "e(", ",", ",", ");", "#include", '"i.hpp"'])

    def test_a_digit_separator_is_no_literal(self):
        self.assertEqual(code_only("x = 1'000 + detached;"), "x = 1'000 + detached;")


if __name__ == "__main__":
    unittest.main()
