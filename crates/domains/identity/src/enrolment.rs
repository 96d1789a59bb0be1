//! Files of accounts that are being opened, how they move on, and how many came how far.

use base::{FieldFault, Text, nfc, vietnam_date};
use contracts::{AccountId, ActsAs, AgencyId, IdentityLevel, PersonId, events::AccountChange};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use store::{Row, RowExt, StoreError, Tx};

use crate::{
    Identity, IdentityError,
    guardian::{KinPaper, Shown},
    input::person_claim,
    messages::{Notice, tell_by_message},
    model::{Account, Document, State, words},
    ops::{changed, tell_person},
    rows, sql,
};

base::id!(
    /// A file of an account that is being opened.
    EnrolmentId
);

/// Deferred work: a reminder, and the end of what nobody activated.
pub(crate) const QUEUE: &str = "identity.activation";

/// A file as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    pub id: EnrolmentId,
    pub account: AccountId,
    pub person: PersonId,
    pub level: IdentityLevel,
    pub commune: String,
    pub agency: Option<AgencyId>,
    pub collected_by: AccountId,
    pub collected_at: Timestamp,
    pub basis: String,
    pub due_on: Date,
    /// Whoever has to agree, and when they did.
    pub guardian: Option<PersonId>,
    pub guardian_at: Option<Timestamp>,
    /// On what it stands that they may; none for files of before.
    pub guardian_shown: Option<Shown>,
    pub approved_at: Option<Timestamp>,
    pub activate_by: Option<Timestamp>,
    /// The claim of the personal number, a keyed digest.
    pub number_claim: Vec<u8>,
    /// A citizen, or somebody without a personal number.
    pub whose: Whose,
}

impl Enrolment {
    pub(crate) fn read(row: &Row) -> Result<Self, StoreError> {
        let level = IdentityLevel::from_number(row.col("level")?).ok_or(StoreError::Column("level"))?;
        Ok(Self {
            id: row.col("enrolment_id")?,
            account: row.col("account_id")?,
            person: row.col("person_id")?,
            level,
            commune: row.col("commune")?,
            agency: row.col("agency")?,
            collected_by: row.col("collected_by")?,
            collected_at: row.col("collected_at")?,
            basis: row.col("basis")?,
            due_on: row.col("due_on")?,
            guardian: row.col("guardian")?,
            guardian_at: row.col("guardian_at")?,
            guardian_shown: shown(row)?,
            approved_at: row.col("approved_at")?,
            activate_by: row.col("activate_by")?,
            number_claim: row.col("number_claim")?,
            whose: if row.col("foreigner")? { Whose::Foreigner } else { Whose::Citizen },
        })
    }
}

fn shown(row: &Row) -> Result<Option<Shown>, StoreError> {
    let Some(word) = row.col::<Option<&str>>("guardian_as")? else { return Ok(None) };
    if let Some(acts_as) = ActsAs::parse(word) {
        return Ok(Some(Shown::Record(acts_as)));
    }
    let paper = KinPaper {
        number: row.col("guardian_paper")?,
        issued_on: row.col("guardian_paper_on")?,
        issuer: row.col("guardian_paper_by")?,
    };
    Ok(Some(Shown::Paper(paper)))
}

/// The open file of an account; none when it is in use.
pub(crate) async fn open(tx: &Tx, account: AccountId) -> Result<Option<Enrolment>, StoreError> {
    tx.query_opt(sql::ENROLMENT_OPEN, &[&account]).await?.as_ref().map(Enrolment::read).transpose()
}

words! {
    /// Whose accounts are counted: each kind of holder apart.
    Whose { Citizen = "citizen", Foreigner = "foreigner", Organisation = "organisation" }
}

impl Whose {
    /// With which documents such a holder is identified at a counter (NĐ 69/2024 Art. 10, 11).
    pub fn documents(self) -> &'static [Document] {
        match self {
            Self::Citizen => &[Document::IdentityCard, Document::CitizenCard],
            Self::Foreigner => &[Document::ResidenceCard],
            Self::Organisation => &[],
        }
    }
}

words! {
    /// Why a file was refused.
    RefusalReason {
        CardInvalid = "card_invalid",
        /// Whoever came is not whom the card shows.
        NotTheHolder = "not_the_holder",
        RecordDiffers = "record_differs",
        GuardianUnclear = "guardian_unclear",
        Incomplete = "incomplete",
        /// The officer says it in words.
        Other = "other",
    }
}

impl RefusalReason {
    /// As the end of a sentence.
    pub fn words(self) -> Text {
        let (vi, en) = match self {
            Self::CardInvalid => ("giấy tờ không còn giá trị", "the document is not valid"),
            Self::NotTheHolder => {
                ("người đến không khớp với giấy tờ", "the person does not match the document")
            }
            Self::RecordDiffers => {
                ("giấy tờ khác với dữ liệu dân cư", "the document differs from the population record")
            }
            Self::GuardianUnclear => ("chưa rõ người giám hộ", "it is not clear who the guardian is"),
            Self::Incomplete => ("hồ sơ còn thiếu", "the file is not complete"),
            Self::Other => ("lý do do cán bộ ghi", "a reason that the officer wrote down"),
        };
        Text::new(vi, en)
    }
}

/// The longest that an officer adds to a refusal.
pub const REFUSAL_NOTE_CHARS_MAX: usize = 300;

/// Why a file is refused, for whoever handed it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub reason: RefusalReason,
    /// In the officer's words; may be empty where the reason says it all.
    pub note: String,
}

impl Refusal {
    /// As an officer chooses and types it.
    pub fn typed(reason: &str, note: &str) -> Result<Self, IdentityError> {
        let reason = RefusalReason::parse(reason)
            .ok_or_else(|| IdentityError::field("reason", "identity.refusal_reason"))?;
        let note = nfc(note);
        let is_told = reason != RefusalReason::Other || !note.is_empty();
        if is_told && note.chars().count() <= REFUSAL_NOTE_CHARS_MAX {
            return Ok(Self { reason, note });
        }
        let max = ("max".to_owned(), REFUSAL_NOTE_CHARS_MAX.to_string());
        let fault = FieldFault { args: vec![max], ..FieldFault::new("note", "identity.refusal_note") };
        Err(IdentityError::Invalid(vec![fault]))
    }
}

/// What is added to a commune's day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub collected: i32,
    pub approved: i32,
    pub activated: i32,
    pub ended: i32,
}

/// The last write of a transaction, so that a commune's row is locked only until the commit.
pub(crate) fn count(tx: &mut Tx, commune: &str, whose: Whose, more: Counts) {
    let day = vietnam_date(tx.now());
    tx.defer(
        sql::FUNNEL_ADD,
        vec![
            Box::new(commune.to_owned()),
            Box::new(day),
            Box::new(more.collected),
            Box::new(more.approved),
            Box::new(more.activated),
            Box::new(more.ended),
            Box::new(whose.as_str()),
        ],
    );
}

/// A step of deferred work.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Due {
    pub account: AccountId,
    pub enrolment: EnrolmentId,
    pub step: Step,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    Remind,
    End,
}

/// The person has until then; they are reminded, and what they leave ends.
pub(crate) fn wait_for_activation(
    cx: &Identity,
    tx: &mut Tx,
    account: AccountId,
    enrolment: EnrolmentId,
) -> Result<Timestamp, IdentityError> {
    let (activate_by, remind_at) = cx.law.activation(tx.now())?;
    for (step, at) in [(Step::Remind, remind_at), (Step::End, activate_by)] {
        let id = tx.new_uuid();
        tx.enqueue(id, QUEUE, serde_json::json!(Due { account, enrolment, step }), at);
    }
    Ok(activate_by)
}

/// The holder proved to be the holder within the time: from now on the account is in use. Gives it as it is then.
pub(crate) async fn activate(tx: &mut Tx, account: &Account) -> Result<Account, IdentityError> {
    let file = open(tx, account.id).await?.ok_or(IdentityError::WrongState)?;
    if file.guardian.is_some() && file.guardian_at.is_none() {
        return Err(IdentityError::GuardianNeeded);
    }
    let now = tx.now();
    if file.activate_by.is_none_or(|end| end <= now) {
        return Err(IdentityError::TooLate);
    }
    tx.defer(sql::ACCOUNT_ACTIVATE, vec![Box::new(account.id), Box::new(account.version)]);
    tx.defer(sql::ENROLMENT_ACTIVATED, vec![Box::new(account.id), Box::new(file.id), Box::new(now)]);
    count(tx, &file.commune, file.whose, Counts { activated: 1, ..Counts::default() });
    Ok(Account { state: State::Activated, version: account.version + 1, ..account.clone() })
}

/// A file that came to nothing: the account is closed for ever, and its number is free for a new file.
pub(crate) fn end(cx: &Identity, tx: &mut Tx, account: &Account, file: &Enrolment, why: &'static str) {
    let closed = State::Closed.as_str();
    tx.defer(
        sql::ACCOUNT_STATE,
        vec![Box::new(account.id), Box::new(account.version), Box::new(closed), Box::new(None::<String>)],
    );
    tx.defer(sql::ENROLMENT_ENDED, vec![Box::new(account.id), Box::new(file.id), Box::new(why)]);
    let person = person_claim(&cx.keys, file.person);
    let number = if file.whose == Whose::Foreigner { "foreigner" } else { "number" };
    for (kind, value) in [(number, file.number_claim.clone()), (person.kind, person.value)] {
        // A number that was cancelled meanwhile is nobody's.
        tx.defer(sql::CLAIM_FREE, vec![Box::new(kind), Box::new(value), Box::new(account.id)]);
    }
    // With the code on their paper they read why it was refused; it opens nothing any more.
    if why != "refused" {
        tx.defer(sql::SETUP_DELETE, vec![Box::new(account.id)]);
    }
    changed(tx, account.id, Some(file.person), AccountChange::Closed);
    count(tx, &file.commune, file.whose, Counts { ended: 1, ..Counts::default() });
}

/// Does a step of deferred work, where there is still something to do.
pub(crate) async fn due(cx: &Identity, tx: &mut Tx, due: &Due) -> Result<(), IdentityError> {
    let account = rows::account(tx, due.account).await?;
    let file = open(tx, due.account).await?.filter(|file| file.id == due.enrolment);
    let Some(file) = file.filter(|_| account.state == State::Approved) else { return Ok(()) };
    match due.step {
        Step::Remind => {
            tell_person(
                tx,
                file.guardian.unwrap_or(file.person),
                "Tài khoản định danh đã được duyệt nhưng chưa kích hoạt. Còn 2 ngày nữa là hết hạn.",
                "The identity account was approved but is not activated yet. Two days are left.",
            );
            tell_by_message(cx, tx, account.id, Notice::Remind).await?;
        }
        Step::End => {
            tell_by_message(cx, tx, account.id, Notice::Expired).await?;
            end(cx, tx, &account, &file, "expired");
            let access = contracts::Access::system(contracts::Purpose::SIGN_IN);
            let entry = access.entry("identity.enrolment_expire").about(file.person);
            tx.audit(entry.on("account", account.id.0).done());
        }
    }
    Ok(())
}
