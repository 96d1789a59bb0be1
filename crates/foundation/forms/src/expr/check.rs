//! The type of an expression, found before anything runs. What passes here never meets a value of the wrong type.

use super::{Expr, ExprError, Function, Node, Op, Type};

/// What names mean, as types.
pub trait Scope {
    /// The type of a name, or why it cannot be used here.
    fn type_of(&self, name: &str) -> Result<Type, String>;

    /// The words that a choice can be, so that a misspelt one is found at load.
    fn choices(&self, _name: &str) -> Option<Vec<String>> {
        None
    }
}

/// Checks an expression and returns its type.
pub fn check(expr: &Expr, scope: &dyn Scope) -> Result<Type, ExprError> {
    let fail = |what: String| Err(ExprError::new(expr.at, what));
    Ok(match &expr.node {
        Node::Bool(_) => Type::Bool,
        Node::Int(_) => Type::Int,
        Node::Text(_) => Type::Text,
        Node::Date(_) => Type::Date,
        Node::Name(name) => scope.type_of(name).map_err(|why| ExprError::new(expr.at, why))?,
        Node::Not(x) => want(x, Type::Bool, scope)?,
        Node::Neg(x) => want(x, Type::Int, scope)?,
        Node::List(items) => {
            let mut common: Option<Type> = None;
            for item in items {
                let this = check(item, scope)?;
                match common {
                    None => common = Some(this),
                    Some(c) if c == this => {}
                    Some(c) => return fail(format!("a list holds one type, here {c} and {this}")),
                }
            }
            match common.and_then(Type::item) {
                Some(item) => Type::List(item),
                None => return fail("this cannot be in a list".to_owned()),
            }
        }
        Node::Binary(op, a, b) => binary(expr.at, *op, a, b, scope)?,
        Node::Call(function, arguments) => call(expr.at, *function, arguments, scope)?,
    })
}

fn want(expr: &Expr, wanted: Type, scope: &dyn Scope) -> Result<Type, ExprError> {
    let found = check(expr, scope)?;
    if found.fits(wanted) {
        Ok(wanted)
    } else {
        Err(ExprError::new(expr.at, format!("expected {wanted}, found {found}")))
    }
}

fn binary(at: usize, op: Op, a: &Expr, b: &Expr, scope: &dyn Scope) -> Result<Type, ExprError> {
    let fail = |what: String| Err(ExprError::new(at, what));
    match op {
        Op::Or | Op::And => {
            want(a, Type::Bool, scope)?;
            want(b, Type::Bool, scope)
        }
        Op::Eq | Op::Ne => {
            let (left, right) = (check(a, scope)?, check(b, scope)?);
            if left != right || left == Type::Span {
                return fail(format!("{left} and {right} cannot be compared"));
            }
            known_word(a, b, scope)?;
            known_word(b, a, scope)?;
            Ok(Type::Bool)
        }
        Op::Lt | Op::Le | Op::Gt | Op::Ge => match (check(a, scope)?, check(b, scope)?) {
            (Type::Int, Type::Int) | (Type::Date, Type::Date) => Ok(Type::Bool),
            (left, right) => fail(format!("{left} and {right} have no order")),
        },
        Op::In => match (check(a, scope)?, check(b, scope)?) {
            (left, Type::List(item)) if item.single() == left => {
                if let Node::List(words) = &b.node {
                    words.iter().try_for_each(|word| known_word(a, word, scope))?;
                }
                Ok(Type::Bool)
            }
            (left, right) => fail(format!("{left} cannot be in {right}")),
        },
        Op::Mul => {
            want(a, Type::Int, scope)?;
            want(b, Type::Int, scope)
        }
        Op::Add | Op::Sub => match (check(a, scope)?, check(b, scope)?) {
            (Type::Int, Type::Int) => Ok(Type::Int),
            (Type::Date, Type::Span) => Ok(Type::Date),
            (left, right) => fail(format!("{left} {} {right} has no meaning", op.symbol())),
        },
    }
}

/// A literal compared with a choice must be one of its words.
fn known_word(name: &Expr, word: &Expr, scope: &dyn Scope) -> Result<(), ExprError> {
    let (Node::Name(name), Node::Text(text)) = (&name.node, &word.node) else { return Ok(()) };
    match scope.choices(name) {
        Some(words) if !words.contains(text) => {
            Err(ExprError::new(word.at, format!("{name} is never '{text}'; it can be {}", words.join(", "))))
        }
        _ => Ok(()),
    }
}

fn call(at: usize, function: Function, arguments: &[Expr], scope: &dyn Scope) -> Result<Type, ExprError> {
    let fail = |what: String| Err(ExprError::new(at, what));
    let all = |types: &[Type], result: Type| {
        arguments.iter().zip(types).try_for_each(|(x, t)| want(x, *t, scope).map(drop))?;
        Ok(result)
    };
    match (function, arguments) {
        (Function::AgeOn, [_, _]) => all(&[Type::Partial, Type::Date], Type::Int),
        (Function::DaysBetween | Function::MonthsBetween, [_, _]) => {
            all(&[Type::Date, Type::Date], Type::Int)
        }
        (Function::Days | Function::Months, [_]) => all(&[Type::Int], Type::Span),
        (Function::YearOf, [_]) => all(&[Type::Partial], Type::Int),
        (Function::IsMissing, [x]) => check(x, scope).map(|_| Type::Bool),
        (Function::StartsWith | Function::SameName | Function::SamePerson, [_, _]) => {
            all(&[Type::Text, Type::Text], Type::Bool)
        }
        (Function::Default, [x, y]) => match (check(x, scope)?, check(y, scope)?) {
            (left, right) if left == right => Ok(left),
            (left, right) => fail(format!("both must be of one type, here {left} and {right}")),
        },
        (Function::If, [condition, x, y]) => {
            want(condition, Type::Bool, scope)?;
            match (check(x, scope)?, check(y, scope)?) {
                (left, right) if left == right => Ok(left),
                (left, right) => fail(format!("both must be of one type, here {left} and {right}")),
            }
        }
        (Function::Len, [x]) => match check(x, scope)? {
            Type::Text | Type::List(_) => Ok(Type::Int),
            other => fail(format!("{other} has no length")),
        },
        (Function::Contains, [x, y]) => match (check(x, scope)?, check(y, scope)?) {
            (Type::Text, Type::Text) => Ok(Type::Bool),
            (Type::List(item), wanted) if item.single() == wanted => Ok(Type::Bool),
            (left, right) => fail(format!("{left} cannot contain {right}")),
        },
        (Function::All | Function::Any, [_]) => all(&[Type::List(super::Item::Bool)], Type::Bool),
        (Function::Distinct, [x]) => match check(x, scope)? {
            Type::List(_) => Ok(Type::Bool),
            other => fail(format!("expected a list, found {other}")),
        },
        _ => fail(format!("{} takes {} values", function.name(), function.arguments())),
    }
}
