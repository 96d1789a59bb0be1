//! `organisation_collect`: an officer takes form TK02 from the legal representative who stands at the counter. Another officer
//! decides on it.

use base::{FieldFault, PersonalNumber};
use contracts::{Access, Actor, Purpose};
use store::Tx;

use super::{
    super::{
        model::AGE_LEGAL_MIN,
        rows::fit,
        typed::{self, Typed},
    },
    opening::{Opened, Opening, is_office, office_for, open},
};
use crate::{
    Identity, IdentityError,
    input::number_claim,
    policy::{self, Action},
    rows,
};

pub async fn organisation_collect(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    representative: &str,
    typed: &Typed,
) -> Result<Opened, IdentityError> {
    policy::allowed(actor, Action::TakeOrganisation)?;
    is_office(cx, tx, actor)?;
    let number = representative.parse::<PersonalNumber>();
    let read = typed::read(typed, base::vietnam_date(tx.now()));
    let (number, (details, title)) = match (number, read) {
        (Ok(number), Ok(read)) => (number, read),
        (Err(_), read) => return Err(with_number(read)),
        (Ok(_), Err(faults)) => return Err(faults),
    };
    let agency = match actor.staff() {
        Some((agency, _)) => {
            office_for(cx, tx, &details.commune)?;
            agency.clone()
        }
        None => office_for(cx, tx, &details.commune)?,
    };
    let access = Access::new(actor, Purpose::REPRESENT);
    let account = rows::account_by_claim(tx, &number_claim(&cx.keys, &number)).await?;
    let legal = fit(cx, tx, &access, account, "representative", AGE_LEGAL_MIN).await?;
    open(cx, tx, Opening { actor, details, title, legal, agency }).await
}

/// The number is wrong, and perhaps more.
fn with_number<T>(read: Result<T, IdentityError>) -> IdentityError {
    let mut faults = vec![FieldFault::new("representative", "identity.number_shape")];
    if let Err(IdentityError::Invalid(more)) = read {
        faults.extend(more);
    }
    IdentityError::Invalid(faults)
}
