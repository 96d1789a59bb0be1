//! The person who was asked says yes or no, from their own account.

use base::Text;
use contracts::{Access, Actor, DossierId, IdentityLevel, Purpose, Who};
use serde_json::json;
use store::{RowExt, Tx};

use crate::{
    DossierError, Status,
    moves::{Happened, Moving, notify},
    row::{self, ConsentState},
    sql,
};

/// A yes binds a household: it takes somebody who was seen in person. An account of level 1 can be opened with what others
/// may know of somebody, such as the one who applies.
const LEVEL_MIN: IdentityLevel = IdentityLevel::Two;

/// Answers a question that was put to the caller. Once given, an answer stands.
pub async fn consent_answer(
    tx: &mut Tx,
    actor: &Actor,
    dossier: DossierId,
    key: &str,
    yes: bool,
) -> Result<(), DossierError> {
    let Who::Citizen { person, level } = &actor.who else { return Err(DossierError::NotFound) };
    let asked =
        tx.query_opt(sql::CONSENT_ONE, &[person, &dossier, &key]).await?.ok_or(DossierError::NotFound)?;
    let state: &str = asked.col("state")?;
    if state != ConsentState::Asked.as_str() {
        return Err(DossierError::Changed);
    }
    if yes && *level < LEVEL_MIN {
        return Err(DossierError::ConsentLevel);
    }
    let state = if yes { ConsentState::Given } else { ConsentState::Refused };
    settle(tx, &Access::new(actor, Purpose::ASK_CONSENT), dossier, key, *person, state).await
}

/// Writes an answer, or that none came, into the question and into the dossier.
pub(crate) async fn settle(
    tx: &mut Tx,
    access: &Access,
    dossier: DossierId,
    key: &str,
    person: contracts::PersonId,
    state: ConsentState,
) -> Result<(), DossierError> {
    let dossier = row::load(tx, dossier).await?;
    // The applicant has named somebody else since, or nobody any more.
    if dossier.asked.get(key) != Some(&person) {
        return Err(DossierError::Changed);
    }
    if dossier.status.is_terminal() || dossier.status == Status::Finished {
        return Err(DossierError::WrongStatus(dossier.status));
    }
    let now = tx.now();
    tx.defer(
        sql::CONSENT_ANSWER,
        vec![
            Box::new(person),
            Box::new(dossier.id),
            Box::new(key.to_owned()),
            Box::new(state.as_str()),
            Box::new(now),
        ],
    );
    let (happened, title) = match state {
        ConsentState::Given => {
            (Happened::ConsentGiven, Text::new("Người được hỏi đã đồng ý", "The person you named has agreed"))
        }
        ConsentState::Refused => (
            Happened::ConsentRefused,
            Text::new("Người được hỏi không đồng ý", "The person you named did not agree"),
        ),
        ConsentState::Expired | ConsentState::Asked => (
            Happened::ConsentExpired,
            Text::new("Người được hỏi chưa trả lời", "The person you named has not answered"),
        ),
    };
    let (applicant, path) = (dossier.applicant, format!("/dossiers/{}", dossier.id));
    let mut moving = Moving::of(dossier);
    moving.dossier.consents.insert(key.to_owned(), state);
    moving.note(happened, json!({ "key": key }));
    notify(tx, applicant, &title, path);
    moving.write(tx, access, "dossier.consent_answer");
    Ok(())
}
