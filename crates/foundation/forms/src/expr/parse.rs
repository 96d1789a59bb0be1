//! Text to expression: a lexer and a precedence-climbing parser. Any input gives an expression or an error with its place.
//!
//! Texts stand in single quotes (`'own'`, a quote inside is doubled), dates as `2026-07-01`, lists as `['a', 'b']`.

use jiff::civil::Date;

use super::{DEPTH_MAX, Expr, ExprError, Function, KEYWORDS, NODES_MAX, Node, Op, SOURCE_BYTES_MAX};

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Int(i64),
    Text(String),
    Date(Date),
    Sign(&'static str),
}

/// Reads one expression.
pub fn parse(source: &str) -> Result<Expr, ExprError> {
    if source.len() > SOURCE_BYTES_MAX {
        return Err(ExprError::new(0, format!("an expression has at most {SOURCE_BYTES_MAX} bytes")));
    }
    let mut parser =
        Parser { tokens: lex(source)?, next: 0, depth: 0, nodes: 0, end: source.chars().count() };
    let expr = parser.expression(0)?;
    match parser.tokens.get(parser.next) {
        None => Ok(expr),
        Some((at, _)) => Err(ExprError::new(*at, "expected the end or an operator")),
    }
}

const SIGNS: [&str; 14] = ["==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "(", ")", "[", "]", ","];

fn lex(source: &str) -> Result<Vec<(usize, Token)>, ExprError> {
    let chars: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        let start = i;
        let run = |from: usize, take: &dyn Fn(char) -> bool| -> String {
            chars.iter().skip(from).take_while(|c| take(**c)).collect()
        };
        let token = if c.is_whitespace() {
            i += 1;
            continue;
        } else if c.is_ascii_digit() {
            let digits = run(i, &|c| c.is_ascii_digit());
            if is_date(&chars, start) {
                let date: String = chars.iter().skip(start).take(10).collect();
                i += 10;
                Token::Date(date.parse().map_err(|_| ExprError::new(start, "there is no such day"))?)
            } else {
                i += digits.len();
                Token::Int(digits.parse().map_err(|_| ExprError::new(start, "the number is too large"))?)
            }
        } else if c.is_ascii_lowercase() {
            let word = run(i, &|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.');
            i += word.len();
            Token::Word(word)
        } else if c == '\'' {
            let mut text = String::new();
            i += 1;
            loop {
                match (chars.get(i), chars.get(i + 1)) {
                    (Some('\''), Some('\'')) => {
                        text.push('\'');
                        i += 2;
                    }
                    (Some('\''), _) => {
                        i += 1;
                        break Token::Text(text);
                    }
                    (Some(c), _) => {
                        text.push(*c);
                        i += 1;
                    }
                    (None, _) => return Err(ExprError::new(start, "the text has no closing quote")),
                }
            }
        } else {
            let two: String = chars.iter().skip(i).take(2).collect();
            let sign = SIGNS
                .iter()
                .find(|s| two.starts_with(**s))
                .ok_or_else(|| ExprError::new(start, format!("unexpected character {c:?}")))?;
            i += sign.len();
            Token::Sign(sign)
        };
        tokens.push((start, token));
    }
    Ok(tokens)
}

/// Whether ten characters from here read `dddd-dd-dd` and nothing longer.
fn is_date(chars: &[char], from: usize) -> bool {
    let shape = "dddd-dd-dd".chars().zip(chars.iter().skip(from));
    shape.clone().count() == 10
        && shape.into_iter().all(|(s, c)| if s == 'd' { c.is_ascii_digit() } else { *c == s })
        && !chars.get(from + 10).is_some_and(|c| c.is_ascii_digit())
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    depth: usize,
    nodes: usize,
    end: usize,
}

impl Parser {
    fn here(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(at, _)| *at)
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, t)| t)
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(s)) if *s == sign);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), ExprError> {
        if self.take_sign(sign) {
            Ok(())
        } else {
            Err(ExprError::new(self.here(), format!("expected {sign:?}")))
        }
    }

    fn make(&mut self, at: usize, node: Node) -> Result<Expr, ExprError> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(ExprError::new(at, format!("an expression has at most {NODES_MAX} parts")));
        }
        Ok(Expr { at, node })
    }

    fn operator(&self) -> Option<Op> {
        let symbol = match self.peek()? {
            Token::Word(w) => w.as_str(),
            Token::Sign(s) => s,
            _ => return None,
        };
        Op::ALL.into_iter().find(|op| op.symbol() == symbol)
    }

    fn expression(&mut self, min_power: u8) -> Result<Expr, ExprError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(ExprError::new(self.here(), format!("an expression nests at most {DEPTH_MAX} deep")));
        }
        let mut left = self.prefix()?;
        while let Some(op) = self.operator() {
            let power = op.power();
            if power < min_power {
                break;
            }
            let at = self.here();
            self.next += 1;
            let right = self.expression(power + 1)?;
            left = self.make(left.at, Node::Binary(op, Box::new(left), Box::new(right)))?;
            // `a < b < c` has no meaning that two readers would share.
            if power == 4 && self.operator().is_some_and(|next| next.power() == 4) {
                return Err(ExprError::new(at, "comparisons do not chain; join them with and"));
            }
        }
        self.depth -= 1;
        Ok(left)
    }

    fn prefix(&mut self) -> Result<Expr, ExprError> {
        let at = self.here();
        let token =
            self.peek().cloned().ok_or_else(|| ExprError::new(at, "the expression ends too early"))?;
        self.next += 1;
        let node = match token {
            Token::Int(i) => Node::Int(i),
            Token::Text(t) => Node::Text(t),
            Token::Date(d) => Node::Date(d),
            Token::Sign("(") => {
                let inner = self.expression(0)?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Sign("[") => Node::List(self.items("]")?),
            Token::Sign("-") => Node::Neg(Box::new(self.expression(7)?)),
            Token::Sign(s) => return Err(ExprError::new(at, format!("unexpected {s:?}"))),
            Token::Word(w) => match w.as_str() {
                "true" => Node::Bool(true),
                "false" => Node::Bool(false),
                "not" => Node::Not(Box::new(self.expression(3)?)),
                k if KEYWORDS.contains(&k) => return Err(ExprError::new(at, format!("unexpected {k:?}"))),
                name if self.take_sign("(") => {
                    let function = Function::ALL
                        .into_iter()
                        .find(|f| f.name() == name)
                        .ok_or_else(|| ExprError::new(at, format!("there is no function {name:?}")))?;
                    let arguments = self.items(")")?;
                    let wanted = function.arguments();
                    if arguments.len() != wanted {
                        return Err(ExprError::new(at, format!("{name} takes {wanted} values")));
                    }
                    Node::Call(function, arguments)
                }
                name if name.split('.').all(|part| part.starts_with(|c: char| c.is_ascii_lowercase())) => {
                    Node::Name(name.to_owned())
                }
                _ => return Err(ExprError::new(at, format!("{w:?} is not a name"))),
            },
        };
        self.make(at, node)
    }

    /// Items up to the closing sign; a list that could be empty would have no type.
    fn items(&mut self, close: &str) -> Result<Vec<Expr>, ExprError> {
        let mut items = vec![self.expression(0)?];
        while self.take_sign(",") {
            items.push(self.expression(0)?);
        }
        self.expect(close)?;
        Ok(items)
    }
}
