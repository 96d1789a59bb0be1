"""Links the same data with `lienthong link` and with Splink, and prints F1 at probability >= 0.9, time and memory.

    python run.py --lienthong PATH [--people 1000000] [--only febrl,vietnam,unseen] [--no-peer] [--keep DIR]
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import data

HERE = Path(__file__).parent


def run(command):
    """Runs a command; returns wall seconds, processor seconds and peak memory in MB."""
    start = time.monotonic()
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def f1(pairs, truth):
    right = len(pairs & truth)
    precision, recall = right / max(1, len(pairs)), right / max(1, len(truth))
    return precision, recall, 2 * right / max(1, len(pairs) + len(truth))


def pairs_of(path, a, b, probability):
    with open(path, newline="") as rows:
        rows = csv.DictReader(rows)
        return {tuple(sorted((r[a], r[b]))) for r in rows if float(r[probability]) >= 0.9}


def ours(lienthong, settings, files, folder, name):
    out = Path(folder) / f"{name}.pairs.csv"
    cost = run([lienthong, "link", "--config", settings, *files, "--out", out,
                "--clusters", out.with_suffix(".clusters"), "--report", Path(folder) / f"{name}.html", "--lang", "en"])
    return pairs_of(out, "id_a", "id_b", "probability"), cost


def peers(models, files, folder, name):
    for model in models:
        out = Path(folder) / f"{name}.{model}.csv"
        cost = run([sys.executable, HERE / "peer.py", model, out, *files])
        yield model, pairs_of(out, "a", "b", "p"), cost


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--lienthong", required=True)
    options.add_argument("--people", type=int, default=1_000_000)
    options.add_argument("--only", default="febrl,unseen,vietnam")
    options.add_argument("--no-peer", action="store_true")
    options.add_argument("--keep")
    options = options.parse_args()
    folder = options.keep or tempfile.mkdtemp(prefix="linkage-")
    Path(folder).mkdir(exist_ok=True)
    only = options.only.split(",")

    work = []
    if "febrl" in only:
        for name, (files, truth) in data.febrl(folder).items():
            settings = "febrl-two.toml" if len(files) > 1 else "febrl.toml"
            work.append((name, files, truth, settings, ["febrl", "febrl-wide"]))
    if "unseen" in only:
        variants = [("like-a", 101, 4000, 0.5, 0.7, 0.03), ("like-b", 202, 3000, 0.8, 2.0, 0.08),
                    ("like-c", 303, 9000, 0.2, 1.2, 0.15)]
        for name, seed, people, twice, slips, missing in variants:
            files, truth = data.like_febrl(folder, name, seed, people, twice, slips, missing)
            work.append((name, files, truth, "febrl.toml", ["febrl", "febrl-wide"]))
    if "vietnam" in only:
        for name, seed, people, twice in [("vietnam", 1, options.people, 0.12),
                                          ("vietnam-unseen", 4242, options.people // 4, 0.05)]:
            files, truth = data.vietnamese(folder, options.lienthong, name, seed, people, twice, run)
            work.append((name, files, truth, "vietnam.toml", ["vietnam"]))
            work.append((name + ", no number", files, truth, "vietnam-no-number.toml", []))

    print("| data | rows' true pairs | engine | precision | recall | F1 | CPU s | wall s | MB |")
    print("|---|---:|---|---:|---:|---:|---:|---:|---:|")

    def line(name, truth, engine, pairs, cost):
        quality = " | ".join(f"{x:.4f}" for x in f1(pairs, truth))
        print(f"| {name} | {len(truth):,} | {engine} | {quality} | {cost[1]:.1f} | {cost[0]:.1f} | {cost[2]:,.0f} |", flush=True)

    for name, files, truth, settings, models in work:
        pairs, cost = ours(options.lienthong, HERE / settings, files, folder, name)
        line(name, truth, "lienthong", pairs, cost)
        for model, pairs, cost in peers([] if options.no_peer else models, files, folder, name):
            line(name, truth, f"Splink ({model})", pairs, cost)


if __name__ == "__main__":
    main()
