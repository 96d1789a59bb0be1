//! `recovery_ask`, `recovery_list`, `recovery_agree`, `recovery_cancel`, `recovery_use`: back in with the help of two people
//! named before. The holder is told of every step and can stop it from any device that is still signed in; a day must pass
//! after the second helper has agreed.
//!
//! The answer to asking, and the work before it, are the same whether there is such an account or not: the request is left
//! to a job, which alone looks whose number it is.

use async_trait::async_trait;
use base::PersonalNumber;
use contracts::{Access, AccountId, LoginStrength, PersonId, Purpose};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Job, JobHandler, RowExt, StoreError, Tx, jobs::JobError};
use subtle::ConstantTimeEq;

use super::{begin_anew, entry, own_entry, set_up, tell, tell_person};
use crate::{
    Client, Current, Identity, IdentityError, Password, SetupCode,
    input::number_claim,
    messages::{Notice, tell_by_message},
    model::{Account, Kind, State},
    password::rules,
    rows::{self, AuthenticatorId, Claim},
    sql,
    throttle::{self, Door, Key},
};

/// Helpers who must agree.
pub const HELPERS_NEEDED: i64 = 2;
/// Time for the holder to notice and stop what is not theirs.
pub const RECOVERY_WAIT: SignedDuration = SignedDuration::from_hours(24);
/// From asking to the end.
pub const RECOVERY_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Requests in which one person is asked for help.
const REQUESTS_MAX: i64 = 50;

/// Gives the code in any case; for nobody's number, or an account without helpers, it never counts.
pub async fn recovery_ask(
    cx: &Identity,
    number: &PersonalNumber,
    client: &Client,
) -> Result<SetupCode, IdentityError> {
    let claim = number_claim(&cx.keys, number);
    let doors = doors(cx, &claim.value, client);
    throttle::take(&cx.store, &doors.iter().collect::<Vec<_>>()).await?;
    let mut tx = cx.store.begin().await?;
    let code = SetupCode::new(tx.entropy());
    let (id, asked_at) = (tx.new_uuid(), tx.now());
    let asked = Asked { number: hex::encode(claim.value), code: hex::encode(digest(cx, &code)), asked_at };
    tx.enqueue(id, QUEUE, serde_json::json!(asked), asked_at);
    tx.finish::<_, IdentityError>(Ok(())).await?;
    Ok(code)
}

const QUEUE: &str = "identity.recovery";

/// A request on its way: digests in hexadecimal, no number.
#[derive(Serialize, Deserialize)]
struct Asked {
    number: String,
    code: String,
    asked_at: Timestamp,
}

/// Looks for whom somebody asked, and tells those concerned.
pub(crate) struct Recovery(pub Identity);

#[async_trait]
impl JobHandler for Recovery {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    async fn run(&self, tx: &mut Tx, job: &Job) -> Result<(), JobError> {
        let asked: Asked = serde_json::from_value(job.payload.clone())?;
        let claim = Claim { kind: "number", value: hex::decode(&asked.number)? };
        Ok(ask(&self.0, tx, claim, hex::decode(&asked.code)?, asked.asked_at).await?)
    }
}

async fn ask(
    cx: &Identity,
    tx: &mut Tx,
    claim: Claim,
    code: Vec<u8>,
    at: Timestamp,
) -> Result<(), IdentityError> {
    let account = rows::account_by_claim(tx, &claim).await?;
    let Some(account) = account.filter(|a| a.state == State::Activated) else { return Ok(()) };
    let helpers = tx.query(sql::HELPERS, &[&account.id]).await?;
    let enough = i64::try_from(helpers.len()).unwrap_or(i64::MAX) >= HELPERS_NEEDED;
    let Some(person) = account.person().filter(|_| enough) else { return Ok(()) };
    let id = account.id;
    tx.defer(sql::RECOVERY_HELP_DELETE, vec![Box::new(id)]);
    tx.defer(
        sql::RECOVERY_PUT,
        vec![Box::new(id), Box::new(code), Box::new(at), Box::new(at + RECOVERY_LIFE)],
    );
    tx.audit(entry(&contracts::Actor::system(), "identity.recovery_ask", &account).done());
    tell_person(
        tx,
        person,
        "Có người xin lấy lại tài khoản của bạn nhờ hai người giúp. Nếu không phải bạn, hãy hủy ngay ở trang Tài khoản.",
        "Somebody asked to get your account back with the help of two people. If it was not you, stop it on your account page.",
    );
    tell_by_message(cx, tx, id, Notice::RecoveryAsked).await?;
    for helper in &helpers {
        tell_person(
            tx,
            helper.col("person_id")?,
            "Có người nhờ bạn giúp lấy lại tài khoản. Hãy gặp trực tiếp người đó rồi mới đồng ý.",
            "Somebody asks for your help to get their account back. Meet them face to face before you agree.",
        );
    }
    Ok(())
}

/// A request in which this person is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub account: AccountId,
    pub person: PersonId,
    pub asked_at: Timestamp,
}

pub async fn recovery_list(tx: &mut Tx, me: &Current) -> Result<Vec<Request>, IdentityError> {
    set_up(me)?;
    let rows = tx.query(sql::RECOVERIES_OF_HELPER, &[&me.account(), &tx.now(), &REQUESTS_MAX]).await?;
    tx.audit(own_entry(me, "identity.recovery_list").done());
    rows.iter()
        .map(|r| {
            Ok(Request {
                account: r.col("account_id")?,
                person: r.col("person_id")?,
                asked_at: r.col("asked_at")?,
            })
        })
        .collect()
}

/// A helper agrees, with two factors. The second one starts the wait.
pub async fn recovery_agree(tx: &mut Tx, me: &Current, account: AccountId) -> Result<(), IdentityError> {
    set_up(me)?;
    if me.actor.strength < LoginStrength::Two {
        return Err(IdentityError::SecondFactorNeeded);
    }
    let asked = recovery_list(tx, me).await?.into_iter().find(|r| r.account == account);
    let asked = asked.ok_or(IdentityError::NotFound)?;
    let now = tx.now();
    // The request's row first: of two helpers at once the second sees the first one's word.
    tx.change(sql::RECOVERY_LOCK, &[&account]).await?;
    tx.change(sql::RECOVERY_HELP_PUT, &[&account, &me.account(), &now]).await?;
    let agreed: i64 = tx.query_one(sql::RECOVERY_HELPS, &[&account]).await?.col("agreed")?;
    if agreed >= HELPERS_NEEDED {
        tx.defer(sql::RECOVERY_OPENS, vec![Box::new(account), Box::new(now + RECOVERY_WAIT)]);
        tell_person(
            tx,
            asked.person,
            "Hai người đã đồng ý giúp lấy lại tài khoản của bạn. Sau 24 giờ có thể đặt mật khẩu mới; nếu không phải bạn xin, hãy hủy ngay.",
            "Two people agreed to help you back into your account. After 24 hours a new password can be set; if you did not ask, stop it now.",
        );
    }
    let entry = own_entry(me, "identity.recovery_agree").on("account", account.0).about(asked.person);
    tx.audit(entry.done());
    Ok(())
}

/// The holder, signed in somewhere, stops it.
pub async fn recovery_cancel(tx: &mut Tx, me: &Current) -> Result<bool, IdentityError> {
    set_up(me)?;
    let stopped = tx.execute(sql::RECOVERY_DELETE, &[&me.account()]).await? > 0;
    tx.defer(sql::RECOVERY_HELP_DELETE, vec![Box::new(me.account())]);
    if stopped {
        tx.audit(own_entry(me, "identity.recovery_cancel").done());
        tell(
            tx,
            me,
            "Bạn đã hủy yêu cầu lấy lại tài khoản.",
            "You stopped the request to get your account back.",
        );
    }
    Ok(stopped)
}

/// Whether somebody has asked, for the holder's own page.
pub async fn recovery_open(tx: &mut Tx, me: &Current) -> Result<bool, IdentityError> {
    Ok(tx.query_opt(sql::RECOVERY_FIND, &[&me.account(), &tx.now()]).await?.is_some())
}

/// Not for printing.
pub struct Recovering {
    pub number: PersonalNumber,
    pub code: SetupCode,
    pub password: Password,
    pub client: Client,
}

/// The code of the request and a new password, once the wait is over. Every other way of signing in is gone then.
pub async fn recovery_use(cx: &Identity, input: &Recovering) -> Result<(), IdentityError> {
    let fault = rules::check("password", &input.password, Kind::Citizen, &[input.number.as_str()]);
    if let Some(fault) = fault {
        return Err(IdentityError::Invalid(vec![fault]));
    }
    let place = cx.passwords.place()?;
    let claim = number_claim(&cx.keys, &input.number);
    let doors = doors(cx, &claim.value, &input.client);
    throttle::take(&cx.store, &doors.iter().collect::<Vec<_>>()).await?;
    let phc = place.hash(&input.password, cx.store.entropy().as_ref()).await?;
    drop(place);
    let mut tx = cx.store.begin().await?;
    let outcome = async {
        let account = rows::account_by_claim(&tx, &claim).await?.ok_or(IdentityError::BadSetupCode)?;
        opened(cx, &tx, &account, &input.code).await?;
        // First the word, then the telephone is gone with the other ways.
        tell_by_message(cx, &mut tx, account.id, Notice::Recovered).await?;
        renew(cx, &mut tx, &account, phc);
        doors.iter().for_each(|door| throttle::give_back(&mut tx, door));
        Ok(())
    }
    .await;
    match tx.finish(outcome).await {
        // The same code, used at the same moment elsewhere.
        Err(IdentityError::Store(StoreError::Conflict)) => Err(IdentityError::BadSetupCode),
        outcome => outcome,
    }
}

async fn opened(cx: &Identity, tx: &Tx, account: &Account, code: &SetupCode) -> Result<(), IdentityError> {
    let row = tx.query_opt(sql::RECOVERY_FIND, &[&account.id, &tx.now()]).await?;
    let row = row.filter(|_| account.state == State::Activated).ok_or(IdentityError::BadSetupCode)?;
    let kept: Vec<u8> = row.col("code")?;
    if !bool::from(kept.ct_eq(&digest(cx, code))) {
        return Err(IdentityError::BadSetupCode);
    }
    let opens: Option<Timestamp> = row.col("opens_at")?;
    if opens.is_none_or(|opens| opens > tx.now()) {
        return Err(IdentityError::RecoveryWaits);
    }
    Ok(())
}

fn renew(cx: &Identity, tx: &mut Tx, account: &Account, phc: String) {
    let (now, id) = (tx.now(), AuthenticatorId::new(tx.now(), tx.entropy()));
    begin_anew(cx, tx, account);
    tx.defer(sql::RECOVERY_SPEND, vec![Box::new(account.id)]);
    tx.defer(sql::RECOVERY_HELP_DELETE, vec![Box::new(account.id)]);
    tx.defer(
        sql::AUTHENTICATOR_INSERT,
        vec![
            Box::new(account.id),
            Box::new(id),
            Box::new("password"),
            Box::new(phc.into_bytes()),
            Box::new(now),
            Box::new(now),
        ],
    );
    let access = Access::system(Purpose::SIGN_IN);
    tx.audit(entry(&access.actor, "identity.recovery_use", account).done());
    if let Some(person) = account.person() {
        tell_person(
            tx,
            person,
            "Tài khoản của bạn đã có mật khẩu mới nhờ hai người giúp. Mọi khóa và phiên đăng nhập cũ đã bị xóa.",
            "Your account has a new password with the help of two people. All old keys and sessions are gone.",
        );
    }
}

fn doors(cx: &Identity, number: &[u8], client: &Client) -> Vec<Key> {
    let client = Door::SignInClient.client_key(&cx.keys, client.ip);
    client.into_iter().chain([Door::Account.key(&cx.keys, &[b"recovery ", number].concat())]).collect()
}

fn digest(cx: &Identity, code: &SetupCode) -> Vec<u8> {
    code.digest_for(&cx.keys, "recovery")
}
