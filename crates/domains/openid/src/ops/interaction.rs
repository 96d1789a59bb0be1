//! `interaction_next`, `interaction_ask`, `interaction_accept`, `interaction_refuse`: an authorization between its request
//! and its answer.
//!
//! Nothing that a page says is believed: each step judges the whole situation anew, from the stored request, the login of
//! this very browser, the account as it is now, and what the person allowed before. A yes counts only for the question as
//! it is now and for whom it was drawn ([`crate::Seen`]).

use contracts::{
    Access, AccountId, IdentityLevel, Login, OrganisationId, Purpose,
    ports::{AccountHolder, ActingFor},
};
use futures::future::try_join;
use jiff::Timestamp;
use jose::hash::sha256;
use postgres_types::Json;
use store::{RowExt, Tx};
use subtle::ConstantTimeEq;

use super::{
    authorize_begin::{fail, shown},
    consent::in_force,
};
use crate::{
    Answer, Choice, Claim, ClientId, InteractionId, Next, OpenId, OpenIdError, Question, Reason, Scope, Seen,
    Way, acting,
    answer::Outcome,
    authorization::origin_of,
    clients::Served,
    grant::{CodeTerms, LoginTerms, Terms},
    http::Browser,
    limits::{CODE_LIFE, CONSENT_LIFE},
    model::GrantId,
    policy::{self, Decision, Remembered, Situation, available},
    request::{Request, Wish},
    sandbox::{PERSONAS, Persona},
    secret::Sealed,
    shown as digests, sql,
    watching::Endpoint,
};

/// Why a person does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusing {
    /// They do not want to.
    Denied,
    /// They cannot sign in as strongly as required.
    StrengthUnmet,
}

/// What a page does next.
///
/// # Errors
/// [`OpenIdError::NotFound`] when it is over, [`OpenIdError::OtherBrowser`] when it was begun elsewhere.
pub async fn interaction_next(
    cx: &OpenId,
    tx: &mut Tx,
    id: InteractionId,
    browser: &Browser,
    login: Option<&Login>,
) -> Result<Next, OpenIdError> {
    let stored = Stored::load(cx, tx, id, browser).await?;
    let course = stored.course();
    let judged = judge(cx, tx, &course, login).await?;
    match judged.decision {
        Decision::Go => {
            leave(cx, tx, &course, &judged.allowed_before(course.request)?).await.map(Next::Leave)
        }
        _ => stored.ask(cx, tx, &judged).await,
    }
}

/// The same for a page that was answered: the question as it is now, also where nothing would be asked by now. Whoever says
/// no must not leave with a yes, because another tab or another account allowed it in the meantime.
///
/// # Errors
/// As [`interaction_next`].
pub async fn interaction_ask(
    cx: &OpenId,
    tx: &mut Tx,
    id: InteractionId,
    browser: &Browser,
    login: Option<&Login>,
) -> Result<Next, OpenIdError> {
    let stored = Stored::load(cx, tx, id, browser).await?;
    let judged = judge(cx, tx, &stored.course(), login).await?;
    stored.ask(cx, tx, &judged).await
}

/// The person said yes, to what `choice` says.
///
/// # Errors
/// As [`interaction_next`]; [`OpenIdError::WrongState`] when something else comes first, [`OpenIdError::Changed`] when
/// something else was read: show the page again.
pub async fn interaction_accept(
    cx: &OpenId,
    tx: &mut Tx,
    id: InteractionId,
    browser: &Browser,
    login: &Login,
    choice: &Choice,
) -> Result<Answer, OpenIdError> {
    let stored = Stored::load(cx, tx, id, browser).await?;
    let course = stored.course();
    let judged = judge(cx, tx, &course, Some(login)).await?;
    match judged.decision {
        Decision::SignIn(_) => return Err(OpenIdError::WrongState),
        Decision::Fail(reason) => return end(cx, tx, &course, reason).await,
        Decision::Ask | Decision::Go => {}
    }
    let allowed = judged.allow(&course, choice)?;
    match (allowed.persona, choice.only_once) {
        (Some(_), _) => {}
        // Nor does what was allowed before go on in silence.
        (None, true) => {
            tx.defer(sql::CONSENT_DELETE, vec![Box::new(login.actor.account), Box::new(stored.client.id)]);
        }
        (None, false) => remember(tx, &course, &allowed),
    }
    leave(cx, tx, &course, &allowed).await
}

/// The person does not go on.
pub async fn interaction_refuse(
    cx: &OpenId,
    tx: &mut Tx,
    id: InteractionId,
    browser: &Browser,
    why: Refusing,
) -> Result<Answer, OpenIdError> {
    let stored = Stored::load(cx, tx, id, browser).await?;
    let reason = match why {
        Refusing::Denied => Reason::Refused,
        Refusing::StrengthUnmet => Reason::StrengthUnmet,
    };
    end(cx, tx, &stored.course(), reason).await
}

/// An authorization as it stands in the database.
struct Stored {
    id: InteractionId,
    client: std::sync::Arc<Served>,
    request: Request,
    begun_at: Timestamp,
    ends_at: Timestamp,
}

impl Stored {
    async fn load(cx: &OpenId, tx: &Tx, id: InteractionId, browser: &Browser) -> Result<Self, OpenIdError> {
        let row =
            tx.query_opt(sql::INTERACTION_FIND, &[&id, &tx.now()]).await?.ok_or(OpenIdError::NotFound)?;
        let holder: &[u8] = row.col("browser")?;
        let same: bool = holder.ct_eq(&sha256(browser.value())).into();
        if !same {
            return Err(OpenIdError::OtherBrowser);
        }
        let client: ClientId = row.col("client_id")?;
        let client = cx.clients.get(client).ok_or(OpenIdError::NotFound)?;
        client.in_force(tx.now()).map_err(OpenIdError::Request)?;
        let Json(request) = row.col::<Json<Request>>("request")?;
        Ok(Self { id, client, request, begun_at: row.col("begun_at")?, ends_at: row.col("ends_at")? })
    }

    fn course(&self) -> Course<'_> {
        let (begun_at, ends_at) = (self.begun_at, self.ends_at);
        Course { client: &self.client, request: &self.request, begun_at, ends_at, id: Some(self.id) }
    }

    async fn ask(&self, cx: &OpenId, tx: &mut Tx, judged: &Judged) -> Result<Next, OpenIdError> {
        let course = self.course();
        match judged.decision {
            Decision::SignIn(how) => Ok(Next::SignIn(how)),
            Decision::Ask | Decision::Go => Ok(Next::Ask(Box::new(judged.question(&course, tx.now())?))),
            Decision::Fail(reason) => end(cx, tx, &course, reason).await.map(Next::Leave),
        }
    }
}

/// An authorization on its way, stored or not.
pub(super) struct Course<'a> {
    pub client: &'a Served,
    pub request: &'a Request,
    pub begun_at: Timestamp,
    /// It must be answered by then.
    pub ends_at: Timestamp,
    /// None while it was never stored, and where no browser brought it.
    pub id: Option<InteractionId>,
}

/// A situation with its decision.
pub(super) struct Judged {
    pub decision: Decision,
    login: Option<Login>,
    pub remembered: Option<Remembered>,
    pub wishes: Vec<Wish>,
    /// For whom the person may act.
    pub organisations: Vec<ActingFor>,
}

/// What a person allows, and who they are.
pub(super) struct Allowed {
    login: Login,
    claims: Vec<Claim>,
    pub offline: bool,
    persona: Option<&'static Persona>,
    organisation: Option<OrganisationId>,
    pub way: Way,
}

pub(super) async fn judge(
    cx: &OpenId,
    tx: &mut Tx,
    course: &Course<'_>,
    login: Option<&Login>,
) -> Result<Judged, OpenIdError> {
    let (client, request) = (course.client, course.request);
    let sandbox = client.settings.sandbox;
    let (mut holder, mut remembered): (Option<AccountHolder>, _) = (None, None);
    let (mut organisations, mut number) = (Vec::new(), None);
    if let Some(login) = login {
        let account = login.actor.account;
        let before = remembered_of(tx, account, client);
        let now = async { Ok(cx.ports.holders.holder(tx, account).await?) };
        (remembered, holder) = try_join(before, now).await?;
        if !sandbox {
            organisations = acting::choices(cx, tx, request, account).await?;
            number = number_of(cx, tx, request, account).await?;
        }
    }
    let subject = login.map(|l| cx.secrets.subject(&client.sector, l.actor.account));
    let decision = policy::decide(Situation {
        request,
        sandbox,
        begun_at: course.begun_at,
        login,
        holder: holder.as_ref(),
        subject: subject.as_deref(),
        remembered: remembered.as_ref(),
        number,
        chooses: !organisations.is_empty(),
    });
    let level = match &holder {
        _ if sandbox => IdentityLevel::Two,
        Some(holder) => holder.level.unwrap_or(IdentityLevel::One),
        None => IdentityLevel::One,
    };
    let mut wishes = available(request, level, number);
    wishes.retain(|w| w.claim != Claim::Organisation || sandbox || !organisations.is_empty());
    Ok(Judged { decision, login: login.cloned(), remembered, wishes, organisations })
}

async fn remembered_of(
    tx: &Tx,
    account: AccountId,
    client: &Served,
) -> Result<Option<Remembered>, OpenIdError> {
    match tx.query_opt(sql::CONSENT_FIND, &[&account, &client.id, &tx.now()]).await? {
        Some(row) => Ok(in_force(&row, client)?),
        None => Ok(None),
    }
}

/// Which number the person has, where one is asked for: that of a foreigner or that of a citizen. The number itself is told
/// to nobody here.
async fn number_of(
    cx: &OpenId,
    tx: &Tx,
    request: &Request,
    account: AccountId,
) -> Result<Option<Claim>, OpenIdError> {
    if !request.asked().iter().any(|wish| wish.claim.is_number()) {
        return Ok(None);
    }
    let is_foreigner = cx.ports.holders.foreigner_number(tx, account).await?.is_some();
    Ok(Some(if is_foreigner { Claim::ForeignerNumber } else { Claim::PersonalNumber }))
}

impl Judged {
    /// Everything that was asked: it was all allowed before.
    pub(super) fn allowed_before(&self, request: &Request) -> Result<Allowed, OpenIdError> {
        Ok(Allowed {
            login: self.login.clone().ok_or(OpenIdError::WrongState)?,
            claims: self.wishes.iter().map(|w| w.claim).collect(),
            offline: request.has(Scope::OfflineAccess) && self.remembered.as_ref().is_some_and(|r| r.offline),
            persona: None,
            organisation: None,
            way: Way::Browser,
        })
    }

    /// As a page puts it.
    pub(super) fn question(&self, course: &Course<'_>, now: Timestamp) -> Result<Question, OpenIdError> {
        let (client, request) = (course.client, course.request);
        let settings = &client.settings;
        let remembered = |claim| self.remembered.as_ref().is_some_and(|r| r.claims.contains(&claim));
        let asked = self.wishes.iter().filter_map(|wish| client.asked(*wish, remembered(wish.claim)));
        Ok(Question {
            seen: self.seen(course)?,
            client: client.id,
            name: settings.name.clone(),
            owner: client.owner.clone(),
            purpose: settings.purpose.clone(),
            policy_uri: settings.policy_uri.clone(),
            asked: asked.collect(),
            places: request.places.clone(),
            offline: request.has(Scope::OfflineAccess),
            remembered_until: now + CONSENT_LIFE,
            personas: if settings.sandbox { &PERSONAS } else { &[] },
            organisations: self.organisations.clone(),
            // Nowhere, when the browser stays here.
            goes_to: origin_of(&request.back.redirect_uri).to_owned(),
            until: course.ends_at,
        })
    }

    /// All that the question says, and whom it asks. What was allowed before does not count: it changes nothing that is told.
    fn seen(&self, course: &Course<'_>) -> Result<Seen, OpenIdError> {
        let (client, request) = (course.client, course.request);
        let login = self.login.as_ref().ok_or(OpenIdError::WrongState)?;
        let mut parts = vec!["question".to_owned(), digests::party(client)];
        for wish in &self.wishes {
            let essential = if wish.essential { "essential" } else { "free" };
            parts.extend(digests::claim(client, wish.claim).map(|digest| format!("{essential} {digest}")));
        }
        parts.extend(request.places.iter().map(|place| format!("place {place}")));
        parts.extend(request.has(Scope::OfflineAccess).then(|| "offline".to_owned()));
        for ActingFor { organisation, code, name, role } in &self.organisations {
            parts.push(format!("organisation {organisation} {code} {role} {name}"));
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        Ok(Seen::new(login.actor.account, &parts))
    }

    /// # Errors
    /// [`OpenIdError::Changed`] when the choice was made on another page than would be shown now.
    pub(super) fn allow(&self, course: &Course<'_>, choice: &Choice) -> Result<Allowed, OpenIdError> {
        Seen::still(choice.seen.as_ref(), &self.seen(course)?)?;
        let named = choice.persona.as_deref().and_then(Persona::find);
        let persona = match (course.client.settings.sandbox, named) {
            (true, None) => return Err(OpenIdError::field("persona", "openid.persona")),
            (true, found) => found,
            (false, _) => None,
        };
        let organisation = acting::chosen(&self.organisations, choice.organisation)?;
        let chosen = self.wishes.iter().filter(|w| match w.claim {
            // Nobody has to act for anybody, however essential it is to the client.
            Claim::Organisation => organisation.is_some() || persona.is_some(),
            claim => w.essential || choice.claims.contains(&claim),
        });
        Ok(Allowed {
            login: self.login.clone().ok_or(OpenIdError::WrongState)?,
            claims: chosen.map(|w| w.claim).collect(),
            offline: choice.offline && course.request.has(Scope::OfflineAccess),
            persona,
            organisation,
            way: if choice.only_once { Way::Once } else { Way::Browser },
        })
    }
}

/// Keeps what was allowed, for the next time. What is not allowed any more is forgotten with it.
fn remember(tx: &mut Tx, course: &Course<'_>, allowed: &Allowed) {
    let now = tx.now();
    let shown = digests::claims(course.client, &allowed.claims);
    let claims: Vec<&'static str> = shown.keys().map(|c| c.as_str()).collect();
    tx.defer(
        sql::CONSENT_PUT,
        vec![
            Box::new(allowed.login.actor.account),
            Box::new(course.client.id),
            Box::new(claims),
            Box::new(allowed.offline),
            Box::new(digests::party(course.client)),
            Box::new(shown.into_values().collect::<Vec<_>>()),
            Box::new(now),
            Box::new(now + CONSENT_LIFE),
        ],
    );
    let access = Access::new(&allowed.login.actor, Purpose::RELEASE_CLAIMS);
    let mut entry = access
        .entry("openid.consent_give")
        .on("client", course.client.id.0)
        .fields(allowed.claims.iter().map(|c| c.as_str()));
    if let Some(person) = allowed.login.actor.person() {
        entry = entry.about(person);
    }
    tx.audit(entry.done());
}

/// Ends the authorization with a code.
pub(super) async fn leave(
    cx: &OpenId,
    tx: &mut Tx,
    course: &Course<'_>,
    allowed: &Allowed,
) -> Result<Answer, OpenIdError> {
    const UNSEALED: OpenIdError = OpenIdError::Crypto("a code cannot be sealed");
    let (client, request, login) = (course.client, course.request, &allowed.login);
    let account = login.actor.account;
    let grant = GrantId(tx.new_uuid());
    let code = cx.secrets.hand_out(tx.entropy(), Sealed::Code, account, grant).ok_or(UNSEALED)?;
    let terms = CodeTerms {
        redirect_uri: request.back.redirect_uri.clone(),
        challenge: request.challenge.clone(),
        nonce: request.nonce.clone(),
        id_token: allowed.among(&request.id_token),
        dpop_jkt: request.dpop_jkt.map(|jkt| jkt.to_string()),
        session: Some(login.session),
        offline: allowed.offline,
        terms: allowed.terms(client, request),
    };
    let now = tx.now();
    tx.defer(
        sql::CODE_INSERT,
        vec![
            Box::new(account),
            Box::new(code.digest.to_vec()),
            Box::new(grant),
            Box::new(client.id),
            Box::new(Json(terms)),
            Box::new(now + CODE_LIFE),
        ],
    );
    close(tx, course);
    cx.answer(client, &request.back, Outcome::Code(&code.text), now).await.map_err(shown)
}

impl Allowed {
    pub(super) fn among(&self, wishes: &[Wish]) -> Vec<Claim> {
        wishes.iter().map(|w| w.claim).filter(|c| self.claims.contains(c)).collect()
    }

    /// What tokens will say, and what was shown of it.
    pub(super) fn terms(&self, client: &Served, request: &Request) -> Terms {
        let login = &self.login;
        Terms {
            scopes: self.scopes(request),
            userinfo: self.among(&request.userinfo),
            places: request.places.clone(),
            login: LoginTerms {
                at: login.at,
                strength: login.actor.strength,
                methods: login.methods.clone(),
            },
            resource: request.resource.clone(),
            persona: self.persona.map(|p| p.code.to_owned()),
            organisation: self.organisation,
            way: self.way,
            shown: digests::claims(client, &self.claims),
        }
    }

    /// The scopes that the token names: those of claims only where something of them was allowed.
    fn scopes(&self, request: &Request) -> Vec<String> {
        let granted = |name: &&String| match Scope::parse(name) {
            Some(Scope::OfflineAccess) => self.offline,
            Some(Scope::Openid) | None => true,
            Some(scope) => scope.claims().iter().any(|c| self.claims.contains(c)),
        };
        request.scopes.iter().filter(granted).cloned().collect()
    }
}

/// Ends the authorization with an error.
pub(super) async fn end(
    cx: &OpenId,
    tx: &mut Tx,
    course: &Course<'_>,
    reason: Reason,
) -> Result<Answer, OpenIdError> {
    cx.watching.failed(course.client.id, Endpoint::Authorize, &reason.into(), tx.now());
    close(tx, course);
    fail(cx, course.client, &course.request.back, reason).await
}

/// Of two answers at once only one leaves, and a pushed request is spent with it.
fn close(tx: &mut Tx, course: &Course<'_>) {
    if let Some(id) = course.id {
        tx.defer(sql::INTERACTION_END, vec![Box::new(id)]);
    }
}
