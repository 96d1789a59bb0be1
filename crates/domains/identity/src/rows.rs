//! Rows of the database as values of the model, and who a session says its caller is.

use contracts::{
    AccountId, Actor, AgencyId, Caller, IdentityLevel, Login, LoginStrength, Method, PersonId, Role, Who,
};
use futures::future::try_join;
use jiff::Timestamp;
use store::{Row, RowExt, StoreError, Tx};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    IdentityError,
    enrolment::Whose,
    model::{Account, Duty, Holder, Kind, LockReason, State, Todo},
    shown::{self, Showing, Shown},
    sql, sql_record,
};

/// Devices that are looked through before one counts as new.
const DEVICES_MAX: i64 = 100;

base::id!(
    /// A session, as its owner sees it in a list. It opens nothing.
    SessionId
);
base::id!(
    /// A way of proving to be the holder of an account.
    AuthenticatorId
);
base::id!(
    /// A proposed administrator's role.
    ProposalId
);

/// A session that is in force, with who acts in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    pub session: SessionId,
    pub actor: Actor,
    pub todo: Todo,
    pub ends_at: Timestamp,
    /// Duties of an officer in force: with more than one there is a choice.
    pub duties: i64,
    /// When the holder proved to be the holder, and by all of which means: see [`shown`].
    pub auth_at: Timestamp,
    pub methods: Vec<Method>,
    pub(crate) again: Option<Shown>,
    pub(crate) last_seen_at: Timestamp,
}

impl Current {
    pub fn account(&self) -> AccountId {
        self.actor.account
    }

    /// The caller, once the account is set up. Before, the session serves only to set it up.
    pub fn caller(&self) -> Option<Caller> {
        self.todo.is_done().then(|| Caller(self.actor.clone()))
    }

    /// The login behind [`Current::caller`], for those who vouch for it elsewhere.
    pub fn login(&self) -> Option<Login> {
        self.todo.is_done().then(|| Login {
            session: self.session.0,
            actor: self.actor.clone(),
            at: self.auth_at,
            methods: self.methods.clone(),
        })
    }

    pub(crate) fn showing(&self) -> Showing {
        let login = Shown { methods: self.methods.clone(), at: self.auth_at };
        Showing { login, again: self.again.clone() }
    }

    /// How long the session may still live: the age of its cookie.
    pub fn lifetime(&self, now: Timestamp) -> std::time::Duration {
        self.ends_at.duration_since(now).try_into().unwrap_or_default()
    }

    pub(crate) fn kind(&self) -> Kind {
        if self.actor.person().is_some() { Kind::Citizen } else { Kind::Staff }
    }

    pub(crate) fn read(row: &Row) -> Result<Self, StoreError> {
        let person: Option<PersonId> = row.col("person_id")?;
        let who = match person {
            Some(person) => Who::Citizen { person, level: level(row)? },
            None => {
                Who::Staff { agency: row.col("agency")?, role: role(row)?, name: row.col("display_name")? }
            }
        };
        let strength =
            LoginStrength::from_number(row.col("strength")?).ok_or(StoreError::Column("strength"))?;
        Ok(Self {
            session: row.col("session_id")?,
            actor: Actor { account: row.col("account_id")?, who, strength },
            todo: Todo { enrol: row.col("must_enrol")? },
            ends_at: row.col("ends_at")?,
            duties: row.col("duties")?,
            auth_at: row.col("auth_at")?,
            methods: methods(row.col("methods")?)?,
            again: again(row)?,
            last_seen_at: row.col("last_seen_at")?,
        })
    }
}

fn level(row: &Row) -> Result<IdentityLevel, StoreError> {
    IdentityLevel::from_number(row.col("identity_level")?).ok_or(StoreError::Column("identity_level"))
}

fn again(row: &Row) -> Result<Option<Shown>, StoreError> {
    let (words, at): (Option<Vec<String>>, Option<Timestamp>) = (row.col("again")?, row.col("again_at")?);
    words.zip(at).map(|(words, at)| Ok(Shown { methods: methods(words)?, at })).transpose()
}

fn methods(words: Vec<String>) -> Result<Vec<Method>, StoreError> {
    let methods: Option<Vec<Method>> = words.iter().map(|word| Method::parse(word)).collect();
    methods.ok_or(StoreError::Column("methods"))
}

/// Methods as they are stored.
pub(crate) fn method_words(methods: &[Method]) -> Vec<&'static str> {
    methods.iter().map(|method| method.as_str()).collect()
}

pub(crate) fn role(row: &Row) -> Result<Role, StoreError> {
    Role::parse(row.col("role")?).ok_or(StoreError::Column("role"))
}

pub(crate) fn state(row: &Row) -> Result<State, StoreError> {
    State::parse(row.col("state")?).ok_or(StoreError::Column("state"))
}

impl Account {
    pub(crate) fn read(row: &Row) -> Result<Self, StoreError> {
        let holder = match Kind::parse(row.col("kind")?).ok_or(StoreError::Column("kind"))? {
            Kind::Citizen => Holder::Citizen { person: row.col("person_id")?, level: level(row)? },
            Kind::Staff => Holder::Staff { login: row.col("login")?, name: row.col("display_name")? },
        };
        Ok(Self {
            id: row.col("account_id")?,
            holder,
            state: state(row)?,
            version: row.col("version")?,
            epoch: row.col("epoch")?,
        })
    }

    /// The person concerned, for the log.
    pub fn person(&self) -> Option<PersonId> {
        match self.holder {
            Holder::Citizen { person, .. } => Some(person),
            Holder::Staff { .. } => None,
        }
    }
}

/// What somebody signs in with: the kind of claim and its digest.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub kind: &'static str,
    pub value: Vec<u8>,
}

pub(crate) async fn account_by_claim(tx: &Tx, claim: &Claim) -> Result<Option<Account>, StoreError> {
    let row = tx.query_opt(sql::ACCOUNT_BY_CLAIM, &[&claim.kind, &claim.value]).await?;
    row.as_ref().map(Account::read).transpose()
}

pub(crate) async fn account(tx: &Tx, id: AccountId) -> Result<Account, IdentityError> {
    let row = tx.query_opt(sql::ACCOUNT_BY_ID, &[&id]).await?.ok_or(IdentityError::NotFound)?;
    Ok(Account::read(&row)?)
}

/// Makes a citizen's account, in the state in which it begins.
pub(crate) fn insert_citizen(
    tx: &mut Tx,
    id: AccountId,
    person: PersonId,
    level: IdentityLevel,
    state: State,
) {
    let now = tx.now();
    tx.defer(
        sql::ACCOUNT_INSERT,
        vec![
            Box::new(id),
            Box::new(Kind::Citizen.as_str()),
            Box::new(person),
            Box::new(level.number()),
            Box::new(None::<String>),
            Box::new(None::<String>),
            Box::new(now),
            Box::new(state.as_str()),
        ],
    );
}

/// Whether its holder is a citizen or a foreigner.
pub(crate) async fn whose(tx: &Tx, account: AccountId) -> Result<Whose, StoreError> {
    let row = tx.query_one(sql::WHOSE, &[&account]).await?;
    Ok(if row.col("foreigner")? { Whose::Foreigner } else { Whose::Citizen })
}

/// Why an account is locked.
pub(crate) async fn lock_reason(tx: &Tx, account: AccountId) -> Result<Option<LockReason>, StoreError> {
    let word: Option<String> = tx.query_one(sql::LOCK_REASON, &[&account]).await?.col("locked_reason")?;
    Ok(word.as_deref().and_then(LockReason::parse))
}

/// The secrets of an account that are in force.
#[derive(Default)]
pub(crate) struct Secrets {
    pub password: Option<StoredPassword>,
    pub totp: Option<StoredTotp>,
    pub passkeys: usize,
    pub phone: Option<StoredPhone>,
}

impl Secrets {
    /// What the holder may show, where `messages` are carried or not. See [`shown::may_show`].
    pub fn may_show(&self, messages: bool) -> Vec<Method> {
        let phone = messages && self.phone.is_some();
        shown::may_show(self.password.is_some(), self.totp.is_some(), self.passkeys > 0, phone)
    }

    /// Whether there is more than a password.
    pub fn has_second_factor(&self, messages: bool) -> bool {
        self.may_show(messages).iter().any(|method| *method != Method::Password)
    }
}

pub(crate) struct StoredPassword {
    pub id: AuthenticatorId,
    pub phc: Zeroizing<String>,
}

pub(crate) struct StoredTotp {
    pub id: AuthenticatorId,
    pub sealed: Vec<u8>,
    pub last_step: Option<i64>,
}

/// One from which a code has come back.
pub(crate) struct StoredPhone {
    pub id: AuthenticatorId,
    pub sealed: Vec<u8>,
}

/// Secrets and duties of an account. For nobody's account it takes the same time and finds nothing.
pub(crate) async fn secrets_and_duties(
    tx: &Tx,
    account: Option<AccountId>,
) -> Result<(Secrets, Vec<Duty>), StoreError> {
    let account = account.unwrap_or(AccountId(Uuid::nil()));
    let now = tx.now();
    let params: [&(dyn postgres_types::ToSql + Sync); 2] = [&account, &now];
    let (secrets, roles) =
        try_join(tx.query(sql::AUTHENTICATORS, &[&account]), tx.query(sql::ROLES, &params)).await?;
    let mut found = Secrets::default();
    for row in &secrets {
        let id = row.col("authenticator_id")?;
        let secret: Vec<u8> = row.col("secret")?;
        match row.col("kind")? {
            "password" => {
                let phc = String::from_utf8(secret).map_err(|_| StoreError::Column("secret"))?;
                found.password = Some(StoredPassword { id, phc: Zeroizing::new(phc) });
            }
            "passkey" => found.passkeys += 1,
            "totp" => found.totp = Some(StoredTotp { id, sealed: secret, last_step: row.col("last_step")? }),
            "phone" => found.phone = Some(StoredPhone { id, sealed: secret }),
            _ => return Err(StoreError::Column("kind")),
        }
    }
    Ok((found, duties(&roles)?))
}

/// Browsers and systems that an account was signed in with, the last first.
pub(crate) async fn devices_of(tx: &Tx, account: AccountId) -> Result<Vec<String>, StoreError> {
    let rows = tx.query(sql::DEVICES, &[&account, &DEVICES_MAX]).await?;
    rows.iter().map(|row| row.col("agent")).collect()
}

pub(crate) async fn duties_of(tx: &Tx, account: AccountId) -> Result<Vec<Duty>, StoreError> {
    duties(&tx.query(sql::ROLES, &[&account, &tx.now()]).await?)
}

/// The same with those to come: whoever manages an officer does so before the duty begins.
pub(crate) async fn duties_ahead(tx: &Tx, account: AccountId) -> Result<Vec<Duty>, StoreError> {
    duties(&tx.query(sql_record::ROLES_AHEAD, &[&account, &tx.now()]).await?)
}

fn duties(rows: &[Row]) -> Result<Vec<Duty>, StoreError> {
    rows.iter()
        .map(|r| Ok(Duty { agency: r.col("agency")?, role: role(r)?, valid_to: r.col("valid_to")? }))
        .collect()
}

/// The agencies at which an officer has a duty.
pub(crate) fn serves_at(duties: &[Duty], agency: &AgencyId) -> bool {
    duties.iter().any(|d| d.agency == *agency)
}
