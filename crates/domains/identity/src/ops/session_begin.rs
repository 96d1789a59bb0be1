//! How a session begins, whichever way its holder was recognised: its row, a line in the holder's history, and a word to
//! them when the browser is a new one.

use contracts::{Actor, Method, PersonId, Who};
use store::Tx;

use super::{entry, tell_person};
use crate::{
    Client, Current, Identity, IdentityError, Marks, SessionId, Token,
    model::{self, Account, Duty, Holder, Lifetime, SESSIONS_MAX, Todo},
    rows::method_words,
    shown, sql,
    token::TokenHash,
};

/// A new session. The token is told once.
#[derive(Debug)]
pub struct SignedIn {
    pub token: Token,
    pub current: Current,
    /// What a browser keeps from now on: it is known to the account.
    pub marks: Marks,
}

/// What a good try leads to.
pub(super) struct Begin<'a> {
    pub account: &'a Account,
    pub duty: Option<&'a Duty>,
    /// How many there are to choose from.
    pub duties: usize,
    pub methods: Vec<Method>,
    pub todo: Todo,
    /// Those used before.
    pub devices: &'a [String],
    pub client: &'a Client,
    /// The session that hands this one on: it is as old as that one, and ends no later.
    pub from: Option<&'a Current>,
}

/// A session for whoever sent the request.
pub(super) fn sign_in_here(cx: &Identity, tx: &mut Tx, begin: Begin<'_>) -> Result<SignedIn, IdentityError> {
    let token = Token::new(tx.entropy());
    let marks = known_here(cx, tx, begin.client, begin.account);
    Ok(SignedIn { current: session_begin(tx, token.hash(), begin)?, token, marks })
}

/// What whoever sent the request keeps, after they proved to be the holder.
pub(super) fn known_here(cx: &Identity, tx: &Tx, client: &Client, account: &Account) -> Marks {
    client.marks.renewed(&cx.keys, tx.entropy(), account.id, account.epoch, tx.now())
}

/// A session for whoever has the token.
pub(super) fn session_begin(
    tx: &mut Tx,
    token: TokenHash,
    begin: Begin<'_>,
) -> Result<Current, IdentityError> {
    let current = current(tx, &begin)?;
    insert(tx, token, &begin, &current);
    remember_sign_in(tx, begin.account, "in", &begin.methods, begin.client);
    device_seen(tx, &begin);
    tx.audit(entry(&current.actor, "identity.sign_in", begin.account).done());
    Ok(current)
}

fn current(tx: &Tx, begin: &Begin<'_>) -> Result<Current, IdentityError> {
    let who = match &begin.account.holder {
        Holder::Citizen { person, level } => Who::Citizen { person: *person, level: *level },
        Holder::Staff { name, .. } => {
            let duty = begin.duty.ok_or(IdentityError::NoRole)?;
            Who::Staff { agency: duty.agency.clone(), role: duty.role, name: name.clone() }
        }
    };
    let now = tx.now();
    let ends_at = model::ends_at(begin.account.holder.kind(), now, begin.duty);
    Ok(Current {
        session: SessionId::new(now, tx.entropy()),
        actor: Actor { account: begin.account.id, who, strength: shown::strength(&begin.methods) },
        todo: begin.todo,
        ends_at: begin.from.map_or(ends_at, |from| ends_at.min(from.ends_at)),
        duties: i64::try_from(begin.duties).unwrap_or(i64::MAX),
        auth_at: begin.from.map_or(now, |from| from.auth_at),
        methods: begin.methods.clone(),
        again: None,
        last_seen_at: now,
    })
}

fn insert(tx: &mut Tx, token: TokenHash, begin: &Begin<'_>, current: &Current) {
    let account = begin.account;
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
            Box::new(token.0.to_vec()),
            Box::new(current.session),
            Box::new(agency),
            Box::new(role),
            Box::new(current.actor.strength.number()),
            Box::new(current.todo.enrol),
            Box::new(begin.client.summary()),
            Box::new(now),
            Box::new(now + Lifetime::of(account.holder.kind()).idle),
            Box::new(current.ends_at),
            Box::new(method_words(&current.methods)),
            Box::new(current.auth_at),
        ],
    );
    tx.defer(sql::SESSIONS_TRIM, vec![Box::new(account.id), Box::new(now), Box::new(SESSIONS_MAX)]);
}

/// A line in the history that its holder sees: a sign-in, or the code of a refusal.
pub(super) fn remember_sign_in(
    tx: &mut Tx,
    account: &Account,
    outcome: &'static str,
    methods: &[Method],
    client: &Client,
) {
    let (id, now) = (tx.new_uuid(), tx.now());
    tx.defer(
        sql::SIGN_IN_INSERT,
        vec![
            Box::new(account.id),
            Box::new(id),
            Box::new(now),
            Box::new(outcome),
            Box::new(method_words(methods)),
            Box::new(client.summary()),
        ],
    );
}

fn device_seen(tx: &mut Tx, begin: &Begin<'_>) {
    let (agent, now) = (begin.client.summary(), tx.now());
    let first = begin.devices.is_empty();
    if !first
        && !begin.devices.contains(&agent)
        && let Some(person) = begin.account.person()
    {
        tell_new_device(tx, person, &agent);
    }
    tx.defer(sql::DEVICE_SEEN, vec![Box::new(begin.account.id), Box::new(agent), Box::new(now)]);
}

fn tell_new_device(tx: &mut Tx, person: PersonId, agent: &str) {
    let (vi, en) =
        if agent.is_empty() { ("một thiết bị lạ", "an unknown device") } else { (agent, agent) };
    tell_person(
        tx,
        person,
        &format!(
            "Tài khoản của bạn vừa được đăng nhập trên {vi}. Nếu không phải bạn, hãy khóa tài khoản ngay."
        ),
        &format!("Somebody signed in to your account on {en}. If it was not you, lock the account at once."),
    );
}
