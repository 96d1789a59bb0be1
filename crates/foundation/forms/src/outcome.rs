//! What follows from a sheet beside its faults: may this person apply, which papers and consents are needed, what the
//! record says to it, how long, how much, who acts, whether it decides itself, and what the result prints.

use std::collections::BTreeSet;

use base::{FieldFault, Lang, Vnd};
use jiff::civil::Date;

use crate::{
    codes::{self, rule_fault},
    definition::{Attachment, Channel, Check, Choice, Consent, Exemption, FileType, Service, Severity, Step},
    expr::{Value, eval::Env},
    facts::{Fact, RECORD},
    kind::{Kind, show},
    sheet::{Sheet, broken},
};

/// One file handed in for an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handed<'h> {
    /// The attachment it is for.
    pub key: &'h str,
    /// As sniffed from its bytes, not as claimed.
    pub media_type: &'h str,
    pub bytes: u64,
}

/// An attachment that this dossier can or must bring.
#[derive(Debug, Clone, Copy)]
pub struct AttachmentView<'s> {
    pub attachment: &'s Attachment,
    pub required: bool,
}

/// A consent that this dossier needs, and the number of the person who is asked.
#[derive(Debug, Clone)]
pub struct ConsentNeed<'s> {
    pub consent: &'s Consent,
    /// The consent's own key; with the number of the row (`member.2`) where each row's person is asked.
    pub key: String,
    pub number: String,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Holds,
    Fails,
    /// The record does not say enough; a person must look.
    Unknown,
}

#[derive(Debug, Clone, Copy)]
pub struct Checked<'s> {
    pub check: &'s Check,
    pub verdict: Verdict,
}

impl Checked<'_> {
    /// The fault that keeps the dossier from being sent.
    pub fn fault(&self) -> Option<FieldFault> {
        let blocks = self.check.severity == Severity::Block && self.verdict == Verdict::Fails;
        blocks
            .then(|| rule_fault(&format!("checks.{}", self.check.key), &self.check.key, &self.check.message))
    }
}

/// What is to be paid, and why nothing where somebody is exempt.
#[derive(Debug, Clone, Copy)]
pub struct FeeDue<'s> {
    pub amount: Vnd,
    pub exemption: Option<&'s Exemption>,
}

/// A step with the commune whose agency acts; missing while the answers do not say.
#[derive(Debug, Clone)]
pub struct StepDue<'s> {
    pub step: &'s Step,
    pub commune: Option<String>,
}

/// One line of the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The name in the definition: `commune`, `record.name`, `members.number`.
    pub name: String,
    pub label: base::Text,
    pub value: Value,
    pub text: base::Text,
    /// The value is the code (or a list of codes) of a commune: print its name.
    pub is_commune: bool,
}

impl<'a> Sheet<'a> {
    /// Why this person may not apply; empty if they may.
    pub fn eligibility(&self, account_level: u8) -> Vec<FieldFault> {
        const PATH: &str = "applicant";
        let service = self.service();
        let mut faults = Vec::new();
        if !service.is_in_force(self.today()) {
            faults.push(FieldFault::new(PATH, codes::NOT_IN_FORCE));
        }
        let level = service.applicant.account_level;
        if account_level < level {
            faults.push(FieldFault::new(PATH, codes::ACCOUNT_LEVEL).with("level", level));
        }
        let age = self.facts().record.value(Fact::Age, self.today()).int();
        if let Some(min) = service.applicant.min_age
            && age.is_some_and(|age| age < min)
        {
            faults.push(FieldFault::new(PATH, codes::TOO_YOUNG).with("min", min));
        }
        faults.extend(broken(&service.applicant.rules, self).map(|r| rule_fault(PATH, &r.code, &r.message)));
        faults
    }

    pub fn attachments(&self) -> impl Iterator<Item = AttachmentView<'a>> {
        let applies = |a: &&Attachment| a.visible_when.as_ref().is_none_or(|v| v.holds(self));
        self.service().attachments.iter().filter(applies).map(|attachment| AttachmentView {
            attachment,
            required: attachment.required.as_ref().is_some_and(|r| r.holds(self)),
        })
    }

    /// What is wrong with the files handed in. Paths are `attachments.<key>`.
    pub fn attachment_faults(&self, handed: &[Handed<'_>]) -> Vec<FieldFault> {
        const BYTES_IN_MB: u64 = 1024 * 1024;
        let mut faults = Vec::new();
        let mut seen = BTreeSet::new();
        for AttachmentView { attachment: a, required } in self.attachments() {
            seen.insert(a.key.as_str());
            let path = format!("attachments.{}", a.key);
            let own: Vec<_> = handed.iter().filter(|h| h.key == a.key).collect();
            if own.is_empty() && required {
                faults.push(FieldFault::new(&path, codes::ATTACHMENT_REQUIRED));
            }
            if u32::try_from(own.len()).is_ok_and(|n| n > a.max_count) {
                faults.push(FieldFault::new(&path, codes::ATTACHMENT_TOO_MANY).with("max", a.max_count));
            }
            if own.iter().any(|h| !a.types.iter().any(|t| t.media_type() == h.media_type)) {
                let types: Vec<_> = a.types.iter().map(|t| file_type_name(*t)).collect();
                faults.push(FieldFault::new(&path, codes::ATTACHMENT_TYPE).with("types", types.join(", ")));
            }
            if own.iter().any(|h| h.bytes > a.max_bytes) {
                let max = a.max_bytes / BYTES_IN_MB;
                faults.push(FieldFault::new(&path, codes::ATTACHMENT_TOO_BIG).with("max_mb", max));
            }
        }
        let stray = handed.iter().map(|h| h.key).filter(|k| !seen.contains(k)).collect::<BTreeSet<_>>();
        let unknown = |key: &&str| self.service().attachments.iter().all(|a| a.key != **key);
        faults.extend(
            stray
                .iter()
                .filter(|k| unknown(k))
                .map(|key| FieldFault::new(format!("attachments.{key}"), codes::UNKNOWN_FIELD)),
        );
        faults
    }

    pub fn consents(&self) -> Vec<ConsentNeed<'a>> {
        let need = |consent: &'a Consent, key: String, env: &dyn Env| {
            let applies = consent.when.as_ref().is_none_or(|w| w.holds(env));
            let number = applies.then(|| consent.who.value(env).text()).flatten()?;
            Some(ConsentNeed { consent, key, number })
        };
        let mut needs = Vec::new();
        for consent in &self.service().consents {
            match &consent.each {
                None => needs.extend(need(consent, consent.key.clone(), self)),
                Some(group) => {
                    for (row, env) in (1..).zip(self.row_envs(group)) {
                        needs.extend(need(consent, format!("{}.{row}", consent.key), &env));
                    }
                }
            }
        }
        needs
    }

    /// The checks against the record that apply to this dossier.
    pub fn checks(&self) -> Vec<Checked<'a>> {
        let applies = |c: &&Check| c.when.as_ref().is_none_or(|w| w.holds(self));
        let judge = |check: &'a Check| {
            let verdict = match check.check.value(self).bool() {
                Some(true) => Verdict::Holds,
                Some(false) => Verdict::Fails,
                None => Verdict::Unknown,
            };
            Checked { check, verdict }
        };
        self.service().checks.iter().filter(applies).map(judge).collect()
    }

    /// Working days in total, where the definition says; otherwise the procedure's own limit holds.
    pub fn limit_working_days(&self) -> Option<u32> {
        let days = self.service().limit.as_ref()?.working_days.value(self).int()?;
        u32::try_from(days).ok()
    }

    /// Whether the record alone decides this dossier: approved without an officer. Never while a check fails or warns.
    pub fn decides_itself(&self) -> bool {
        let clear = || {
            let mut serious = self.checks().into_iter().filter(|c| c.check.severity != Severity::Info);
            serious.all(|c| c.verdict == Verdict::Holds)
        };
        self.service().automatic.as_ref().is_some_and(|a| a.when.holds(self)) && clear()
    }

    /// The fee of this dossier today; nothing where no fee is set for the channel.
    pub fn fee(&self, channel: Channel) -> Option<FeeDue<'a>> {
        let amount = self.service().fee_on(channel, self.today())?;
        let exemption =
            self.service().exemptions.iter().find(|e| e.when.holds(self)).filter(|_| !amount.is_free());
        Some(FeeDue { amount: if exemption.is_some() { Vnd::FREE } else { amount }, exemption })
    }

    pub fn steps(&self) -> impl Iterator<Item = StepDue<'a>> {
        self.service().steps.iter().map(|step| StepDue { step, commune: step.commune.value(self).text() })
    }

    /// What the result prints; lines without a value are left out.
    pub fn result_rows(&self) -> Vec<Row> {
        let row = |name: &String| {
            let value = self.value(name);
            let empty = value.is_missing() || value == Value::List(Vec::new());
            let (label, kind, options, is_commune) = self.service().describe(name)?;
            let [vi, en] = Lang::ALL.map(|lang| show(kind, options, &value, lang));
            (!empty).then(|| Row {
                name: name.clone(),
                label,
                value,
                text: base::Text { vi, en },
                is_commune,
            })
        };
        self.service().result.rows.iter().filter_map(row).collect()
    }
}

fn file_type_name(t: FileType) -> &'static str {
    match t {
        FileType::Pdf => "PDF",
        FileType::Jpeg => "JPEG",
        FileType::Png => "PNG",
    }
}

impl Service {
    /// The amount before exemptions.
    pub fn fee_on(&self, channel: Channel, day: Date) -> Option<Vnd> {
        let in_force = |from: Date, to: Option<Date>| from <= day && to.is_none_or(|end| day <= end);
        let row = self.fees.iter().find(|f| f.channel == channel && in_force(f.valid_from, f.valid_to))?;
        Some(row.amount)
    }

    /// The label of a name, and how its value is shown.
    pub(crate) fn describe(&self, name: &str) -> Option<(base::Text, Option<Kind>, &[Choice], bool)> {
        if let Some(field) = self.field(name) {
            return Some((
                field.label.clone(),
                Some(field.kind),
                &field.options,
                field.kind == Kind::Commune,
            ));
        }
        let (head, fact) = name.split_once('.')?;
        let fact = Fact::from_key(fact)?;
        let label = base::Text::new(fact.label(Lang::Vi), fact.label(Lang::En));
        let kind = matches!(fact, Fact::Number | Fact::HouseholderNumber).then_some(Kind::PersonalNumber);
        (head == RECORD || self.party(head).is_some()).then_some((label, kind, &[][..], fact.is_commune()))
    }

    /// Exactly what must be read from the record: the key of the person (`record` or a party) and the fact.
    pub fn facts_needed(&self) -> BTreeSet<(&str, Fact)> {
        let mut needed = BTreeSet::new();
        if self.applicant.min_age.is_some() {
            needed.insert((RECORD, Fact::BirthDate));
        }
        let prefills = self.fields().filter_map(|(_, f)| f.prefill.as_deref());
        let rows = self.result.rows.iter().map(String::as_str);
        let formulas = self.formulas();
        let names = formulas.iter().flat_map(|slot| slot.formula.names());
        for (head, rest) in prefills.chain(rows).chain(names).filter_map(|name| name.split_once('.')) {
            if let Some(fact) = Fact::from_key(rest)
                && (head == RECORD || self.party(head).is_some())
            {
                needed.insert((head, fact.read_as()));
            }
        }
        needed
    }
}
