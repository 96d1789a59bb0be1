//! `ciba_begin`, `ciba_list`, `ciba_next`, `ciba_accept`, `ciba_refuse`, `ciba_exchange`: a call centre or a counter asks a
//! person, who answers in their own browser (OpenID CIBA Core 1.0, poll and ping).
//!
//! The personal number may name the person, in the body of the request alone. Whom nobody knows, or who has too many open
//! questions already, is asked all the same, under an account that is none: the answers tell nothing of who has an account.

use std::sync::Arc;

use base::{PersonalNumber, Text};
use contracts::{
    AccountId, Login,
    events::{NoticeDue, emit},
    ports::AccountHolder,
};
use jiff::{SignedDuration, Timestamp};
use jose::{AudienceRule, Claim, Compact, JoseError, Limits, Registered, Rules, Typ};
use postgres_types::Json;
use serde::{Deserialize, Serialize};
use store::{Row, RowExt, StoreError, Tx};
use uuid::Uuid;

use super::{
    code_exchange::Tokens,
    device::asked,
    elsewhere::{Consented, Elsewhere, ElsewhereNext, Kept},
    request_push::signed_params,
    token_issue::holder_in_force,
};
use crate::{
    Choice, OpenId, OpenIdError, Reason, Refusal, Scope, Way,
    clients::Served,
    limits::{
        ASSERTION_LIFE_MAX, BINDING_MESSAGE_CHARS_MAX, CIBA_LIFE, CIBA_LIFE_MAX, CIBA_LIFE_MIN,
        CIBA_OPEN_MAX, NOTIFICATION_TOKEN_BYTES_MAX, POLL_SECONDS,
    },
    messages::Message,
    model::{ClientId, GrantId, GrantType},
    params::Params,
    polling::{Told, Waiting},
    request::Request,
    secret::Sealed,
    seen::Once,
    signals::event::SubjectId,
    sql_beyond as sql,
    token::Binding,
};

/// Where a person finds the questions that wait.
const PAGE: &str = "/ciba";
const NOTIFICATION_TOKEN_SIGNS: &str = "-._~+/=";
/// What a signed request must say of itself.
const OBJECT_CLAIMS: [Claim; 6] = [Claim::Iss, Claim::Aud, Claim::Exp, Claim::Nbf, Claim::Iat, Claim::Jti];
/// What stands beside one: itself, and who sends it.
const BESIDE_OBJECT: [&str; 5] =
    ["request", "client_id", "client_secret", "client_assertion", "client_assertion_type"];

/// What the client gets. Not for printing.
pub struct CibaBegun {
    pub auth_req_id: String,
    pub expires_in_s: i64,
}

/// What is asked, as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct Asking {
    request: Request,
    binding_message: Option<String>,
}

/// A question that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CibaLine {
    pub id: Uuid,
    /// Who asks.
    pub name: Text,
    /// Stands on the client's screen, too: the person compares.
    pub binding_message: Option<String>,
    pub at: Timestamp,
    pub until: Timestamp,
}

/// The parameters of a request, with what must not come twice where they are signed (CIBA section 7.1.1).
///
/// Clients of the strict profile sign each (FAPI-CIBA section 5.2.2), others when they were registered so. Beside a signed
/// request stands nothing but how the client proves to be itself: whoever reads the other half would read another request.
pub fn ciba_request(
    cx: &OpenId,
    client: &Served,
    params: &Params,
    now: Timestamp,
) -> Result<(Params, Option<Once>), Refusal> {
    if !client.may(GrantType::Ciba) {
        return Err(Reason::GrantTypeNotAllowed.into());
    }
    let Some(object) = params.get("request") else {
        return match client.signs_backchannel() {
            true => Err(Reason::RequestObjectRequired.into()),
            false => Ok((params.clone(), None)),
        };
    };
    if params.names().any(|name| !BESIDE_OBJECT.contains(&name)) {
        return Err(Reason::RequestObjectMixed.into());
    }
    signed_params(cx, client, object, (Typ::Plain, &OBJECT_CLAIMS), now)
}

pub async fn ciba_begin(cx: &OpenId, client: &Served, params: &Params) -> Result<CibaBegun, Refusal> {
    let request = Request::elsewhere(params, client, GrantType::Ciba)?;
    if !request.has(Scope::Openid) {
        return Err(Reason::ScopeNotAllowed.into());
    }
    let binding_message = binding_message(params)?;
    let life = life(params)?;
    let ping_token = ping_token(client, params)?;
    let hint = Hint::read(cx, client, params)?;

    let mut tx = cx.store.begin().await?;
    let begin = Begin { client, asking: Asking { request, binding_message }, life, ping_token };
    let begun = begin.run(cx, &mut tx, &hint).await;
    tx.finish(begun).await
}

struct Begin<'a> {
    client: &'a Served,
    asking: Asking,
    life: SignedDuration,
    ping_token: Option<String>,
}

impl Begin<'_> {
    async fn run(self, cx: &OpenId, tx: &mut Tx, hint: &Hint) -> Result<CibaBegun, Refusal> {
        let holder = hint.holder(cx, tx, self.client).await?.filter(|h| h.active);
        let holder = match holder {
            Some(holder) if open_count(tx, holder.account).await? < CIBA_OPEN_MAX => Some(holder),
            _ => None,
        };
        let account = holder.as_ref().map_or(AccountId(tx.new_uuid()), |h| h.account);
        let (id, now) = (tx.new_uuid(), tx.now());
        let handed = cx.secrets.hand_out(tx.entropy(), Sealed::Ciba, account, GrantId(id));
        let handed = handed.ok_or(Reason::Bug)?;
        let ping = self.ping_token.map(|token| Message::Ping { auth_req_id: handed.text.clone(), token });
        tx.defer(
            sql::CIBA_INSERT,
            vec![
                Box::new(account),
                Box::new(id),
                Box::new(handed.digest.to_vec()),
                Box::new(self.client.id),
                Box::new(Json(self.asking)),
                Box::new(ping.map(Json)),
                Box::new(POLL_SECONDS),
                Box::new(now),
                Box::new(now + self.life),
            ],
        );
        if let Some(person) = holder.and_then(|h| h.person) {
            let title =
                Text::new("Có yêu cầu xác nhận đang chờ bạn trả lời", "A request waits for your answer");
            emit(tx, &NoticeDue { person, title, path: PAGE.to_owned(), at: now });
        }
        Ok(CibaBegun { auth_req_id: handed.text, expires_in_s: self.life.as_secs() })
    }
}

async fn open_count(tx: &Tx, account: AccountId) -> Result<i64, StoreError> {
    tx.query_one(sql::CIBA_COUNT, &[&account, &tx.now()]).await?.col("count")
}

/// Who is meant.
enum Hint {
    Number(PersonalNumber),
    /// As the client knows them.
    Subject(String),
    /// Well-formed, and nobody's.
    Nobody,
}

/// A hint that the client signed: the subject that it means (RFC 9493), good for minutes.
#[derive(Deserialize)]
struct HintToken {
    sub_id: SubjectId,
}

impl Hint {
    fn read(cx: &OpenId, client: &Served, params: &Params) -> Result<Self, Refusal> {
        let hints = ["login_hint", "login_hint_token", "id_token_hint"].map(|name| params.get(name));
        match hints {
            [Some(number), None, None] => Ok(number.parse().map_or(Self::Nobody, Self::Number)),
            [None, Some(token), None] => Self::of_token(cx, client, token),
            [None, None, Some(token)] => Self::of_id_token(cx, client, token),
            _ => Err(Reason::HintMissing.into()),
        }
    }

    fn of_token(cx: &OpenId, client: &Served, text: &str) -> Result<Self, Refusal> {
        let refused = |rule| match rule {
            JoseError::Expired => Refusal::from(Reason::HintExpired),
            other => Refusal::Jose(Reason::HintUnknown, other),
        };
        let token = Compact::parse(text, Limits::SMALL).map_err(refused)?;
        let verified = token.verify_with(&client.keys, Typ::Plain).map_err(refused)?;
        let id = client.id.to_string();
        let rules = Rules {
            now: cx.store.clock().now().as_second(),
            issuer: Some(&id),
            audience: AudienceRule::OneOf(&[&cx.settings.issuer]),
            required: &[Claim::Exp],
            life_s_max: Some(ASSERTION_LIFE_MAX.as_secs()),
        };
        rules.check(&verified.claims::<Registered>().map_err(refused)?).map_err(refused)?;
        let HintToken { sub_id } = verified.claims().map_err(refused)?;
        match sub_id {
            SubjectId::Account { iss, sub } if iss == cx.settings.issuer => Ok(Self::Subject(sub)),
            _ => Err(Reason::HintUnknown.into()),
        }
    }

    /// Of whatever age: it only says who is meant.
    fn of_id_token(cx: &OpenId, client: &Served, text: &str) -> Result<Self, Refusal> {
        let refused = |rule| Refusal::Jose(Reason::HintUnknown, rule);
        let token = Compact::parse(text, Limits::SMALL).map_err(refused)?;
        let key = cx.keys.verifying(&token).map_err(refused)?;
        let verified = token.verify(&key, Typ::Plain).map_err(refused)?;
        let claims: Registered = verified.claims().map_err(refused)?;
        let ours = claims.iss.as_deref() == Some(cx.settings.issuer.as_str());
        let mine = claims.aud.as_ref().is_some_and(|aud| aud.contains(&client.id.to_string()));
        match claims.sub {
            Some(subject) if ours && mine => Ok(Self::Subject(subject)),
            _ => Err(Reason::HintUnknown.into()),
        }
    }

    async fn holder(
        &self,
        cx: &OpenId,
        tx: &mut Tx,
        client: &Served,
    ) -> Result<Option<AccountHolder>, Refusal> {
        match self {
            // Nobody real is asked for a sandbox by name.
            Self::Number(_) if client.settings.sandbox => Ok(None),
            Self::Number(number) => Ok(cx.ports.holders.holder_by_number(tx, number).await?),
            Self::Subject(subject) => {
                let row = tx.query_opt(sql::VISIT_ACCOUNT, &[&client.id, subject, &tx.now()]).await?;
                let Some(row) = row else { return Ok(None) };
                Ok(cx.ports.holders.holder(tx, row.col("account_id")?).await?)
            }
            Self::Nobody => Ok(None),
        }
    }
}

/// Letters, digits and plain signs: what can be compared by reading it (CIBA section 7.1).
fn binding_message(params: &Params) -> Result<Option<String>, Reason> {
    let Some(text) = params.get("binding_message") else { return Ok(None) };
    let shown = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '.' | ',' | ':' | '/' | '#');
    let fits = text.chars().count() <= BINDING_MESSAGE_CHARS_MAX && text.chars().all(shown);
    if fits { Ok(Some(text.to_owned())) } else { Err(Reason::BindingMessage) }
}

fn life(params: &Params) -> Result<SignedDuration, Reason> {
    let Some(text) = params.get("requested_expiry") else { return Ok(CIBA_LIFE) };
    let seconds: u32 = text.parse().map_err(|_| Reason::ParameterMalformed)?;
    let asked = SignedDuration::from_secs(i64::from(seconds));
    if asked.is_zero() {
        Err(Reason::ParameterMalformed)
    } else {
        Ok(asked.clamp(CIBA_LIFE_MIN, CIBA_LIFE_MAX))
    }
}

/// A client with an address for it is pinged, and must say the word by which it knows us.
fn ping_token(client: &Served, params: &Params) -> Result<Option<String>, Reason> {
    if client.settings.ciba_notification_uri.is_none() {
        return Ok(None);
    }
    let token = params.get("client_notification_token").ok_or(Reason::NotificationToken)?;
    let sound = |b: u8| b.is_ascii_alphanumeric() || NOTIFICATION_TOKEN_SIGNS.as_bytes().contains(&b);
    let fits = token.len() <= NOTIFICATION_TOKEN_BYTES_MAX && token.bytes().all(sound);
    if fits { Ok(Some(token.to_owned())) } else { Err(Reason::NotificationToken) }
}

/// The questions that wait for whoever is signed in.
pub async fn ciba_list(cx: &OpenId, tx: &Tx, login: &Login) -> Result<Vec<CibaLine>, OpenIdError> {
    let rows = tx.query(sql::CIBA_OPEN, &[&login.actor.account, &tx.now()]).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(stored) = Stored::read(cx, tx, row)? {
            lines.push(stored.line());
        }
    }
    Ok(lines)
}

/// What a page does next with a question; the line says who asks.
///
/// # Errors
/// [`OpenIdError::NotFound`] for a question that is answered, over, or somebody else's.
pub async fn ciba_next(
    cx: &OpenId,
    tx: &mut Tx,
    id: Uuid,
    login: &Login,
) -> Result<(CibaLine, ElsewhereNext), OpenIdError> {
    let stored = Stored::load(cx, tx, id, login).await?;
    let next = stored.question().next(cx, tx, Some(login)).await?;
    if matches!(next, ElsewhereNext::Over(_)) {
        answer(tx, login, id, Waiting::Refused, None).await?;
    }
    Ok((stored.line(), next))
}

/// The person said yes, to what `choice` says.
///
/// # Errors
/// As [`ciba_next`]; [`OpenIdError::WrongState`] when something else comes first, [`OpenIdError::Changed`] when something
/// else was read: show the page again.
pub async fn ciba_accept(
    cx: &OpenId,
    tx: &mut Tx,
    id: Uuid,
    login: &Login,
    choice: &Choice,
) -> Result<(), OpenIdError> {
    let stored = Stored::load(cx, tx, id, login).await?;
    let consented = stored.question().accept(cx, tx, login, choice).await?;
    answer(tx, login, id, Waiting::Accepted, Some(consented)).await
}

pub async fn ciba_refuse(tx: &mut Tx, id: Uuid, login: &Login) -> Result<(), OpenIdError> {
    answer(tx, login, id, Waiting::Refused, None).await
}

/// Writes the answer, and pings the client where it wants that.
async fn answer(
    tx: &mut Tx,
    login: &Login,
    id: Uuid,
    state: Waiting,
    consented: Option<Consented>,
) -> Result<(), OpenIdError> {
    let (account, now) = (login.actor.account, tx.now());
    let consented = consented.map(Json);
    let changed = tx.query_opt(sql::CIBA_ANSWER, &[&account, &id, &now, &state.as_str(), &consented]).await?;
    let row = changed.ok_or(OpenIdError::NotFound)?;
    let client: ClientId = row.col("client_id")?;
    let ping: Option<Json<Message>> = row.col("ping")?;
    if let Some(Json(ping)) = ping {
        ping.leave(tx, id, client, Some(now), CIBA_LIFE_MAX);
    }
    Ok(())
}

/// The client asks whether the person has answered, at the token endpoint.
pub async fn ciba_exchange(
    cx: &OpenId,
    client: &Served,
    params: &Params,
    binding: Binding,
) -> Result<Tokens, Refusal> {
    let shown = params.need("auth_req_id")?;
    let (account, id, digest) = cx.secrets.taken_back(Sealed::Ciba, shown).ok_or(Reason::AuthReqIdWrong)?;
    let shown = Shown { account, id: id.0, digest, binding };
    let mut tx = cx.store.begin().await?;
    let outcome = shown.exchange(cx, &mut tx, client).await;
    Kept::settle(tx, outcome).await
}

/// What came with the request.
struct Shown {
    account: AccountId,
    id: Uuid,
    digest: [u8; 32],
    binding: Binding,
}

impl Shown {
    async fn exchange(&self, cx: &OpenId, tx: &mut Tx, client: &Served) -> Result<Kept, Refusal> {
        let Self { account, id, binding, .. } = *self;
        let row = tx.query_opt(sql::CIBA_ASKED, &[&account, &id]).await?.ok_or(Reason::AuthReqIdWrong)?;
        let same = row.col::<&[u8]>("digest")? == self.digest;
        if !same || row.col::<ClientId>("client_id")? != client.id {
            return Err(Reason::AuthReqIdWrong.into());
        }
        let now = tx.now();
        match asked(&row)?.at(now) {
            Told::NotYet { reason, interval_s } => {
                tx.execute(sql::CIBA_POLLED, &[&account, &id, &now, &interval_s]).await?;
                Ok(Kept::NotYet(reason))
            }
            Told::Over(reason) => {
                tx.execute(sql::CIBA_END, &[&account, &id]).await?;
                Ok(Kept::NotYet(reason))
            }
            Told::Ready => {
                let consented: Option<Json<Consented>> = row.col("accepted")?;
                let Json(consented) = consented.ok_or(StoreError::Column("accepted"))?;
                let holder = holder_in_force(cx, tx, account).await?;
                let tokens = consented.issue(tx, account, binding).tokens(cx, tx, client, &holder).await?;
                tx.defer(sql::CIBA_END, vec![Box::new(account), Box::new(id)]);
                Ok(Kept::Tokens(Box::new(tokens)))
            }
        }
    }
}

struct Stored {
    id: Uuid,
    client: Arc<Served>,
    asking: Asking,
    begun_at: Timestamp,
    ends_at: Timestamp,
}

impl Stored {
    async fn load(cx: &OpenId, tx: &Tx, id: Uuid, login: &Login) -> Result<Self, OpenIdError> {
        let row = tx.query_opt(sql::CIBA_FIND, &[&login.actor.account, &id, &tx.now()]).await?;
        let row = row.ok_or(OpenIdError::NotFound)?;
        Self::read(cx, tx, &row)?.ok_or(OpenIdError::NotFound)
    }

    /// None when the client is not served any more.
    fn read(cx: &OpenId, tx: &Tx, row: &Row) -> Result<Option<Self>, StoreError> {
        let Some(client) = cx.clients.get(row.col("client_id")?) else { return Ok(None) };
        if client.in_force(tx.now()).is_err() {
            return Ok(None);
        }
        let Json(asking) = row.col::<Json<Asking>>("request")?;
        let (begun_at, ends_at) = (row.col("begun_at")?, row.col("ends_at")?);
        Ok(Some(Self { id: row.col("ciba_id")?, client, asking, begun_at, ends_at }))
    }

    fn line(&self) -> CibaLine {
        CibaLine {
            id: self.id,
            name: self.client.settings.name.clone(),
            binding_message: self.asking.binding_message.clone(),
            at: self.begun_at,
            until: self.ends_at,
        }
    }

    fn question(&self) -> Elsewhere<'_> {
        Elsewhere {
            client: &self.client,
            request: &self.asking.request,
            way: Way::Ciba,
            begun_at: self.begun_at,
            ends_at: self.ends_at,
        }
    }
}
