#!/usr/bin/env python3
"""Writes the fixture that the calendar test compares the catalogue with, from the PyPI package `holidays` (MIT licence).

    python3 -m venv .venv && .venv/bin/pip install holidays==0.109
    .venv/bin/python scripts/catalogue/holidays_fixture.py

Each row is one day that the package says the state does not work, or works although it is a weekend.
"""

import csv
from datetime import date, timedelta
from pathlib import Path

import holidays

YEARS = range(2024, 2028)
OUT = Path(__file__).resolve().parents[2] / "crates/domains/catalogue/tests/fixtures/holidays_vn.csv"


def main():
    vietnam = holidays.country_holidays("VN", years=YEARS)
    rows = []
    day = date(YEARS[0], 1, 1)
    while day.year in YEARS:
        if day in vietnam:
            rows.append([day, "holiday", vietnam[day]])
        elif day in vietnam.weekend_workdays:
            rows.append([day, "working", ""])
        day += timedelta(days=1)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    with open(OUT, "w", newline="", encoding="utf-8") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["date", "kind", "name"])
        out.writerows(rows)
    print(f"{OUT.name}: {len(rows)} days of holidays {holidays.__version__}")


if __name__ == "__main__":
    main()
