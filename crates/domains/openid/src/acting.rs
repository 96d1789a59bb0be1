//! Acting for an organisation (claim `organisation`): somebody signs in as themselves and says for whom they act. It is asked
//! each time, never remembered, and holds only as long as the person represents the organisation.

use contracts::{AccountId, OrganisationId, ports::ActingFor};
use serde_json::{Value, json};
use store::Tx;

use crate::{Claim, OpenId, OpenIdError, Reason, Refusal, grant::Terms, request::Request};

/// For whom somebody may act, where a request wants to know.
pub(crate) async fn choices(
    cx: &OpenId,
    tx: &Tx,
    request: &Request,
    account: AccountId,
) -> Result<Vec<ActingFor>, OpenIdError> {
    match request.asked().iter().any(|wish| wish.claim == Claim::Organisation) {
        true => Ok(cx.ports.holders.organisations(tx, account).await?),
        false => Ok(Vec::new()),
    }
}

/// What was chosen, if it is one of those; a page that is older than the end of a representation is shown again.
pub(crate) fn chosen(
    choices: &[ActingFor],
    wanted: Option<OrganisationId>,
) -> Result<Option<OrganisationId>, OpenIdError> {
    let known = |id: &OrganisationId| choices.iter().any(|one| one.organisation == *id);
    match wanted {
        Some(id) if !known(&id) => Err(OpenIdError::WrongState),
        wanted => Ok(wanted),
    }
}

/// A grant that was given for an organisation is good while the person represents it.
pub(crate) async fn still_acts(
    cx: &OpenId,
    tx: &Tx,
    account: AccountId,
    terms: &Terms,
) -> Result<(), Refusal> {
    let Some(wanted) = terms.organisation else { return Ok(()) };
    let all = cx.ports.holders.organisations(tx, account).await?;
    if all.iter().any(|one| one.organisation == wanted) { Ok(()) } else { Err(Reason::AccountEnded.into()) }
}

/// The claim's value.
pub(crate) fn value(acting: &ActingFor) -> Value {
    json!({ "code": acting.code, "name": acting.name, "role": acting.role })
}
