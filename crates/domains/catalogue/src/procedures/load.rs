//! Reads the procedure files and holds them to their rules: references, periods, amounts, required English.

use std::collections::BTreeSet;

use base::Text;
use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::{
    Channel, Currency, Fee, Group, Limit, LimitUnit, OnlineLevel, Procedure, ProcedureName, Procedures,
    Uncertain, search, synonyms::Synonyms,
};
use crate::{
    agencies::Agencies,
    fields::{Audience, Fields},
    legal::{Citation, LegalRegister},
    report::{Report, TomlFile, read_toml},
    source::Source,
    validity::{Level, Validity},
};

/// Beyond these, an amount is a typing error of the source ("30 000" for 300 000, dollars stored as đồng).
const VND_MAX: i64 = 100_000_000;
const VND_STEP: i64 = 500;
const USD_MAX: i64 = 1_000;
const LIMIT_VALUE_MAX: u16 = 366;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    code: Spanned<String>,
    name: Spanned<ProcedureName>,
    field: Spanned<String>,
    group: Group,
    level: Spanned<Level>,
    agency: Option<String>,
    decided_by: Vec<Spanned<String>>,
    online: OnlineLevel,
    #[serde(default)]
    core: bool,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
    #[serde(default)]
    superseded_by: Vec<Spanned<String>>,
    result: Option<String>,
    #[serde(default)]
    subjects: Vec<Spanned<String>>,
    #[serde(default)]
    documents: Vec<Spanned<String>>,
    note: Option<Text>,
    fees_note: Option<Text>,
    #[serde(default)]
    uncertain: Vec<Uncertain>,
    #[serde(default)]
    limits: Vec<Spanned<RawLimit>>,
    #[serde(default)]
    fees: Vec<Spanned<RawFee>>,
    #[serde(default)]
    legal: Vec<RawCitation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCitation {
    document: Spanned<String>,
    article: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLimit {
    value: u16,
    unit: LimitUnit,
    case: Option<Text>,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
    legal: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFee {
    channel: Channel,
    amount: i64,
    currency: Currency,
    case: Option<Text>,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
    legal: Option<String>,
}

/// What the rules of one file need beside the file.
struct Reader<'a> {
    fields: &'a Fields,
    agencies: &'a Agencies,
    legal: &'a LegalRegister,
    report: &'a mut Report,
}

impl Procedures {
    pub(crate) fn read(
        source: &Source,
        fields: &Fields,
        agencies: &Agencies,
        legal: &LegalRegister,
        report: &mut Report,
    ) -> Self {
        let mut reader = Reader { fields, agencies, legal, report };
        let mut all: Vec<Procedure> = Vec::with_capacity(400);
        let mut followers = Vec::new();
        for (path, text) in source.under("procedures") {
            if let Some((file, raw)) = read_toml::<Raw>(path, text, reader.report) {
                let lines =
                    raw.superseded_by.iter().map(|s| (path, file.line(s.span()), s.get_ref().clone()));
                followers.extend(lines);
                all.push(reader.procedure(file, raw));
            }
        }
        all.sort_by(|a, b| a.code.cmp(&b.code));
        for (path, line, code) in followers {
            if all.binary_search_by(|p| p.code.cmp(&code)).is_err() {
                report.add(path, line, "procedure.unknown", format!("there is no procedure {code:?}"));
            }
        }
        let index: Vec<_> = all.iter().map(|p| search::Entry::new(p, fields)).collect();
        let is_found = |text: &str| index.iter().any(|entry| entry.is_named(text));
        let synonyms = Synonyms::read(source, is_found, report);
        Self { all, index, synonyms }
    }
}

impl Reader<'_> {
    fn procedure(&mut self, file: TomlFile<'_>, raw: Raw) -> Procedure {
        let validity = Validity::new(raw.valid_from, raw.valid_to);
        self.report.check_order(file.path, file.line(raw.code.span()), validity);
        self.check_head(file, &raw);

        let mut audiences: BTreeSet<Audience> = BTreeSet::new();
        for subject in &raw.subjects {
            let found: Vec<Audience> = self.fields.audiences_of(subject.get_ref()).collect();
            if found.is_empty() {
                let message = format!("{:?} is not in audiences.toml", subject.get_ref());
                self.report.add(file.path, file.line(subject.span()), "procedure.subject", message);
            }
            audiences.extend(found);
        }
        self.check_twice(file, "procedure.documents", &raw.documents);
        self.check_twice(file, "procedure.subject", &raw.subjects);

        let limits: Vec<_> = raw.limits.into_iter().map(|l| self.limit(file, l)).collect();
        self.check_overlaps(file, "procedure.limits", &limits, |a, b| a.case == b.case, |l| l.validity);
        let fees: Vec<_> = raw.fees.into_iter().map(|f| self.fee(file, f)).collect();
        let same = |a: &Fee, b: &Fee| a.case == b.case && a.channel.covers(b.channel);
        self.check_overlaps(file, "procedure.fees", &fees, same, |f| f.validity);

        let mut legal = Vec::with_capacity(raw.legal.len());
        for RawCitation { document, article } in raw.legal {
            self.legal.check_in(file, &document, self.report);
            legal.push(Citation { document: document.into_inner(), article });
        }
        Procedure {
            code: raw.code.into_inner(),
            name: raw.name.into_inner(),
            field: raw.field.into_inner(),
            group: raw.group,
            level: raw.level.into_inner(),
            agency: raw.agency,
            decided_by: raw.decided_by.into_iter().map(Spanned::into_inner).collect(),
            online: raw.online,
            core: raw.core,
            validity,
            superseded_by: raw.superseded_by.into_iter().map(Spanned::into_inner).collect(),
            result: raw.result,
            subjects: raw.subjects.into_iter().map(Spanned::into_inner).collect(),
            audiences: audiences.into_iter().collect(),
            documents: raw.documents.into_iter().map(Spanned::into_inner).collect(),
            note: raw.note,
            fees_note: raw.fees_note,
            limits: limits.into_iter().map(|(_, l)| l).collect(),
            fees: fees.into_iter().map(|(_, f)| f).collect(),
            legal,
            uncertain: raw.uncertain,
        }
    }

    fn check_head(&mut self, file: TomlFile<'_>, raw: &Raw) {
        let mut add =
            |span, rule, message: String| self.report.add(file.path, file.line(span), rule, message);
        let code = raw.code.get_ref();
        if file.path != format!("procedures/{code}.toml") {
            add(
                raw.code.span(),
                "procedure.file_name",
                format!("the procedure {code} belongs into {code}.toml"),
            );
        }
        if raw.group != Group::PortalOnly && !is_national_code(code) {
            add(raw.code.span(), "procedure.code", format!("{code:?} is no national code d.dddddd"));
        }
        if raw.name.get_ref().vi.is_empty() {
            add(raw.name.span(), "procedure.name", "the Vietnamese name is missing".into());
        }
        if raw.core && raw.name.get_ref().en.is_none() {
            add(raw.name.span(), "procedure.english", "a core procedure needs an English name".into());
        }
        if self.fields.field(raw.field.get_ref()).is_none() {
            add(
                raw.field.span(),
                "procedure.field",
                format!("{:?} is not in fields.toml", raw.field.get_ref()),
            );
        }
        if *raw.level.get_ref() == Level::District {
            add(raw.level.span(), "procedure.level", "there is no district level since 1 July 2025".into());
        }
        if raw.decided_by.is_empty() {
            add(raw.code.span(), "procedure.agency", "somebody must decide it: decided_by is empty".into());
        }
        for agency in raw.decided_by.iter().filter(|a| !self.agencies.knows(a.get_ref())) {
            add(agency.span(), "procedure.agency", format!("there is no agency {:?}", agency.get_ref()));
        }
        if !raw.superseded_by.is_empty() && raw.valid_to.is_none() {
            add(
                raw.code.span(),
                "procedure.validity",
                "a superseded procedure has a last day (valid_to)".into(),
            );
        }
    }

    fn check_twice(&mut self, file: TomlFile<'_>, rule: &'static str, texts: &[Spanned<String>]) {
        let mut seen = BTreeSet::new();
        for text in texts {
            if !seen.insert(text.get_ref()) || text.get_ref().is_empty() {
                let message = format!("{:?} is empty or stands here twice", text.get_ref());
                self.report.add(file.path, file.line(text.span()), rule, message);
            }
        }
    }

    /// Two values of the same case must not hold on the same day.
    fn check_overlaps<T>(
        &mut self,
        file: TomlFile<'_>,
        rule: &'static str,
        items: &[(usize, T)],
        same: impl Fn(&T, &T) -> bool,
        validity: impl Fn(&T) -> Validity,
    ) {
        for (at, (line, item)) in items.iter().enumerate() {
            let before = items.iter().take(at);
            for (other, _) in before.filter(|(_, b)| same(item, b) && validity(item).overlaps(&validity(b))) {
                let message = format!("the same case is also given on line {other} for the same time");
                self.report.add(file.path, *line, rule, message);
            }
        }
    }

    fn limit(&mut self, file: TomlFile<'_>, raw: Spanned<RawLimit>) -> (usize, Limit) {
        let line = file.line(raw.span());
        let raw = raw.into_inner();
        let validity = Validity::new(raw.valid_from, raw.valid_to);
        self.report.check_order(file.path, line, validity);
        let timeless = matches!(raw.unit, LimitUnit::SameDay | LimitUnit::Immediate);
        if timeless != (raw.value == 0) || raw.value > LIMIT_VALUE_MAX {
            self.report.add(
                file.path,
                line,
                "procedure.limits",
                format!("{} {:?} is no limit", raw.value, raw.unit),
            );
        }
        if let Some(id) = &raw.legal {
            self.legal.check(file.path, line, id, self.report);
        }
        (line, Limit { value: raw.value, unit: raw.unit, case: raw.case, validity, legal: raw.legal })
    }

    fn fee(&mut self, file: TomlFile<'_>, raw: Spanned<RawFee>) -> (usize, Fee) {
        let line = file.line(raw.span());
        let raw = raw.into_inner();
        let validity = Validity::new(raw.valid_from, raw.valid_to);
        self.report.check_order(file.path, line, validity);
        let (max, step) = match raw.currency {
            Currency::Vnd => (VND_MAX, VND_STEP),
            Currency::Usd => (USD_MAX, 1),
        };
        if !(0..=max).contains(&raw.amount) || raw.amount % step != 0 {
            let message = format!("{} {:?} is no plausible fee", raw.amount, raw.currency);
            self.report.add(file.path, line, "procedure.fees", message);
        }
        if let Some(id) = &raw.legal {
            self.legal.check(file.path, line, id, self.report);
        }
        let RawFee { channel, amount, currency, case, legal, .. } = raw;
        (line, Fee { channel, amount, currency, case, validity, legal })
    }
}

/// `d.dddddd`
fn is_national_code(code: &str) -> bool {
    let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
    code.split_once('.').is_some_and(|(a, b)| digits(a, 1) && digits(b, 6))
}
