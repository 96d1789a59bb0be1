//! `phone_show`, `phone_ask`, `phone_confirm`, `phone_remove`: the telephone of one's own account. It must be the holder's
//! own subscription, and shows it by a code; where there is an older one, that one shows a code, too, so that nobody moves
//! it away unnoticed. All other sessions end.

use base::{Lang, PersonalNumber, vietnam_date};
use contracts::{Access, LoginStrength, Method, Phone, Purpose};
use forms::Fact;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{RowExt, Tx};

use super::{credential_changed, own_entry, set_up, stronger, tell};
use crate::{
    Current, Identity, IdentityError,
    ceremony::{self, Kind},
    codes,
    messages::{Asks, Notice, notify, open_phone, seal_phone},
    rows::{self, AuthenticatorId, Secrets},
    shown, sql, sql_messages, throttle,
};

/// As its holder sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The last digits.
    pub masked: String,
    /// None: named at a counter, and good for notices alone.
    pub confirmed_at: Option<Timestamp>,
}

pub async fn phone_show(cx: &Identity, tx: &mut Tx, me: &Current) -> Result<Option<Shown>, IdentityError> {
    set_up(me)?;
    tx.audit(own_entry(me, "identity.phone_show").done());
    let Some(row) = tx.query_opt(sql_messages::PHONE_OF, &[&me.account()]).await? else { return Ok(None) };
    let phone = open_phone(cx, me.account(), row.col("authenticator_id")?, row.col("secret")?)?;
    Ok(Some(Shown { masked: phone.masked(), confirmed_at: row.col("confirmed_at")? }))
}

/// Codes on their way.
pub struct Asking {
    pub ceremony: String,
    pub new: String,
    /// The number that is in use now, which gets a code of its own.
    pub old: Option<String>,
}

/// What a ceremony keeps: the new number, sealed for this account, and the older one that was asked.
#[derive(Serialize, Deserialize)]
struct Pending {
    sealed: Vec<u8>,
    old: Option<AuthenticatorId>,
}

pub async fn phone_ask(
    cx: &Identity,
    me: &Current,
    typed: &str,
    lang: Lang,
) -> Result<Asking, IdentityError> {
    set_up(me)?;
    let telco = cx.telco()?;
    let new = Phone::parse(typed).ok_or_else(|| IdentityError::field("phone", "identity.phone_shape"))?;
    let mut tx = cx.store.begin().await?;
    let own = own(cx, &mut tx, me).await;
    let (secrets, number) = tx.finish(own).await?;
    may_change(me, &secrets)?;
    let old = match &secrets.phone {
        Some(stored) => Some((stored.id, open_phone(cx, me.account(), stored.id, &stored.sealed)?)),
        None => None,
    };
    if old.as_ref().is_some_and(|(_, old)| *old == new) {
        return Err(IdentityError::field("phone", "identity.phone_same"));
    }
    let phones: Vec<&Phone> = old.iter().map(|(_, phone)| phone).chain([&new]).collect();
    codes::may_send(cx, &codes::doors(cx, me.account().0.as_bytes(), &phones)).await?;
    if !telco.is_subscriber(&new, &number).await.map_err(|_| IdentityError::TelcoAway)? {
        return Err(IdentityError::field("phone", "identity.phone_not_own"));
    }

    let mut tx = cx.store.begin().await?;
    let begun = async {
        let sealed = cx.keys.seal(tx.entropy(), &place(me), new.as_str().as_bytes())?;
        let state = Pending { sealed, old: old.as_ref().map(|(id, _)| *id) };
        let to: Vec<(&Phone, Asks)> = phones.iter().map(|phone| (*phone, Asks::Phone)).collect();
        codes::begin(cx, &mut tx, Kind::Phone, Some(me.account()), &state, &to, lang)
    }
    .await;
    tx.audit(own_entry(me, "identity.phone_ask").done());
    let ceremony = tx.finish(begun).await?;
    Ok(Asking { ceremony, new: new.masked(), old: old.map(|(_, old)| old.masked()) })
}

/// The account's ways, and the number under which the record has its holder.
async fn own(cx: &Identity, tx: &mut Tx, me: &Current) -> Result<(Secrets, PersonalNumber), IdentityError> {
    let person = me.actor.person().ok_or(IdentityError::Forbidden)?;
    let (secrets, _) = rows::secrets_and_duties(tx, Some(me.account())).await?;
    let access = Access::system(Purpose::SIGN_IN);
    let facts = cx.register.facts(tx, &access, person, &[Fact::Number]).await?;
    let number = facts.value(Fact::Number, vietnam_date(tx.now())).text();
    let number = number.and_then(|number| number.parse().ok()).ok_or(IdentityError::NoMatch)?;
    Ok((secrets, number))
}

/// Whoever knows only the password must not bring a telephone beside a better factor. A telephone that is there already
/// answers for itself.
fn may_change(me: &Current, secrets: &Secrets) -> Result<(), IdentityError> {
    let better = secrets.totp.is_some() || secrets.passkeys > 0;
    if better && me.actor.strength < LoginStrength::Two {
        return Err(IdentityError::SecondFactorNeeded);
    }
    Ok(())
}

/// The codes: that of the older number first, where one was asked.
pub async fn phone_confirm(
    cx: &Identity,
    me: &Current,
    token: &str,
    codes: &[&str],
) -> Result<(), IdentityError> {
    set_up(me)?;
    let (account, pending) = codes::check::<Pending>(cx, Kind::Phone, token, codes).await?;
    if account != Some(me.account()) {
        return Err(IdentityError::CeremonyOver);
    }
    let mut tx = cx.store.begin().await?;
    let outcome = confirmed(cx, &mut tx, me, token, &pending).await;
    tx.finish(outcome).await
}

async fn confirmed(
    cx: &Identity,
    tx: &mut Tx,
    me: &Current,
    token: &str,
    pending: &Pending,
) -> Result<(), IdentityError> {
    ceremony::take::<Pending>(tx, Kind::Phone, token).await?;
    // The account first, as in every operation that writes authenticators.
    tx.change(sql::ACCOUNT_TOUCH, &[&me.account()]).await?;
    let (secrets, _) = rows::secrets_and_duties(tx, Some(me.account())).await?;
    may_change(me, &secrets)?;
    if secrets.phone.as_ref().map(|stored| stored.id) != pending.old {
        return Err(IdentityError::CeremonyOver);
    }
    let bytes = cx.keys.open(&place(me), &pending.sealed)?;
    let new = std::str::from_utf8(&bytes).ok().and_then(Phone::parse).ok_or(ceremony::BROKEN)?;
    if let Some(stored) = &secrets.phone {
        let old = open_phone(cx, me.account(), stored.id, &stored.sealed)?;
        notify(cx, tx, &old, Notice::PhoneChanged)?;
    }
    let (now, id) = (tx.now(), AuthenticatorId::new(tx.now(), tx.entropy()));
    tx.defer(sql_messages::PHONES_DELETE, vec![Box::new(me.account())]);
    let sealed = seal_phone(cx, tx, me.account(), id, &new)?;
    tx.defer(
        sql::AUTHENTICATOR_INSERT,
        vec![
            Box::new(me.account()),
            Box::new(id),
            Box::new("phone"),
            Box::new(sealed),
            Box::new(now),
            Box::new(now),
        ],
    );
    for door in codes::doors(cx, me.account().0.as_bytes(), &[&new]) {
        throttle::give_back(tx, &door);
    }
    if shown::may_show(secrets.password.is_some(), secrets.totp.is_some(), secrets.passkeys > 0, true)
        .contains(&Method::MessageCode)
    {
        stronger(tx, me, Method::MessageCode);
    }
    end_others(cx, tx, me, "identity.phone_confirm");
    tell(
        tx,
        me,
        "Số điện thoại của tài khoản vừa được đặt. Nếu không phải bạn, hãy khóa tài khoản ngay.",
        "The telephone of your account was set. If it was not you, lock the account at once.",
    );
    Ok(())
}

/// Takes two factors, so that whoever found a password cannot take it away.
pub async fn phone_remove(cx: &Identity, tx: &mut Tx, me: &Current) -> Result<(), IdentityError> {
    set_up(me)?;
    if me.actor.strength < LoginStrength::Two {
        return Err(IdentityError::SecondFactorNeeded);
    }
    tx.change(sql::ACCOUNT_TOUCH, &[&me.account()]).await?;
    crate::messages::tell_by_message(cx, tx, me.account(), Notice::PhoneChanged).await?;
    tx.defer(sql_messages::PHONES_DELETE, vec![Box::new(me.account())]);
    end_others(cx, tx, me, "identity.phone_remove");
    tell(
        tx,
        me,
        "Số điện thoại vừa được gỡ khỏi tài khoản của bạn.",
        "The telephone was removed from your account.",
    );
    Ok(())
}

fn end_others(cx: &Identity, tx: &mut Tx, me: &Current, action: &'static str) {
    let now = tx.now();
    tx.defer(sql::SESSIONS_END, vec![Box::new(me.account()), Box::new(me.session), Box::new(now)]);
    tx.audit(own_entry(me, action).done());
    credential_changed(tx, me);
    cx.cache.forget(me.account(), now);
}

/// A number that waits opens only for the account that asked.
fn place(me: &Current) -> Vec<u8> {
    [b"phone ".as_slice(), me.account().0.as_bytes()].concat()
}
