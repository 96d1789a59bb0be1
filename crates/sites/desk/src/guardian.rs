//! The part of a form that asks who came along with a child. It stands in the files of citizens and of foreigners, and in
//! raising an account; what is checked of it, the operation says.

use identity::{GuardianDocument, GuardianHere, PaperTyped};
use jiff::civil::Date;
use maud::{Markup, html};
use webkit::{
    Form, View,
    i18n::Errors,
    ui::{self, Choice, DateValue, Field, LineKind},
};

/// As typed; none where nobody was named.
pub fn read(form: &Form, today: Date) -> Option<GuardianHere> {
    let number = form.line("guardian");
    let issued_on = form.date("paper_on", today).and_then(Result::ok).and_then(|day| day.exact());
    let paper = PaperTyped { number: form.line("paper_number"), issued_on, issuer: form.line("paper_by") };
    (!number.is_empty()).then(|| GuardianHere {
        number,
        document: GuardianDocument::parse(form.raw("guardian_document")),
        signed: form.has("signed"),
        paper,
    })
}

pub fn part(view: &View, form: &Form, errors: &Errors) -> Markup {
    let field = |name: &str, key: &str| Field::new(name, view.t(key)).optional().errors(errors);
    let number = field("guardian", "desk-guardian-number").hint(view.t("desk-guardian-number-hint"));
    let documents = GuardianDocument::ALL.iter().map(|document| {
        let key = match document {
            GuardianDocument::IdentityCard => "desk-raise-identity-card",
            GuardianDocument::CitizenCard => "desk-raise-citizen-card",
            GuardianDocument::Passport => "desk-guardian-passport",
        };
        Choice::new(document.as_str(), view.t(key))
    });
    let documents: Vec<Choice> = documents.collect();
    let paper = field("paper_number", "desk-guardian-paper").hint(view.t("desk-guardian-paper-hint"));
    let issuer = field("paper_by", "desk-guardian-paper-by");
    let fields = ["guardian", "guardian_document", "signed", "paper_number", "paper_on", "paper_by"];
    let begun = fields.iter().any(|name| !form.raw(name).is_empty() || errors.contains_key(*name));
    ui::details_at(
        begun,
        &view.t("desk-guardian-title"),
        html! {
            (ui::line(view, &number, form.raw("guardian"), LineKind::Digits))
            (ui::radios(view, &field("guardian_document", "desk-guardian-document"), &documents, form.raw("guardian_document")))
            (ui::checkbox(view, &Field::new("signed", view.t("desk-guardian-signed")).errors(errors), "1", form.has("signed")))
            (ui::line(view, &paper, form.raw("paper_number"), LineKind::Text))
            (ui::date(view, &field("paper_on", "desk-guardian-paper-on"), &DateValue::typed(form, "paper_on")))
            (ui::line(view, &issuer, form.raw("paper_by"), LineKind::Text))
        },
    )
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn who_came_along_is_read_whole_and_nobody_is_nobody() {
        let today = date(2026, 11, 20);
        assert!(read(&Form::from_pairs([("guardian", " "), ("signed", "1")]), today).is_none());
        let form = Form::from_pairs([
            ("guardian", "001 099 012 345"),
            ("guardian_document", "passport"),
            ("signed", "1"),
            ("paper_number", "12/QĐ"),
            ("paper_on-day", "1"),
            ("paper_on-month", "3"),
            ("paper_on-year", "2025"),
            ("paper_by", "UBND phường Bến Thành"),
        ]);
        let here = read(&form, today).unwrap();
        assert_eq!(here.document, Some(GuardianDocument::Passport));
        assert!(here.signed);
        assert_eq!(here.paper.issued_on, Some(date(2025, 3, 1)));
        assert_eq!(
            (here.paper.number.as_str(), here.paper.issuer.as_str()),
            ("12/QĐ", "UBND phường Bến Thành")
        );
    }
}
