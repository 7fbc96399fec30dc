"""Checks the tree against one rule of rules.py: check.py ROOT RULE."""

import sys

import rules
from tree import Tree

root, name = sys.argv[1:]
problems = list(getattr(rules, name)(Tree(root)))
print("\n".join(problems) or f"{name}: holds")
sys.exit(1 if problems else 0)
