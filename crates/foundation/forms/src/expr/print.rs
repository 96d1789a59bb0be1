//! Expression to text, with brackets only where the reading would change. Parsing the text gives the same expression.

use std::fmt::{self, Display, Formatter};

use super::{Expr, Node, Op};

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write(self, 0, f)
    }
}

fn write(expr: &Expr, min_power: u8, f: &mut Formatter<'_>) -> fmt::Result {
    let power = match &expr.node {
        Node::Binary(op, ..) => op.power(),
        Node::Not(_) => 3,
        Node::Neg(_) => 7,
        _ => 8,
    };
    if power < min_power {
        f.write_str("(")?;
        write(expr, 0, f)?;
        return f.write_str(")");
    }
    match &expr.node {
        Node::Bool(b) => write!(f, "{b}"),
        Node::Int(i) => write!(f, "{i}"),
        Node::Text(t) => write!(f, "'{}'", t.replace('\'', "''")),
        Node::Date(d) => write!(f, "{d}"),
        Node::Name(n) => f.write_str(n),
        Node::Not(x) => {
            f.write_str("not ")?;
            write(x, 3, f)
        }
        Node::Neg(x) => {
            f.write_str("-")?;
            write(x, 7, f)
        }
        Node::Binary(op, a, b) => {
            // A comparison never stands bare inside another one.
            let left = if power == Op::Eq.power() { power + 1 } else { power };
            write(a, left, f)?;
            write!(f, " {} ", op.symbol())?;
            write(b, power + 1, f)
        }
        Node::List(items) => list("[", items, "]", f),
        Node::Call(function, items) => {
            f.write_str(function.name())?;
            list("(", items, ")", f)
        }
    }
}

fn list(open: &str, items: &[Expr], close: &str, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(open)?;
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        write(item, 0, f)?;
    }
    f.write_str(close)
}
