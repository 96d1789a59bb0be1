//! What device grant and CIBA share: a person answers on a page of ours, and the program that waits elsewhere gets tokens.
//!
//! The person is asked each time: whoever sits at the other screen may be somebody else, so nothing that was remembered
//! answers for them.

use std::sync::Arc;

use contracts::{Access, Login, Purpose, access::Entry};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::Tx;
use uuid::Uuid;

use super::{
    code_exchange::Tokens,
    interaction::{Allowed, Course, Judged, judge},
    token_issue::Issue,
};
use crate::{
    Choice, Claim, OpenId, OpenIdError, Question, Reason, Refusal, SignIn, Way, clients::Served,
    grant::Terms, model::GrantId, policy::Decision, request::Request, token::Binding,
};

/// What a page does next with a question from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ElsewhereNext {
    SignIn(SignIn),
    Ask(Box<Question>),
    /// It cannot be answered with yes; the program learns that it was refused.
    Over(Reason),
}

/// What a person allowed, as it waits for the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Consented {
    /// Told in the identity token.
    pub id_token: Vec<Claim>,
    pub session: Uuid,
    pub offline: bool,
    pub terms: Terms,
}

impl Consented {
    /// The grant goes on by itself: the program is not where the session is.
    pub fn issue(&self, tx: &Tx, account: contracts::AccountId, binding: Binding) -> Issue<'_> {
        Issue {
            account,
            grant: GrantId(tx.new_uuid()),
            terms: &self.terms,
            id_token: &self.id_token,
            nonce: None,
            session: None,
            offline: self.offline,
            binding,
        }
    }
}

/// What a program is told, and what is written whatever it is.
pub(super) enum Kept {
    /// That it was asked.
    NotYet(Reason),
    /// That it is over.
    Tokens(Box<Tokens>),
}

impl Kept {
    /// Commits in both cases.
    pub async fn settle(tx: Tx, outcome: Result<Self, Refusal>) -> Result<Tokens, Refusal> {
        match outcome {
            Ok(Self::NotYet(reason)) => {
                tx.finish(Ok::<(), Refusal>(())).await?;
                Err(reason.into())
            }
            Ok(Self::Tokens(tokens)) => tx.finish(Ok(*tokens)).await,
            Err(refusal) => tx.finish(Err(refusal)).await,
        }
    }
}

/// A question from elsewhere.
pub(super) struct Elsewhere<'a> {
    pub client: &'a Arc<Served>,
    pub request: &'a Request,
    pub way: Way,
    pub begun_at: Timestamp,
    pub ends_at: Timestamp,
}

impl Elsewhere<'_> {
    fn course(&self) -> Course<'_> {
        let (begun_at, ends_at) = (self.begun_at, self.ends_at);
        Course { client: self.client, request: self.request, begun_at, ends_at, id: None }
    }

    /// What was allowed in the browser means nothing here.
    async fn judge(&self, cx: &OpenId, tx: &mut Tx, login: Option<&Login>) -> Result<Judged, OpenIdError> {
        let mut judged = judge(cx, tx, &self.course(), login).await?;
        judged.remembered = None;
        Ok(judged)
    }

    pub async fn next(
        &self,
        cx: &OpenId,
        tx: &mut Tx,
        login: Option<&Login>,
    ) -> Result<ElsewhereNext, OpenIdError> {
        let judged = self.judge(cx, tx, login).await?;
        Ok(match judged.decision {
            Decision::SignIn(how) => ElsewhereNext::SignIn(how),
            Decision::Fail(reason) => ElsewhereNext::Over(reason),
            Decision::Ask | Decision::Go => {
                ElsewhereNext::Ask(Box::new(judged.question(&self.course(), tx.now())?))
            }
        })
    }

    /// # Errors
    /// [`OpenIdError::WrongState`] when something else comes first, [`OpenIdError::Changed`] when something else was read:
    /// show the page again.
    pub async fn accept(
        &self,
        cx: &OpenId,
        tx: &mut Tx,
        login: &Login,
        choice: &Choice,
    ) -> Result<Consented, OpenIdError> {
        let judged = self.judge(cx, tx, Some(login)).await?;
        if !matches!(judged.decision, Decision::Ask | Decision::Go) {
            return Err(OpenIdError::WrongState);
        }
        let mut allowed = judged.allow(&self.course(), choice)?;
        allowed.way = self.way;
        self.note(tx, login, &allowed);
        Ok(Consented {
            id_token: allowed.among(&self.request.id_token),
            session: login.session,
            offline: allowed.offline,
            terms: allowed.terms(self.client, self.request),
        })
    }

    /// The entry in the log that the person sees; nothing is remembered for the next time.
    fn note(&self, tx: &mut Tx, login: &Login, allowed: &Allowed) {
        let wishes = self.request.asked();
        let told = allowed.among(&wishes);
        let entry = Access::new(&login.actor, Purpose::RELEASE_CLAIMS)
            .entry("openid.consent_give")
            .on("client", self.client.id.0)
            .fields(told.iter().map(|claim| claim.as_str()));
        tx.audit(login.actor.person().into_iter().fold(entry, Entry::about).done());
    }
}
