//! Moves that a citizen makes, each once however often its button is pressed: the form carries a key, and whoever comes
//! second with it finds the answer to the first.

use contracts::DossierId;
use dossier::{
    DossierError,
    ops::{Moved, Target, rate, submit, supplement_answer, withdraw},
};
use maud::{Markup, html};
use store::StoreError;
use webkit::{Form, Problem};

use crate::visit::Citizen;

#[derive(Debug, Clone, Copy)]
pub enum Move {
    Submit,
    AnswerSupplement,
    Withdraw,
    Rate(i16),
}

/// What a form says of the dossier that it moves: the version that was shown, and the form's own key.
pub fn marks(version: i32, key: &str) -> Markup {
    html! {
        input type="hidden" name="_key" value=(key);
        input type="hidden" name="_version" value=(version);
    }
}

/// One key for each form that is drawn.
pub fn new_key(c: &Citizen) -> String {
    hex::encode(base::entropy::bytes::<16>(c.kit().entropy()))
}

pub fn target(dossier: DossierId, form: &Form) -> Target {
    let key = Some(form.line("_key")).filter(|key| !key.is_empty());
    Target { dossier, version: form.line("_version").parse().unwrap_or(0), key }
}

/// Makes the move. Where somebody was quicker it is tried once more, as that may have been this very form.
pub async fn send(c: &Citizen, what: Move, target: &Target) -> Result<Result<Moved, DossierError>, Problem> {
    let sent = once(c, what, target).await?;
    match sent {
        Err(DossierError::Changed | DossierError::Store(StoreError::Conflict)) if target.key.is_some() => {
            once(c, what, target).await
        }
        sent => Ok(sent),
    }
}

async fn once(c: &Citizen, what: Move, target: &Target) -> Result<Result<Moved, DossierError>, Problem> {
    let (cx, actor) = (&c.portal.dossiers, &c.actor);
    let mut tx = c.begin().await?;
    let moved = match what {
        Move::Submit => submit::dossier_submit(cx, &mut tx, actor, target).await,
        Move::AnswerSupplement => supplement_answer::supplement_answer(cx, &mut tx, actor, target).await,
        Move::Withdraw => withdraw::dossier_withdraw(cx, &mut tx, actor, target).await,
        Move::Rate(stars) => rate::dossier_rate(&mut tx, actor, target, stars).await,
    };
    Ok(tx.finish(moved).await)
}
