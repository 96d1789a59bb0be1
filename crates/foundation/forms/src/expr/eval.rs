//! The value of an expression. Total: a type-checked expression gives a value or missing, whatever the data.

use base::{PartialDate, PersonalNumber, fold};
use jiff::civil::Date;

use super::{Expr, Function, Node, Op, Value};

/// What names mean, as values. A name that has none is missing.
pub trait Env {
    fn value(&self, name: &str) -> Value;
}

/// A value of the wrong type: the expression did not pass the type check against this environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an expression met a value of the wrong type")]
pub struct Mismatch;

type Outcome = Result<Value, Mismatch>;

/// Computes an expression.
pub fn eval(expr: &Expr, env: &dyn Env) -> Outcome {
    Ok(match &expr.node {
        Node::Bool(b) => Value::Bool(*b),
        Node::Int(i) => Value::Int(*i),
        Node::Text(t) => Value::Text(t.clone()),
        Node::Date(d) => Value::Date(*d),
        Node::List(items) => Value::List(items.iter().map(|x| eval(x, env)).collect::<Result<_, _>>()?),
        Node::Name(name) => env.value(name),
        Node::Not(x) => truth(&eval(x, env)?)?.map_or(Value::Missing, |b| Value::Bool(!b)),
        Node::Neg(x) => match eval(x, env)? {
            Value::Int(i) => int(i.checked_neg()),
            Value::Missing => Value::Missing,
            _ => return Err(Mismatch),
        },
        Node::Binary(op, a, b) => binary(*op, eval(a, env)?, eval(b, env)?)?,
        Node::Call(function, arguments) => {
            let values = arguments.iter().map(|x| eval(x, env)).collect::<Result<Vec<_>, _>>()?;
            call(*function, values)?
        }
    })
}

fn int(i: Option<i64>) -> Value {
    i.map_or(Value::Missing, Value::Int)
}

fn date(d: Option<Date>) -> Value {
    d.map_or(Value::Missing, Value::Date)
}

fn truth(value: &Value) -> Result<Option<bool>, Mismatch> {
    match value {
        Value::Bool(b) => Ok(Some(*b)),
        Value::Missing => Ok(None),
        _ => Err(Mismatch),
    }
}

fn binary(op: Op, a: Value, b: Value) -> Outcome {
    if let Op::And | Op::Or = op {
        // Three-valued: one side can settle it alone, whatever the other would be.
        let settles = op == Op::Or;
        return Ok(match (truth(&a)?, truth(&b)?) {
            (Some(x), _) | (_, Some(x)) if x == settles => Value::Bool(settles),
            (Some(_), Some(_)) => Value::Bool(!settles),
            _ => Value::Missing,
        });
    }
    if a.is_missing() || b.is_missing() {
        return Ok(Value::Missing);
    }
    Ok(match (op, a, b) {
        (Op::Eq, a, b) => Value::Bool(a == b),
        (Op::Ne, a, b) => Value::Bool(a != b),
        (Op::Lt, Value::Int(a), Value::Int(b)) => Value::Bool(a < b),
        (Op::Le, Value::Int(a), Value::Int(b)) => Value::Bool(a <= b),
        (Op::Gt, Value::Int(a), Value::Int(b)) => Value::Bool(a > b),
        (Op::Ge, Value::Int(a), Value::Int(b)) => Value::Bool(a >= b),
        (Op::Lt, Value::Date(a), Value::Date(b)) => Value::Bool(a < b),
        (Op::Le, Value::Date(a), Value::Date(b)) => Value::Bool(a <= b),
        (Op::Gt, Value::Date(a), Value::Date(b)) => Value::Bool(a > b),
        (Op::Ge, Value::Date(a), Value::Date(b)) => Value::Bool(a >= b),
        (Op::In, a, Value::List(items)) => Value::Bool(items.contains(&a)),
        (Op::Add, Value::Int(a), Value::Int(b)) => int(a.checked_add(b)),
        (Op::Sub, Value::Int(a), Value::Int(b)) => int(a.checked_sub(b)),
        (Op::Mul, Value::Int(a), Value::Int(b)) => int(a.checked_mul(b)),
        (Op::Add, Value::Date(d), Value::Span { months, days }) => shift(d, months, days),
        (Op::Sub, Value::Date(d), Value::Span { months, days }) => {
            match (months.checked_neg(), days.checked_neg()) {
                (Some(months), Some(days)) => shift(d, months, days),
                _ => Value::Missing,
            }
        }
        _ => return Err(Mismatch),
    })
}

/// Months first, then days, so that `2026-01-31 + months(1)` is the last day of February.
fn shift(day: Date, months: i32, days: i32) -> Value {
    let span = |months: i32, days: i32| {
        jiff::Span::new().try_months(months).ok().and_then(|s| s.try_days(days).ok())
    };
    date(span(months, days).and_then(|s| day.checked_add(s).ok()))
}

/// Completed months; the last day of a shorter month completes a month begun on a day that it lacks.
fn months_between(a: Date, b: Date) -> i64 {
    if b < a {
        return -months_between(b, a);
    }
    let whole =
        (i64::from(b.year()) - i64::from(a.year())) * 12 + i64::from(b.month()) - i64::from(a.month());
    let landing = i32::try_from(whole).ok().and_then(|months| shift(a, months, 0).date());
    let reached = landing.is_some_and(|d| d <= b);
    whole - i64::from(!reached)
}

fn call(function: Function, arguments: Vec<Value>) -> Outcome {
    use Value::{Bool, Int, List, Missing, Text};
    let mut values = arguments.into_iter();
    let (a, b, c) = (values.next(), values.next(), values.next());
    let (a, b, c) = (a.unwrap_or_default(), b.unwrap_or_default(), c.unwrap_or_default());
    // These say something about a missing value; for all others it makes the result missing.
    match function {
        Function::IsMissing => return Ok(Bool(a.is_missing())),
        Function::Default => return Ok(if a.is_missing() { b } else { a }),
        Function::If => return Ok(if truth(&a)? == Some(true) { b } else { c }),
        _ => {}
    }
    if a.is_missing() || (function.arguments() == 2 && b.is_missing()) {
        return Ok(Missing);
    }
    let small = |i: i64| i32::try_from(i).ok();
    Ok(match (function, a, b) {
        (Function::AgeOn, birth, Value::Date(day)) => Int(i64::from(partial(birth)?.age_on(day))),
        (Function::YearOf, day, _) => Int(i64::from(partial(day)?.year())),
        (Function::DaysBetween, Value::Date(a), Value::Date(b)) => {
            int(a.until(b).ok().map(|span| i64::from(span.get_days())))
        }
        (Function::MonthsBetween, Value::Date(a), Value::Date(b)) => Int(months_between(a, b)),
        (Function::Days, Int(n), _) => small(n).map_or(Missing, |days| Value::Span { months: 0, days }),
        (Function::Months, Int(n), _) => small(n).map_or(Missing, |months| Value::Span { months, days: 0 }),
        (Function::Len, Text(t), _) => int(i64::try_from(t.chars().count()).ok()),
        (Function::Len, List(items), _) => int(i64::try_from(items.len()).ok()),
        (Function::Contains, Text(t), Text(part)) => Bool(t.contains(&part)),
        (Function::Contains, List(items), item) => Bool(items.contains(&item)),
        (Function::StartsWith, Text(t), Text(beginning)) => Bool(t.starts_with(&beginning)),
        (Function::SameName, Text(a), Text(b)) => Bool(fold(&a) == fold(&b)),
        (Function::SamePerson, Text(a), Text(b)) => {
            match (a.parse::<PersonalNumber>(), b.parse::<PersonalNumber>()) {
                (Ok(a), Ok(b)) => Bool(a == b),
                _ => Missing,
            }
        }
        (Function::All, List(items), _) => fold_truth(items, false)?,
        (Function::Any, List(items), _) => fold_truth(items, true)?,
        (Function::Distinct, List(items), _) => {
            let known: Vec<_> = items.iter().filter(|v| !v.is_missing()).collect();
            Bool(known.iter().enumerate().all(|(i, v)| !known.iter().skip(i + 1).any(|w| w == v)))
        }
        _ => return Err(Mismatch),
    })
}

fn partial(value: Value) -> Result<PartialDate, Mismatch> {
    match value {
        Value::Date(d) => Ok(PartialDate::full(d)),
        Value::Partial(p) => Ok(p),
        _ => Err(Mismatch),
    }
}

/// `any` (settled by a true item) and `all` (settled by a false one), three-valued.
fn fold_truth(items: Vec<Value>, settles: bool) -> Outcome {
    let mut unknown = false;
    for item in items {
        match truth(&item)? {
            Some(b) if b == settles => return Ok(Value::Bool(settles)),
            Some(_) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown { Value::Missing } else { Value::Bool(!settles) })
}
