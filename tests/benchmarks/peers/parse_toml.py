"""The same parse with Python's tomllib: parse_toml.py FILE."""

import sys
import tomllib

with open(sys.argv[1], "rb") as file:
    tomllib.load(file)
