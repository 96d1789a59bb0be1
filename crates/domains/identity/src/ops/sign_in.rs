//! `sign_in`: number or login name and password, and a second factor where the account has one; gives a session.
//!
//! Whether there is such an account shows neither in the answer nor in the time: the same steps are taken for nobody.
//! A try that is turned away at the door is not logged: it was never checked, and a flood of them must not fill the log.
//! A browser that was signed in before tries at a door of its own, see [`crate::known`].
//! [`sign_in_first`] and [`sign_in_code`] are the same in two pages: between them a ceremony keeps that the password was
//! right.

use base::PersonalNumber;
use contracts::{Access, AccountId, Actor, AgencyId, Method, Purpose, Role};
use futures::{TryFutureExt, future::try_join};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::Tx;
use zeroize::Zeroizing;

use super::{
    entry,
    session_begin::{Begin, SignedIn, remember_sign_in, sign_in_here},
};
use crate::{
    Client, Identity, IdentityError, Password,
    ceremony::{self, Kind as Waits},
    enrolment,
    foreigner::{self, ForeignerNumber},
    input::{login_claim, number_claim},
    model::{self, Account, Duty, Kind, State, Todo},
    rows::{self, AuthenticatorId, Claim, Secrets, StoredTotp},
    sql,
    throttle::{self, Door, Key},
    totp,
};

/// As whom somebody signs in; see [`Login::of_person`] for what people type.
/// A number never opens a staff account, nor a login name a citizen's. Not for printing.
#[derive(Clone)]
pub enum Login {
    Citizen(PersonalNumber),
    /// Somebody without a personal number.
    Foreigner(ForeignerNumber),
    Staff(String),
}

impl Login {
    /// A personal number, or the identification number of a foreigner.
    pub fn of_person(typed: &str) -> Option<Self> {
        let citizen = typed.parse().map(Self::Citizen).ok();
        citizen.or_else(|| typed.parse().map(Self::Foreigner).ok())
    }
}

/// Not for printing.
#[derive(Clone)]
pub struct SignIn {
    pub login: Login,
    pub password: Password,
    pub code: Option<String>,
    /// The duty to act in, for an officer who has several; none takes the one granted last.
    pub acting: Option<(AgencyId, Role)>,
    pub client: Client,
}

/// After the password was right.
#[derive(Debug)]
pub enum FirstStep {
    In(Box<SignedIn>),
    /// A code is missing; it comes back with this token, see [`sign_in_code`].
    CodeNext(String),
}

/// All in one step: what is missing is refused.
pub async fn sign_in(cx: &Identity, input: &SignIn) -> Result<SignedIn, IdentityError> {
    match attempt(cx, input, false).await? {
        FirstStep::In(signed) => Ok(*signed),
        FirstStep::CodeNext(_) => Err(IdentityError::CodeNeeded),
    }
}

/// The first of two steps, where a code is missing.
pub async fn sign_in_first(cx: &Identity, input: &SignIn) -> Result<FirstStep, IdentityError> {
    attempt(cx, input, true).await
}

async fn attempt(cx: &Identity, input: &SignIn, in_two: bool) -> Result<FirstStep, IdentityError> {
    let place = cx.passwords.place()?;
    let claim = match &input.login {
        Login::Citizen(number) => number_claim(&cx.keys, number),
        Login::Foreigner(number) => foreigner::claim(&cx.keys, number),
        // An ill-formed name is nobody's: the answer is that of a wrong one.
        Login::Staff(login) => login_claim(&cx.keys, &base::nfc(login).to_lowercase()),
    };
    let (account, doors) = knock(cx, &claim, &input.client).await?;

    let tx = cx.store.begin().await?;
    let found = Tried::load(&tx, account).await;
    let mut tried = tx.finish(found).await?;

    let stored = tried.secrets.password.as_ref().map(|p| p.phc.as_str());
    tried.right = place.verify(&input.password, stored).await?;
    let anew = match stored {
        Some(phc) if tried.right && place.is_stale(phc) => {
            Some(Zeroizing::new(place.hash(&input.password, cx.store.entropy().as_ref()).await?))
        }
        _ => None,
    };
    drop(place);

    let mut tx = cx.store.begin().await?;
    let outcome = match tried.judge(cx, input.code.as_deref(), input.acting.as_ref(), tx.now()) {
        Ok(pass) => {
            let signed = begin(cx, &mut tx, &tried, pass, anew, &input.client).await;
            signed.map(|signed| FirstStep::In(Box::new(signed)))
        }
        Err(IdentityError::CodeNeeded) if in_two => tried.wait(&mut tx).map(FirstStep::CodeNext),
        Err(refused) => Err(refused),
    };
    if outcome.is_ok() {
        doors.iter().for_each(|door| throttle::give_back(&mut tx, door));
    }
    let outcome = tx.finish(outcome).await;
    logged(cx, tried.account.as_ref(), &input.client, outcome).await
}

/// Counts the try, and finds whose account it is: that decides at which door the browser stands. The same is done for
/// nobody's account.
async fn knock(
    cx: &Identity,
    claim: &Claim,
    client: &Client,
) -> Result<(Option<Account>, Vec<Key>), IdentityError> {
    let tx = cx.store.begin().await?;
    let outcome = async {
        let mut doors: Vec<Key> = Door::SignInClient.client_key(&cx.keys, client.ip).into_iter().collect();
        let first = async {
            match doors.first() {
                Some(door) => throttle::take_in(&tx, door).await,
                None => Ok(()),
            }
        };
        let ((), account) = try_join(first, rows::account_by_claim(&tx, claim).err_into()).await?;
        let door = door(cx, account.as_ref(), client, tx.now(), "", &claim.value);
        throttle::take_in(&tx, &door).await?;
        doors.push(door);
        Ok((account, doors))
    }
    .await;
    throttle::taken(tx, outcome).await
}

/// The door of one known browser, or of all the others together: at it `what` is tried for `whose`.
fn door(
    cx: &Identity,
    account: Option<&Account>,
    client: &Client,
    now: Timestamp,
    what: &str,
    whose: &[u8],
) -> Key {
    match client.marks.of(&cx.keys, account, now) {
        Some(mark) => Door::Browser.key(&cx.keys, &[what.as_bytes(), mark].concat()),
        None => Door::Account.key(&cx.keys, &[what.as_bytes(), whose].concat()),
    }
}

/// The second step: the code, for the account whose password was right a moment ago.
pub async fn sign_in_code(
    cx: &Identity,
    token: &str,
    code: &str,
    client: &Client,
) -> Result<SignedIn, IdentityError> {
    let tx = cx.store.begin().await?;
    let found = async {
        let (account, waiting) = ceremony::peek::<Waiting>(&tx, Waits::SecondFactor, token).await?;
        let account = rows::account(&tx, account.ok_or(IdentityError::CeremonyOver)?).await?;
        // Whatever was changed in between, the password is to be shown again.
        if account.version != waiting.version {
            return Err(IdentityError::CeremonyOver);
        }
        let id = account.id;
        Ok((id, Tried { right: true, ..Tried::load(&tx, Some(account)).await? }))
    }
    .await;
    let (id, tried) = tx.finish(found).await?;

    // Apart from passwords: whoever types a right one must not have its door opened anew for guessing codes.
    let now = cx.store.clock().now();
    let door = door(cx, tried.account.as_ref(), client, now, "code ", id.0.as_bytes());
    throttle::take(&cx.store, &[&door]).await?;
    let mut tx = cx.store.begin().await?;
    let outcome = match tried.judge(cx, Some(code), None, tx.now()) {
        Ok(pass) => match ceremony::take::<Waiting>(&tx, Waits::SecondFactor, token).await {
            Ok(_) => begin(cx, &mut tx, &tried, pass, None, client).await,
            Err(over) => Err(over),
        },
        Err(IdentityError::CodeNeeded) => Err(IdentityError::BadCode),
        Err(refused) => Err(refused),
    };
    if outcome.is_ok() {
        throttle::give_back(&mut tx, &door);
    }
    let outcome = tx.finish(outcome).await;
    logged(cx, tried.account.as_ref(), client, outcome).await
}

/// What a ceremony keeps between the two steps.
#[derive(Serialize, Deserialize)]
struct Waiting {
    version: i32,
}

/// What is known when a try is judged.
struct Tried {
    account: Option<Account>,
    secrets: Secrets,
    duties: Vec<Duty>,
    devices: Vec<String>,
    right: bool,
}

/// What a good try leads to.
struct Pass<'a> {
    account: &'a Account,
    duty: Option<&'a Duty>,
    /// The one-time code's authenticator and time step.
    code: Option<(AuthenticatorId, i64)>,
    todo: Todo,
}

impl Tried {
    async fn load(tx: &Tx, account: Option<Account>) -> Result<Self, IdentityError> {
        let id = account.as_ref().map(|a| a.id);
        let devices = rows::devices_of(tx, id.unwrap_or(AccountId(uuid::Uuid::nil())));
        let ((secrets, duties), devices) = try_join(rows::secrets_and_duties(tx, id), devices).await?;
        Ok(Self { account, secrets, duties, devices, right: false })
    }

    /// The password is judged first: only who knows it learns anything else.
    fn judge(
        &self,
        cx: &Identity,
        code: Option<&str>,
        acting: Option<&(AgencyId, Role)>,
        now: Timestamp,
    ) -> Result<Pass<'_>, IdentityError> {
        let account = self.account.as_ref().filter(|_| self.right).ok_or(IdentityError::BadCredentials)?;
        may_enter(account)?;
        let code = match &self.secrets.totp {
            None => None,
            Some(totp) => {
                let typed = code.filter(|c| !c.trim().is_empty()).ok_or(IdentityError::CodeNeeded)?;
                Some((totp.id, right_code(cx, account, totp, typed, now)?))
            }
        };
        // A passkey is both factors at once. Who has one and no app signs in with it and types nothing: a stolen password
        // must not open, as one factor, what its owner has put behind two.
        if code.is_none() && self.secrets.passkeys > 0 {
            return Err(IdentityError::PasskeyNeeded);
        }
        let duty = duty_of(account, &self.duties, acting)?;
        let todo = Todo { enrol: account.holder.kind() == Kind::Staff && code.is_none() };
        Ok(Pass { account, duty, code, todo })
    }

    fn wait(&self, tx: &mut Tx) -> Result<String, IdentityError> {
        let account = self.account.as_ref().ok_or(IdentityError::BadCredentials)?;
        let waiting = Waiting { version: account.version };
        ceremony::begin(tx, Waits::SecondFactor, Some(account.id), &waiting)
    }
}

/// Whether an account's state lets its holder in. A closed one is nobody's.
pub(super) fn may_enter(account: &Account) -> Result<(), IdentityError> {
    match account.state {
        // The first sign-in with a password of one's own activates it.
        State::Activated | State::Approved => Ok(()),
        State::Locked => Err(IdentityError::Locked),
        State::Collected | State::Closed => Err(IdentityError::BadCredentials),
    }
}

/// The duty that a new session of an officer acts in.
pub(super) fn duty_of<'a>(
    account: &Account,
    held: &'a [Duty],
    acting: Option<&(AgencyId, Role)>,
) -> Result<Option<&'a Duty>, IdentityError> {
    match account.holder.kind() {
        Kind::Citizen => Ok(None),
        Kind::Staff => model::choose_duty(held, acting).ok_or(IdentityError::NoRole).map(Some),
    }
}

/// The time step of a right code of the account's app.
pub(super) fn right_code(
    cx: &Identity,
    account: &Account,
    totp: &StoredTotp,
    typed: &str,
    now: Timestamp,
) -> Result<i64, IdentityError> {
    let secret = cx.keys.open(&super::totp_enrol::place(account.id, totp.id), &totp.sealed)?;
    totp::check(&secret, typed, now, totp.last_step)?.ok_or(IdentityError::BadCode)
}

async fn begin(
    cx: &Identity,
    tx: &mut Tx,
    tried: &Tried,
    pass: Pass<'_>,
    anew: Option<Zeroizing<String>>,
    client: &Client,
) -> Result<SignedIn, IdentityError> {
    let Pass { account, duty, code, todo } = pass;
    let now = tx.now();
    let activated = match account.state {
        State::Approved => Some(enrolment::activate(tx, account).await?),
        _ => None,
    };
    let account = activated.as_ref().unwrap_or(account);
    let mut methods = vec![Method::Password];
    if let Some((id, step)) = code {
        if tx.execute(sql::TOTP_USE, &[&account.id, &id, &step, &now]).await? == 0 {
            // The same code, used at the same moment elsewhere.
            return Err(IdentityError::BadCode);
        }
        methods.push(Method::AppCode);
    }
    let duties = if duty.is_some() { tried.duties.len() } else { 0 };
    let devices = &tried.devices;
    let signed =
        sign_in_here(cx, tx, Begin { account, duty, duties, methods, todo, devices, client, from: None })?;
    if let Some(password) = &tried.secrets.password {
        tx.defer(sql::AUTHENTICATOR_USED, vec![Box::new(account.id), Box::new(password.id), Box::new(now)]);
        if let Some(anew) = anew {
            let (old, new) = (password.phc.as_bytes().to_vec(), anew.as_bytes().to_vec());
            tx.defer(
                sql::PASSWORD_REHASH,
                vec![Box::new(account.id), Box::new(password.id), Box::new(old), Box::new(new)],
            );
        }
    }
    Ok(signed)
}

/// Hands an outcome on; a refusal stays in the log and in the holder's history, in a transaction of its own. Nobody knows
/// who tried; the account is named, the number or login that was typed is not.
pub(super) async fn logged<T>(
    cx: &Identity,
    account: Option<&Account>,
    client: &Client,
    outcome: Result<T, IdentityError>,
) -> Result<T, IdentityError> {
    let Err(refused) = &outcome else { return outcome };
    let Some(said) = refusal(refused) else { return outcome };
    let action = match refused {
        IdentityError::CodeNeeded => "identity.sign_in_code_asked",
        IdentityError::PasskeyNeeded => "identity.sign_in_passkey_asked",
        _ => "identity.sign_in_failed",
    };
    let mut tx = cx.store.begin().await?;
    let somebody = Actor::system();
    match account {
        Some(account) => {
            tx.audit(entry(&somebody, action, account).done());
            remember_sign_in(&mut tx, account, said, &[], client);
        }
        None => tx.audit(Access::new(&somebody, Purpose::SIGN_IN).entry(action).done()),
    }
    tx.finish::<_, IdentityError>(Ok(())).await?;
    outcome
}

/// The word of a refusal in the history; none for what is no refusal.
fn refusal(error: &IdentityError) -> Option<&'static str> {
    match error {
        IdentityError::BadCredentials => Some("bad_password"),
        IdentityError::CodeNeeded => Some("code_asked"),
        IdentityError::PasskeyNeeded => Some("passkey_asked"),
        IdentityError::BadCode => Some("bad_code"),
        IdentityError::Locked => Some("locked"),
        IdentityError::NoRole => Some("no_role"),
        IdentityError::BadPasskey => Some("bad_passkey"),
        IdentityError::PasskeyCopied => Some("passkey_copied"),
        _ => None,
    }
}
