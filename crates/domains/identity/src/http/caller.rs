//! From a request to its caller: the session cookie of a browser, or `Authorization: Bearer <token>` of a program.
//!
//! [`authenticate`] only finds out and rejects nobody; operations decide what a caller may do. Where one wants a stronger login,
//! pages ask for it in place; a program is told what to come back with (RFC 9470).

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base::{Fault, Kind};
use contracts::{LoginStrength, actor::NotSignedIn};
use webkit::{Problem, Session};

use crate::{Current, Identity, IdentityError, Token, ops::session_resolve, token::TokenHash};

const BEARER: &str = "bearer ";

/// The middleware: `router.layer(from_fn_with_state(Arc::new(identity), authenticate))`, inside `Kit::wrap`. Puts the [`Current`]
/// session into the request's extensions, and `contracts::Caller` and `contracts::Login` once its account is set up.
pub async fn authenticate(
    State(cx): State<Arc<Identity>>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    // A program says who it is by its token alone; a cookie beside it counts for nothing.
    let bearer = bearer(request.headers());
    let is_program = bearer.is_some();
    let token = match bearer {
        Some(text) => Token::parse(text).map(|t| t.hash()),
        None => session.0.as_ref().map(TokenHash::from),
    };
    if let Some(token) = token
        && let Some(current) = session_resolve(&cx, token).await?
    {
        if let Some(caller) = current.caller() {
            request.extensions_mut().insert(caller);
        }
        if let Some(login) = current.login() {
            request.extensions_mut().insert(login);
        }
        request.extensions_mut().insert(current);
    }
    let response = next.run(request).await;
    let weak = IdentityError::SecondFactorNeeded.code();
    let is_weak = response.extensions().get::<Problem>().is_some_and(|problem| problem.code() == weak);
    Ok(if is_program && is_weak { told_to_step_up(weak) } else { response })
}

/// A refusal for want of a second factor, as a program understands it (RFC 9470 section 3).
fn told_to_step_up(code: &'static str) -> Response {
    let acr = LoginStrength::Two.acr();
    let challenge = format!("Bearer error=\"insufficient_user_authentication\", acr_values=\"{acr}\"");
    ([(header::WWW_AUTHENTICATE, challenge)], Problem::new(Kind::Unauthenticated, code)).into_response()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_at_checked(BEARER.len())?;
    scheme.eq_ignore_ascii_case(BEARER).then(|| token.trim())
}

/// The session of a request as an extractor; refuses when there is none.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Current);

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Current>().cloned().map(Self).ok_or_else(|| NotSignedIn.into())
    }
}
