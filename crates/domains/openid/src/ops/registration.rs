//! `initial_token_make`, `initial_token_list`, `initial_token_end` of the operator; `client_register`, `registration_read`,
//! `registration_update`, `registration_end` of a program (RFC 7591, RFC 7592).
//!
//! What a program registers was approved beforehand: the operator made the initial token after the model of a relying party
//! of that agency which is in force, and nothing wider can be registered with it. So a registered client serves at once, and
//! no change of it reaches further. The model counts as it is now: what it lost is registered no more, and while it is not
//! served, nothing is. What was registered before is cut by it at each use ([`crate::clients`]).

use base::FieldFault;
use contracts::{Access, AccountId, Actor, AgencyId, Purpose};
use jiff::Timestamp;
use jose::{Jwk, b64, hash::sha256};
use postgres_types::Json;
use store::{Row, RowExt, StoreError, Tx};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::client_access::load;
use crate::{
    ClientDraft, ClientId, ClientState, OpenId, OpenIdError,
    draft::check,
    limits::{INITIAL_TOKEN_LIFE_MAX, INITIAL_TOKEN_USES_MAX, SECRET_LIFE},
    model::ClientEvent,
    policy::{Deed, may},
    registration::{Fitting, Metadata, Unfit, metadata_of, within},
    sql, sql_beyond, sql_console,
};

const VALUE_BYTES: usize = 32;
const LISTED_MAX: i64 = 500;

/// A new initial token: shown once. Not for printing.
pub struct NewInitialToken {
    pub id: Uuid,
    pub text: String,
}

/// An initial token as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitialToken {
    pub id: Uuid,
    pub owner: AgencyId,
    pub ceiling: ClientDraft,
    pub uses: i32,
    pub made_by: AccountId,
    pub made_at: Timestamp,
    pub ends_at: Timestamp,
}

/// What a program gets: its client as it is registered, and the words with which it goes on. Not for printing.
pub struct Registered {
    pub client: ClientId,
    pub metadata: Metadata,
    /// For reading, changing and ending the registration.
    pub token: Option<String>,
    /// Of a compatibility client that proves itself with a secret; with its end.
    pub secret: Option<(String, Timestamp)>,
    pub registered_at: Timestamp,
}

/// Why a program's request is turned down.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// The token is unknown, used up, over, or another client's.
    #[error("the token is not valid here")]
    Token,
    #[error(transparent)]
    Unfit(#[from] Unfit),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a registration cannot be written")]
    Bug,
}

/// Lets an agency's program register clients, none wider than this one of the agency's. Some proposed it and another approved
/// it; who ever proposed any of it does not hand out the word for more of its kind.
pub async fn initial_token_make(
    cx: &OpenId,
    tx: &mut Tx,
    actor: &Actor,
    model: ClientId,
    uses: i32,
    ends_at: Timestamp,
) -> Result<NewInitialToken, OpenIdError> {
    let now = tx.now();
    let model = load(cx, tx, actor, model, Deed::Judge).await?;
    if model.registered {
        return Err(OpenIdError::Registered);
    }
    if !model.state.serves(model.settings.sandbox) {
        return Err(OpenIdError::WrongState);
    }
    if tx.query_opt(sql_console::CLIENT_PROPOSED_BY, &[&model.id, &actor.account]).await?.is_some() {
        return Err(OpenIdError::SecondPerson);
    }
    if !(1..=INITIAL_TOKEN_USES_MAX).contains(&uses) {
        let fault = FieldFault::new("uses", "openid.token_uses").with("max", INITIAL_TOKEN_USES_MAX);
        return Err(OpenIdError::Invalid(vec![fault]));
    }
    if ends_at <= now || ends_at > now + INITIAL_TOKEN_LIFE_MAX {
        let days = INITIAL_TOKEN_LIFE_MAX.as_hours() / 24;
        let fault = FieldFault::new("ends_at", "openid.token_life").with("days", days);
        return Err(OpenIdError::Invalid(vec![fault]));
    }
    let id = tx.new_uuid();
    let text = random(tx);
    tx.defer(
        sql_beyond::INITIAL_INSERT,
        vec![
            Box::new(id),
            Box::new(sha256(&text).to_vec()),
            Box::new(model.owner),
            Box::new(Json(model.settings)),
            Box::new(model.id),
            Box::new(uses),
            Box::new(actor.account),
            Box::new(now),
            Box::new(ends_at),
        ],
    );
    let access = Access::new(actor, Purpose::RELEASE_CLAIMS);
    tx.audit(access.entry("openid.initial_token_make").on("initial_token", id).done());
    Ok(NewInitialToken { id, text })
}

/// Those in force: of one agency, or of all for the operator.
pub async fn initial_token_list(
    cx: &OpenId,
    tx: &Tx,
    actor: &Actor,
) -> Result<Vec<InitialToken>, OpenIdError> {
    let (agency, _) = actor.staff().ok_or(OpenIdError::Forbidden)?;
    if !may(actor, Deed::See, agency, &cx.settings.operator) {
        return Err(OpenIdError::Forbidden);
    }
    let of = (*agency != cx.settings.operator).then_some(agency);
    let rows = tx.query(sql_beyond::INITIAL_LIST, &[&of, &tx.now(), &LISTED_MAX]).await?;
    let line = |row: &Row| -> Result<InitialToken, StoreError> {
        let Json(ceiling) = row.col::<Json<ClientDraft>>("ceiling")?;
        Ok(InitialToken {
            id: row.col("token_id")?,
            owner: row.col("owner")?,
            ceiling,
            uses: row.col("uses")?,
            made_by: row.col("made_by")?,
            made_at: row.col("made_at")?,
            ends_at: row.col("ends_at")?,
        })
    };
    Ok(rows.iter().map(line).collect::<Result<_, _>>()?)
}

/// Nothing more is registered with it; what was registered stays. Its agency may end it too: it knows first when the word
/// got lost.
pub async fn initial_token_end(cx: &OpenId, tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<(), OpenIdError> {
    let row = tx.query_opt(sql_beyond::INITIAL_OWNER, &[&id]).await?.ok_or(OpenIdError::NotFound)?;
    let (owner, operator): (AgencyId, _) = (row.col("owner")?, &cx.settings.operator);
    if !may(actor, Deed::See, &owner, operator) {
        return Err(OpenIdError::NotFound);
    }
    if ![Deed::Manage, Deed::Judge].into_iter().any(|deed| may(actor, deed, &owner, operator)) {
        return Err(OpenIdError::Forbidden);
    }
    tx.defer(sql_beyond::INITIAL_END, vec![Box::new(id)]);
    let access = Access::new(actor, Purpose::RELEASE_CLAIMS);
    tx.audit(access.entry("openid.initial_token_end").on("initial_token", id).done());
    Ok(())
}

pub async fn client_register(
    cx: &OpenId,
    tx: &mut Tx,
    token: &str,
    metadata: &Metadata,
) -> Result<Registered, Denied> {
    let now = tx.now();
    let digest = sha256(token);
    let row = tx.query_opt(sql_beyond::INITIAL_USE, &[&digest.as_slice(), &now]).await?;
    let row = row.ok_or(Denied::Token)?;
    let owner: AgencyId = row.col("owner")?;
    let made_by: AccountId = row.col("made_by")?;
    let model: ClientId = row.col("model")?;
    let Json(ceiling) = row.col::<Json<ClientDraft>>("ceiling")?;
    let reach = reach(&row, &ceiling)?.ok_or(Denied::Token)?;
    let Fitting { settings, keys } = fitting(cx, metadata, &reach, now)?;
    let client = ClientId(tx.new_uuid());
    let token = random(tx);
    tx.defer(
        sql_beyond::CLIENT_REGISTER,
        vec![Box::new(client), Box::new(owner.clone()), Box::new(Json(settings.clone())), Box::new(now)],
    );
    tx.defer(
        sql_beyond::REGISTRATION_INSERT,
        vec![
            Box::new(client),
            Box::new(sha256(&token).to_vec()),
            Box::new(Json(ceiling)),
            Box::new(model),
            Box::new(made_by),
        ],
    );
    keep_keys(tx, client, &keys)?;
    let secret = settings.authentication.is_secret().then(|| make_secret(tx, client));
    note(tx, client, made_by, &owner, ClientEvent::Registered);
    let metadata = metadata_of(&settings, &keys);
    Ok(Registered { client, metadata, token: Some(token), secret, registered_at: now })
}

pub async fn registration_read(tx: &mut Tx, client: &str, token: &str) -> Result<Registered, Denied> {
    let held = Held::load(tx, client, token).await?;
    let keys = held.keys(tx).await?;
    let metadata = metadata_of(&within(&held.settings, &held.reach), &keys);
    Ok(Registered {
        client: held.client,
        metadata,
        token: None,
        secret: None,
        registered_at: held.created_at,
    })
}

/// Everything is as the program says now; what it does not say is as in a new registration.
pub async fn registration_update(
    cx: &OpenId,
    tx: &mut Tx,
    client: &str,
    token: &str,
    metadata: &Metadata,
) -> Result<Registered, Denied> {
    let held = Held::load(tx, client, token).await?;
    let now = tx.now();
    let Fitting { mut settings, keys } = fitting(cx, metadata, &held.reach, now)?;
    // Subjects follow from the sector for ever.
    settings.sector = held.settings.sector.clone();
    // A secret is made at the registration; who proved itself otherwise does not begin with one.
    if settings.authentication.is_secret() && !held.settings.authentication.is_secret() {
        return Err(Unfit::Metadata.into());
    }
    tx.execute(sql_beyond::CLIENT_KEYS_DELETE, &[&held.client]).await?;
    keep_keys(tx, held.client, &keys)?;
    held.write(tx, ClientState::Approved, &settings);
    note(tx, held.client, held.made_by, &held.owner, ClientEvent::RegistrationChanged);
    let metadata = metadata_of(&settings, &keys);
    Ok(Registered {
        client: held.client,
        metadata,
        token: None,
        secret: None,
        registered_at: held.created_at,
    })
}

/// For ever.
pub async fn registration_end(tx: &mut Tx, client: &str, token: &str) -> Result<(), Denied> {
    let held = Held::load(tx, client, token).await?;
    held.write(tx, ClientState::Closed, &held.settings);
    tx.defer(sql_beyond::REGISTRATION_END, vec![Box::new(held.client)]);
    note(tx, held.client, held.made_by, &held.owner, ClientEvent::Closed);
    Ok(())
}

/// A registration whose token was shown.
struct Held {
    client: ClientId,
    owner: AgencyId,
    made_by: AccountId,
    /// As it was registered.
    settings: ClientDraft,
    /// How far it may reach now.
    reach: ClientDraft,
    version: i32,
    created_at: Timestamp,
}

impl Held {
    async fn load(tx: &Tx, client: &str, token: &str) -> Result<Self, Denied> {
        let client: ClientId = client.parse().map_err(|_| Denied::Token)?;
        let row = tx.query_opt(sql_beyond::REGISTRATION_FIND, &[&client]).await?.ok_or(Denied::Token)?;
        let same: bool = row.col::<&[u8]>("digest")?.ct_eq(&sha256(token)).into();
        let state = ClientState::parse(row.col("state")?).ok_or(StoreError::Column("state"))?;
        // Of a suspended one nothing changes: that is for its people to talk over with the operator.
        if !same || state != ClientState::Approved {
            return Err(Denied::Token);
        }
        let Json(settings) = row.col::<Json<ClientDraft>>("settings")?;
        let Json(ceiling) = row.col::<Json<ClientDraft>>("ceiling")?;
        let reach = reach(&row, &ceiling)?.ok_or(Denied::Token)?;
        Ok(Self {
            client,
            owner: row.col("owner")?,
            made_by: row.col("made_by")?,
            settings,
            reach,
            version: row.col("version")?,
            created_at: row.col("created_at")?,
        })
    }

    async fn keys(&self, tx: &Tx) -> Result<Vec<Jwk>, Denied> {
        let rows = tx.query(sql::CLIENT_KEYS, &[&self.client]).await?;
        let read = |row: &Row| Jwk::parse(row.col("jwk")?).map_err(|_| StoreError::Column("jwk"));
        Ok(rows.iter().map(read).collect::<Result<_, StoreError>>()?)
    }

    fn write(&self, tx: &mut Tx, state: ClientState, settings: &ClientDraft) {
        let now = tx.now();
        tx.defer(
            sql_beyond::REGISTRATION_WRITE,
            vec![
                Box::new(self.client),
                Box::new(self.version),
                Box::new(state.as_str()),
                Box::new(Json(settings.clone())),
                Box::new(now),
            ],
        );
    }
}

/// How far a program may reach: as far as its token said, and no further than the model reaches now. None while the model is
/// not served.
fn reach(row: &Row, ceiling: &ClientDraft) -> Result<Option<ClientDraft>, StoreError> {
    let state = ClientState::parse(row.col("model_state")?).ok_or(StoreError::Column("model_state"))?;
    let Json(model) = row.col::<Json<ClientDraft>>("model_settings")?;
    Ok(state.serves(model.sandbox).then(|| within(ceiling, &model)))
}

/// What fits under the ceiling, and keeps every rule that an agency's people keep.
fn fitting(
    cx: &OpenId,
    metadata: &Metadata,
    ceiling: &ClientDraft,
    now: Timestamp,
) -> Result<Fitting, Denied> {
    let fitting = metadata.under(ceiling)?;
    match check(&fitting.settings, now, cx.is_on_loopback()) {
        Ok(()) => Ok(fitting),
        Err(OpenIdError::Invalid(faults)) if faults.iter().any(|f| f.field.starts_with("redirect")) => {
            Err(Unfit::RedirectUri.into())
        }
        Err(_) => Err(Unfit::Metadata.into()),
    }
}

fn keep_keys(tx: &mut Tx, client: ClientId, keys: &[Jwk]) -> Result<(), Denied> {
    let now = tx.now();
    for key in keys {
        let kid = key.kid().ok_or(Denied::Bug)?.to_owned();
        let text = serde_json::to_string(key).map_err(|_| Denied::Bug)?;
        tx.defer(
            sql::CLIENT_KEY_INSERT,
            vec![Box::new(client), Box::new(kid), Box::new(text), Box::new(now)],
        );
    }
    Ok(())
}

fn make_secret(tx: &mut Tx, client: ClientId) -> (String, Timestamp) {
    let (id, text, now) = (tx.new_uuid(), random(tx), tx.now());
    let ends = now + SECRET_LIFE;
    tx.defer(
        sql::CLIENT_SECRET_INSERT,
        vec![Box::new(client), Box::new(id), Box::new(sha256(&text).to_vec()), Box::new(now), Box::new(ends)],
    );
    (text, ends)
}

fn random(tx: &Tx) -> String {
    b64::encode(base::entropy::bytes::<VALUE_BYTES>(tx.entropy()))
}

/// A line in the client's history under whoever made the initial token, and an entry in the log.
fn note(tx: &mut Tx, client: ClientId, made_by: AccountId, owner: &AgencyId, event: ClientEvent) {
    let (id, now) = (tx.new_uuid(), tx.now());
    tx.defer(
        sql::CLIENT_EVENT_INSERT,
        vec![
            Box::new(client),
            Box::new(id),
            Box::new(now),
            Box::new(event.as_str()),
            Box::new(String::new()),
            Box::new(made_by),
            Box::new(Some(owner.clone())),
        ],
    );
    let entry = Access::system(Purpose::RELEASE_CLAIMS).entry("openid.client_register");
    tx.audit(entry.on("client", client.0).fields([event.as_str()]).done());
}
