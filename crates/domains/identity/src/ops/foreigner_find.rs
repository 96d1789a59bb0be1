//! `foreigner_find`: an officer of the immigration agency finds the foreigner who stands at the counter, by their own number,
//! a passport or a residence card, and their account where they have one. As for citizens, the answer carries a ticket
//! where it was for raising or resetting the account, see [`super::account_find`].

use contracts::{Access, PersonId, ports::ForeignerKey};
use store::Tx;

use super::account_find::{Found, told};
use crate::{
    Identity, IdentityError, enrolment::Whose, foreigner::ForeignerNumber, input::person_claim, offices,
    policy::Action, rows,
};

/// Who it is. Not for printing.
#[derive(Clone, PartialEq, Eq)]
pub struct FoundForeigner {
    pub person: PersonId,
    pub number: Option<ForeignerNumber>,
    pub account: Option<Found>,
}

/// None where nobody ever had it; that is logged, too.
pub async fn foreigner_find(
    cx: &Identity,
    tx: &mut Tx,
    access: &Access,
    key: &ForeignerKey,
) -> Result<Option<FoundForeigner>, IdentityError> {
    offices::at_counter_of(cx, tx, &access.actor, Action::FindCitizen, Whose::Foreigner)?;
    let foreigners = cx.foreigners.as_ref().ok_or(IdentityError::NoLimit)?;
    let Some(person) = foreigners.foreigner_find(tx, access, key).await? else { return Ok(None) };
    let number = foreigners.foreigner_number(tx, person).await?;
    let number = number.and_then(|number| number.parse().ok());
    let account = rows::account_by_claim(tx, &person_claim(&cx.keys, person)).await?;
    let account = account.map(|account| told(cx, tx, access, account));
    Ok(Some(FoundForeigner { person, number, account }))
}
