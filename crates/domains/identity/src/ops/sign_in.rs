//! `sign_in`: number or login name and password, for staff a one-time code as well; gives a session.
//!
//! Whether there is such an account shows neither in the answer nor in the time: the same steps are taken for nobody.
//! A try that is turned away at the door is not logged: it was never checked, and a flood of them must not fill the log.

use base::PersonalNumber;
use contracts::{Access, Actor, AgencyId, Purpose, Role, Who};
use jiff::Timestamp;
use store::Tx;
use zeroize::Zeroizing;

use super::entry;
use crate::{
    Client, Current, Identity, IdentityError, Password, SessionId, Token,
    input::{login_claim, number_claim},
    model::{self, Account, Duty, Holder, Kind, Lifetime, SESSIONS_MAX, State, Todo},
    rows::{self, AuthenticatorId, Secrets},
    sql,
    throttle::{self, Door, Key},
    totp,
};

/// As whom somebody signs in. A number never opens a staff account, nor a login name a citizen's. Not for printing.
#[derive(Clone)]
pub enum Login {
    Citizen(PersonalNumber),
    Staff(String),
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

/// A new session. The token is told once.
#[derive(Debug)]
pub struct SignedIn {
    pub token: Token,
    pub current: Current,
}

pub async fn sign_in(cx: &Identity, input: &SignIn) -> Result<SignedIn, IdentityError> {
    let place = cx.passwords.place()?;
    let claim = match &input.login {
        Login::Citizen(number) => number_claim(&cx.keys, number),
        // An ill-formed name is nobody's: the answer is that of a wrong one.
        Login::Staff(login) => login_claim(&cx.keys, &base::nfc(login).to_lowercase()),
    };
    let mut doors: Vec<Key> = Door::SignInClient.client_key(&cx.keys, input.client.ip).into_iter().collect();
    doors.push(Door::Account.key(&cx.keys, &claim.value));
    throttle::take(&cx.store, &doors.iter().collect::<Vec<_>>()).await?;

    let tx = cx.store.begin().await?;
    let found = async {
        let account = rows::account_by_claim(&tx, &claim).await?;
        let (secrets, duties) = rows::secrets_and_duties(&tx, account.as_ref().map(|a| a.id)).await?;
        Ok::<_, IdentityError>((account, secrets, duties))
    }
    .await;
    let (account, secrets, duties) = tx.finish(found).await?;

    let stored = secrets.password.as_ref().map(|p| p.phc.as_str());
    let right = place.verify(&input.password, stored).await?;
    let anew = match stored {
        Some(phc) if right && place.is_stale(phc) => {
            Some(Zeroizing::new(place.hash(&input.password, cx.store.entropy().as_ref()).await?))
        }
        _ => None,
    };
    drop(place);

    let mut tx = cx.store.begin().await?;
    let tried = Tried { account: account.as_ref(), secrets: &secrets, duties: &duties, right };
    let outcome = match tried.judge(cx, input, tx.now()) {
        Ok(pass) => begin(&mut tx, pass, &secrets, anew, &input.client).await,
        Err(refused) => Err(refused),
    };
    if outcome.is_ok() {
        doors.iter().for_each(|door| throttle::give_back(&mut tx, door));
    }
    match tx.finish(outcome).await {
        Err(refused) if is_refusal(&refused) => {
            record(cx, account.as_ref(), &refused).await?;
            Err(refused)
        }
        outcome => outcome,
    }
}

/// What is known when a try is judged.
struct Tried<'a> {
    account: Option<&'a Account>,
    secrets: &'a Secrets,
    duties: &'a [Duty],
    right: bool,
}

/// What a good try leads to.
struct Pass<'a> {
    account: &'a Account,
    duty: Option<&'a Duty>,
    /// How many there are to choose from.
    duties: usize,
    /// The one-time code's authenticator and time step.
    code: Option<(AuthenticatorId, i64)>,
    todo: Todo,
}

impl<'a> Tried<'a> {
    /// The password is judged first: only who knows it learns anything else.
    fn judge(&self, cx: &Identity, input: &SignIn, now: Timestamp) -> Result<Pass<'a>, IdentityError> {
        let account = self.account.filter(|_| self.right).ok_or(IdentityError::BadCredentials)?;
        match account.state {
            State::Active => {}
            State::Locked => return Err(IdentityError::Locked),
            State::Closed => return Err(IdentityError::BadCredentials),
        }
        let code = match &self.secrets.totp {
            None => None,
            Some(totp) => {
                let typed = input.code.as_deref().filter(|c| !c.trim().is_empty());
                let typed = typed.ok_or(IdentityError::CodeNeeded)?;
                let secret = cx.keys.open(&super::totp_enrol::place(account.id, totp.id), &totp.sealed)?;
                let step = totp::check(&secret, typed, now, totp.last_step)?;
                Some((totp.id, step.ok_or(IdentityError::BadCode)?))
            }
        };
        let staff = account.holder.kind() == Kind::Staff;
        let duty = match (staff, model::choose_duty(self.duties, input.acting.as_ref())) {
            (true, None) => return Err(IdentityError::NoRole),
            (true, duty) => duty,
            (false, _) => None,
        };
        Ok(Pass {
            account,
            duty,
            duties: if staff { self.duties.len() } else { 0 },
            code,
            todo: Todo { enrol: staff && code.is_none() },
        })
    }
}

async fn begin(
    tx: &mut Tx,
    pass: Pass<'_>,
    secrets: &Secrets,
    anew: Option<Zeroizing<String>>,
    client: &Client,
) -> Result<SignedIn, IdentityError> {
    let Pass { account, duty, duties, code, todo } = pass;
    let now = tx.now();
    if let Some((id, step)) = code
        && tx.execute(sql::TOTP_USE, &[&account.id, &id, &step, &now]).await? == 0
    {
        // The same code, used at the same moment elsewhere.
        return Err(IdentityError::BadCode);
    }
    let signed = SignedIn {
        token: Token::new(tx.entropy()),
        current: current(tx, account, duty, duties, code.is_some(), todo)?,
    };
    insert(tx, account, &signed, client);
    if let Some(password) = &secrets.password {
        tx.defer(sql::PASSWORD_USED, vec![Box::new(account.id), Box::new(password.id), Box::new(now)]);
        if let Some(anew) = anew {
            let (old, new) = (password.phc.as_bytes().to_vec(), anew.as_bytes().to_vec());
            tx.defer(
                sql::PASSWORD_REHASH,
                vec![Box::new(account.id), Box::new(password.id), Box::new(old), Box::new(new)],
            );
        }
    }
    tx.audit(entry(&signed.current.actor, "identity.sign_in", account).done());
    Ok(signed)
}

fn current(
    tx: &Tx,
    account: &Account,
    duty: Option<&Duty>,
    duties: usize,
    second_factor: bool,
    todo: Todo,
) -> Result<Current, IdentityError> {
    let who = match &account.holder {
        Holder::Citizen { person, level } => Who::Citizen { person: *person, level: *level },
        Holder::Staff { name, .. } => {
            let duty = duty.ok_or(IdentityError::NoRole)?;
            Who::Staff { agency: duty.agency.clone(), role: duty.role, name: name.clone() }
        }
    };
    let now = tx.now();
    Ok(Current {
        session: SessionId::new(now, tx.entropy()),
        actor: Actor { account: account.id, who, strength: model::strength(second_factor) },
        todo,
        ends_at: model::ends_at(account.holder.kind(), now, duty),
        duties: i64::try_from(duties).unwrap_or(i64::MAX),
        last_seen_at: now,
    })
}

fn insert(tx: &mut Tx, account: &Account, signed: &SignedIn, client: &Client) {
    let current = &signed.current;
    let (agency, role) = match &current.actor.who {
        Who::Staff { agency, role, .. } => (Some(agency.clone()), Some(role.as_str())),
        Who::Citizen { .. } | Who::System => (None, None),
    };
    let now = tx.now();
    tx.defer(
        sql::SESSION_INSERT,
        vec![
            Box::new(account.id),
            Box::new(account.version),
            Box::new(signed.token.hash().0.to_vec()),
            Box::new(current.session),
            Box::new(agency),
            Box::new(role),
            Box::new(current.actor.strength.number()),
            Box::new(current.todo.enrol),
            Box::new(client.summary()),
            Box::new(now),
            Box::new(now + Lifetime::of(account.holder.kind()).idle),
            Box::new(current.ends_at),
        ],
    );
    tx.defer(sql::SESSIONS_TRIM, vec![Box::new(account.id), Box::new(now), Box::new(SESSIONS_MAX)]);
}

fn is_refusal(error: &IdentityError) -> bool {
    matches!(
        error,
        IdentityError::BadCredentials
            | IdentityError::CodeNeeded
            | IdentityError::BadCode
            | IdentityError::Locked
            | IdentityError::NoRole
    )
}

/// A refused try stays in the log, in a transaction of its own. Nobody knows who tried; the account is named, the
/// number or login that was typed is not.
async fn record(
    cx: &Identity,
    account: Option<&Account>,
    refused: &IdentityError,
) -> Result<(), IdentityError> {
    let action = match refused {
        IdentityError::CodeNeeded => "identity.sign_in_code_asked",
        _ => "identity.sign_in_failed",
    };
    let mut tx = cx.store.begin().await?;
    let somebody = Actor::system();
    tx.audit(match account {
        Some(account) => entry(&somebody, action, account).done(),
        None => Access::new(&somebody, Purpose::SIGN_IN).entry(action).done(),
    });
    tx.finish(Ok(())).await
}
