//! `organisation_activate`: the legal representative takes the approved account into use, within seven days of the notice
//! (NĐ 69/2024 Art. 14).

use contracts::OrganisationId;
use store::Tx;

use super::super::{
    model::{Act, Role},
    rows::{entry, open_file, remember, represented, set_state, strong},
    sql,
};
use crate::{
    Current, IdentityError,
    enrolment::{self, Counts, Whose},
    model::State,
    policy,
};

pub async fn organisation_activate(
    tx: &mut Tx,
    me: &Current,
    id: OrganisationId,
) -> Result<(), IdentityError> {
    policy::allowed(&me.actor, policy::Action::RepresentOrganisation)?;
    strong(me)?;
    let (one, mine, _) = represented(tx, me, id).await?;
    if mine.role != Role::Legal {
        return Err(IdentityError::Forbidden);
    }
    match one.state {
        State::Approved => {}
        State::Collected => return Err(IdentityError::NotApproved),
        _ => return Err(IdentityError::WrongState),
    }
    let file = open_file(tx, id).await?.ok_or(IdentityError::WrongState)?;
    let now = tx.now();
    if file.activate_by.is_none_or(|end| end <= now) {
        return Err(IdentityError::TooLate);
    }
    set_state(tx, &one, State::Activated, None);
    tx.defer(sql::FILE_ACTIVATED, vec![Box::new(id), Box::new(file.id), Box::new(now)]);
    remember(tx, &me.actor, id, Act::Activated, "");
    tx.audit(entry(&me.actor, "identity.organisation_activate", id).done());
    enrolment::count(
        tx,
        &one.details.commune,
        Whose::Organisation,
        Counts { activated: 1, ..Counts::default() },
    );
    Ok(())
}
