//! The rule language of service definitions: small, typed, total. Definitions say `to <= from + months(24)`; the server decides.
//!
//! - [`parse`] reads text, `print` writes it back, [`check`] finds its type before anything runs, [`eval`] computes it.
//! - Anything may be *missing* (not answered, not recorded). An operator with a missing side gives missing; `and`/`or`
//!   follow three-valued logic; a condition holds only when it is certainly true.
//! - It never panics, never loops, reads no clock (`today` is given), and is bounded by the limits below.
//!
//! Why our own: the kept candidate (`cel`, the Common Expression Language) types nothing before it runs, has no date
//! without time, and fails at run time where a law text needs "not known". Four small files are less than that gap.

pub mod check;
pub mod eval;
pub mod parse;
mod print;
#[cfg(test)]
mod tests;

use std::fmt;

use base::PartialDate;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Longest expression, in bytes.
pub const SOURCE_BYTES_MAX: usize = 1_000;
/// Deepest nesting of brackets, calls and prefix operators.
pub const DEPTH_MAX: usize = 24;
/// Most nodes in one expression; bounds recursion over chains of one operator.
pub const NODES_MAX: usize = 200;

/// What an expression can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    Bool,
    Int,
    Text,
    /// Known to the day.
    Date,
    /// Known to the day, the month or the year; a [`Type::Date`] may stand in its place.
    Partial,
    /// A length of time in months and days, only to be added to or taken from a date.
    Span,
    List(Item),
}

/// What a list can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Item {
    Bool,
    Int,
    Text,
    Date,
    Partial,
}

impl Item {
    pub fn single(self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::Int => Type::Int,
            Self::Text => Type::Text,
            Self::Date => Type::Date,
            Self::Partial => Type::Partial,
        }
    }
}

impl Type {
    /// This type as the item of a list, where it can be one.
    pub fn item(self) -> Option<Item> {
        match self {
            Self::Bool => Some(Item::Bool),
            Self::Int => Some(Item::Int),
            Self::Text => Some(Item::Text),
            Self::Date => Some(Item::Date),
            Self::Partial => Some(Item::Partial),
            Self::Span | Self::List(_) => None,
        }
    }

    /// Whether a value of `self` may stand where `wanted` is expected.
    pub fn fits(self, wanted: Self) -> bool {
        self == wanted || (self == Self::Date && wanted == Self::Partial)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("yes/no"),
            Self::Int => f.write_str("number"),
            Self::Text => f.write_str("text"),
            Self::Date => f.write_str("date"),
            Self::Partial => f.write_str("partial date"),
            Self::Span => f.write_str("length of time"),
            Self::List(item) => write!(f, "list of {}", item.single()),
        }
    }
}

/// What an expression comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    #[default]
    Missing,
    Bool(bool),
    Int(i64),
    Text(String),
    Date(Date),
    Partial(PartialDate),
    Span {
        months: i32,
        days: i32,
    },
    List(Vec<Value>),
}

impl Value {
    pub fn is_missing(&self) -> bool {
        *self == Self::Missing
    }

    /// Whether the value is of this type; missing is of every type.
    pub fn is_a(&self, wanted: Type) -> bool {
        match (self, wanted) {
            (Self::Missing, _)
            | (Self::Bool(_), Type::Bool)
            | (Self::Int(_), Type::Int)
            | (Self::Text(_), Type::Text)
            | (Self::Date(_), Type::Date)
            | (Self::Partial(_), Type::Partial)
            | (Self::Span { .. }, Type::Span) => true,
            (Self::List(items), Type::List(item)) => items.iter().all(|v| v.is_a(item.single())),
            _ => false,
        }
    }

    pub fn text(self) -> Option<String> {
        if let Self::Text(t) = self { Some(t) } else { None }
    }

    pub fn int(self) -> Option<i64> {
        if let Self::Int(i) = self { Some(i) } else { None }
    }

    pub fn date(self) -> Option<Date> {
        if let Self::Date(d) = self { Some(d) } else { None }
    }

    pub fn bool(self) -> Option<bool> {
        if let Self::Bool(b) = self { Some(b) } else { None }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}
impl From<i64> for Value {
    fn from(i: i64) -> Self {
        Self::Int(i)
    }
}
impl From<Date> for Value {
    fn from(d: Date) -> Self {
        Self::Date(d)
    }
}
impl From<PartialDate> for Value {
    fn from(d: PartialDate) -> Self {
        Self::Partial(d)
    }
}

/// One node with the place in the text where it begins (bytes). Two expressions are equal when they say the same.
#[derive(Debug, Clone)]
pub struct Expr {
    pub at: usize,
    pub node: Node,
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}
impl Eq for Expr {}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Bool(bool),
    Int(i64),
    Text(String),
    Date(Date),
    List(Vec<Expr>),
    /// A field (`commune`), a column of a repeated group (`members.number`), a fact (`record.age`), `today`,
    /// `value` (the field whose rule this is), `item.x` (the same row of a repeated group).
    Name(String),
    Not(Box<Expr>),
    Neg(Box<Expr>),
    Binary(Op, Box<Expr>, Box<Expr>),
    Call(Function, Vec<Expr>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    Add,
    Sub,
    Mul,
}

impl Op {
    pub const ALL: [Self; 12] = [
        Self::Or,
        Self::And,
        Self::Eq,
        Self::Ne,
        Self::Lt,
        Self::Le,
        Self::Gt,
        Self::Ge,
        Self::In,
        Self::Add,
        Self::Sub,
        Self::Mul,
    ];

    pub fn symbol(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::In => "in",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
        }
    }

    /// Binding strength; `not` stands at 3, between `and` and the comparisons.
    fn power(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Add | Self::Sub => 5,
            Self::Mul => 6,
            _ => 4,
        }
    }
}

/// The functions, all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `age_on(birth, day)`: completed years; an unknown day or month counts as the last one.
    AgeOn,
    /// `days_between(a, b)`: days from `a` to `b`.
    DaysBetween,
    /// `months_between(a, b)`: completed months from `a` to `b`.
    MonthsBetween,
    /// `days(n)`: a length of time.
    Days,
    /// `months(n)`: a length of time; the last day of a shorter month stands for a day that it lacks.
    Months,
    /// `year_of(date)`.
    YearOf,
    /// `is_missing(x)`: never missing itself.
    IsMissing,
    /// `default(x, y)`: `x`, or `y` where `x` is missing.
    Default,
    /// `if(condition, x, y)`: `x` where the condition certainly holds, else `y`.
    If,
    /// `len(x)`: characters of a text, items of a list.
    Len,
    /// `contains(x, y)`: a text contains a text, or a list an item.
    Contains,
    /// `starts_with(text, beginning)`.
    StartsWith,
    /// `same_name(a, b)`: equal but for capitals, tones and diacritics.
    SameName,
    /// `same_person(a, b)`: two personal numbers, however spaced, are one number.
    SamePerson,
    /// `all(list)`: every item is true (an empty list: yes).
    All,
    /// `any(list)`: some item is true.
    Any,
    /// `distinct(list)`: no two known items are equal.
    Distinct,
}

impl Function {
    pub const ALL: [Self; 17] = [
        Self::AgeOn,
        Self::DaysBetween,
        Self::MonthsBetween,
        Self::Days,
        Self::Months,
        Self::YearOf,
        Self::IsMissing,
        Self::Default,
        Self::If,
        Self::Len,
        Self::Contains,
        Self::StartsWith,
        Self::SameName,
        Self::SamePerson,
        Self::All,
        Self::Any,
        Self::Distinct,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::AgeOn => "age_on",
            Self::DaysBetween => "days_between",
            Self::MonthsBetween => "months_between",
            Self::Days => "days",
            Self::Months => "months",
            Self::YearOf => "year_of",
            Self::IsMissing => "is_missing",
            Self::Default => "default",
            Self::If => "if",
            Self::Len => "len",
            Self::Contains => "contains",
            Self::StartsWith => "starts_with",
            Self::SameName => "same_name",
            Self::SamePerson => "same_person",
            Self::All => "all",
            Self::Any => "any",
            Self::Distinct => "distinct",
        }
    }

    pub fn arguments(self) -> usize {
        match self {
            Self::If => 3,
            Self::AgeOn
            | Self::DaysBetween
            | Self::MonthsBetween
            | Self::Default
            | Self::Contains
            | Self::StartsWith
            | Self::SameName
            | Self::SamePerson => 2,
            _ => 1,
        }
    }
}

/// Words that cannot be names.
pub const KEYWORDS: [&str; 6] = ["or", "and", "not", "in", "true", "false"];

/// A mistake in an expression: where (characters from 1) and what.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {what}")]
pub struct ExprError {
    pub at: usize,
    pub what: String,
}

impl ExprError {
    fn new(at: usize, what: impl Into<String>) -> Self {
        Self { at: at + 1, what: what.into() }
    }
}

/// An expression as a definition holds it. In TOML and JSON: a text, or directly `true`, `false` or a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formula(pub Expr);

impl Formula {
    pub fn parse(source: &str) -> Result<Self, ExprError> {
        parse::parse(source).map(Self)
    }

    /// Whether it is plainly `true` or `false`, whatever the answers.
    pub fn constant(&self) -> Option<bool> {
        if let Node::Bool(b) = self.0.node { Some(b) } else { None }
    }

    /// The value. A definition is type-checked when it is loaded; what still does not fit counts as missing.
    pub fn value(&self, env: &dyn eval::Env) -> Value {
        eval::eval(&self.0, env).unwrap_or_default()
    }

    /// Whether it certainly holds.
    pub fn holds(&self, env: &dyn eval::Env) -> bool {
        self.value(env) == Value::Bool(true)
    }

    /// Every name it mentions.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.0.walk(&mut |e| {
            if let Node::Name(n) = &e.node {
                names.push(n.as_str());
            }
        });
        names
    }
}

impl Expr {
    fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match &self.node {
            Node::Not(x) | Node::Neg(x) => x.walk(visit),
            Node::Binary(_, a, b) => {
                a.walk(visit);
                b.walk(visit);
            }
            Node::List(items) | Node::Call(_, items) => items.iter().for_each(|x| x.walk(visit)),
            _ => {}
        }
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Formula {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self.0.node {
            Node::Bool(b) => s.serialize_bool(b),
            Node::Int(i) => s.serialize_i64(i),
            _ => s.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Formula {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Formula;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an expression, true, false or a number")
            }
            fn visit_bool<E: de::Error>(self, b: bool) -> Result<Formula, E> {
                Ok(Formula(Expr { at: 0, node: Node::Bool(b) }))
            }
            fn visit_i64<E: de::Error>(self, i: i64) -> Result<Formula, E> {
                Formula::parse(&i.to_string()).map_err(E::custom)
            }
            fn visit_u64<E: de::Error>(self, i: u64) -> Result<Formula, E> {
                Formula::parse(&i.to_string()).map_err(E::custom)
            }
            fn visit_str<E: de::Error>(self, source: &str) -> Result<Formula, E> {
                Formula::parse(source).map_err(E::custom)
            }
        }
        d.deserialize_any(Visitor)
    }
}
