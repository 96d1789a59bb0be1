//! `organisation_ask`: the legal representative, signed in at level 2 with two factors, asks for the organisation's account
//! online (NĐ 69/2024 Art. 12). The police of the commune where it has its seat decide. A person may ask a few times a day;
//! what was asked and is not decided keeps nobody else from asking for the same organisation.

use contracts::{Access, Purpose};
use store::Tx;

use super::{
    super::{
        model::AGE_LEGAL_MIN,
        rows::{fit, strong},
        typed::{self, Typed},
    },
    opening::{Opened, Opening, office_for, open},
};
use crate::{
    Current, Identity, IdentityError, policy, rows,
    throttle::{self, Door},
};

pub async fn organisation_ask(
    cx: &Identity,
    tx: &mut Tx,
    me: &Current,
    typed: &Typed,
) -> Result<Opened, IdentityError> {
    policy::allowed(&me.actor, policy::Action::RepresentOrganisation)?;
    strong(me)?;
    let (details, title) = typed::read(typed, base::vietnam_date(tx.now()))?;
    let agency = office_for(cx, tx, &details.commune)?;
    let access = Access::new(&me.actor, Purpose::REPRESENT);
    let account = rows::account(tx, me.account()).await?;
    let legal = fit(cx, tx, &access, Some(account), "title", AGE_LEGAL_MIN).await?;
    throttle::take_today(tx, &Door::OrganisationAsk.key(&cx.keys, me.account().0.as_bytes())).await?;
    open(cx, tx, Opening { actor: &me.actor, details, title, legal, agency }).await
}
