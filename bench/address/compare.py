#!/usr/bin/env python3
"""Reads the same variants with PyPI `vietnamadminunits` and prints its figures in the form of ours.

Usage: compare.py VARIANTS.csv [EVERY]. The file is written by `cargo run --release -p address --example measure -- SEED FILE`;
with EVERY, only each EVERY-th line is read. The package is told which map each address is of (ours is not), and any of
several units that a text fits equally counts as right (ours must name them all).
"""

import csv
import sys
import time
from collections import defaultdict

from vietnamadminunits import parse_address

MODES = {"current": "FROM_2025", "former": "LEGACY"}


def main() -> None:
    path = sys.argv[1]
    every = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[::every]
    tally = defaultdict(lambda: [0, 0, 0, 0])
    start = time.process_time()
    for row in rows:
        try:
            code = parse_address(row["text"], mode=MODES[row["era"]]).ward_code
        except Exception as error:  # what it raises is a failure of that line
            code = type(error).__name__
        verdict = 1 if code is not None and str(code) in row["fits"].split() else 3 if code is None else 2
        for key in (row["era"], row["style"]), (row["era"], "all"):
            tally[key][0] += 1
            tally[key][verdict] += 1
    seconds = time.process_time() - start
    print(f"{'era':8} {'style':30} {'texts':>7} {'right %':>8}  fails")
    for (era, style), (texts, right, wrong, nothing) in tally.items():
        print(f"{era:8} {style:30} {texts:>7} {100 * right / texts:>8.3f}  wrong {wrong} nothing {nothing}")
    print(f"{len(rows) / seconds:.0f} addresses/s on one core")


if __name__ == "__main__":
    main()
