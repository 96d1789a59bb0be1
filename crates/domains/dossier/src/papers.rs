//! The words on a dossier's papers (TT 53/2025/TT-BCA: CT04 receipt, CT05 supplement, CT06 refusal, CT07 confirmation).
//!
//! What a result prints is the service's own list; communes stand by name. A person without a name has no papers.

use base::{PersonName, Sex, Text, vietnam_date};
use contracts::{
    paper::{Paper, PaperBody, PaperKind, PaperPerson},
    ports::{AgencyCard, Nation},
};
use forms::{Channel, Fact, Service, Sheet, Value, outcome::Row};
use jiff::{Timestamp, civil::Date};

use crate::{Dossier, DossierError, moves::Happened, ops::attachment::File, timeline::Moment};

/// The title of a paper, for lists and for the public page that verifies it.
pub fn title(service: &Service, kind: PaperKind) -> Text {
    match kind {
        PaperKind::Receipt => {
            Text::new("Phiếu tiếp nhận hồ sơ và hẹn trả kết quả", "Receipt and appointment for the result")
        }
        PaperKind::Supplement => {
            Text::new("Phiếu hướng dẫn bổ sung hồ sơ", "Guide to supplementing the dossier")
        }
        PaperKind::Refusal => {
            Text::new("Phiếu từ chối tiếp nhận, giải quyết hồ sơ", "Notice of refusal of the dossier")
        }
        PaperKind::Confirmation | PaperKind::Notice => service.result.title.clone(),
    }
}

/// Everything from which a paper is composed.
pub(crate) struct Source<'s> {
    pub nation: &'s dyn Nation,
    pub service: &'s Service,
    pub dossier: &'s Dossier,
    pub moments: &'s [Moment],
    pub files: &'s [File],
    pub agency: &'s AgencyCard,
    pub now: Timestamp,
    pub verify_url: String,
}

impl Source<'_> {
    pub fn compose(self, kind: PaperKind) -> Result<Paper, DossierError> {
        let today = vietnam_date(self.now);
        let (d, facts) = (self.dossier, self.dossier.facts.clone());
        let sheet = self.service.sheet(&d.answers, &facts, today);
        let request = self.service.title.vi.clone();
        let (body, signed) = match kind {
            PaperKind::Receipt => (self.receipt(&sheet, request)?, None),
            PaperKind::Supplement => (self.supplement(), self.last(&[Happened::SupplementRequested])),
            PaperKind::Refusal => {
                let refused = self.last(&[Happened::Refused, Happened::NotAccepted]);
                (self.refusal(request, refused), refused)
            }
            PaperKind::Confirmation => (self.confirmation(&sheet), self.last(&[Happened::Approved])),
            PaperKind::Notice => {
                let outcome = format!("Đã giải quyết hồ sơ {}", quoted(&request));
                let legal = self.service.basis.iter().map(|b| b.vi.clone()).collect();
                let facts = self.rows(&sheet, |row| !row.name.starts_with("record."));
                (PaperBody::Notice { outcome, facts, legal }, self.last(&[Happened::Approved]))
            }
        };
        let signer = signed.and_then(|m| PersonName::new(&m.actor_name).ok());
        let code = d.code.clone().unwrap_or_default();
        Ok(Paper {
            agency: self.agency.name.vi.clone(),
            parent_agency: self.agency.parent.as_ref().map(|p| p.vi.clone()),
            place: self.place(),
            number: code.clone(),
            dossier_code: code,
            procedure_code: d.procedure.clone(),
            procedure_name: self.nation.procedure(&d.procedure).map(|p| p.name.vi).unwrap_or_default(),
            issued_at: self.now,
            office: vec![self.agency.name.vi.to_uppercase()],
            signer,
            applicant: self.applicant(&sheet)?,
            verify_url: self.verify_url,
            body,
        })
    }

    fn receipt(&self, sheet: &Sheet<'_>, request: String) -> Result<PaperBody, DossierError> {
        let d = self.dossier;
        let received_at = d.submitted_at.unwrap_or(self.now);
        let calendar = self.nation.calendar();
        // The law's limit begins when the agency takes the dossier in, at the latest on the next working day.
        let intake = calendar.add(vietnam_date(received_at), 1)?;
        let fee = sheet.fee(Channel::Online).map(|f| f.amount).filter(|a| !a.is_free());
        Ok(PaperBody::Receipt {
            request,
            files: self.files.iter().map(|f| f.name.clone()).collect(),
            received_at,
            limit_days: d.clock.limit_days,
            due_on: calendar.add(intake, d.clock.limit_days)?,
            fee,
        })
    }

    fn supplement(&self) -> PaperBody {
        let line = |d: &crate::Defect| {
            let label = label_of(self.service, &d.field);
            (label.map_or_else(|| "Hồ sơ".to_owned(), |l| l.vi), d.note.clone())
        };
        // What was asked stands in the timeline also after the citizen has answered.
        let asked = self.last(&[Happened::SupplementRequested]).and_then(|m| m.detail.get("defects"));
        let defects: Vec<crate::Defect> =
            asked.and_then(|d| serde_json::from_value(d.clone()).ok()).unwrap_or_default();
        PaperBody::Supplement { defects: defects.iter().map(line).collect() }
    }

    fn refusal(&self, request: String, refused: Option<&Moment>) -> PaperBody {
        let reason =
            self.service.refusals.iter().find(|r| Some(&r.code) == self.dossier.verdict_reason.as_ref());
        let mut words: Vec<String> = reason.iter().map(|r| r.text.vi.clone()).collect();
        words.extend(refused.and_then(|m| m.detail.get("note")?.as_str().map(str::to_owned)));
        let basis = reason.and_then(|r| r.basis.as_ref());
        let legal = match basis {
            Some(basis) => vec![basis.vi.clone()],
            None => self.service.basis.iter().map(|b| b.vi.clone()).collect(),
        };
        PaperBody::Refusal { request, reason: words.join("\n"), legal }
    }

    fn confirmation(&self, sheet: &Sheet<'_>) -> PaperBody {
        let text = |fact: Fact| self.fact(sheet, fact).text();
        let name = text(Fact::HouseholderName).and_then(|n| PersonName::new(&n).ok());
        let relation = text(Fact::RelationToHouseholder).unwrap_or_default();
        let today = vietnam_date(self.now);
        let months = self.service.result.valid_months;
        // Whom it is about and where they live stand in their own places on the paper.
        let elsewhere =
            ["record.name", "record.number", "record.birth_date", "record.sex", "record.householder_name"];
        PaperBody::Confirmation {
            householder: name.map(|n| (n, relation)),
            content: self.rows(sheet, |row| !elsewhere.contains(&row.name.as_str()) && !row.is_commune),
            as_of: self.dossier.submitted_at.unwrap_or(self.now),
            valid_until: months.and_then(|m| today.checked_add(jiff::Span::new().months(m)).ok()),
        }
    }

    fn applicant(&self, sheet: &Sheet<'_>) -> Result<PaperPerson, DossierError> {
        let text = |fact: Fact| self.fact(sheet, fact).text();
        let name =
            text(Fact::Name).and_then(|n| PersonName::new(&n).ok()).ok_or(DossierError::EffectIncomplete)?;
        let born = match self.fact(sheet, Fact::BirthDate) {
            Value::Partial(born) => Some(born),
            _ => None,
        };
        let home = |address: Fact, commune: Fact| {
            let place = self.nation.place_on(&text(commune)?, self.facts_of())?.vi;
            Some(text(address).map_or_else(|| place.clone(), |a| format!("{a}, {place}")))
        };
        Ok(PaperPerson {
            name,
            born,
            sex: text(Fact::Sex).and_then(|s| s.parse::<Sex>().ok()),
            number: text(Fact::Number).and_then(|n| n.parse().ok()),
            permanent: home(Fact::PermanentAddress, Fact::PermanentCommune),
            temporary: home(Fact::TemporaryAddress, Fact::TemporaryCommune),
            current: None,
        })
    }

    /// The day of which the paper speaks: units are named as they were called then.
    fn facts_of(&self) -> Date {
        vietnam_date(self.dossier.submitted_at.unwrap_or(self.now))
    }

    fn fact(&self, sheet: &Sheet<'_>, fact: Fact) -> Value {
        self.dossier.facts.record.value(fact, sheet.today())
    }

    /// The result's rows that are wanted; communes by name, dates as people write them.
    fn rows(&self, sheet: &Sheet<'_>, wanted: impl Fn(&Row) -> bool) -> Vec<(String, String)> {
        let rows = sheet.result_rows();
        rows.iter().filter(|r| wanted(r)).map(|row| (row.label.vi.clone(), self.shown(row))).collect()
    }

    fn shown(&self, row: &Row) -> String {
        let code = row.is_commune.then(|| row.value.clone().text()).flatten();
        code.and_then(|c| self.nation.place_on(&c, self.facts_of()))
            .map_or_else(|| row.text.vi.clone(), |t| t.vi)
    }

    fn last(&self, kinds: &[Happened]) -> Option<&Moment> {
        self.moments.iter().rev().find(|m| kinds.contains(&m.happened))
    }

    fn place(&self) -> String {
        let name = self.agency.commune.as_ref().and_then(|c| self.nation.place(c.as_str()));
        let name = name.map(|t| t.vi).unwrap_or_default();
        let own = name.split(',').next().unwrap_or("").trim();
        ["Phường ", "Xã ", "Đặc khu "]
            .iter()
            .find_map(|kind| own.strip_prefix(kind))
            .unwrap_or(own)
            .to_owned()
    }
}

/// What a field or attachment of a service is called; nothing for the dossier as a whole.
pub fn label_of(service: &Service, field: &str) -> Option<Text> {
    match field.strip_prefix("attachments.") {
        Some(key) => service.attachments.iter().find(|a| a.key == key).map(|a| a.label.clone()),
        None => service.field(field).map(|f| f.label.clone()),
    }
}

fn quoted(text: &str) -> String {
    format!("“{text}”")
}
