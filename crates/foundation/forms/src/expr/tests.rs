use std::collections::BTreeMap;

use jiff::civil::date;
use proptest::prelude::*;

use super::{
    check::{Scope, check},
    eval::{Env, eval},
    *,
};

/// A small world: one name of each type.
const NAMES: [(&str, Type); 8] = [
    ("yes", Type::Bool),
    ("count", Type::Int),
    ("word", Type::Text),
    ("today", Type::Date),
    ("born", Type::Partial),
    ("rows.number", Type::List(Item::Text)),
    ("rows.living", Type::List(Item::Bool)),
    ("rows.age", Type::List(Item::Int)),
];

struct World(BTreeMap<String, Value>);

impl Scope for World {
    fn type_of(&self, name: &str) -> Result<Type, String> {
        NAMES.iter().find(|(n, _)| *n == name).map(|(_, t)| *t).ok_or_else(|| format!("no {name}"))
    }
}

impl Env for World {
    fn value(&self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or_default()
    }
}

fn world() -> World {
    World(BTreeMap::from([
        ("yes".to_owned(), true.into()),
        ("count".to_owned(), 7.into()),
        ("word".to_owned(), "Đà Nẵng".into()),
        ("today".to_owned(), date(2026, 11, 20).into()),
        ("born".to_owned(), Value::Partial("1990".parse().unwrap())),
        ("rows.number".to_owned(), Value::List(vec!["a".into(), "b".into(), Value::Missing])),
        ("rows.living".to_owned(), Value::List(vec![true.into(), Value::Missing])),
    ]))
}

fn value(source: &str) -> Value {
    let formula = Formula::parse(source).unwrap();
    check(&formula.0, &world()).unwrap_or_else(|e| panic!("{source}: {e}"));
    eval(&formula.0, &world()).unwrap()
}

#[test]
fn expressions_say_what_they_say() {
    for (source, expected) in [
        ("1 + 2 * 3 - 4", Value::Int(3)),
        ("-(count - 10) == 3", true.into()),
        ("not yes or count > 3 and word == 'Đà Nẵng'", true.into()),
        ("'it''s'", "it's".into()),
        ("age_on(born, today)", Value::Int(35)),
        ("year_of(born)", Value::Int(1990)),
        ("2026-01-31 + months(1)", date(2026, 2, 28).into()),
        ("today - days(20)", date(2026, 10, 31).into()),
        ("today <= 2026-11-20 + months(24)", true.into()),
        ("days_between(2026-01-01, 2026-03-01)", Value::Int(59)),
        ("months_between(2026-01-31, 2026-02-28)", Value::Int(1)),
        ("months_between(2026-03-15, 2026-01-16)", Value::Int(-1)),
        ("count in [1, 7]", true.into()),
        ("contains(rows.number, 'b')", true.into()),
        ("contains(word, 'Nẵng')", true.into()),
        ("starts_with(word, 'Đ')", true.into()),
        ("len(word) + len(rows.number)", Value::Int(10)),
        ("same_name(word, 'DA NANG')", true.into()),
        ("same_person('001 099 012 345', '001099012345')", true.into()),
        ("distinct(rows.number)", true.into()),
        ("if(yes, 1, 3)", Value::Int(1)),
        ("9223372036854775807 + 1", Value::Missing),
        ("today + days(9223372036854775807)", Value::Missing),
    ] {
        assert_eq!(value(source), expected, "{source}");
    }
}

#[test]
fn what_is_not_known_stays_not_known_until_something_settles_it() {
    let mut bare = world();
    bare.0.remove("count");
    for (source, expected) in [
        ("count == 1", Value::Missing),
        ("count != 1", Value::Missing),
        ("count == 1 or yes", true.into()),
        ("count == 1 and not yes", false.into()),
        ("is_missing(count)", true.into()),
        ("default(count, 4)", Value::Int(4)),
        ("if(count == 1, 'a', 'b')", "b".into()),
        ("all(rows.living)", Value::Missing),
        ("any(rows.living)", true.into()),
    ] {
        assert_eq!(eval(&Formula::parse(source).unwrap().0, &bare).unwrap(), expected, "{source}");
    }
}

#[test]
fn mistakes_are_found_with_their_place() {
    for (source, at, part) in [
        ("count ==", 9, "ends too early"),
        ("count = 1", 7, "unexpected character"),
        ("(count", 7, "expected \")\""),
        ("ages(born)", 1, "no function"),
        ("len()", 5, "unexpected"),
        ("if(yes, 1)", 1, "takes 3"),
        ("1 < 2 < 3", 3, "do not chain"),
        ("2026-02-30", 1, "no such day"),
        ("'open", 1, "closing quote"),
        ("yes yes", 5, "expected the end"),
        ("count == 'a'", 1, "cannot be compared"),
        ("count and yes", 1, "expected yes/no"),
        ("word < 'b'", 1, "have no order"),
        ("[1, 'a']", 1, "one type"),
        ("yes == nothing", 8, "no nothing"),
        ("yes and age_on(today, born) > 1", 23, "expected date"),
        ("today + 3", 1, "has no meaning"),
    ] {
        let error = Formula::parse(source).and_then(|f| check(&f.0, &world()).map(drop)).unwrap_err();
        assert_eq!(error.at, at, "{source}: {error}");
        assert!(error.what.contains(part), "{source}: {error}");
    }
}

#[test]
fn long_and_deep_expressions_are_refused() {
    for source in [
        "(".repeat(400),
        "-".repeat(400),
        "not ".repeat(200),
        format!("1{}", "+1".repeat(300)),
        "1".repeat(2000),
    ] {
        assert!(Formula::parse(&source).is_err());
    }
    assert!(Formula::parse(&format!("1{}", " + 1".repeat(90))).is_ok());
}

/// An expression of this type, over the names of the world.
fn typed(wanted: Type, depth: u32) -> BoxedStrategy<Expr> {
    let make = |node: Node| Expr { at: 0, node };
    let names: Vec<_> =
        NAMES.iter().filter(|(_, t)| *t == wanted).map(|(n, _)| make(Node::Name((*n).into()))).collect();
    let literal: BoxedStrategy<Expr> = match wanted {
        Type::Bool => any::<bool>().prop_map(move |b| make(Node::Bool(b))).boxed(),
        Type::Int => prop_oneof![0..100_i64, Just(i64::MAX)].prop_map(move |i| make(Node::Int(i))).boxed(),
        Type::Text => "[a-zđ' ]{0,5}".prop_map(move |t| make(Node::Text(t))).boxed(),
        Type::Date => (1900..2100_i16, 1..=12_i8, 1..=28_i8)
            .prop_map(move |(y, m, d)| make(Node::Date(date(y, m, d))))
            .boxed(),
        Type::Span => prop_oneof![Just(Function::Days), Just(Function::Months)]
            .prop_flat_map(move |f| typed(Type::Int, 0).prop_map(move |x| make(Node::Call(f, vec![x]))))
            .boxed(),
        Type::Partial => Just(make(Node::Name("born".into()))).boxed(),
        Type::List(item) if depth > 0 => prop::collection::vec(typed(item.single(), depth - 1), 1..3)
            .prop_map(move |items| make(Node::List(items)))
            .boxed(),
        Type::List(Item::Bool) => Just(make(Node::Name("rows.living".into()))).boxed(),
        Type::List(Item::Int) => Just(make(Node::Name("rows.age".into()))).boxed(),
        Type::List(_) => Just(make(Node::Name("rows.number".into()))).boxed(),
    };
    let leaf =
        if names.is_empty() { literal } else { prop_oneof![literal, prop::sample::select(names)].boxed() };
    if depth == 0 {
        return leaf;
    }
    let d = depth - 1;
    let two = move |op: Op, a: Type, b: Type| {
        (typed(a, d), typed(b, d)).prop_map(move |(a, b)| make(Node::Binary(op, Box::new(a), Box::new(b))))
    };
    let call = move |f: Function, types: Vec<Type>| {
        let args: Vec<_> = types.into_iter().map(|t| typed(t, d)).collect();
        args.prop_map(move |args| make(Node::Call(f, args)))
    };
    let any_of = |t: Type| {
        prop_oneof![call(Function::Default, vec![t, t]), call(Function::If, vec![Type::Bool, t, t])]
    };
    match wanted {
        Type::Bool => prop_oneof![
            leaf,
            two(Op::And, Type::Bool, Type::Bool),
            two(Op::Or, Type::Bool, Type::Bool),
            two(Op::Eq, Type::Text, Type::Text),
            two(Op::Lt, Type::Date, Type::Date),
            two(Op::Ge, Type::Int, Type::Int),
            two(Op::In, Type::Text, Type::List(Item::Text)),
            typed(Type::Bool, d).prop_map(move |x| make(Node::Not(Box::new(x)))),
            call(Function::All, vec![Type::List(Item::Bool)]),
            call(Function::Distinct, vec![Type::List(Item::Int)]),
            call(Function::SamePerson, vec![Type::Text, Type::Text]),
            any_of(Type::Bool),
        ]
        .boxed(),
        Type::Int => prop_oneof![
            leaf,
            two(Op::Add, Type::Int, Type::Int),
            two(Op::Sub, Type::Int, Type::Int),
            two(Op::Mul, Type::Int, Type::Int),
            typed(Type::Int, d).prop_map(move |x| make(Node::Neg(Box::new(x)))),
            call(Function::AgeOn, vec![Type::Partial, Type::Date]),
            call(Function::MonthsBetween, vec![Type::Date, Type::Date]),
            call(Function::DaysBetween, vec![Type::Date, Type::Date]),
            call(Function::YearOf, vec![Type::Date]),
            call(Function::Len, vec![Type::Text]),
            any_of(Type::Int),
        ]
        .boxed(),
        Type::Date => prop_oneof![
            leaf,
            two(Op::Add, Type::Date, Type::Span),
            two(Op::Sub, Type::Date, Type::Span),
            any_of(Type::Date)
        ]
        .boxed(),
        Type::Text => prop_oneof![leaf, any_of(Type::Text)].boxed(),
        _ => leaf,
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(source in "\\PC{0,80}") { let _ = Formula::parse(&source); }

    #[test]
    fn no_near_miss_makes_the_parser_panic(words in prop::collection::vec(
        prop::sample::select(vec!["(", ")", "[", "]", ",", "not", "and", "in", "==", "<", "-", "+", "*", "if", "len", "x", "x.y", "'a'", "1", "2026-01-01", "true"]),
        0..25,
    )) {
        if let Ok(formula) = Formula::parse(&words.join(" ")) {
            let _ = check(&formula.0, &world());
            prop_assert_eq!(Formula::parse(&formula.to_string()).unwrap(), formula);
        }
    }

    #[test]
    fn what_is_printed_reads_the_same(expr in typed(Type::Bool, 3)) {
        let printed = expr.to_string();
        if printed.len() <= SOURCE_BYTES_MAX {
            prop_assert_eq!(parse::parse(&printed).unwrap(), expr, "{}", printed);
        }
    }

    #[test]
    fn what_passes_the_type_check_never_meets_a_wrong_type(
        expr in prop_oneof![typed(Type::Bool, 3), typed(Type::Int, 3), typed(Type::Date, 3)],
        known in prop::collection::vec(any::<bool>(), NAMES.len()),
    ) {
        let found = check(&expr, &world()).unwrap();
        let mut some = world();
        for ((name, _), known) in NAMES.iter().zip(known) {
            if !known {
                some.0.remove(*name);
            }
        }
        let value = eval(&expr, &some);
        prop_assert!(value.clone().is_ok_and(|v| v.is_a(found)), "{expr} gave {value:?}");
    }
}
