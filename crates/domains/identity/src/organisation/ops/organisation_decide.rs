//! `organisation_waiting`, `organisation_approve`, `organisation_refuse`, `organisation_check_outside`: an officer of the
//! receiving agency checks a file and decides on it, within three working days; or within fifteen days where something has
//! to be asked elsewhere (NĐ 69/2024 Art. 13).

use contracts::{Actor, AgencyId, OrganisationId};
use jiff::civil::Date;
use store::Tx;

use super::{
    super::{
        follow,
        model::{Act, File, FileId, Organisation, Representation},
        rows::{entry, open_file, organisation, remember, representations, set_state, tell, touch},
        sql,
    },
    opening::claim,
};
use crate::{
    Identity, IdentityError,
    enrolment::{self, Counts, Whose},
    law::What,
    model::State,
    policy::{self, Action},
};

/// Files on one page: more than an agency has open.
const FILES_MAX: i64 = 500;

/// A file that waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub file: File,
    pub organisation: Organisation,
    pub legal: Representation,
}

/// Those of an agency, by the day on which a decision is due.
pub async fn organisation_waiting(
    tx: &mut Tx,
    actor: &Actor,
    agency: &AgencyId,
) -> Result<Vec<Waiting>, IdentityError> {
    policy::allowed_at(actor, Action::DecideOrganisation, agency)?;
    let rows = tx.query(sql::FILES_WAITING, &[agency, &FILES_MAX]).await?;
    let mut out = Vec::with_capacity(rows.len());
    for row in &rows {
        out.push(Waiting {
            file: File::read(row)?,
            organisation: Organisation::read(row)?,
            legal: Representation::read(row)?,
        });
    }
    for one in &out {
        tx.audit(
            entry(actor, "identity.organisation_waiting", one.organisation.id).about(one.legal.person).done(),
        );
    }
    Ok(out)
}

pub async fn organisation_approve(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    id: OrganisationId,
    file: FileId,
) -> Result<(), IdentityError> {
    let (one, file) = load(tx, actor, id, file).await?;
    claim(tx, &one).await?;
    let activate_by = follow::wait_for_activation(cx, tx, id, file.id)?;
    set_state(tx, &one, State::Approved, None);
    tx.defer(
        sql::FILE_APPROVED,
        vec![
            Box::new(id),
            Box::new(file.id),
            Box::new(actor.account),
            Box::new(tx.now()),
            Box::new(activate_by),
        ],
    );
    decided(tx, actor, &one, "identity.organisation_approve", Act::Approved).await?;
    enrolment::count(
        tx,
        &one.details.commune,
        Whose::Organisation,
        Counts { approved: 1, ..Counts::default() },
    );
    Ok(())
}

/// The file comes to nothing; the representative may ask again.
pub async fn organisation_refuse(
    tx: &mut Tx,
    actor: &Actor,
    id: OrganisationId,
    file: FileId,
) -> Result<(), IdentityError> {
    let (one, file) = load(tx, actor, id, file).await?;
    decided(tx, actor, &one, "identity.organisation_refuse", Act::Refused).await?;
    follow::end_file(tx, actor, &one, &file, "refused").await
}

/// Something is not in the databases at hand. The longer limit runs from the day of the whole file.
pub async fn organisation_check_outside(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    id: OrganisationId,
    file: FileId,
) -> Result<Date, IdentityError> {
    let (one, file) = load(tx, actor, id, file).await?;
    if file.outside_at.is_some() {
        return Err(IdentityError::WrongState);
    }
    let due_on = cx.law.due_on(What::OrganisationOutside, file.collected_at)?;
    touch(tx, &one);
    let now = tx.now();
    tx.defer(sql::FILE_OUTSIDE, vec![Box::new(id), Box::new(file.id), Box::new(now), Box::new(due_on)]);
    remember(tx, actor, id, Act::OutsideCheck, "");
    tx.audit(entry(actor, "identity.organisation_check_outside", id).done());
    if let Some(legal) = representations(tx, id).await?.first() {
        tell(
            tx,
            legal.person,
            format!(
                "Hồ sơ tài khoản của {} cần xác minh thêm ở cơ quan khác, kết quả có trong 15 ngày.",
                one.details.name
            ),
            format!(
                "The file of {} needs a check elsewhere; the result comes within 15 days.",
                one.details.name
            ),
        );
    }
    Ok(due_on)
}

/// A file that waits, for an officer of its agency who did not take it and does not stand in it.
async fn load(
    tx: &Tx,
    actor: &Actor,
    id: OrganisationId,
    file: FileId,
) -> Result<(Organisation, File), IdentityError> {
    policy::allowed(actor, Action::DecideOrganisation)?;
    let one = organisation(tx, id).await?;
    let found = open_file(tx, id).await?.filter(|found| found.id == file);
    let found = found.ok_or(IdentityError::NotFound)?;
    if actor.staff().is_some_and(|(own, _)| *own != found.agency) {
        return Err(IdentityError::NotFound);
    }
    if found.collected_by == Some(actor.account) {
        return Err(IdentityError::SecondPersonNeeded);
    }
    if one.state != State::Collected {
        return Err(IdentityError::WrongState);
    }
    Ok((one, found))
}

/// The line of the history, the entry, and a word to the legal representative.
async fn decided(
    tx: &mut Tx,
    actor: &Actor,
    one: &Organisation,
    action: &'static str,
    act: Act,
) -> Result<(), IdentityError> {
    remember(tx, actor, one.id, act, "");
    let legal = representations(tx, one.id).await?.into_iter().next();
    let logged = entry(actor, action, one.id);
    let Some(legal) = legal else {
        tx.audit(logged.done());
        return Ok(());
    };
    tx.audit(logged.about(legal.person).done());
    let name = &one.details.name;
    let (vi, en) = match act {
        Act::Approved => (
            format!("Tài khoản định danh của {name} đã được duyệt. Hãy kích hoạt trong 7 ngày."),
            format!("The account of {name} was approved. Activate it within 7 days."),
        ),
        _ => (
            format!(
                "Hồ sơ mở tài khoản của {name} không được duyệt. Hãy hỏi công an xã, phường nơi nhận hồ sơ rồi gửi lại."
            ),
            format!("The file of {name} was refused. Ask the police that received it, then send it again."),
        ),
    };
    tell(tx, legal.person, vi, en);
    Ok(())
}
