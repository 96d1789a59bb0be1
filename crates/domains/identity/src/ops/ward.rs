//! `ward_list`, `ward_agree`: a parent or guardian agrees in their own account to the activation of a child's
//! (NĐ 69/2024 Art. 14).

use contracts::LoginStrength;
use store::Tx;

use super::{own_entry, set_up};
use crate::{Current, IdentityError, enrolment::Enrolment, enrolment::EnrolmentId, sql};

/// Children for whom somebody may be asked at a time.
const WARDS_MAX: i64 = 50;

/// Approved or waiting files to which this person has not agreed yet.
pub async fn ward_list(tx: &mut Tx, me: &Current) -> Result<Vec<Enrolment>, IdentityError> {
    set_up(me)?;
    let Some(person) = me.actor.person() else { return Ok(Vec::new()) };
    let rows = tx.query(sql::WARDS, &[&person, &WARDS_MAX]).await?;
    tx.audit(own_entry(me, "identity.ward_list").done());
    Ok(rows.iter().map(Enrolment::read).collect::<Result<_, _>>()?)
}

pub async fn ward_agree(tx: &mut Tx, me: &Current, file: EnrolmentId) -> Result<(), IdentityError> {
    set_up(me)?;
    if me.actor.strength < LoginStrength::Two {
        return Err(IdentityError::SecondFactorNeeded);
    }
    let found = ward_list(tx, me).await?.into_iter().find(|ward| ward.id == file);
    let found = found.ok_or(IdentityError::NotFound)?;
    // As the file names them: their record may have given way to another since.
    let (guardian, now) = (found.guardian, tx.now());
    tx.defer(
        sql::WARD_AGREED,
        vec![Box::new(found.account), Box::new(file), Box::new(guardian), Box::new(now)],
    );
    tx.audit(own_entry(me, "identity.ward_agree").on("account", found.account.0).about(found.person).done());
    Ok(())
}
