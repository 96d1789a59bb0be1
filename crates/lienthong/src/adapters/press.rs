//! Papers of dossiers, laid out by `print`.

use base::vietnam_date;
use contracts::{
    paper::{Paper, PaperBody, PaperKind, PaperPerson},
    ports::{PortError, Press},
};
use print::{self as doc, Document, Printer};

/// The forms that TT 53/2025/TT-BCA prescribes.
fn form(kind: PaperKind) -> Option<&'static str> {
    match kind {
        PaperKind::Receipt => Some("Mẫu CT04 – Thông tư số 53/2025/TT-BCA"),
        PaperKind::Supplement => Some("Mẫu CT05 – Thông tư số 53/2025/TT-BCA"),
        PaperKind::Refusal => Some("Mẫu CT06 – Thông tư số 53/2025/TT-BCA"),
        PaperKind::Confirmation => Some("Mẫu CT07 – Thông tư số 53/2025/TT-BCA"),
        PaperKind::Notice => None,
    }
}

/// Hour until which a result is promised on its day.
const OFFICE_CLOSES: i8 = 17;

/// The press of this server.
pub struct PrintPress {
    printer: Printer,
    /// Papers say on every page that their data is synthetic.
    synthetic: bool,
}

impl PrintPress {
    pub fn new(synthetic: bool) -> Result<Self, print::PrintError> {
        Ok(Self { printer: Printer::new()?, synthetic })
    }

    fn document(&self, paper: &Paper) -> Document {
        Document {
            head: doc::Head {
                agency: doc::Agency { parent: paper.parent_agency.clone(), name: paper.agency.clone() },
                number: paper.number.clone(),
                place: paper.place.clone(),
                dated: vietnam_date(paper.issued_at),
                form: form(paper.body.kind()).map(str::to_owned),
                dossier: doc::DossierRef {
                    code: paper.dossier_code.clone(),
                    procedure_code: paper.procedure_code.clone(),
                    procedure_name: paper.procedure_name.clone(),
                },
                signature: doc::Signature {
                    office: paper.office.clone(),
                    name: paper.signer.clone(),
                    at: paper.issued_at,
                },
                verify_url: paper.verify_url.clone(),
                synthetic: self.synthetic,
            },
            body: body(paper),
        }
    }
}

impl Press for PrintPress {
    fn print(&self, paper: &Paper) -> Result<Vec<u8>, PortError> {
        self.printer.print(&self.document(paper)).map(|pdf| pdf.bytes).map_err(PortError::new)
    }
}

fn body(paper: &Paper) -> doc::Body {
    let applicant = person(&paper.applicant);
    match &paper.body {
        PaperBody::Receipt { request, files, received_at, limit_days, due_on, fee } => {
            let due = base::VIETNAM.to_timestamp(due_on.at(OFFICE_CLOSES, 0, 0, 0));
            doc::Body::Receipt(doc::Receipt {
                applicant,
                request: request.clone(),
                channel: doc::Channel::Online,
                papers: files
                    .iter()
                    .map(|name| doc::Paper {
                        name: name.clone(), form: "Bản điện tử".to_owned(), copies: 1
                    })
                    .collect(),
                received_at: *received_at,
                limit_working_days: u16::try_from(*limit_days).unwrap_or(u16::MAX),
                due_at: due.unwrap_or(*received_at),
                handover: "Trực tuyến, trong mục “Hồ sơ của tôi”".to_owned(),
                fee: fee.map(|amount| doc::Fee {
                    name: "Lệ phí đăng ký cư trú".to_owned(),
                    amount,
                    state: doc::FeeState::Due { by: None },
                }),
            })
        }
        PaperBody::Supplement { defects } => doc::Body::Supplement(doc::Supplement {
            applicant,
            defects: defects
                .iter()
                .map(|(item, problem)| doc::Defect {
                    item: item.clone(),
                    problem: problem.clone(),
                    remedy: "Sửa hoặc bổ sung trong hồ sơ trực tuyến, rồi gửi lại".to_owned(),
                })
                .collect(),
            answer_by: None,
            contact: Some(paper.agency.clone()),
        }),
        PaperBody::Refusal { request, reason, legal } => doc::Body::Refusal(doc::Refusal {
            applicant,
            request: request.clone(),
            reason: reason.clone(),
            legal: legal.clone(),
            advice: Some("Ông/bà có quyền khiếu nại, hoặc nộp lại hồ sơ khi đủ điều kiện.".to_owned()),
        }),
        PaperBody::Confirmation { householder, content, as_of, valid_until } => {
            let lines: Vec<String> =
                content.iter().map(|(label, value)| format!("{label}: {value}")).collect();
            doc::Body::Confirmation(doc::Confirmation {
                person: applicant,
                head_of_household: householder.as_ref().map(|(name, relation)| doc::Member {
                    name: name.clone(),
                    born: None,
                    sex: None,
                    number: None,
                    relation: relation.clone(),
                }),
                members: Vec::new(),
                content: (!lines.is_empty()).then(|| lines.join("\n")),
                as_of: *as_of,
                valid_until: *valid_until,
            })
        }
        PaperBody::Notice { outcome, facts, legal } => doc::Body::Notice(doc::Notice {
            applicant,
            outcome: outcome.clone(),
            facts: facts
                .iter()
                .map(|(label, value)| doc::Fact { label: label.clone(), value: value.clone() })
                .collect(),
            members: Vec::new(),
            legal: legal.clone(),
            remark: None,
        }),
    }
}

fn person(p: &PaperPerson) -> doc::Person {
    doc::Person {
        name: p.name.clone(),
        born: p.born,
        sex: p.sex,
        number: p.number,
        phone: None,
        email: None,
        permanent: p.permanent.clone(),
        temporary: p.temporary.clone(),
        current: p.current.clone(),
    }
}
