//! Files of accounts that are being opened, how they move on, and how many came how far.

use base::vietnam_date;
use contracts::{AccountId, AgencyId, IdentityLevel, PersonId, events::AccountChange};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use store::{Row, RowExt, StoreError, Tx};

use crate::{
    Identity, IdentityError,
    input::person_claim,
    messages::{Notice, tell_by_message},
    model::{Account, State, words},
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
            approved_at: row.col("approved_at")?,
            activate_by: row.col("activate_by")?,
            number_claim: row.col("number_claim")?,
            whose: if row.col("foreigner")? { Whose::Foreigner } else { Whose::Citizen },
        })
    }
}

/// The open file of an account; none when it is in use.
pub(crate) async fn open(tx: &Tx, account: AccountId) -> Result<Option<Enrolment>, StoreError> {
    tx.query_opt(sql::ENROLMENT_OPEN, &[&account]).await?.as_ref().map(Enrolment::read).transpose()
}

words! {
    /// Whose accounts are counted: each kind of holder apart.
    Whose { Citizen = "citizen", Foreigner = "foreigner", Organisation = "organisation" }
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
        tx.defer(sql::CLAIM_DELETE, vec![Box::new(kind), Box::new(value), Box::new(account.id)]);
    }
    tx.defer(sql::SETUP_DELETE, vec![Box::new(account.id)]);
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
