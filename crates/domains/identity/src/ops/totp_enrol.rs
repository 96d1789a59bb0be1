//! `totp_enrol`, `totp_confirm`: an authenticator app becomes the second factor once it has shown one right code.

use contracts::{AccountId, LoginStrength, Method};
use store::{RowExt, Tx};

use super::{credential_changed, own_entry, stronger};
use crate::{
    Current, Identity, IdentityError,
    model::Holder,
    rows::{self, AuthenticatorId},
    sql, totp,
};

/// The app's label for citizens: their number must not stand in an app's backup.
const CITIZEN_LABEL: &str = "Công dân";

/// What the person needs to set up the app. Shown once.
pub struct Enrolment {
    /// `otpauth://…`, for a QR code.
    pub uri: String,
    /// The secret in base32, for typing.
    pub secret: String,
}

/// The row in which a sealed secret may stand.
pub(crate) fn place(account: AccountId, authenticator: AuthenticatorId) -> Vec<u8> {
    [account.0.as_bytes().as_slice(), authenticator.0.as_bytes()].concat()
}

/// Begins, or begins anew: a secret that was not confirmed is forgotten.
pub async fn totp_enrol(cx: &Identity, tx: &mut Tx, me: &Current) -> Result<Enrolment, IdentityError> {
    may_enrol(cx, tx, me).await?;
    let label = match rows::account(tx, me.account()).await?.holder {
        Holder::Staff { login, .. } => login,
        Holder::Citizen { .. } => CITIZEN_LABEL.to_owned(),
    };
    let now = tx.now();
    let id = AuthenticatorId::new(now, tx.entropy());
    let secret: [u8; totp::SECRET_BYTES] = base::entropy::bytes(tx.entropy());
    let sealed = cx.keys.seal(tx.entropy(), &place(me.account(), id), &secret)?;
    tx.defer(sql::TOTP_PENDING_DELETE, vec![Box::new(me.account())]);
    tx.defer(
        sql::AUTHENTICATOR_INSERT,
        vec![
            Box::new(me.account()),
            Box::new(id),
            Box::new("totp"),
            Box::new(sealed),
            Box::new(None::<jiff::Timestamp>),
            Box::new(now),
        ],
    );
    tx.audit(own_entry(me, "identity.totp_enrol").done());
    Ok(Enrolment { uri: totp::uri(&secret, &label)?, secret: totp::base32(&secret)? })
}

/// The first code makes the app the second factor, in place of an earlier one. All other sessions end.
pub async fn totp_confirm(cx: &Identity, tx: &mut Tx, me: &Current, code: &str) -> Result<(), IdentityError> {
    may_enrol(cx, tx, me).await?;
    let row = tx.query_opt(sql::TOTP_PENDING, &[&me.account()]).await?.ok_or(IdentityError::WrongState)?;
    let id: AuthenticatorId = row.col("authenticator_id")?;
    let secret = cx.keys.open(&place(me.account(), id), row.col("secret")?)?;
    let now = tx.now();
    let step = totp::check(&secret, code, now, None)?.ok_or(IdentityError::BadCode)?;
    let account = me.account();
    tx.defer(sql::ACCOUNT_TOUCH, vec![Box::new(account)]);
    tx.defer(sql::TOTP_CONFIRM, vec![Box::new(account), Box::new(id), Box::new(now), Box::new(step)]);
    tx.defer(sql::TOTP_OTHERS_DELETE, vec![Box::new(account), Box::new(id)]);
    tx.defer(sql::SESSIONS_END, vec![Box::new(account), Box::new(me.session), Box::new(now)]);
    stronger(tx, me, Method::AppCode);
    tx.audit(own_entry(me, "identity.totp_confirm").done());
    credential_changed(tx, me);
    cx.cache.forget(account, now);
    Ok(())
}

/// Whoever knows only the password must not replace the second factor.
async fn may_enrol(cx: &Identity, tx: &Tx, me: &Current) -> Result<(), IdentityError> {
    let (secrets, _) = rows::secrets_and_duties(tx, Some(me.account())).await?;
    if secrets.has_second_factor(cx.messages.is_some()) && me.actor.strength < LoginStrength::Two {
        return Err(IdentityError::SecondFactorNeeded);
    }
    Ok(())
}
