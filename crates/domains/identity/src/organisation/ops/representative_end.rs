//! `representative_end`: the legal representative ends somebody's authorisation at once, or the representative lays it down.

use contracts::OrganisationId;
use store::Tx;

use super::super::{
    model::{Ended, RepresentationId, Role},
    rows::{end, represented, strong, tell, touch},
};
use crate::{Current, IdentityError, ops::set_up, policy};

pub async fn representative_end(
    tx: &mut Tx,
    me: &Current,
    id: OrganisationId,
    representation: RepresentationId,
) -> Result<(), IdentityError> {
    policy::allowed(&me.actor, policy::Action::RepresentOrganisation)?;
    set_up(me)?;
    let (one, mine, all) = represented(tx, me, id).await?;
    let found = all.iter().find(|r| r.id == representation);
    let own = representation == mine.id;
    if !own && mine.role != Role::Legal {
        return Err(IdentityError::Forbidden);
    }
    let found = found.ok_or(IdentityError::NotFound)?;
    // The legal representative changes at the counter alone: an organisation is never without one.
    if found.role == Role::Legal {
        return Err(IdentityError::LegalAtCounter);
    }
    if !own {
        strong(me)?;
    }
    touch(tx, &one);
    let why = if own { Ended::Resigned } else { Ended::Revoked };
    end(tx, &me.actor, found, why);
    let name = &one.details.name;
    if own {
        if let Some(legal) = all.iter().find(|r| r.role == Role::Legal) {
            tell(
                tx,
                legal.person,
                format!("Một người được ủy quyền của {name} đã thôi đại diện."),
                format!("Somebody authorised by {name} represents it no more."),
            );
        }
    } else {
        tell(
            tx,
            found.person,
            format!("Bạn không còn được ủy quyền đại diện cho {name}."),
            format!("You are no longer authorised to represent {name}."),
        );
    }
    Ok(())
}
