"""Links with Splink and DuckDB, in a process of its own so that its time and memory can be measured.

    python peer.py MODEL OUT.csv A.csv [B.csv]

MODEL is `febrl` (the comparisons of Splink's own FEBRL tutorial), `febrl-wide` (with address and suburb too) or `vietnam`.
"""

import logging
import sys

import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

logging.disable(logging.WARNING)

FEBRL = {
    "id": "rec_id",
    "comparisons": lambda: [
        cl.ForenameSurnameComparison("given_name", "surname"),
        cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
        cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
    ],
    "blocking": [
        block_on("given_name", "surname"), block_on("soc_sec_id"), block_on("date_of_birth"),
        block_on("surname", "postcode"), block_on("given_name", "postcode"), block_on("street_number", "postcode"),
    ],
    "deterministic": ["l.soc_sec_id = r.soc_sec_id", "l.given_name = r.given_name and l.surname = r.surname and l.date_of_birth = r.date_of_birth"],
    "recall": 0.9,
    "training": [block_on("date_of_birth"), block_on("soc_sec_id"), block_on("postcode", "surname")],
    "sample": 1.0,
}

FEBRL_WIDE = FEBRL | {
    "comparisons": lambda: [
        *FEBRL["comparisons"](),
        cl.JaroWinklerAtThresholds("address_1", [0.9, 0.8]),
        cl.JaroWinklerAtThresholds("suburb", [0.9, 0.8]),
    ],
}

VIETNAM = {
    "id": "source_key",
    "comparisons": lambda: [
        cl.JaroWinklerAtThresholds("full_name", [0.95, 0.88]).configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison("birth_date", input_is_string=True),
        cl.ExactMatch("sex"),
        cl.DamerauLevenshteinAtThresholds("number", [1, 2]),
        cl.ExactMatch("home_town_commune").configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("father_name", [0.95, 0.88]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("mother_name", [0.95, 0.88]).configure(term_frequency_adjustments=True),
        cl.ExactMatch("permanent_commune").configure(term_frequency_adjustments=True),
    ],
    "blocking": [
        block_on("number"), block_on("full_name", "birth_date"), block_on("birth_date", "home_town_commune"),
        block_on("full_name", "mother_name"), block_on("birth_date", "father_name"),
    ],
    "deterministic": ["l.number = r.number"],
    "recall": 0.8,
    "training": [block_on("full_name", "birth_date"), block_on("number")],
    "sample": 1.0,
}

MODELS = {"febrl": FEBRL, "febrl-wide": FEBRL_WIDE, "vietnam": VIETNAM}


def main(model, out, *paths):
    model = MODELS[model]
    frames = [pd.read_csv(path, dtype=str) for path in paths]
    if model is VIETNAM:
        # Splink is given one writing of dates and names, which it would else have to compare as they are.
        import unicodedata

        for frame in frames:
            frame["full_name"], frame["father_name"], frame["mother_name"] = (
                frame[c].fillna("").map(lambda v: unicodedata.normalize("NFC", v).lower()).replace("", None)
                for c in ("full_name", "father_name", "mother_name")
            )
            slashed = frame["birth_date"].str.contains("/", na=False)
            turned = frame.loc[slashed, "birth_date"].str.split("/").map(lambda p: "-".join(reversed(p)))
            frame.loc[slashed, "birth_date"] = turned
    settings = SettingsCreator(
        link_type="link_only" if len(frames) > 1 else "dedupe_only",
        unique_id_column_name=model["id"],
        comparisons=model["comparisons"](),
        blocking_rules_to_generate_predictions=model["blocking"],
    )
    database = DuckDBAPI()
    tables = [database.register(frame) for frame in frames]
    linker = Linker(tables if len(tables) > 1 else tables[0], settings)
    linker.training.estimate_probability_two_random_records_match(model["deterministic"], recall=model["recall"])
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in model["training"]:
        linker.training.estimate_parameters_using_expectation_maximisation(rule, record_sample_proportion=model["sample"])
    found = linker.inference.predict(threshold_match_probability=0.5).as_pandas_dataframe()
    name = model["id"]
    found[[f"{name}_l", f"{name}_r", "match_probability"]].to_csv(out, index=False, header=["a", "b", "p"])


if __name__ == "__main__":
    main(*sys.argv[1:])
