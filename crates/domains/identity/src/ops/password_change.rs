//! `password_change`: the old password is shown again, all other sessions end.

use store::Tx;
use zeroize::Zeroizing;

use super::{credential_changed, own_entry};
use crate::{
    Current, Identity, IdentityError, Password,
    model::Holder,
    password::rules,
    rows::{self, StoredPassword},
    sql,
    throttle::{self, Door},
};

pub async fn password_change(
    cx: &Identity,
    me: &Current,
    old: &Password,
    new: &Password,
) -> Result<(), IdentityError> {
    let place = cx.passwords.place()?;
    let tx = cx.store.begin().await?;
    let found = async {
        let account = rows::account(&tx, me.account()).await?;
        let (secrets, _) = rows::secrets_and_duties(&tx, Some(account.id)).await?;
        Ok::<_, IdentityError>((account, secrets.password.ok_or(IdentityError::WrongState)?))
    }
    .await;
    let (account, stored) = tx.finish(found).await?;

    let own: Vec<&str> = match &account.holder {
        Holder::Staff { login, name } => vec![login, name],
        // Their number is not kept, only its digest.
        Holder::Citizen { .. } => Vec::new(),
    };
    if let Some(fault) = rules::check("new_password", new, account.holder.kind(), &own) {
        return Err(IdentityError::Invalid(vec![fault]));
    }
    if old.as_str() == new.as_str() {
        return Err(IdentityError::field("new_password", "identity.password_same"));
    }

    // Counted apart from sign-ins: those are counted by what is typed, this by whose session it is.
    let door = Door::Account.key(&cx.keys, me.account().0.as_bytes());
    throttle::take(&cx.store, &[&door]).await?;
    if !place.verify(old, Some(&stored.phc)).await? {
        let mut tx = cx.store.begin().await?;
        tx.audit(own_entry(me, "identity.password_change_failed").done());
        tx.finish::<_, IdentityError>(Ok(())).await?;
        return Err(IdentityError::BadCredentials);
    }
    let phc = Zeroizing::new(place.hash(new, cx.store.entropy().as_ref()).await?);
    drop(place);

    let mut tx = cx.store.begin().await?;
    replace(&mut tx, me, &stored, &phc);
    throttle::give_back(&mut tx, &door);
    tx.audit(own_entry(me, "identity.password_change").done());
    credential_changed(&mut tx, me);
    cx.cache.forget(me.account(), tx.now());
    tx.finish(Ok(())).await
}

fn replace(tx: &mut Tx, me: &Current, stored: &StoredPassword, phc: &str) {
    let now = tx.now();
    // First the account: who signs in with the old password at this moment comes too late from here on.
    tx.defer(sql::ACCOUNT_TOUCH, vec![Box::new(me.account())]);
    tx.defer(
        sql::PASSWORD_REPLACE,
        vec![
            Box::new(me.account()),
            Box::new(stored.id),
            Box::new(stored.phc.as_bytes().to_vec()),
            Box::new(phc.as_bytes().to_vec()),
            Box::new(now),
        ],
    );
    tx.defer(sql::SESSIONS_END, vec![Box::new(me.account()), Box::new(me.session), Box::new(now)]);
}
