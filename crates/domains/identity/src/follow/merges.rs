//! Two records of one person became one, or two again: one person, one account.
//!
//! - The account under the record that gave way stands for the one who stays, with all that hangs on it: sessions, ways of
//!   signing in, and what relying parties know it by, which follows from the account and not from the person.
//! - Where both had one in use, that of the record that stays goes on, and the other is locked. A file that nobody uses yet
//!   gives way to an account in use.
//! - The claim of the person whose record gave way belongs to nobody meanwhile: whoever was about to open an account for
//!   that record comes too late.
//! - What was done is written down, so that it is undone exactly, and so that doing it twice does nothing.

use base::{PersonalNumber, vietnam_date};
use contracts::{AccountId, PersonId, Standing, events::PersonMerged};
use forms::Fact;
use store::{RowExt, StoreError, Tx};
use uuid::Uuid;

use super::{access, account_of, cards::new_card, end_file, is_citizen, numbers};
use crate::{
    Identity, IdentityError, LockReason,
    input::person_claim,
    messages::{Notice, tell_by_message},
    model::{Account, State, words},
    ops::{
        account_lock::{lift_for_record, lock_for_record},
        tell_person,
    },
    rows, sql, sql_record,
};

words! {
    /// What became of the account under the record that gave way.
    Outcome { Moved = "moved", Locked = "locked" }
}

/// A merge that was followed.
struct Merged {
    given: PersonId,
    kept: PersonId,
    account: Option<(AccountId, Outcome)>,
}

/// What is to be done with the accounts of two records that become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// There is none under the record that gave way.
    Nothing,
    Move,
    /// The file of the record that stays comes to nothing first.
    MoveInPlace,
    /// The file of the record that gave way comes to nothing.
    End,
    Lock,
}

fn fate(given: Option<State>, kept: Option<State>) -> Fate {
    let is_file = |state: State| matches!(state, State::Collected | State::Approved);
    let open = |state: &State| *state != State::Closed;
    match (given.filter(open), kept.filter(open)) {
        (None, _) => Fate::Nothing,
        (Some(_), None) => Fate::Move,
        (Some(given), Some(_)) if is_file(given) => Fate::End,
        (Some(_), Some(kept)) if is_file(kept) => Fate::MoveInPlace,
        (Some(_), Some(_)) => Fate::Lock,
    }
}

/// Brings the accounts to where the records are now, whatever the event says: it may be an old one.
pub(super) async fn follow(cx: &Identity, tx: &mut Tx, event: &PersonMerged) -> Result<(), IdentityError> {
    let given = event.given;
    let into = match cx.register.standing(tx, &access(), given).await? {
        Some(standing) => standing.gave_way_to,
        None => (!event.undone).then_some(event.kept),
    };
    let known = find(tx, given).await?;
    if known.as_ref().map(|known| known.kept) == into {
        return Ok(());
    }
    if let Some(known) = known {
        part(cx, tx, &known).await?;
        tx.flush().await?;
    }
    match into {
        Some(kept) => merge(cx, tx, given, kept).await,
        None => Ok(()),
    }
}

async fn find(tx: &Tx, given: PersonId) -> Result<Option<Merged>, StoreError> {
    let Some(row) = tx.query_opt(sql_record::MERGE_FIND, &[&given]).await? else { return Ok(None) };
    let outcome = row.col::<Option<&str>>("outcome")?.and_then(Outcome::parse);
    let account: Option<AccountId> = row.col("account_id")?;
    Ok(Some(Merged { given, kept: row.col("kept_id")?, account: account.zip(outcome) }))
}

async fn merge(cx: &Identity, tx: &mut Tx, given: PersonId, kept: PersonId) -> Result<(), IdentityError> {
    let (gone, here) = (account_of(cx, tx, given).await?, account_of(cx, tx, kept).await?);
    let numbers = all_numbers(cx, tx, given, kept).await?;
    let account = match (fate(gone.as_ref().map(|a| a.state), here.as_ref().map(|a| a.state)), gone, here) {
        (Fate::End, Some(gone), _) => {
            end_file(cx, tx, &gone, "merged").await?;
            tx.flush().await?;
            tell_one_is_enough(tx, kept);
            None
        }
        (fate @ (Fate::Move | Fate::MoveInPlace), Some(gone), here) => {
            if let (Fate::MoveInPlace, Some(here)) = (fate, here) {
                end_file(cx, tx, &here, "merged").await?;
                tx.flush().await?;
            }
            turn(cx, tx, kept, nobody(), gone.id).await?;
            stands_for(cx, tx, &gone, kept).await?;
            tell_moved(tx, kept);
            Some((gone, Outcome::Moved))
        }
        (Fate::Lock, Some(gone), here) => {
            lock_for_record(cx, tx, &gone, LockReason::Merged).await?;
            numbers::drop_claims(cx, tx, &gone, &numbers.all).await?;
            tell_survivor(cx, tx, kept, here.as_ref()).await?;
            Some((gone, Outcome::Locked))
        }
        _ => None,
    };
    let was = account.as_ref().map_or(nobody(), |(account, _)| account.id);
    turn(cx, tx, given, was, nobody()).await?;
    let (id, outcome) = account.as_ref().map(|(account, outcome)| (account.id, outcome.as_str())).unzip();
    tx.execute(sql_record::MERGE_INSERT, &[&given, &kept, &id, &outcome, &tx.now()]).await?;
    tx.flush().await?;
    number_of(cx, tx, kept, &numbers.kept, &numbers.all).await?;
    // Papers went over with the record.
    new_card(cx, tx, kept).await
}

/// Takes apart what [`merge`] did; what happened to an account since stays.
async fn part(cx: &Identity, tx: &mut Tx, merged: &Merged) -> Result<(), IdentityError> {
    let Merged { given, kept, account } = *merged;
    let numbers = all_numbers(cx, tx, given, kept).await?;
    let account = match account {
        Some((id, outcome)) => Some((rows::account(tx, id).await?, outcome)),
        None => None,
    };
    // A file that came to nothing meanwhile gave everything back.
    let account = account.filter(|(account, _)| account.state != State::Closed);
    let back = match &account {
        Some((account, Outcome::Moved)) => {
            numbers::drop_claims(cx, tx, account, &numbers.all).await?;
            let claim = person_claim(&cx.keys, kept);
            tx.change(sql::CLAIM_DELETE, &[&claim.kind, &claim.value, &account.id]).await?;
            stands_for(cx, tx, account, given).await?;
            lift_of_another(cx, tx, account.id, given).await?;
            Some(account.id)
        }
        Some((account, Outcome::Locked)) => {
            lift_for_record(cx, tx, account, LockReason::Merged).await?;
            Some(account.id)
        }
        None => None,
    };
    match back {
        Some(account) => turn(cx, tx, given, nobody(), account).await?,
        None => {
            let claim = person_claim(&cx.keys, given);
            tx.execute(sql_record::CLAIMS_DROP, &[&claim.kind, &vec![claim.value], &nobody()]).await?;
        }
    }
    tx.change(sql_record::MERGE_DELETE, &[&given]).await?;
    tx.flush().await?;
    number_of(cx, tx, kept, &numbers.kept, &numbers.all).await?;
    number_of(cx, tx, given, &numbers.given, &numbers.all).await?;
    if back.is_some() {
        tell_parted(tx, given);
    }
    for person in [kept, given] {
        new_card(cx, tx, person).await?;
    }
    Ok(())
}

/// The account stands for another record of its holder, and its sessions with it.
async fn stands_for(
    cx: &Identity,
    tx: &mut Tx,
    account: &Account,
    person: PersonId,
) -> Result<(), IdentityError> {
    tx.change(sql_record::ACCOUNT_PERSON, &[&account.id, &account.version, &person]).await?;
    tx.execute(sql_record::SESSIONS_PERSON, &[&account.id, &person]).await?;
    cx.cache.forget(account.id, tx.now());
    let entry = access().entry("identity.account_person").about(person).on("account", account.id.0);
    tx.audit(entry.fields(["person"]).done());
    Ok(())
}

/// What the record of the other said while the two were one locks this account no longer.
async fn lift_of_another(
    cx: &Identity,
    tx: &mut Tx,
    account: AccountId,
    person: PersonId,
) -> Result<(), IdentityError> {
    let facts = cx.register.facts(tx, &access(), person, &[Fact::Living]).await?;
    let lives = facts.value(Fact::Living, vietnam_date(tx.now())).bool() != Some(false);
    let is_citizen = is_citizen(cx, tx, person).await?;
    for (reason, is_over) in [(LockReason::Deceased, lives), (LockReason::NationalityLost, is_citizen)] {
        if is_over {
            let account = rows::account(tx, account).await?;
            lift_for_record(cx, tx, &account, reason).await?;
            tx.flush().await?;
        }
    }
    Ok(())
}

/// The claim of a person, from one account to another.
async fn turn(
    cx: &Identity,
    tx: &Tx,
    person: PersonId,
    from: AccountId,
    to: AccountId,
) -> Result<(), StoreError> {
    let claim = person_claim(&cx.keys, person);
    tx.change(sql_record::CLAIM_TURN, &[&claim.kind, &claim.value, &to, &from]).await
}

fn nobody() -> AccountId {
    AccountId(Uuid::nil())
}

/// The numbers of two records.
struct Numbers {
    given: Option<Standing>,
    kept: Option<Standing>,
    all: Vec<PersonalNumber>,
}

async fn all_numbers(
    cx: &Identity,
    tx: &mut Tx,
    given: PersonId,
    kept: PersonId,
) -> Result<Numbers, IdentityError> {
    let given = cx.register.standing(tx, &access(), given).await?;
    let kept = cx.register.standing(tx, &access(), kept).await?;
    let all = given.iter().chain(&kept).flat_map(|standing| standing.numbers.iter().copied()).collect();
    Ok(Numbers { given, kept, all })
}

async fn number_of(
    cx: &Identity,
    tx: &mut Tx,
    person: PersonId,
    standing: &Option<Standing>,
    all: &[PersonalNumber],
) -> Result<(), IdentityError> {
    let (Some(standing), Some(account)) = (standing, account_of(cx, tx, person).await?) else {
        return Ok(());
    };
    numbers::renumber(cx, tx, &account, person, standing.number.as_ref(), all).await
}

fn tell_moved(tx: &mut Tx, person: PersonId) {
    tell_person(
        tx,
        person,
        "Hai hồ sơ dân cư của bạn đã được hợp nhất. Tài khoản này nay gắn với hồ sơ còn lại.",
        "Your two records became one. This account now stands for the record that stays.",
    );
}

fn tell_one_is_enough(tx: &mut Tx, person: PersonId) {
    tell_person(
        tx,
        person,
        "Hồ sơ mở tài khoản theo hồ sơ dân cư đã hợp nhất được dừng lại, vì bạn đã có tài khoản này.",
        "The file for another account under the record that became one with yours was ended: you have this account.",
    );
}

/// Whose account goes on hears why the other one does not.
async fn tell_survivor(
    cx: &Identity,
    tx: &mut Tx,
    person: PersonId,
    account: Option<&Account>,
) -> Result<(), IdentityError> {
    let words = Notice::OneAccount.words();
    tell_person(tx, person, &words.vi, &words.en);
    match account {
        Some(account) => tell_by_message(cx, tx, account.id, Notice::OneAccount).await,
        None => Ok(()),
    }
}

fn tell_parted(tx: &mut Tx, person: PersonId) {
    tell_person(
        tx,
        person,
        "Hồ sơ dân cư của bạn đã được tách lại như trước khi hợp nhất. Tài khoản của bạn trở lại như trước.",
        "Your record was taken out of the other again. Your account is as it was before.",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_goes_on_and_a_file_gives_way_to_an_account_in_use() {
        use State::{Activated, Approved, Closed, Collected, Locked};
        for (given, kept, expected) in [
            (None, None, Fate::Nothing),
            (None, Some(Activated), Fate::Nothing),
            (Some(Closed), Some(Activated), Fate::Nothing),
            (Some(Activated), None, Fate::Move),
            (Some(Locked), None, Fate::Move),
            (Some(Collected), None, Fate::Move),
            (Some(Activated), Some(Closed), Fate::Move),
            (Some(Activated), Some(Collected), Fate::MoveInPlace),
            (Some(Locked), Some(Approved), Fate::MoveInPlace),
            (Some(Collected), Some(Activated), Fate::End),
            (Some(Approved), Some(Collected), Fate::End),
            (Some(Activated), Some(Activated), Fate::Lock),
            (Some(Activated), Some(Locked), Fate::Lock),
            (Some(Locked), Some(Activated), Fate::Lock),
        ] {
            assert_eq!(fate(given, kept), expected, "{given:?} {kept:?}");
        }
    }
}
