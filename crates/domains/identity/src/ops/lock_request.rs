//! `lock_request_take`, `lock_request_list`, `lock_request_approve`, `lock_request_refuse`: an authority asks in writing (form
//! TK03) that a citizen's account is locked or opened (NĐ 69/2024 Art. 15). One officer takes the form to whoever decides,
//! within a working day; a second one decides, within two more.

use base::{FieldFault, nfc, vietnam_date};
use contracts::{Access, AccountId, Actor, AgencyId, PersonId, Purpose};
use jiff::{Timestamp, ToSpan, civil::Date};
use store::{Row, RowExt, StoreError, Tx};

use super::{
    account_lock::{held, lift, lock},
    lock_at_counter::looked_up,
};
use crate::{
    Identity, IdentityError, LockReason, Ticket,
    input::{Faults, label},
    law::What,
    locking::{Asks, LockRequestId, Way, can_be_locked, may_decide, may_take},
    model::State,
    offices,
    policy::{self, Action},
    rows, sql_lock as sql,
};

/// Forms on one page: more than an agency has open.
const REQUESTS_MAX: i64 = 500;
/// The name of an authority.
const ASKED_BY_CHARS: std::ops::RangeInclusive<usize> = 3..=120;
/// A paper that came longer ago is asked for anew.
const CAME_DAYS_MAX: i64 = 60;
/// Why a form was refused.
const ANSWER_CHARS_MAX: usize = 300;

/// A form as it is stored, waiting for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockRequest {
    pub id: LockRequestId,
    pub account: AccountId,
    pub person: PersonId,
    pub asks: Asks,
    pub reason: LockReason,
    /// The authority; none for the holder.
    pub asked_by: Option<String>,
    pub document: String,
    pub came_on: Date,
    /// The last day for taking it to whoever decides.
    pub forward_by: Date,
    pub agency: Option<AgencyId>,
    pub taken_by: AccountId,
    pub taken_at: Timestamp,
    pub due_on: Date,
}

impl LockRequest {
    /// It lay longer than it may before an officer took it in hand.
    pub fn came_late(&self) -> bool {
        vietnam_date(self.taken_at) > self.forward_by
    }

    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.col("request_id")?,
            account: row.col("account_id")?,
            person: row.col("person_id")?,
            asks: Asks::parse(row.col("asks")?).ok_or(StoreError::Column("asks"))?,
            reason: LockReason::parse(row.col("reason")?).ok_or(StoreError::Column("reason"))?,
            asked_by: row.col("asked_by")?,
            document: row.col("document")?,
            came_on: row.col("came_on")?,
            forward_by: row.col("forward_by")?,
            agency: row.col("agency")?,
            taken_by: row.col("taken_by")?,
            taken_at: row.col("taken_at")?,
            due_on: row.col("due_on")?,
        })
    }
}

/// What an officer types from an authority's form.
#[derive(Debug, Clone)]
pub struct Asking {
    pub asks: Asks,
    /// For which it is to be locked; what is to be opened has its reason.
    pub reason: Option<LockReason>,
    pub asked_by: String,
    pub document: String,
    /// None: it cannot be read as a date.
    pub came_on: Option<Date>,
}

/// A form that can be kept.
pub(super) struct Form {
    asks: Asks,
    reason: LockReason,
    asked_by: Option<String>,
    document: String,
    came_on: Date,
}

impl Form {
    /// At the holder's own wish, today.
    pub(super) fn of_holder(asks: Asks, document: &str, today: Date) -> Result<Self, IdentityError> {
        let document =
            label(document).ok_or_else(|| IdentityError::field("document", "identity.lock_document"))?;
        let reason = LockReason::OwnRequest;
        Ok(Self { asks, reason, asked_by: None, document, came_on: today })
    }

    fn of_authority(input: &Asking, reason: LockReason, today: Date) -> Result<Self, IdentityError> {
        let mut faults = Faults::default();
        let asked_by =
            Some(nfc(&input.asked_by)).filter(|name| ASKED_BY_CHARS.contains(&name.chars().count()));
        let asked_by = faults.read("asked_by", "identity.lock_asked_by", asked_by);
        let document = faults.read("document", "identity.lock_document", label(&input.document));
        let earliest = today.checked_sub(CAME_DAYS_MAX.days()).unwrap_or(today);
        let came_on = input.came_on.filter(|day| (earliest..=today).contains(day));
        let came_on = faults.read("came_on", "identity.lock_came_on", came_on);
        match (asked_by, document, came_on) {
            (Some(asked_by), Some(document), Some(came_on)) => {
                Ok(Self { asks: input.asks, reason, asked_by: Some(asked_by), document, came_on })
            }
            _ => Err(faults.end()),
        }
    }
}

/// Takes an authority's form about an account that was looked up for it. Tells until when somebody else has to decide.
pub async fn lock_request_take(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    account: AccountId,
    ticket: &Ticket,
    input: &Asking,
) -> Result<Date, IdentityError> {
    let actor = &access.actor;
    let found = looked_up(cx, tx, access, account, ticket).await?;
    let reason = match input.asks {
        Asks::Lock => input.reason.ok_or_else(|| IdentityError::field("reason", "identity.lock_reason"))?,
        Asks::Unlock => found.reason.ok_or(IdentityError::WrongState)?,
    };
    let ours = is_ours(cx, tx, actor, account).await?;
    // The holder's own wish is no authority's to state.
    if may_take(actor, input.asks, reason, ours)? != Way::InWriting {
        return Err(IdentityError::field("reason", "identity.lock_reason"));
    }
    if input.asks == Asks::Lock && !can_be_locked(found.account.state, found.reason, reason) {
        return Err(IdentityError::WrongState);
    }
    no_request_waits(tx, account).await?;
    let form = Form::of_authority(input, reason, vietnam_date(tx.now()))?;
    let due_on = insert(cx, tx, actor, account, &form, false)?;
    let entry = access.entry("identity.lock_request_take").about(found.person).on("account", account.0);
    tx.audit(entry.fields([form.asks.as_str(), reason.as_str()]).done());
    Ok(due_on)
}

/// The holder's own form, carried out by whoever takes it.
pub(super) fn kept_at_once(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    form: &Form,
) -> Result<(), IdentityError> {
    insert(cx, tx, actor, account, form, true).map(drop)
}

fn insert(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    form: &Form,
    is_done: bool,
) -> Result<Date, IdentityError> {
    let (now, id) = (tx.now(), LockRequestId::new(tx.now(), tx.entropy()));
    let forward_by = cx.law.due_after(What::LockForward, form.came_on)?;
    let due_on = cx.law.due_on(What::LockDecision, now)?;
    tx.defer(
        sql::LOCK_REQUEST_INSERT,
        vec![
            Box::new(account),
            Box::new(id),
            Box::new(form.asks.as_str()),
            Box::new(form.reason.as_str()),
            Box::new(form.asked_by.clone()),
            Box::new(form.document.clone()),
            Box::new(form.came_on),
            Box::new(forward_by),
            Box::new(actor.staff().map(|(agency, _)| agency.clone())),
            Box::new(actor.account),
            Box::new(now),
            Box::new(due_on),
            Box::new(is_done.then_some(actor.account)),
            Box::new(is_done.then_some(now)),
            Box::new(is_done.then_some("done")),
        ],
    );
    Ok(due_on)
}

/// One form at a time.
async fn no_request_waits(tx: &Tx, account: AccountId) -> Result<(), IdentityError> {
    if open_request(tx, account).await?.is_some() { Err(IdentityError::LockRequestWaits) } else { Ok(()) }
}

pub(super) async fn open_request(tx: &Tx, account: AccountId) -> Result<Option<LockRequest>, StoreError> {
    let row = tx.query_opt(sql::LOCK_REQUEST_OPEN, &[&account]).await?;
    row.as_ref().map(LockRequest::read).transpose()
}

/// Whether the lock in force was set here or below; where none was set by an agency, nobody has to be asked.
pub(super) async fn is_ours(
    cx: &Identity,
    tx: &Tx,
    actor: &Actor,
    account: AccountId,
) -> Result<bool, IdentityError> {
    let setter = held(tx, account).await?.pop().and_then(|lock| lock.agency);
    Ok(setter.is_none_or(|agency| offices::is_own_or_below(cx, tx, actor, &agency)))
}

/// Forms of an agency that wait for a decision, by the day on which it is due.
pub async fn lock_request_list(
    tx: &mut Tx,
    actor: &Actor,
    agency: &AgencyId,
) -> Result<Vec<LockRequest>, IdentityError> {
    let taking = policy::allowed_at(actor, Action::TakeLock, agency);
    taking.or_else(|_| policy::allowed_at(actor, Action::LockCitizen, agency))?;
    let rows = tx.query(sql::LOCK_REQUESTS, &[agency, &REQUESTS_MAX]).await?;
    tx.audit(Access::new(actor, Purpose::LOCK_ACCOUNT).entry("identity.lock_request_list").done());
    Ok(rows.iter().map(LockRequest::read).collect::<Result<_, _>>()?)
}

pub async fn lock_request_approve(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    request: LockRequestId,
) -> Result<(), IdentityError> {
    let request = waiting(tx, actor, account, request).await?;
    let found = rows::account(tx, account).await?;
    let reason = rows::lock_reason(tx, account).await?;
    let ours = is_ours(cx, tx, actor, account).await?;
    let is_own = request.taken_by == actor.account;
    may_decide(actor, request.asks, request.reason, ours, is_own)?;
    let can = match request.asks {
        Asks::Lock => can_be_locked(found.state, reason, request.reason),
        // Another lock lies on it meanwhile, or none.
        Asks::Unlock => found.state == State::Locked && reason == Some(request.reason),
    };
    if !can {
        return Err(IdentityError::WrongState);
    }
    match request.asks {
        Asks::Lock => lock(cx, tx, actor, &found, request.reason).await?,
        Asks::Unlock => lift(cx, tx, actor, &found).await?,
    }
    decided(tx, actor, &request, "identity.lock_request_approve", "done", None);
    Ok(())
}

/// With the reason, for the authority that asked. Nothing happened to the account.
pub async fn lock_request_refuse(
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    request: LockRequestId,
    answer: &str,
) -> Result<(), IdentityError> {
    policy::allowed(actor, Action::LockCitizen)?;
    let request = waiting(tx, actor, account, request).await?;
    if request.taken_by == actor.account {
        return Err(IdentityError::SecondPersonNeeded);
    }
    let answer = nfc(answer);
    if !(1..=ANSWER_CHARS_MAX).contains(&answer.chars().count()) {
        let max = ("max".to_owned(), ANSWER_CHARS_MAX.to_string());
        let fault = FieldFault { args: vec![max], ..FieldFault::new("answer", "identity.refusal_note") };
        return Err(IdentityError::Invalid(vec![fault]));
    }
    decided(tx, actor, &request, "identity.lock_request_refuse", "refused", Some(answer));
    Ok(())
}

/// A form that waits, for an officer of its agency.
async fn waiting(
    tx: &Tx,
    actor: &Actor,
    account: AccountId,
    request: LockRequestId,
) -> Result<LockRequest, IdentityError> {
    policy::allowed(actor, Action::LockCitizen)?;
    let found = open_request(tx, account).await?;
    let here = |found: &LockRequest| actor.staff().is_none_or(|(own, _)| found.agency.as_ref() == Some(own));
    found.filter(|found| found.id == request && here(found)).ok_or(IdentityError::NotFound)
}

fn decided(
    tx: &mut Tx,
    actor: &Actor,
    request: &LockRequest,
    action: &'static str,
    outcome: &'static str,
    answer: Option<String>,
) {
    let now = tx.now();
    tx.defer(
        sql::LOCK_REQUEST_DECIDED,
        vec![
            Box::new(request.account),
            Box::new(request.id),
            Box::new(actor.account),
            Box::new(now),
            Box::new(outcome),
            Box::new(answer),
        ],
    );
    let entry = Access::new(actor, Purpose::LOCK_ACCOUNT).entry(action).about(request.person);
    let fields = [request.asks.as_str(), request.reason.as_str()];
    tx.audit(entry.on("account", request.account.0).fields(fields).done());
}
