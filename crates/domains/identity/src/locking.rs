//! Who may lock a citizen's account, for what, and who lifts which lock (NĐ 69/2024 Art. 15; Law on Identity Art. 34). Pure.
//!
//! - What the holder wishes, who stands at the counter, is done at once, at any counter.
//! - What an authority asks for in writing (form TK03) takes two officers. Such a lock is lifted where it was set, or above.
//! - What the record says locks and unlocks by itself, and is nobody's to do by hand.
//!
//! A lock may come on top of another. When it goes, the one below holds again.

use contracts::{Actor, AgencyId};
use jiff::Timestamp;

use crate::{
    IdentityError, LockReason,
    model::{State, words},
    policy::{self, Action},
};

/// Words about locks of one account that are looked at: more than there ever are since it was last open.
pub const EVENTS_MAX: i64 = 64;

base::id!(
    /// A form TK03.
    LockRequestId
);

words! {
    /// What is asked with form TK03.
    Asks { Lock = "lock", Unlock = "unlock" }
}

/// How a lock begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By one officer, who has the holder before them.
    AtOnce,
    /// By two, as an authority asks in writing.
    InWriting,
    /// By what the record says, or for staff: not at a counter.
    NotHere,
}

/// Every reason has its way.
pub fn way(reason: LockReason) -> Way {
    match reason {
        LockReason::OwnRequest => Way::AtOnce,
        LockReason::Authority | LockReason::CardSeized | LockReason::Misuse => Way::InWriting,
        LockReason::CardExpired
        | LockReason::ResidenceExpired
        | LockReason::Deceased
        | LockReason::NationalityLost
        | LockReason::Merged
        | LockReason::LeftService => Way::NotHere,
    }
}

/// Whether an officer takes this in hand: the holder's wish, or a form that somebody else decides on. `ours` is a lock that
/// was set here or at an agency below.
pub fn may_take(actor: &Actor, asks: Asks, reason: LockReason, ours: bool) -> Result<Way, IdentityError> {
    policy::allowed(actor, Action::TakeLock)?;
    match (way(reason), asks) {
        (Way::NotHere, Asks::Lock) => Err(IdentityError::field("reason", "identity.lock_reason")),
        (Way::NotHere, Asks::Unlock) => Err(IdentityError::LockOfRecord),
        (Way::InWriting, Asks::Unlock) if !ours => Err(IdentityError::LockOfAnother),
        (way, _) => Ok(way),
    }
}

/// The second person: not the one who took the form.
pub fn may_decide(
    actor: &Actor,
    asks: Asks,
    reason: LockReason,
    ours: bool,
    is_own: bool,
) -> Result<(), IdentityError> {
    policy::allowed(actor, Action::LockCitizen)?;
    if is_own {
        return Err(IdentityError::SecondPersonNeeded);
    }
    match (way(reason), asks) {
        (Way::InWriting, Asks::Lock) => Ok(()),
        (Way::InWriting, Asks::Unlock) if ours => Ok(()),
        (Way::InWriting, Asks::Unlock) => Err(IdentityError::LockOfAnother),
        (Way::AtOnce | Way::NotHere, _) => Err(IdentityError::WrongState),
    }
}

/// Whether an account in this state can be locked for a reason: one in use, and one that is locked for a lighter reason,
/// which its holder, any counter or a new card could undo.
pub fn can_be_locked(state: State, now: Option<LockReason>, reason: LockReason) -> bool {
    match (state, now) {
        (State::Activated, _) => true,
        (State::Locked, Some(now)) => {
            let is_light = matches!(
                now,
                LockReason::OwnRequest | LockReason::CardExpired | LockReason::ResidenceExpired
            );
            is_light && way(reason) == Way::InWriting
        }
        _ => false,
    }
}

/// A word about locks, from the account's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockEvent {
    /// None: unlocked.
    pub reason: Option<LockReason>,
    pub agency: Option<AgencyId>,
    pub at: Timestamp,
}

/// A lock in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    pub reason: LockReason,
    /// That set it; none for the holder and for what happens by itself.
    pub agency: Option<AgencyId>,
    pub since: Timestamp,
}

/// The locks that lie on an account, the one in force last. `events` come newest first. Whoever lifts one that lies on top sets
/// the one below once more, so a reason that comes again is the lock that lay there.
pub fn locks(events: &[LockEvent]) -> Vec<Lock> {
    let mut held: Vec<Lock> = Vec::new();
    let since_open = events.iter().take_while(|event| event.reason.is_some());
    for event in since_open.collect::<Vec<_>>().into_iter().rev() {
        let Some(reason) = event.reason else { continue };
        match held.iter().position(|lock| lock.reason == reason) {
            Some(at) => held.truncate(at + 1),
            None => held.push(Lock { reason, agency: event.agency.clone(), since: event.at }),
        }
    }
    held
}

#[cfg(test)]
mod tests {
    use base::Fault;
    use contracts::{AccountId, LoginStrength, Role, Who};
    use uuid::Uuid;

    use super::*;

    fn staff(role: Role) -> Actor {
        let who = Who::Staff { agency: AgencyId::new("CA-X-00004"), role, name: "Test".into() };
        Actor { account: AccountId(Uuid::nil()), who, strength: LoginStrength::Two }
    }

    fn said<T: std::fmt::Debug>(outcome: Result<T, IdentityError>) -> String {
        match outcome {
            Ok(way) => format!("{way:?}"),
            Err(e) => e.fields().first().map_or(e.code().to_owned(), |fault| fault.code.to_string()),
        }
    }

    /// Every reason: the ground in law, and what comes of locking, of lifting one's own lock and another's, for a role that
    /// may take such things in hand.
    const TABLE: [(LockReason, [&str; 3]); 10] = [
        // At their own wish: Law on Identity Art. 34.1a; NĐ 69/2024 Art. 15.
        (LockReason::OwnRequest, ["AtOnce", "AtOnce", "AtOnce"]),
        // Art. 34.1đ: an authority that conducts a procedure.
        (LockReason::Authority, ["InWriting", "InWriting", "identity.lock_of_another"]),
        // Art. 34.1c: the card is seized.
        (LockReason::CardSeized, ["InWriting", "InWriting", "identity.lock_of_another"]),
        // NĐ 69/2024 Art. 15: the card has run out.
        (
            LockReason::CardExpired,
            ["identity.lock_reason", "identity.lock_of_record", "identity.lock_of_record"],
        ),
        (
            LockReason::ResidenceExpired,
            ["identity.lock_reason", "identity.lock_of_record", "identity.lock_of_record"],
        ),
        // Art. 34.1d: death.
        (
            LockReason::Deceased,
            ["identity.lock_reason", "identity.lock_of_record", "identity.lock_of_record"],
        ),
        // Art. 29, and what becomes of two records that are one person's.
        (
            LockReason::NationalityLost,
            ["identity.lock_reason", "identity.lock_of_record", "identity.lock_of_record"],
        ),
        (LockReason::Merged, ["identity.lock_reason", "identity.lock_of_record", "identity.lock_of_record"]),
        // Art. 34.1b: breach of the terms of use.
        (LockReason::Misuse, ["InWriting", "InWriting", "identity.lock_of_another"]),
        // Officers alone.
        (
            LockReason::LeftService,
            ["identity.lock_reason", "identity.lock_of_record", "identity.lock_of_record"],
        ),
    ];

    #[test]
    fn each_role_takes_in_hand_exactly_what_each_reason_allows() {
        assert_eq!(TABLE.map(|(reason, _)| reason).as_slice(), LockReason::ALL);
        for role in Role::ALL {
            let may = matches!(role, Role::Receiver | Role::Decider);
            for (reason, expected) in TABLE {
                let steps = [(Asks::Lock, true), (Asks::Unlock, true), (Asks::Unlock, false)];
                for ((asks, ours), expected) in steps.into_iter().zip(expected) {
                    let expected = if may { expected } else { "identity.forbidden" };
                    let taken = may_take(&staff(role), asks, reason, ours);
                    assert_eq!(said(taken), expected, "{role:?} {asks:?} {reason:?} ours: {ours}");
                }
                // Whether somebody else set a lock plays no part in setting one.
                assert_eq!(
                    said(may_take(&staff(role), Asks::Lock, reason, false)),
                    said(may_take(&staff(role), Asks::Lock, reason, true))
                );
            }
        }
    }

    #[test]
    fn a_form_is_decided_by_a_second_officer_where_the_lock_belongs() {
        for role in Role::ALL {
            let may = matches!(role, Role::Decider | Role::Head);
            for reason in LockReason::ALL.iter().copied() {
                for (asks, ours, is_own) in [
                    (Asks::Lock, true, false),
                    (Asks::Lock, false, false),
                    (Asks::Unlock, true, false),
                    (Asks::Unlock, false, false),
                    (Asks::Lock, true, true),
                    (Asks::Unlock, true, true),
                ] {
                    let expected = match (way(reason), asks) {
                        _ if !may => "identity.forbidden",
                        _ if is_own => "identity.second_person_needed",
                        (Way::AtOnce | Way::NotHere, _) => "identity.wrong_state",
                        (Way::InWriting, Asks::Unlock) if !ours => "identity.lock_of_another",
                        (Way::InWriting, _) => "()",
                    };
                    let decided = may_decide(&staff(role), asks, reason, ours, is_own);
                    assert_eq!(said(decided), expected, "{role:?} {asks:?} {reason:?} {ours} {is_own}");
                }
            }
        }
    }

    #[test]
    fn only_an_authority_locks_what_is_locked_and_only_for_a_lighter_reason() {
        for reason in LockReason::ALL.iter().copied() {
            assert!(can_be_locked(State::Activated, None, reason));
            for state in [State::Collected, State::Approved, State::Closed] {
                assert!(!can_be_locked(state, None, reason), "{state:?}");
            }
            for now in LockReason::ALL.iter().copied() {
                let lighter = matches!(
                    now,
                    LockReason::OwnRequest | LockReason::CardExpired | LockReason::ResidenceExpired
                );
                let expected = lighter
                    && matches!(reason, LockReason::Authority | LockReason::CardSeized | LockReason::Misuse);
                assert_eq!(can_be_locked(State::Locked, Some(now), reason), expected, "{now:?} {reason:?}");
            }
        }
    }

    #[test]
    fn a_lock_below_holds_again_when_the_one_on_top_goes() {
        use LockReason::{Authority, Deceased, OwnRequest};
        // Written oldest first, as it happened.
        let held = |happened: &[Option<LockReason>]| -> Vec<LockReason> {
            let at: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
            let event = |reason: &Option<LockReason>| LockEvent { reason: *reason, agency: None, at };
            let events: Vec<LockEvent> = happened.iter().rev().map(event).collect();
            locks(&events).into_iter().map(|lock| lock.reason).collect()
        };
        assert_eq!(held(&[]), []);
        assert_eq!(held(&[Some(OwnRequest), None]), []);
        assert_eq!(held(&[Some(Deceased), None, Some(OwnRequest)]), [OwnRequest]);
        let all = [Some(OwnRequest), Some(Authority), Some(Deceased)];
        assert_eq!(held(&all), [OwnRequest, Authority, Deceased]);
        assert_eq!(held(&[all.as_slice(), &[Some(Authority)]].concat()), [OwnRequest, Authority]);
        assert_eq!(held(&[all.as_slice(), &[Some(Authority), Some(OwnRequest)]].concat()), [OwnRequest]);
    }

    #[test]
    fn the_agency_that_set_a_lock_stays_with_it_when_it_holds_again() {
        let at: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
        let event = |reason, agency: Option<&str>| LockEvent {
            reason: Some(reason),
            agency: agency.map(AgencyId::new),
            at,
        };
        let events = [
            event(LockReason::Authority, None),
            event(LockReason::Deceased, None),
            event(LockReason::Authority, Some("CA-X-00004")),
        ];
        assert_eq!(locks(&events)[0].agency, Some(AgencyId::new("CA-X-00004")));
    }
}
