//! What is wrong in a definition file is found at load, with its line and the rule.

use forms::Service;

const GOOD: &str = include_str!("../../../../../catalogue/services/1.004194/v1.toml");

#[test]
fn each_mistake_is_reported_with_its_line_and_rule() {
    for (from, to, marker, message) in [
        ("version = 1", "version = 1\ncolour = 'red'", "colour", "unknown field `colour`"),
        ("version = 1", "version =", "version =", ""),
        ("version = 1", "version = 0", "version = 0", "count from 1"),
        ("\"1.004194\"", "\"1004194\"", "procedure = ", "d.dddddd"),
        ("account_level = 2", "account_level = 3", "account_level = 3", "1 or 2"),
        ("value > from\"", "value > form\"", "value > form\"", "no field, fact or party \"form\""),
        ("value > from\"", "value > \"", "value > \"", "ends too early"),
        ("value > from\"", "days_between(from, to)\"", "days_between(from, to)", "must be a yes/no"),
        ("dwelling == 'rented'", "dwelling == 'hired'", "dwelling == 'hired'", "never 'hired'"),
        ("\"dwelling == 'rented'\"", "\"with_members\"", "\"with_members\"", "stands later"),
        ("host.is_householder\"", "host.name\"", "check = \"host.name\"", "does not list name"),
        ("record.exists and", "record.rich and", "record.rich", "knows no \"rich\""),
        ("number = \"host_number\"", "number = \"phone\"", "number = \"phone\"", "personal number"),
        ("key = \"reason\"", "key = \"record\"", "key = \"record\"", "already means"),
        ("key = \"reason\"", "key = \"phone\"", "key = \"phone\"", "stands twice"),
        (
            "[applicant]",
            "[waits]\nsupplement_days = 0\nbasis = { vi = \"Luật\", en = \"Law\" }\n\n[applicant]",
            "supplement_days = 0",
            "1 to 366 days",
        ),
        ("share = 70", "share = 71", "[[steps]]", "make 100"),
        ("max = 10", "max = 500", "max = 500", "at most 50"),
        ("prefill = \"record.name\"", "prefill = \"record.age\"", "prefill = \"record.age\"", "no fact"),
        ("each = \"members\"", "each = \"phone\"", "each = \"phone\"", "a group"),
        ("each = \"members\"\nwho", "who", "when = \"member.age", ""),
        (
            "\"commune\", \"address\", \"from\"",
            "\"town\", \"address\", \"from\"",
            "\"town\"",
            "no field or fact",
        ),
        ("valid_from = \"2023-02-05\"\nbasis", "valid_from = \"2023-02-31\"\nbasis", "2023-02-31", ""),
        ("en = \"Phone number\"", "en = \"\"", "en = \"\"", "not empty"),
        ("field = \"proof_on_record\"", "field = \"proof\"", "field = \"proof\"", "no field or attachment"),
        ("channel = \"in_person\"", "channel = \"online\"", "[[fees]]", "two fees"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let source = GOOD.replacen(from, to, 1);
        let problems = Service::parse(&source).expect_err(to);
        let found = problems.iter().any(|p| {
            let line = source.lines().nth(p.line - 1).unwrap_or("");
            line.contains(marker) && p.message.contains(message)
        });
        let all: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert!(found, "{to}: {}", all.join("\n"));
    }
}

#[test]
fn several_mistakes_are_reported_together() {
    let source = GOOD.replace("share = 70", "share = 1").replace("value > today", "value > tomorrow");
    assert!(Service::parse(&source).unwrap_err().len() >= 2);
}
