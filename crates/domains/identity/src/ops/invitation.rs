//! `invitation_list`, `invitation_accept`, `invitation_decline`, `invitation_withdraw`: somebody is asked to be a helper. Who
//! asks sees the last digits of the number and that it waits; whoever is asked sees the name of who asks, and says yes, with
//! two factors, or no. Only a yes is told to who asks: a no would tell that there is an account.

use async_trait::async_trait;
use contracts::{AccountId, PersonId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Job, JobHandler, Row, RowExt, StoreError, Tx, jobs::JobError};
use uuid::Uuid;

use super::{helpers::strong, own_entry, set_up, tell_person};
use crate::{
    Current, Identity, IdentityError,
    model::State,
    rows::{self, Claim},
    sql,
    throttle::{self, Door},
};

/// Invitations on one page; the next ones come when these are answered.
const RECEIVED_MAX: i64 = 50;

/// Somebody asks this person to be a helper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub id: Uuid,
    pub account: AccountId,
    pub person: PersonId,
    pub asked_at: Timestamp,
    pub ends_at: Timestamp,
}

impl Received {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.col("invitation_id")?,
            account: row.col("account_id")?,
            person: row.col("person_id")?,
            asked_at: row.col("asked_at")?,
            ends_at: row.col("ends_at")?,
        })
    }
}

/// The oldest first, so that no newer ones keep it away.
pub async fn invitation_list(tx: &mut Tx, me: &Current) -> Result<Vec<Received>, IdentityError> {
    set_up(me)?;
    tx.audit(own_entry(me, "identity.invitation_list").done());
    let rows = received(tx, me, None).await?;
    Ok(rows.iter().map(Received::read).collect::<Result<_, _>>()?)
}

async fn received(tx: &Tx, me: &Current, id: Option<Uuid>) -> Result<Vec<Row>, StoreError> {
    tx.query(sql::INVITATIONS_RECEIVED, &[&me.account(), &tx.now(), &id, &RECEIVED_MAX]).await
}

async fn one(tx: &Tx, me: &Current, id: Uuid) -> Result<Received, IdentityError> {
    let rows = received(tx, me, Some(id)).await?;
    Ok(Received::read(rows.first().ok_or(IdentityError::NotFound)?)?)
}

/// From now on the caller is a helper, and is named to who asked.
pub async fn invitation_accept(tx: &mut Tx, me: &Current, id: Uuid) -> Result<(), IdentityError> {
    strong(me)?;
    let one = one(tx, me, id).await?;
    let now = tx.now();
    tx.defer(sql::INVITATION_TAKE, vec![Box::new(one.account), Box::new(id)]);
    tx.defer(sql::HELPER_PUT, vec![Box::new(one.account), Box::new(me.account()), Box::new(now)]);
    let entry = own_entry(me, "identity.invitation_accept").on("account", one.account.0);
    tx.audit(entry.about(one.person).done());
    tell_person(
        tx,
        one.person,
        "Một người bạn mời đã nhận lời giúp bạn lấy lại tài khoản khi cần.",
        "Somebody you asked has agreed to be a helper for your account.",
    );
    Ok(())
}

/// Gone from the list of whoever was asked; who asked sees it wait until its time is over.
pub async fn invitation_decline(tx: &mut Tx, me: &Current, id: Uuid) -> Result<(), IdentityError> {
    set_up(me)?;
    let one = one(tx, me, id).await?;
    let now = tx.now();
    tx.defer(sql::INVITATION_DECLINE, vec![Box::new(one.account), Box::new(id), Box::new(now)]);
    tx.audit(own_entry(me, "identity.invitation_decline").done());
    Ok(())
}

/// Taken back by who asked.
pub async fn invitation_withdraw(tx: &mut Tx, me: &Current, id: Uuid) -> Result<(), IdentityError> {
    strong(me)?;
    tx.defer(sql::INVITATION_DELETE, vec![Box::new(me.account()), Box::new(id)]);
    tx.audit(own_entry(me, "identity.invitation_withdraw").done());
    Ok(())
}

const QUEUE: &str = "identity.invited";

/// Who asked, and which invitation it is.
#[derive(Serialize, Deserialize)]
struct Asked {
    account: AccountId,
    invitation: Uuid,
}

/// Leaves it to a job to see whether there is somebody to tell: how long naming takes must not show it.
pub(super) fn tell_later(tx: &mut Tx, account: AccountId, invitation: Uuid) {
    let (job, now) = (tx.new_uuid(), tx.now());
    tx.enqueue(job, QUEUE, serde_json::json!(Asked { account, invitation }), now);
}

/// Tells whoever was asked, once a day at most, whoever asks and however often: the page has them all.
pub(crate) struct Invited(pub Identity);

#[async_trait]
impl JobHandler for Invited {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    async fn run(&self, tx: &mut Tx, job: &Job) -> Result<(), JobError> {
        let asked: Asked = serde_json::from_value(job.payload.clone())?;
        Ok(told(&self.0, tx, &asked).await?)
    }
}

async fn told(cx: &Identity, tx: &mut Tx, asked: &Asked) -> Result<(), IdentityError> {
    let waits = tx.query_opt(sql::INVITATION_WAITS, &[&asked.account, &asked.invitation, &tx.now()]).await?;
    let Some(row) = waits else { return Ok(()) };
    let claim = Claim { kind: "number", value: row.col("invited")? };
    let account = rows::account_by_claim(tx, &claim).await?.filter(|a| a.state == State::Activated);
    let Some((account, person)) = account.and_then(|a| Some((a.id, a.person()?))) else { return Ok(()) };
    let door = Door::Notice.key(&cx.keys, &[b"invited ".as_slice(), account.0.as_bytes()].concat());
    if throttle::passes(tx, &door).await? {
        tell_person(
            tx,
            person,
            "Có người mời bạn giúp lấy lại tài khoản khi họ mất cách đăng nhập. Hãy xem ở trang Người giúp lấy lại tài khoản.",
            "Somebody asks you to be a helper for when they lose every way of signing in. See the page People who help you back in.",
        );
    }
    Ok(())
}
