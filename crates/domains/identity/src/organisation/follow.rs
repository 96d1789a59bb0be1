//! What happens by itself: an approved account that nobody activates is reminded of and ends; a representation ends with its
//! last day, with a death, and with the person's account. It returns when the death is annulled.

use contracts::{AccountId, Actor, OrganisationId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{StoreError, Tx};

use super::{
    model::{Act, Ended, File, FileId, Organisation, REPRESENTATIVES_MAX, Representation, Role},
    ops::close_file,
    rows::{Begins, begin, end, entry, open_file, organisation, remember, representations, tell},
    sql,
};
use crate::{
    Identity, IdentityError,
    enrolment::{self, Counts, Step, Whose},
    jobs::SIGN_INS_KEPT,
    model::State,
};

/// Deferred work: a reminder, and the end of what nobody activated.
pub(crate) const QUEUE: &str = "identity.organisation_activation";
/// Representations ended in one round.
const BATCH_MAX: i64 = 500;

/// A step of deferred work.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Due {
    organisation: OrganisationId,
    file: FileId,
    step: Step,
}

pub(super) fn wait_for_activation(
    cx: &Identity,
    tx: &mut Tx,
    organisation: OrganisationId,
    file: FileId,
) -> Result<Timestamp, IdentityError> {
    let (activate_by, remind_at) = cx.law.activation(tx.now())?;
    for (step, at) in [(Step::Remind, remind_at), (Step::End, activate_by)] {
        let id = tx.new_uuid();
        tx.enqueue(id, QUEUE, serde_json::json!(Due { organisation, file, step }), at);
    }
    Ok(activate_by)
}

/// Does a step of deferred work, where there is still something to do.
pub(crate) async fn due(tx: &mut Tx, due: &Due) -> Result<(), IdentityError> {
    let one = organisation(tx, due.organisation).await?;
    let file = open_file(tx, one.id).await?.filter(|file| file.id == due.file);
    let Some(file) = file.filter(|_| one.state == State::Approved) else { return Ok(()) };
    match due.step {
        Step::Remind => {
            if let Some(legal) = representations(tx, one.id).await?.first() {
                let name = &one.details.name;
                tell(
                    tx,
                    legal.person,
                    format!(
                        "Tài khoản của {name} đã được duyệt nhưng chưa kích hoạt. Còn 2 ngày nữa là hết hạn."
                    ),
                    format!(
                        "The account of {name} was approved but is not activated yet. Two days are left."
                    ),
                );
            }
            Ok(())
        }
        Step::End => {
            let actor = Actor::system();
            remember(tx, &actor, one.id, Act::Expired, "");
            tx.audit(entry(&actor, "identity.organisation_expire", one.id).done());
            end_file(tx, &actor, &one, &file, "expired").await
        }
    }
}

/// A file that came to nothing: the account is closed, and whoever asked may ask again.
pub(super) async fn end_file(
    tx: &mut Tx,
    actor: &Actor,
    one: &Organisation,
    file: &File,
    why: &'static str,
) -> Result<(), IdentityError> {
    close_file(tx, one);
    tx.defer(sql::FILE_ENDED, vec![Box::new(one.id), Box::new(file.id), Box::new(why)]);
    for representation in representations(tx, one.id).await? {
        end(tx, actor, &representation, Ended::OrganisationClosed);
    }
    enrolment::count(tx, &one.details.commune, Whose::Organisation, Counts { ended: 1, ..Counts::default() });
    Ok(())
}

/// Nobody acts for an organisation in the name of somebody who has died, or whose account was closed. Others who represent it
/// go on; where the legal representative is gone, they are told to name another at the counter.
pub(crate) async fn gone(tx: &mut Tx, account: AccountId, why: Ended) -> Result<(), IdentityError> {
    let rows = tx.query(sql::REPRESENTATIONS_OF, &[&account]).await?;
    let all: Vec<Representation> = rows.iter().map(Representation::read).collect::<Result<_, _>>()?;
    for one in all {
        end(tx, &Actor::system(), &one, why);
        if one.role != Role::Legal {
            continue;
        }
        let organisation = organisation(tx, one.organisation).await?;
        // A file without anybody to activate it comes to nothing.
        if let Some(file) = open_file(tx, one.organisation).await? {
            close_file(tx, &organisation);
            tx.defer(
                sql::FILE_ENDED,
                vec![Box::new(one.organisation), Box::new(file.id), Box::new("refused")],
            );
            let ended = Counts { ended: 1, ..Counts::default() };
            enrolment::count(tx, &organisation.details.commune, Whose::Organisation, ended);
            continue;
        }
        let name = &organisation.details.name;
        for other in representations(tx, one.organisation).await?.iter().filter(|r| r.account != account) {
            tell(
                tx,
                other.person,
                format!(
                    "{name} không còn người đại diện theo pháp luật. Hãy đến công an xã, phường để đăng ký người mới."
                ),
                format!(
                    "{name} has no legal representative any more. Register another with the commune police."
                ),
            );
        }
    }
    Ok(())
}

/// The death was none: whoever would still represent an organisation does so again from now on, as before. What was let to
/// others meanwhile stays with them; those who gave the person an allowance at a service are asked anew.
pub(crate) async fn back(tx: &mut Tx, account: AccountId) -> Result<(), IdentityError> {
    let rows = tx.query(sql::REPRESENTATIONS_LOST, &[&account, &tx.now()]).await?;
    let lost: Vec<Representation> = rows.iter().map(Representation::read).collect::<Result<_, _>>()?;
    for one in lost {
        if representations(tx, one.organisation).await?.len() >= REPRESENTATIVES_MAX {
            continue;
        }
        let actor = Actor::system();
        let begins = Begins {
            account,
            role: one.role,
            title: one.title,
            scope: one.scope,
            ends_at: one.ends_at,
            granted_by: actor.account,
        };
        begin(tx, one.organisation, begins);
        remember(tx, &actor, one.organisation, Act::Returned, account.to_string());
        let entry = entry(&actor, "identity.representation_return", one.organisation).about(one.person);
        tx.audit(entry.fields([one.role.as_str()]).done());
        let name = organisation(tx, one.organisation).await?.details.name;
        tell(
            tx,
            one.person,
            format!("Bạn lại là người đại diện của {name} như trước."),
            format!("You represent {name} again, as before."),
        );
    }
    Ok(())
}

/// Ends what is over; to be run every hour or oftener. Whoever asks in between is told by the day itself. Tells how many.
pub async fn end_expired(cx: &Identity) -> Result<usize, IdentityError> {
    let mut tx = cx.store.begin().await?;
    let outcome = expire(&mut tx).await;
    tx.finish(outcome).await
}

async fn expire(tx: &mut Tx) -> Result<usize, IdentityError> {
    let rows = tx.query(sql::REPRESENTATIONS_OVER, &[&tx.now(), &BATCH_MAX]).await?;
    let over: Vec<Representation> =
        rows.iter().map(Representation::read).collect::<Result<_, StoreError>>()?;
    for one in &over {
        end(tx, &Actor::system(), one, Ended::Expired);
    }
    Ok(over.len())
}

/// The history of acting is kept for as long as that of signing in; what was done with the account is kept for ever.
pub(crate) async fn sweep(tx: &Tx) -> Result<u64, StoreError> {
    tx.execute(sql::ACTS_SWEEP, &[&(tx.now() - SIGN_INS_KEPT)]).await
}
