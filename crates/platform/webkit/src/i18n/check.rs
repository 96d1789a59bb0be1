//! Checks of texts, for the tests of every crate that has some. Each gives a list of complaints; empty is good.
//!
//! ```no_run
//! use webkit::i18n::check;
//! const TEXTS: webkit::i18n::Source = ("a = A\n", "a = A\n");
//! assert_eq!(check::pairs(&[TEXTS]), Vec::<String>::new());
//! assert_eq!(check::unused(TEXTS, &[std::path::Path::new("src")], &["dossier-"]), Vec::<String>::new());
//! assert_eq!(check::codes(&[TEXTS], &["dossier.already_submitted"]), Vec::<String>::new());
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use fluent_syntax::{
    ast::{CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement, Resource},
    parser,
};

use super::{Source, key_of};

type Variables = BTreeSet<String>;

/// Both languages have the same keys, each once, with the same variables, and every file parses.
pub fn pairs(sources: &[Source]) -> Vec<String> {
    let mut out = Vec::new();
    let vi = messages("vi", sources.iter().map(|s| s.0), &mut out);
    let en = messages("en", sources.iter().map(|s| s.1), &mut out);
    for (key, variables) in &vi {
        match en.get(key) {
            None => out.push(format!("{key} is missing in en")),
            Some(other) if other != variables => {
                out.push(format!("{key} has variables {variables:?} in vi and {other:?} in en"));
            }
            Some(_) => {}
        }
    }
    out.extend(en.keys().filter(|key| !vi.contains_key(*key)).map(|key| format!("{key} is missing in vi")));
    out
}

/// Keys that no Rust file under `folders` names in quotes. Keys with one of the `built` prefixes are put together
/// while running (error codes, states) and are left to [`codes`].
pub fn unused(source: Source, folders: &[&Path], built: &[&str]) -> Vec<String> {
    let mut code = String::new();
    for folder in folders {
        read_rust(folder, &mut code);
    }
    messages("vi", [source.0].into_iter(), &mut Vec::new())
        .into_keys()
        .filter(|key| !built.iter().any(|prefix| key.starts_with(prefix)))
        .filter(|key| !code.contains(&format!("\"{key}\"")))
        .map(|key| format!("{key} is used nowhere"))
        .collect()
}

/// Every error code has a sentence in both languages.
pub fn codes(sources: &[Source], codes: &[&str]) -> Vec<String> {
    let vi = messages("vi", sources.iter().map(|s| s.0), &mut Vec::new());
    let en = messages("en", sources.iter().map(|s| s.1), &mut Vec::new());
    codes
        .iter()
        .map(|code| (code, key_of(code)))
        .filter(|(_, key)| !vi.contains_key(key) || !en.contains_key(key))
        .map(|(code, key)| format!("{code} has no text {key} in both languages"))
        .collect()
}

/// Keys that Rust files under `folders` say by `.t("…")` or `.tw("…"` and that no source has.
pub fn unknown(sources: &[Source], folders: &[&Path]) -> Vec<String> {
    let known = messages("vi", sources.iter().map(|s| s.0), &mut Vec::new());
    let mut code = String::new();
    for folder in folders {
        read_rust(folder, &mut code);
    }
    let mut out = BTreeSet::new();
    for call in [".t(\"", ".tw(\""] {
        for (at, _) in code.match_indices(call) {
            let key = code.get(at + call.len()..).and_then(|rest| rest.split('"').next()).unwrap_or("");
            if !known.contains_key(key) {
                out.insert(format!("{key} is said and has no text"));
            }
        }
    }
    out.into_iter().collect()
}

fn read_rust(folder: &Path, into: &mut String) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|e| e.path()) {
        if path.is_dir() {
            read_rust(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            // Examples in comments say keys of nobody's.
            for line in fs::read_to_string(&path).unwrap_or_default().lines() {
                if !line.trim_start().starts_with("//") {
                    into.push_str(line);
                    into.push('\n');
                }
            }
        }
    }
}

fn messages<'a>(
    lang: &str,
    files: impl Iterator<Item = &'a str>,
    complaints: &mut Vec<String>,
) -> BTreeMap<String, Variables> {
    let mut out = BTreeMap::new();
    for file in files {
        let resource: Resource<&str> = match parser::parse(file) {
            Ok(resource) => resource,
            Err((resource, faults)) => {
                complaints.extend(faults.iter().map(|f| format!("{lang}: {f}")));
                resource
            }
        };
        for entry in resource.body {
            if let Entry::Message(message) = entry {
                let mut variables = Variables::new();
                if let Some(pattern) = &message.value {
                    of_pattern(pattern, &mut variables);
                }
                if out.insert(message.id.name.to_owned(), variables).is_some() {
                    complaints.push(format!("{} stands twice in {lang}", message.id.name));
                }
            }
        }
    }
    out
}

fn of_pattern(pattern: &Pattern<&str>, into: &mut Variables) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            of_expression(expression, into);
        }
    }
}

fn of_expression(expression: &Expression<&str>, into: &mut Variables) {
    match expression {
        Expression::Inline(inline) => of_inline(inline, into),
        Expression::Select { selector, variants } => {
            of_inline(selector, into);
            for variant in variants {
                of_pattern(&variant.value, into);
            }
        }
    }
}

fn of_inline(inline: &InlineExpression<&str>, into: &mut Variables) {
    match inline {
        InlineExpression::VariableReference { id } => {
            into.insert(id.name.to_owned());
        }
        InlineExpression::Placeable { expression } => of_expression(expression, into),
        InlineExpression::FunctionReference { arguments, .. } => of_arguments(arguments, into),
        InlineExpression::TermReference { arguments: Some(arguments), .. } => of_arguments(arguments, into),
        _ => {}
    }
}

fn of_arguments(arguments: &CallArguments<&str>, into: &mut Variables) {
    for inline in &arguments.positional {
        of_inline(inline, into);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_between_the_languages_is_named() {
        let vi = "a = Một { $n }\nb = Hai\nb = Hai nữa\nc = { $n -> \n *[other] { $m } \n }\n";
        let en = "a = One { $x }\nd = Four\nc = { $n } { $m }\n";
        let found = pairs(&[(vi, en)]);
        assert_eq!(found.len(), 4, "{found:?}");
        for part in ["b stands twice in vi", "a has variables", "b is missing in en", "d is missing in vi"] {
            assert!(found.iter().any(|f| f.starts_with(part)), "{part}");
        }
    }

    #[test]
    fn a_code_without_a_sentence_is_named() {
        let source = ("dossier-late = Trễ\n", "dossier-late = Late\n");
        assert_eq!(codes(&[source], &["dossier.late"]), Vec::<String>::new());
        assert_eq!(codes(&[source], &["dossier.already_submitted"]).len(), 1);
    }
}
