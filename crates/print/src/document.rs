//! The documents as data. Whoever fills them in decides what they say; the templates decide how it looks.
//!
//! Names of forms and of legal texts come in as data (`Head::form`, `legal`), because they change by circular. Nothing
//! here derives `Debug` except [`Document`], which names only its kind: the contents are personal data.

use std::fmt;

use base::{PartialDate, PersonName, PersonalNumber, Sex, Vnd};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use crate::words;

/// One document: the frame that all have in common, and what this one says.
#[derive(Clone, Serialize)]
pub struct Document {
    pub head: Head,
    pub body: Body,
}

/// The frame: who issues, under which number, when, signed by whom, and where to verify it.
#[derive(Clone, Serialize)]
pub struct Head {
    pub agency: Agency,
    /// The document's number and symbol, such as `128/TNHS`.
    pub number: String,
    /// Where it was issued, such as `Thạch Hà`.
    pub place: String,
    #[serde(serialize_with = "words::long_date")]
    pub dated: Date,
    /// The form and the text that prescribes it, such as `Mẫu CT04 – Thông tư số 53/2025/TT-BCA`.
    pub form: Option<String>,
    pub dossier: DossierRef,
    pub signature: Signature,
    /// The public page that verifies this very document; also the content of the QR code.
    pub verify_url: String,
    /// Marks the document as made from synthetic data, on every page.
    pub synthetic: bool,
}

/// The issuing agency under the one it belongs to.
#[derive(Clone, Serialize)]
pub struct Agency {
    pub parent: Option<String>,
    pub name: String,
}

/// The dossier (hồ sơ) that the document belongs to.
#[derive(Clone, Serialize)]
pub struct DossierRef {
    pub code: String,
    pub procedure_code: String,
    pub procedure_name: String,
}

/// Who signed and when. The signature itself is made over the finished bytes by whoever issues the document.
#[derive(Clone, Serialize)]
pub struct Signature {
    /// The signer's office, one line each: `KT. TRƯỞNG CÔNG AN XÃ` and `PHÓ TRƯỞNG CÔNG AN XÃ`.
    pub office: Vec<String>,
    /// Empty when the agency's own key signs a decision that needed no officer.
    pub name: Option<PersonName>,
    #[serde(serialize_with = "words::signing_time")]
    pub at: Timestamp,
}

/// What the document says.
#[derive(Clone, Serialize)]
#[serde(untagged)]
pub enum Body {
    /// CT04, phiếu tiếp nhận hồ sơ và hẹn trả kết quả.
    Receipt(Receipt),
    /// CT05, phiếu hướng dẫn bổ sung, hoàn thiện hồ sơ.
    Supplement(Supplement),
    /// CT06, phiếu từ chối tiếp nhận, giải quyết hồ sơ.
    Refusal(Refusal),
    /// CT07, xác nhận thông tin về cư trú.
    Confirmation(Confirmation),
    /// Thông báo về kết quả giải quyết đăng ký cư trú.
    Notice(Notice),
}

/// A person as documents name them; what is not given is not printed.
#[derive(Clone, Serialize)]
pub struct Person {
    pub name: PersonName,
    #[serde(serialize_with = "words::birth")]
    pub born: Option<PartialDate>,
    pub sex: Option<Sex>,
    pub number: Option<PersonalNumber>,
    pub phone: Option<String>,
    pub email: Option<String>,
    /// Nơi thường trú.
    pub permanent: Option<String>,
    /// Nơi tạm trú.
    pub temporary: Option<String>,
    /// Nơi ở hiện tại.
    pub current: Option<String>,
}

/// Receipt of a dossier, with the appointment for its result.
#[derive(Clone, Serialize)]
pub struct Receipt {
    pub applicant: Person,
    /// What is asked for, in the applicant's words.
    pub request: String,
    pub channel: Channel,
    pub papers: Vec<Paper>,
    #[serde(serialize_with = "words::moment")]
    pub received_at: Timestamp,
    /// The law's limit in working days.
    pub limit_working_days: u16,
    #[serde(serialize_with = "words::moment")]
    pub due_at: Timestamp,
    /// How the result is handed over, such as `Trực tuyến, trong mục “Giấy tờ của tôi”`.
    pub handover: String,
    pub fee: Option<Fee>,
}

/// How the dossier came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Online,
    Counter,
    Post,
}

/// One paper of the dossier.
#[derive(Clone, Serialize)]
pub struct Paper {
    pub name: String,
    /// In which form it was handed in: `Bản điện tử`, `Bản chính`, `Lấy từ cơ sở dữ liệu`.
    pub form: String,
    pub copies: u16,
}

/// A charge (lệ phí) or fee (phí) of the dossier.
#[derive(Clone, Serialize)]
pub struct Fee {
    /// Such as `Lệ phí đăng ký cư trú`.
    pub name: String,
    #[serde(serialize_with = "words::money")]
    pub amount: Vnd,
    pub state: FeeState,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FeeState {
    /// Still to be paid.
    Due {
        #[serde(serialize_with = "words::date_opt")]
        by: Option<Date>,
    },
    Paid {
        #[serde(serialize_with = "words::moment")]
        at: Timestamp,
        /// The payment's reference at the bank or gateway.
        reference: String,
    },
    /// Not charged, on this legal ground.
    Exempt { ground: String },
}

/// The one, complete request to mend a dossier.
#[derive(Clone, Serialize)]
pub struct Supplement {
    pub applicant: Person,
    pub defects: Vec<Defect>,
    /// The last day to answer.
    #[serde(serialize_with = "words::date_opt")]
    pub answer_by: Option<Date>,
    /// Whom to ask: an office, a telephone number, an address.
    pub contact: Option<String>,
}

#[derive(Clone, Serialize)]
pub struct Defect {
    /// The field or paper at fault, by its label.
    pub item: String,
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

/// Refusal to accept or to grant.
#[derive(Clone, Serialize)]
pub struct Refusal {
    pub applicant: Person,
    pub request: String,
    /// Paragraphs are separated by line feeds.
    pub reason: String,
    /// The articles it rests on.
    pub legal: Vec<String>,
    /// What the person can do now, such as how to file again.
    pub advice: Option<String>,
}

/// Confirmation of what the record says about a person's residence.
#[derive(Clone, Serialize)]
pub struct Confirmation {
    pub person: Person,
    /// Chủ hộ, and the person's relation to them.
    pub head_of_household: Option<Member>,
    /// The other members of the household, where the person asked for them.
    pub members: Vec<Member>,
    /// Anything else that was asked to be confirmed.
    pub content: Option<String>,
    /// When the record was read.
    #[serde(serialize_with = "words::moment")]
    pub as_of: Timestamp,
    #[serde(serialize_with = "words::date_opt")]
    pub valid_until: Option<Date>,
}

/// A member of a household, with the relation to its head (quan hệ với chủ hộ).
#[derive(Clone, Serialize)]
pub struct Member {
    pub name: PersonName,
    #[serde(serialize_with = "words::birth")]
    pub born: Option<PartialDate>,
    pub sex: Option<Sex>,
    pub number: Option<PersonalNumber>,
    pub relation: String,
}

/// Notice that a registration of residence was carried out.
#[derive(Clone, Serialize)]
pub struct Notice {
    pub applicant: Person,
    /// What was decided, in one sentence without its full stop.
    pub outcome: String,
    /// The particulars of the registration, in reading order.
    pub facts: Vec<Fact>,
    /// Everybody who was registered, where there are several.
    pub members: Vec<Member>,
    pub legal: Vec<String>,
    /// What to keep in mind, such as when to renew.
    pub remark: Option<String>,
}

#[derive(Clone, Serialize)]
pub struct Fact {
    pub label: String,
    pub value: String,
}

impl Document {
    /// Characters of all texts together; every entry of a list counts too.
    pub const CHARS_MAX: usize = 60_000;
    /// Longer addresses make a QR code that cameras read badly at the size it is printed.
    pub const URL_BYTES_MAX: usize = 200;
}

impl Body {
    /// The name of the template, stable; usable as the kind of the document.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Receipt(_) => "receipt",
            Self::Supplement(_) => "supplement",
            Self::Refusal(_) => "refusal",
            Self::Confirmation(_) => "confirmation",
            Self::Notice(_) => "notice",
        }
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({})", self.body.kind())
    }
}
