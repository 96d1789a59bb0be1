//! `recovery_ask`, `recovery_open`, `recovery_cancel`, `recovery_use`: back in with the help of two people named before, who
//! agree in [`super::recovery_agree`]. The holder can stop it from any device that is still signed in; a day must pass after
//! the second helper has agreed.
//!
//! Anybody can ask in anybody's name, so each request stands for itself: a code, which whoever asked keeps, and a check word,
//! which they tell their helpers. No request takes over, ends or delays another. The answer to asking, and the work before
//! it, are the same whether there is such an account or not: the request is left to a job, which alone looks whose number
//! it is.

use async_trait::async_trait;
use base::PersonalNumber;
use contracts::{Access, AccountId, PersonId, Purpose};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Job, JobHandler, Row, RowExt, StoreError, Tx, jobs::JobError};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{begin_anew, entry, own_entry, set_up, tell, tell_person};
use crate::{
    Client, Current, Identity, IdentityError, Password, SetupCode, codes,
    input::number_claim,
    messages::{Notice, tell_by_counted_message, tell_by_message},
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
/// More requests than [`Door::RecoveryNumber`] lets through in the life of one; the oldest come first.
pub(super) const RECOVERIES_OPEN_MAX: i64 = 1_000;

/// Shown once. Not for printing.
pub struct Asked {
    /// Kept by whoever asked: with it they set the new password.
    pub code: SetupCode,
    /// Told to the helpers: six digits.
    pub word: Zeroizing<String>,
}

/// Gives code and word in any case; for nobody's number, or an account without helpers, they never count.
pub async fn recovery_ask(
    cx: &Identity,
    number: &PersonalNumber,
    client: &Client,
) -> Result<Asked, IdentityError> {
    let claim = number_claim(&cx.keys, number);
    let doors = asking(cx, &claim.value, client);
    throttle::take(&cx.store, &doors.iter().collect::<Vec<_>>()).await?;
    let mut tx = cx.store.begin().await?;
    let (code, word) = (SetupCode::new(tx.entropy()), codes::six_digits(tx.entropy()));
    let (id, asked_at) = (tx.new_uuid(), tx.now());
    let request = Request {
        number: hex::encode(claim.value),
        code: hex::encode(digest(cx, &code)),
        word: hex::encode(word_digest(cx, id, &word)),
        asked_at,
    };
    tx.enqueue(id, QUEUE, serde_json::json!(request), asked_at);
    tx.finish::<_, IdentityError>(Ok(())).await?;
    Ok(Asked { code, word })
}

/// Whoever asks from one address shuts the door for that address, and for this number from it long before they come near
/// that of the number from everywhere: it takes many addresses to keep somebody from asking, and then for a quarter of an
/// hour at a time. None of these doors stands before the use of a code.
fn asking(cx: &Identity, number: &[u8], client: &Client) -> Vec<Key> {
    let here = Door::RecoveryClient.client_key(&cx.keys, client.ip);
    let this_here = Door::RecoveryClientNumber.client_key_for(&cx.keys, client.ip, number);
    let anywhere = Door::RecoveryNumber.key(&cx.keys, number);
    here.into_iter().chain(this_here).chain([anywhere]).collect()
}

const QUEUE: &str = "identity.recovery";

/// A request on its way, under the id that it will have: digests in hexadecimal, no number.
#[derive(Serialize, Deserialize)]
struct Request {
    number: String,
    code: String,
    word: String,
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
        let request: Request = serde_json::from_value(job.payload.clone())?;
        let claim = Claim { kind: "number", value: hex::decode(&request.number)? };
        let (code, word) = (hex::decode(&request.code)?, hex::decode(&request.word)?);
        let Some(account) = rows::account_by_claim(tx, &claim).await? else { return Ok(()) };
        let helpers = tx.query(sql::HELPERS, &[&account.id]).await?;
        let enough = i64::try_from(helpers.len()).is_ok_and(|helpers| helpers >= HELPERS_NEEDED);
        let Some(person) = account.person().filter(|_| enough && account.state == State::Activated) else {
            return Ok(());
        };
        let at = request.asked_at;
        tx.defer(
            sql::RECOVERY_INSERT,
            vec![
                Box::new(account.id),
                Box::new(job.id),
                Box::new(code),
                Box::new(word),
                Box::new(at),
                Box::new(at + RECOVERY_LIFE),
            ],
        );
        tx.audit(entry(&contracts::Actor::system(), "identity.recovery_ask", &account).done());
        Ok(announce(&self.0, tx, account.id, person, &helpers).await?)
    }
}

/// Once a day for an account, however often somebody asks: nobody is buried in notices, and a message costs money. The pages
/// of the holder and of the helpers show what is open in any case, and a holder who has stopped it hears of the next one.
async fn announce(
    cx: &Identity,
    tx: &mut Tx,
    account: AccountId,
    person: PersonId,
    helpers: &[Row],
) -> Result<(), IdentityError> {
    if !throttle::passes(tx, &announced(cx, account)).await? {
        return Ok(());
    }
    tell_person(
        tx,
        person,
        "Có người xin lấy lại tài khoản của bạn nhờ hai người giúp. Nếu không phải bạn, hãy hủy ngay ở trang Tài khoản.",
        "Somebody asked to get your account back with the help of two people. If it was not you, stop it on your account page.",
    );
    tell_by_counted_message(cx, tx, account, Notice::RecoveryAsked).await?;
    for helper in helpers {
        tell_person(
            tx,
            helper.col("person_id")?,
            "Có người nhờ bạn giúp lấy lại tài khoản. Hãy gặp trực tiếp người đó và nghe họ đọc mã đối chiếu rồi mới đồng ý.",
            "Somebody asks for your help to get their account back. Meet them face to face and let them tell you the check word before you agree.",
        );
    }
    Ok(())
}

fn announced(cx: &Identity, account: AccountId) -> Key {
    Door::Notice.key(&cx.keys, &[b"recovery ".as_slice(), account.0.as_bytes()].concat())
}

/// The holder, signed in somewhere, stops all that is open.
pub async fn recovery_cancel(cx: &Identity, tx: &mut Tx, me: &Current) -> Result<bool, IdentityError> {
    set_up(me)?;
    let stopped = tx.execute(sql::RECOVERIES_DELETE, &[&me.account()]).await? > 0;
    if stopped {
        throttle::give_back(tx, &announced(cx, me.account()));
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
    Ok(tx.query_one(sql::RECOVERY_OPEN, &[&me.account(), &tx.now()]).await?.col("open")?)
}

/// Not for printing.
pub struct Recovering {
    pub number: PersonalNumber,
    pub code: SetupCode,
    pub password: Password,
    pub client: Client,
}

/// The code of the request and a new password, once the wait is over. Every other way of signing in is gone then, and every
/// other request.
///
/// Only the client's door stands before it: nobody guesses eighty bits, and a door of the number's would be one that somebody
/// else could keep shut until the request is over.
pub async fn recovery_use(cx: &Identity, input: &Recovering) -> Result<(), IdentityError> {
    let fault = rules::check("password", &input.password, Kind::Citizen, &[input.number.as_str()]);
    if let Some(fault) = fault {
        return Err(IdentityError::Invalid(vec![fault]));
    }
    let place = cx.passwords.place()?;
    let claim = number_claim(&cx.keys, &input.number);
    let door = Door::SignInClient.client_key(&cx.keys, input.client.ip);
    throttle::take(&cx.store, &door.iter().collect::<Vec<_>>()).await?;
    let phc = place.hash(&input.password, cx.store.entropy().as_ref()).await?;
    drop(place);
    let mut tx = cx.store.begin().await?;
    let outcome = async {
        let account = rows::account_by_claim(&tx, &claim).await?.ok_or(IdentityError::BadSetupCode)?;
        let request = opened(cx, &tx, &account, &input.code).await?;
        // First the word, then the telephone is gone with the other ways.
        tell_by_message(cx, &mut tx, account.id, Notice::Recovered).await?;
        renew(cx, &mut tx, &account, request, phc);
        door.iter().for_each(|door| throttle::give_back(&mut tx, door));
        Ok(())
    }
    .await;
    match tx.finish(outcome).await {
        // The same code, used at the same moment elsewhere.
        Err(IdentityError::Store(StoreError::Conflict)) => Err(IdentityError::BadSetupCode),
        outcome => outcome,
    }
}

/// The request that this code belongs to, if its time has come.
async fn opened(cx: &Identity, tx: &Tx, account: &Account, code: &SetupCode) -> Result<Uuid, IdentityError> {
    let row = tx.query_opt(sql::RECOVERY_FIND, &[&account.id, &digest(cx, code), &tx.now()]).await?;
    let row = row.filter(|_| account.state == State::Activated).ok_or(IdentityError::BadSetupCode)?;
    let (opens, agreed): (Option<Timestamp>, i64) = (row.col("opens_at")?, row.col("agreed")?);
    if agreed < HELPERS_NEEDED || opens.is_none_or(|opens| opens > tx.now()) {
        return Err(IdentityError::RecoveryWaits);
    }
    Ok(row.col("recovery_id")?)
}

fn renew(cx: &Identity, tx: &mut Tx, account: &Account, request: Uuid, phc: String) {
    let (now, id) = (tx.now(), AuthenticatorId::new(tx.now(), tx.entropy()));
    tx.defer(sql::RECOVERY_SPEND, vec![Box::new(account.id), Box::new(request)]);
    begin_anew(cx, tx, account);
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

fn digest(cx: &Identity, code: &SetupCode) -> Vec<u8> {
    code.digest_for(&cx.keys, "recovery")
}

/// A word means nothing but with its request.
pub(super) fn word_digest(cx: &Identity, request: Uuid, word: &str) -> Vec<u8> {
    cx.keys.digest("recovery word", &[request.as_bytes(), word.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_door_lets_fewer_requests_through_than_are_looked_at() {
        let (mut asked, mut passed) = (0, SignedDuration::ZERO);
        while passed < RECOVERY_LIFE {
            asked += 1;
            passed += Door::RecoveryNumber.wait(asked).unwrap_or_default();
        }
        assert!((500..RECOVERIES_OPEN_MAX).contains(&i64::from(asked)), "{asked}");
    }
}
