//! `enrol_list`, `enrol_approve`, `enrol_refuse`: a second officer decides on files, within the limit. And `funnel`: how many
//! came how far, for those who answer for it.

use base::vietnam_date;
use contracts::{Access, AccountId, Actor, AgencyId, Purpose};
use jiff::civil::Date;
use store::{RowExt, StoreError, Tx};

use super::{remember, tell_person};
use crate::{
    Identity, IdentityError,
    enrolment::{self, Counts, Enrolment, EnrolmentId, Refusal, Whose},
    messages::{Notice, tell_by_message},
    model::{Account, State},
    policy::{self, Action},
    rows, sql, sql_lock,
};

/// Files on one page: more than an agency has open.
const FILES_MAX: i64 = 500;
/// Lines in one answer: more than communes times kinds of holders.
const COMMUNES_MAX: i64 = 15_000;

/// Files of an agency that wait for a decision, by the day on which it is due.
pub async fn enrol_list(
    tx: &mut Tx,
    actor: &Actor,
    agency: &AgencyId,
) -> Result<Vec<Enrolment>, IdentityError> {
    policy::allowed_at(actor, Action::DecideEnrolment, agency)?;
    let rows = tx.query(sql::ENROLMENTS_WAITING, &[agency, &FILES_MAX]).await?;
    tx.audit(Access::new(actor, Purpose::RAISE_LEVEL).entry("identity.enrol_list").done());
    Ok(rows.iter().map(Enrolment::read).collect::<Result<_, _>>()?)
}

pub async fn enrol_approve(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    file: EnrolmentId,
) -> Result<(), IdentityError> {
    let (account, file) = load(tx, actor, account, file).await?;
    let activate_by = enrolment::wait_for_activation(cx, tx, account.id, file.id)?;
    let approved = State::Approved.as_str();
    tx.defer(
        sql::ACCOUNT_STATE,
        vec![Box::new(account.id), Box::new(account.version), Box::new(approved), Box::new(None::<String>)],
    );
    tx.defer(
        sql::ENROLMENT_APPROVED,
        vec![
            Box::new(account.id),
            Box::new(file.id),
            Box::new(actor.account),
            Box::new(tx.now()),
            Box::new(activate_by),
        ],
    );
    remember(tx, actor, account.id, "approved", "");
    logged(tx, actor, "identity.enrol_approve", &file);
    tell_person(
        tx,
        file.guardian.unwrap_or(file.person),
        "Tài khoản định danh đã được duyệt. Hãy kích hoạt trong 7 ngày bằng mã trên tờ giấy nhận tại quầy.",
        "The identity account was approved. Activate it within 7 days with the code on the paper from the counter.",
    );
    tell_by_message(cx, tx, account.id, Notice::Approved).await?;
    enrolment::count(tx, &file.commune, file.whose, Counts { approved: 1, ..Counts::default() });
    Ok(())
}

/// The account is closed and its number free; the person may come again. They read why in the message and, with the code on
/// their paper, in [`super::enrol_follow`].
pub async fn enrol_refuse(
    cx: &Identity,
    tx: &mut Tx,
    actor: &Actor,
    account: AccountId,
    file: EnrolmentId,
    why: &Refusal,
) -> Result<(), IdentityError> {
    let (account, file) = load(tx, actor, account, file).await?;
    let reason = why.reason.as_str();
    remember(tx, actor, account.id, "refused", reason);
    let entry = Access::new(actor, Purpose::RAISE_LEVEL).entry("identity.enrol_refuse").about(file.person);
    tx.audit(entry.on("account", file.account.0).fields([reason]).done());
    tell_by_message(cx, tx, account.id, Notice::Refused(why.reason)).await?;
    enrolment::end(cx, tx, &account, &file, "refused");
    let note = Some(why.note.clone()).filter(|note| !note.is_empty());
    tx.defer(
        sql_lock::ENROLMENT_REFUSED,
        vec![Box::new(account.id), Box::new(file.id), Box::new(reason), Box::new(note)],
    );
    Ok(())
}

/// A file that waits, for an officer of its agency who did not take it.
async fn load(
    tx: &Tx,
    actor: &Actor,
    account: AccountId,
    file: EnrolmentId,
) -> Result<(Account, Enrolment), IdentityError> {
    policy::allowed(actor, Action::DecideEnrolment)?;
    let account = rows::account(tx, account).await?;
    let found = enrolment::open(tx, account.id).await?.filter(|found| found.id == file);
    let found = found.ok_or(IdentityError::NotFound)?;
    if let (Some((own, _)), agency) = (actor.staff(), &found.agency)
        && agency.as_ref() != Some(own)
    {
        return Err(IdentityError::NotFound);
    }
    if found.collected_by == actor.account {
        return Err(IdentityError::SecondPersonNeeded);
    }
    if account.state != State::Collected {
        return Err(IdentityError::WrongState);
    }
    Ok((account, found))
}

fn logged(tx: &mut Tx, actor: &Actor, action: &'static str, file: &Enrolment) {
    let entry = Access::new(actor, Purpose::RAISE_LEVEL).entry(action).about(file.person);
    tx.audit(entry.on("account", file.account.0).done());
}

/// A commune's counts over some days, for one kind of holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommuneCounts {
    pub commune: String,
    pub whose: Whose,
    pub counts: Counts,
}

/// From a day until today, by commune; provinces are sums of them.
pub async fn funnel(tx: &mut Tx, actor: &Actor, from: Date) -> Result<Vec<CommuneCounts>, IdentityError> {
    policy::allowed(actor, Action::SeeFunnel)?;
    let until = vietnam_date(tx.now());
    let rows = tx.query(sql::FUNNEL, &[&from, &until, &COMMUNES_MAX]).await?;
    rows.iter()
        .map(|r| {
            let counts = Counts {
                collected: r.col("collected")?,
                approved: r.col("approved")?,
                activated: r.col("activated")?,
                ended: r.col("ended")?,
            };
            let whose = Whose::parse(r.col("holder")?).ok_or(StoreError::Column("holder"))?;
            Ok(CommuneCounts { commune: r.col("commune")?, whose, counts })
        })
        .collect()
}
