//! Accounts in bulk, for demonstrations and tests. Each distinct password is hashed once, so that thousands of accounts
//! with a sample password cost one hashing: never for real people.

use std::collections::HashMap;

use base::PersonalNumber;
use contracts::{AccountId, AgencyId, IdentityLevel, Method, PersonId, Role};
use jiff::SignedDuration;
use store::{StoreError, Tx};
use uuid::Uuid;

use crate::{
    Identity, IdentityError, Password, SessionId, Token,
    input::{login_claim, number_claim, person_claim},
    model::Kind,
    ops::totp_enrol::place,
    rows::{AuthenticatorId, Claim, method_words},
    shown, sql,
};

/// Rows in one statement.
const BATCH_MAX: usize = 5_000;

/// Not for printing.
#[derive(Clone)]
pub struct SeedCitizen {
    pub person: PersonId,
    pub number: PersonalNumber,
    pub level: IdentityLevel,
    pub password: Password,
}

/// Not for printing.
#[derive(Clone)]
pub struct SeedStaff {
    pub login: String,
    pub name: String,
    pub agency: AgencyId,
    pub role: Role,
    pub password: Password,
    /// The raw secret of the authenticator app; `totp::code` tells its codes.
    pub totp: Vec<u8>,
}

/// Makes accounts of citizens, in their order.
pub async fn citizens(
    cx: &Identity,
    tx: &Tx,
    people: &[SeedCitizen],
) -> Result<Vec<AccountId>, IdentityError> {
    let mut hashed = Hashed::default();
    let mut made = Vec::with_capacity(people.len());
    for part in people.chunks(BATCH_MAX) {
        let mut batch = Batch::default();
        for one in part {
            let id = batch.account(tx, Some(one.person), Some(one.level.number()), None, None);
            batch.authenticator(
                "password",
                id,
                AuthenticatorId::new(tx.now(), tx.entropy()),
                hashed.get(cx, &one.password).await?,
            );
            batch.claim(number_claim(&cx.keys, &one.number), id);
            batch.claim(person_claim(&cx.keys, one.person), id);
        }
        batch.write(tx, Kind::Citizen).await?;
        made.extend(batch.ids);
    }
    Ok(made)
}

/// Makes accounts of officers with one duty each and a second factor, in their order.
pub async fn staff(cx: &Identity, tx: &Tx, people: &[SeedStaff]) -> Result<Vec<AccountId>, IdentityError> {
    let mut hashed = Hashed::default();
    let mut made = Vec::with_capacity(people.len());
    for part in people.chunks(BATCH_MAX) {
        let mut batch = Batch::default();
        for one in part {
            let login = crate::input::login(&one.login);
            let login = login.ok_or_else(|| IdentityError::field("login", "identity.login_shape"))?;
            let id = batch.account(tx, None, None, Some(login.clone()), Some(one.name.clone()));
            batch.authenticator(
                "password",
                id,
                AuthenticatorId::new(tx.now(), tx.entropy()),
                hashed.get(cx, &one.password).await?,
            );
            let totp = AuthenticatorId::new(tx.now(), tx.entropy());
            batch.authenticator("totp", id, totp, cx.keys.seal(tx.entropy(), &place(id, totp), &one.totp)?);
            batch.claim(login_claim(&cx.keys, &login), id);
        }
        batch.write(tx, Kind::Staff).await?;
        let agencies: Vec<&str> = part.iter().map(|s| s.agency.as_str()).collect();
        let roles: Vec<&str> = part.iter().map(|s| s.role.as_str()).collect();
        tx.execute(sql::SEED_ROLES, &[&batch.ids, &agencies, &roles, &tx.now(), &Uuid::nil()]).await?;
        made.extend(batch.ids);
    }
    Ok(made)
}

#[derive(Default)]
struct Hashed(HashMap<String, Vec<u8>>);

impl Hashed {
    async fn get(&mut self, cx: &Identity, password: &Password) -> Result<Vec<u8>, IdentityError> {
        if let Some(phc) = self.0.get(password.as_str()) {
            return Ok(phc.clone());
        }
        let phc = cx.passwords.place()?.hash(password, cx.store.entropy().as_ref()).await?.into_bytes();
        self.0.insert(password.as_str().to_owned(), phc.clone());
        Ok(phc)
    }
}

/// Account, id, kind and secret.
type Authenticators = (Vec<AccountId>, Vec<AuthenticatorId>, Vec<&'static str>, Vec<Vec<u8>>);

/// Columns of rows to be written.
#[derive(Default)]
struct Batch {
    ids: Vec<AccountId>,
    persons: Vec<Option<PersonId>>,
    levels: Vec<Option<i16>>,
    logins: Vec<Option<String>>,
    names: Vec<Option<String>>,
    claims: (Vec<&'static str>, Vec<Vec<u8>>, Vec<AccountId>),
    authenticators: Authenticators,
}

impl Batch {
    fn account(
        &mut self,
        tx: &Tx,
        person: Option<PersonId>,
        level: Option<i16>,
        login: Option<String>,
        name: Option<String>,
    ) -> AccountId {
        let id = AccountId::new(tx.now(), tx.entropy());
        self.ids.push(id);
        self.persons.push(person);
        self.levels.push(level);
        self.logins.push(login);
        self.names.push(name);
        id
    }

    fn authenticator(
        &mut self,
        kind: &'static str,
        account: AccountId,
        id: AuthenticatorId,
        secret: Vec<u8>,
    ) {
        let (accounts, ids, kinds, secrets) = &mut self.authenticators;
        accounts.push(account);
        ids.push(id);
        kinds.push(kind);
        secrets.push(secret);
    }

    fn claim(&mut self, claim: Claim, account: AccountId) {
        let (kinds, values, accounts) = &mut self.claims;
        kinds.push(claim.kind);
        values.push(claim.value);
        accounts.push(account);
    }

    async fn write(&self, tx: &Tx, kind: Kind) -> Result<(), IdentityError> {
        let now = tx.now();
        let kind = kind.as_str();
        tx.execute(
            sql::SEED_ACCOUNTS,
            &[&self.ids, &kind, &self.persons, &self.levels, &self.logins, &self.names, &now],
        )
        .await?;
        let (kinds, values, accounts) = &self.claims;
        tx.execute(sql::SEED_CLAIMS, &[kinds, values, accounts]).await?;
        let (accounts, ids, kinds, secrets) = &self.authenticators;
        tx.execute(sql::SEED_AUTHENTICATORS, &[accounts, ids, kinds, secrets, &now]).await?;
        Ok(())
    }
}

/// A session as signing in leaves it, with two factors for an officer: for measurements, which cannot wait for passwords.
/// The account is as it was made.
pub async fn session(
    tx: &Tx,
    account: AccountId,
    duty: Option<(&AgencyId, Role)>,
    life: SignedDuration,
) -> Result<Token, StoreError> {
    let (token, now) = (Token::new(tx.entropy()), tx.now());
    let shown = [Method::Password, Method::AppCode];
    let methods = if duty.is_some() { &shown[..] } else { &shown[..1] };
    let (version, agent) = (1i32, "measurement");
    tx.execute(
        sql::SESSION_INSERT,
        &[
            &account,
            &version,
            &token.hash().0.as_slice(),
            &SessionId::new(now, tx.entropy()),
            &duty.map(|d| d.0),
            &duty.map(|d| d.1.as_str()),
            &shown::strength(methods).number(),
            &false,
            &agent,
            &now,
            &(now + life),
            &(now + life),
            &method_words(methods),
            &now,
        ],
    )
    .await?;
    Ok(token)
}
