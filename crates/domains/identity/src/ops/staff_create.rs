//! `staff_create`: an administrator makes an officer's account. Its first password is made here, told once, and must be
//! changed; its first session serves only for that and for setting up the second factor.

use base::{Entropy, PersonName};
use contracts::{AccountId, Actor, AgencyId, Role};
use store::StoreError;
use zeroize::Zeroizing;

use super::entry;
use crate::{
    Identity, IdentityError, Password,
    input::{Faults, login_claim},
    model::{Account, Holder, Kind, State},
    policy::{self, Action},
    rows::AuthenticatorId,
    sql,
};

/// Thirty-two letters and digits that are not mistaken for each other.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Letters of a first password, in groups: eighty bits.
const PASSWORD_CHARS: usize = 16;
const GROUP_CHARS: usize = 4;

#[derive(Debug, Clone)]
pub struct NewStaff {
    pub login: String,
    pub name: String,
    pub agency: AgencyId,
    pub role: Role,
}

pub struct StaffCreated {
    pub account: AccountId,
    /// To be handed to the officer; not kept anywhere.
    pub password: Zeroizing<String>,
}

pub async fn staff_create(
    cx: &Identity,
    actor: &Actor,
    input: &NewStaff,
) -> Result<StaffCreated, IdentityError> {
    policy::allowed_at(actor, Action::CreateStaff, &input.agency)?;
    // The operator's command makes the first administrator; after that it takes two people.
    if input.role == Role::Administrator && actor.staff().is_some() {
        return Err(IdentityError::SecondPersonNeeded);
    }
    let mut faults = Faults::default();
    let login = faults.login(&input.login);
    let name = faults.read("name", "identity.name_shape", PersonName::new(&input.name).ok());
    let (Some(login), Some(name)) = (login, name) else { return Err(faults.end()) };
    let password = first_password(cx.store.entropy().as_ref());
    let phc = cx.passwords.place()?.hash(&Password::new(&password), cx.store.entropy().as_ref()).await?;

    let mut tx = cx.store.begin().await?;
    let now = tx.now();
    let id = AccountId::new(now, tx.entropy());
    let authenticator = AuthenticatorId::new(now, tx.entropy());
    let claim = login_claim(&cx.keys, &login);
    tx.defer(sql::CLAIM_INSERT, vec![Box::new(claim.kind), Box::new(claim.value), Box::new(id)]);
    tx.defer(
        sql::ACCOUNT_INSERT,
        vec![
            Box::new(id),
            Box::new(Kind::Staff.as_str()),
            Box::new(None::<uuid::Uuid>),
            Box::new(None::<i16>),
            Box::new(login.clone()),
            Box::new(name.as_str().to_owned()),
            Box::new(now),
        ],
    );
    tx.defer(
        sql::AUTHENTICATOR_INSERT,
        vec![
            Box::new(id),
            Box::new(authenticator),
            Box::new("password"),
            Box::new(phc.into_bytes()),
            Box::new(true),
            Box::new(now),
            Box::new(now),
        ],
    );
    super::staff_grant::insert_role(&mut tx, actor, id, &input.agency, input.role, None);
    let holder = Holder::Staff { login, name: name.as_str().to_owned() };
    let account = Account { id, holder, state: State::Active, version: 1 };
    tx.audit(entry(actor, "identity.staff_create", &account).fields(["login", "name", "role"]).done());
    match tx.finish(Ok(StaffCreated { account: id, password })).await {
        Err(IdentityError::Store(StoreError::Conflict)) => Err(IdentityError::LoginTaken),
        outcome => outcome,
    }
}

fn first_password(entropy: &dyn Entropy) -> Zeroizing<String> {
    let chance: [u8; PASSWORD_CHARS] = base::entropy::bytes(entropy);
    let mut out = Zeroizing::new(String::with_capacity(PASSWORD_CHARS + PASSWORD_CHARS / GROUP_CHARS));
    for (at, byte) in chance.iter().enumerate() {
        if at > 0 && at % GROUP_CHARS == 0 {
            out.push('-');
        }
        // Thirty-two divides 256, so each letter is as likely as any other.
        out.extend(LETTERS.get(usize::from(byte % 32)).map(|b| char::from(*b)));
    }
    out
}
