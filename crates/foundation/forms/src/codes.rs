//! Every message that this crate can give about an answer: the code and the values its sentence mentions.
//!
//! The sentences stand in `i18n/vi.ftl` and `i18n/en.ftl` under the code with `.` and `_` as `-`; a test keeps the three
//! lists equal. A rule of a definition brings its own sentence in both languages as values, so any page can say it.

use base::{FieldFault, Text};

macro_rules! codes {
    ($($name:ident $code:literal [$($arg:literal)*];)*) => {
        $(#[doc = concat!("`", $code, "`")] pub const $name: &str = $code;)*
        /// All codes with the names of their values.
        pub const CODES: &[(&str, &[&str])] = &[$(($code, &[$($arg),*]),)*];
    };
}

codes! {
    REQUIRED "forms.required" [];
    UNKNOWN_FIELD "forms.unknown_field" [];
    READ_ONLY "forms.read_only" [];
    NOT_TEXT "forms.not_text" [];
    TOO_LONG "forms.too_long" ["max"];
    TOO_SHORT "forms.too_short" ["min"];
    NOT_A_CHOICE "forms.not_a_choice" [];
    NOT_YES_NO "forms.not_yes_no" [];
    NOT_A_DATE "forms.not_a_date" [];
    NO_SUCH_DAY "forms.no_such_day" [];
    DATE_INCOMPLETE "forms.date_incomplete" [];
    YEAR_OUT_OF_RANGE "forms.year_out_of_range" [];
    NOT_A_NUMBER "forms.not_a_number" [];
    TOO_SMALL "forms.too_small" ["min"];
    TOO_LARGE "forms.too_large" ["max"];
    NOT_A_PERSONAL_NUMBER "forms.not_a_personal_number" [];
    NOT_A_COMMUNE "forms.not_a_commune" [];
    NOT_A_PHONE "forms.not_a_phone" [];
    NOT_AN_EMAIL "forms.not_an_email" [];
    NOT_A_LIST "forms.not_a_list" [];
    TOO_FEW "forms.too_few" ["min"];
    TOO_MANY "forms.too_many" ["max"];
    RULE "forms.rule" ["rule" "vi" "en"];
    TOO_YOUNG "forms.too_young" ["min"];
    ACCOUNT_LEVEL "forms.account_level" ["level"];
    NOT_IN_FORCE "forms.not_in_force" [];
    ATTACHMENT_REQUIRED "forms.attachment_required" [];
    ATTACHMENT_TYPE "forms.attachment_type" ["types"];
    ATTACHMENT_TOO_BIG "forms.attachment_too_big" ["max_mb"];
    ATTACHMENT_TOO_MANY "forms.attachment_too_many" ["max"];
}

/// A rule of a definition that does not hold, with its own sentence.
pub(crate) fn rule_fault(path: &str, code: &str, message: &Text) -> FieldFault {
    FieldFault::new(path, RULE).with("rule", code).with("vi", &message.vi).with("en", &message.en)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use fluent_syntax::{ast, parser};

    use super::*;

    fn variables(pattern: &ast::Pattern<&str>, into: &mut BTreeSet<String>) {
        for element in &pattern.elements {
            let ast::PatternElement::Placeable { expression } = element else { continue };
            match expression {
                ast::Expression::Inline(ast::InlineExpression::VariableReference { id }) => {
                    into.insert(id.name.to_owned());
                }
                other => panic!("only plain variables stand in these texts, not {other:?}"),
            }
        }
    }

    #[test]
    fn each_code_has_a_sentence_in_both_languages_with_its_values() {
        let wanted: BTreeMap<String, BTreeSet<String>> = CODES
            .iter()
            .map(|(code, args)| {
                (
                    code.replace(['.', '_'], "-"),
                    args.iter().map(|a| (*a).to_owned()).filter(|a| !skip(a)).collect(),
                )
            })
            .collect();
        assert_eq!(wanted.len(), CODES.len(), "a code stands twice");
        for (lang, file) in [("vi", include_str!("../i18n/vi.ftl")), ("en", include_str!("../i18n/en.ftl"))] {
            assert!(file.lines().all(|line| line == base::nfc(line)), "{lang}.ftl is not in NFC");
            let mut found = BTreeMap::new();
            for entry in parser::parse(file).expect("fluent syntax").body {
                if let ast::Entry::Message(message) = entry {
                    let mut names = BTreeSet::new();
                    variables(message.value.as_ref().expect("a sentence"), &mut names);
                    names.retain(|n| !skip(n));
                    assert!(found.insert(message.id.name.to_owned(), names).is_none());
                }
            }
            assert_eq!(found, wanted, "{lang}.ftl");
        }
    }

    /// A rule's sentence shows one of its two languages and never its code.
    fn skip(arg: &str) -> bool {
        matches!(arg, "rule" | "vi" | "en")
    }
}
