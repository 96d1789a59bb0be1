#!/usr/bin/env python3
"""Writes catalogue/divisions/*.csv from the PyPI package `vietnamadminunits` (MIT licence).

Run it when a new version of the package, or a new resolution, changes the units:

    python3 -m venv .venv && .venv/bin/pip install vietnamadminunits==1.0.4
    .venv/bin/python scripts/catalogue/divisions.py

The package knows the units as of 1 July 2025. What the National Assembly decided later stands in AMENDMENTS below;
each amendment closes one row and opens the next, so that the files answer "which unit was this on that day".
`province_codes.csv` beside the written files is kept by hand and not touched.
"""

import csv
import importlib.util
import json
import sqlite3
import unicodedata
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

OUT = Path(__file__).resolve().parents[2] / "catalogue" / "divisions"
START, BEFORE = "2025-07-01", "2025-06-30"

# The package's Vietnamese kinds and the words the catalogue uses for them.
KINDS = {
    "Tỉnh": "province",
    "Thành phố trung ương": "municipality",
    "Quận": "urban_district",
    "Huyện": "rural_district",
    "Thị xã": "town",
    "Thành phố": "city",
    "Phường": "ward",
    "Xã": "commune",
    "Thị trấn": "township",
    "Đặc khu": "special_zone",
}

PROVINCES_EN = {"01": "Hanoi", "46": "Hue", "48": "Da Nang", "79": "Ho Chi Minh", "31": "Hai Phong"}

# (day, legal document, provinces that became municipalities, communes that became wards)
AMENDMENTS = [
    ("2026-04-30", "nq-30-2026-qh16", ["75"], {}),
    ("2026-04-30", "nq-237-2026-ubtvqh16", [], {"75": [
        "Dầu Giây", "Đồng Phú", "Long Thành", "Lộc Ninh", "Nhơn Trạch",
        "Tân Khai", "Tân Phú", "Trảng Bom", "Trị An", "Xuân Lộc",
    ]}),
    ("2026-09-01", "nq-36-2026-qh16", ["22"], {}),
    ("2026-09-20", "nq-39-2026-qh16", ["24"], {}),
    ("2026-09-20", "nq-388-2026-ubtvqh16", [], {"24": [
        "Bố Hạ", "Lạng Giang", "Kép", "Lục Nam", "Hiệp Hòa", "Yên Phong",
        "Phù Lãng", "Chi Lăng", "Tiên Du", "Gia Bình", "Nhân Thắng", "Lương Tài",
    ]}),
]

# The package writes these codes otherwise than QĐ 19/2025/QĐ-TTg.
CODE_CORRECTIONS = {"06978": "06970"}  # Ba Chẽ, Quảng Ninh


def nfc(text):
    return " ".join(unicodedata.normalize("NFC", text).split())


def plain(text):
    text = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    return "".join(c for c in text if not unicodedata.combining(c))


def write(name, header, rows):
    with open(OUT / name, "w", newline="", encoding="utf-8") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)
    print(f"{name}: {len(rows)} rows")


def day_before(day):
    return str(date.fromisoformat(day) - timedelta(days=1))


def versions(row, changes):
    """One row for each period: `changes` are (day, basis, new kind), in order of time."""
    rows, current = [], dict(row)
    for day, basis, kind in changes:
        rows.append(current | {"valid_to": day_before(day)})
        current = current | {"valid_from": day, "basis": basis, "kind": kind}
    return rows + [current]


def main():
    spec = importlib.util.find_spec("vietnamadminunits")
    data = Path(spec.origin).parent / "data"
    db = sqlite3.connect(data / "dataset.db")
    db.row_factory = sqlite3.Row
    new = [dict(r) for r in db.execute("SELECT * FROM admin_units")]
    old = [dict(r) for r in db.execute("SELECT * FROM admin_units_legacy")]
    converter = json.loads((data / "converter_2025.json").read_text(encoding="utf-8"))
    parser = json.loads((data / "parser_from_2025.json").read_text(encoding="utf-8"))
    legacy = json.loads((data / "parser_legacy.json").read_text(encoding="utf-8"))

    def code_of(unit):
        return CODE_CORRECTIONS.get(unit["wardCode"], unit["wardCode"])

    # The converter links keys, not codes: "thanhphohanoi_quanbadinh_phuongtrucbach" to "phuongbadinh".
    new_code = {}
    for part in ("DICT_PROVINCE_WARD_NO_ACCENTED", "DICT_PROVINCE_WARD_ACCENTED"):
        for province, wards in parser[part].items():
            new_code |= {(province, key): code_of(ward) for key, ward in wards.items()}
    old_code = {}
    for part in ("DICT_PROVINCE_DISTRICT_WARD_NO_ACCENTED", "DICT_PROVINCE_DISTRICT_WARD_ACCENTED"):
        for province, districts in legacy[part].items():
            for district, wards in districts.items():
                for key, ward in wards.items():
                    if ward["wardCode"]:
                        old_code[f"{province}_{district}_{key}"] = ward["wardCode"]
    # Five island districts had no communes; their key ends in "_".
    for unit in old:
        if not unit["wardCode"]:
            old_code[f"{unit['provinceKey']}_{unit['districtKey']}_"] = unit["districtCode"]

    successors = defaultdict(list)  # old code -> [new codes], the largest part first
    for province, wards in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for key, olds in wards.items():
            for old_key in olds:
                successors[old_code[old_key]].append(new_code[province, key])
    for province, olds in converter["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old_key, parts in olds.items():
            parts = sorted(parts, key=lambda p: not p["isDefaultNewWard"])
            successors[old_code[old_key]] += [new_code[province, p["newWardKey"]] for p in parts]

    province_key = {u["provinceKey"]: u["provinceCode"] for u in new}
    province_of_old = {}
    for key, olds in converter["DICT_PROVINCE"].items():
        province_of_old |= {old_key: province_key[key] for old_key in olds}

    def kind_of_province(full):
        return KINDS["Thành phố trung ương" if full.startswith("Thành phố") else "Tỉnh"]

    def name_of(full, kind_vi):
        return nfc(full).removeprefix(kind_vi).strip()

    def kind_and_name(full, kind_vi):
        # Two wards of Phú Nhuận stand as communes in the source, with "Phường" in their names.
        name = name_of(full, kind_vi)
        if kind_vi == "Xã" and name.startswith("Phường "):
            kind_vi, name = "Phường", name.removeprefix("Phường ")
        return KINDS[kind_vi], name

    changes = defaultdict(list)
    for day, basis, provinces, wards in AMENDMENTS:
        for code in provinces:
            changes[code].append((day, basis, "municipality"))
        for province, names in wards.items():
            for name in names:
                # Exactly one commune of the province must have the name, wherever the source puts the tone of "oa".
                [code] = [
                    code_of(u) for u in new
                    if u["provinceCode"] == province and u["wardType"] == "Xã"
                    and nfc(u["wardShort"]).replace("oà", "òa") == name
                ]
                changes[code].append((day, basis, "ward"))

    header = ["code", "kind", "name", "name_en", "valid_from", "valid_to", "lat", "lon", "basis"]
    rows = []
    for unit in sorted({u["provinceCode"]: u for u in new}.values(), key=lambda u: u["provinceCode"]):
        name = nfc(unit["provinceShort"])
        row = dict(
            code=unit["provinceCode"], kind=kind_of_province(unit["province"]), name=name,
            name_en=PROVINCES_EN.get(unit["provinceCode"], plain(name)), valid_from=START, valid_to="",
            lat=unit["provinceLat"], lon=unit["provinceLon"], basis="nq-202-2025-qh15",
        )
        rows += [[r[h] for h in header] for r in versions(row, changes[row["code"]])]
    write("provinces.csv", header, rows)

    header = ["code", "kind", "name", "province", "valid_from", "valid_to", "lat", "lon", "basis", "successors"]
    rows = []
    for unit in sorted(new, key=code_of):
        row = dict(
            code=code_of(unit), kind=KINDS[unit["wardType"]], name=name_of(unit["ward"], unit["wardType"]),
            province=unit["provinceCode"], valid_from=START, valid_to="",
            lat=unit["wardLat"], lon=unit["wardLon"], basis="qd-19-2025-qd-ttg", successors="",
        )
        rows += [[r[h] for h in header] for r in versions(row, changes[row["code"]])]
    write("communes.csv", header, rows)

    header = ["code", "kind", "name", "id_prefix", "valid_from", "valid_to", "successors"]
    rows = {
        u["provinceCode"]: [
            u["provinceCode"], kind_of_province(u["province"]), nfc(u["provinceShort"]), f"0{u['provinceCode']}",
            "", BEFORE, province_of_old[u["provinceKey"]],
        ]
        for u in old
    }
    write("former_provinces.csv", header, [rows[c] for c in sorted(rows)])

    header = ["code", "kind", "name", "province", "valid_from", "valid_to", "successors"]
    rows = {
        u["districtCode"]: [
            u["districtCode"], KINDS[u["districtType"]], name_of(u["district"], u["districtType"]),
            u["provinceCode"], "", BEFORE, " ".join(successors.get(u["districtCode"], [])),
        ]
        for u in old
    }
    write("former_districts.csv", header, [rows[c] for c in sorted(rows)])

    header = ["code", "kind", "name", "district", "valid_from", "valid_to", "successors"]
    rows = {
        u["wardCode"]: [
            u["wardCode"], *kind_and_name(u["ward"], u["wardType"]), u["districtCode"],
            "", BEFORE, " ".join(successors[u["wardCode"]]),
        ]
        for u in old if u["wardCode"]
    }
    write("former_communes.csv", header, [rows[c] for c in sorted(rows)])


if __name__ == "__main__":
    main()
