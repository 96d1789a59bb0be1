//! What somebody has shown to sign in, how strong that is, and what they are to be asked so that it is as strong, or as
//! fresh, as a page wants. Pure.
//!
//! A login is as old as the oldest of what it stands on. What was shown before a page's moment counts for nothing there: a
//! fresh login is made of what is shown from then on, and takes as much as signing in would. On its way it waits beside the
//! login that the session has, and takes its place when it is enough; so nothing half shown is ever a login.

use contracts::{LoginStrength, Method};
use jiff::Timestamp;

/// The kind of a factor (NĐ 69/2024 Art. 20): something known, something held, something one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Factor {
    Known,
    Held,
}

/// What a method proves.
///
/// A passkey that its owner unlocked proves two things at once: the device is held, and its PIN is known or its owner's
/// face or finger was recognised. The device does not say which of the two, and the law counts a biometric factor only
/// where there certainly was one. So a passkey is a held and a known factor: level 2, and never level 3.
/// A signed-in telephone that says yes proves what it was asked for: that it is held, and the login in it two factors.
fn factors(method: Method) -> &'static [Factor] {
    match method {
        Method::Password => &[Factor::Known],
        Method::AppCode | Method::MessageCode => &[Factor::Held],
        Method::Passkey | Method::OtherDevice => &[Factor::Held, Factor::Known],
    }
}

/// The strength of a login by these methods (NĐ 69/2024 Art. 20): one factor, or two that differ. Levels 3 and 4 need a
/// biometric factor that we have compared ourselves, which no method of ours does.
pub fn strength(methods: &[Method]) -> LoginStrength {
    let mut shown: Vec<Factor> = methods.iter().flat_map(|m| factors(*m)).copied().collect();
    shown.sort_unstable();
    shown.dedup();
    if shown.len() > 1 { LoginStrength::Two } else { LoginStrength::One }
}

/// What the holder of an account may show, of what it has. Never less than the best:
///
/// - A code by message can be intercepted, and a number can be taken over. It is a second factor only for who has no other:
///   an account with an app or a passkey is never asked for one, so that nobody gets in by choosing the weaker way.
/// - A password alone is worth one factor, and only where there is no better: see [`least`].
pub fn may_show(password: bool, app: bool, passkey: bool, phone: bool) -> Vec<Method> {
    let all = [
        (Method::Password, password),
        (Method::AppCode, app),
        (Method::Passkey, passkey),
        (Method::MessageCode, phone && password && !app && !passkey),
    ];
    all.into_iter().filter_map(|(method, has)| has.then_some(method)).collect()
}

/// How strong a login must be to be one, for who may show these: `ops::sign_in` asks an account with an app for its code,
/// and refuses the password of one that has only passkeys.
pub fn least(held: &[Method]) -> LoginStrength {
    let better = held.iter().any(|method| matches!(method, Method::AppCode | Method::Passkey));
    if better { LoginStrength::Two } else { LoginStrength::One }
}

/// What was shown, in the order of the methods, and when the oldest of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub methods: Vec<Method>,
    pub at: Timestamp,
}

impl Shown {
    pub fn strength(&self) -> LoginStrength {
        strength(&self.methods)
    }

    fn is_since(&self, since: Option<Timestamp>) -> bool {
        since.is_none_or(|since| self.at >= since)
    }

    /// Something known is always in it.
    fn is_login(&self, least: LoginStrength) -> bool {
        let known = self.methods.iter().any(|method| factors(*method).contains(&Factor::Known));
        known && self.strength() >= least
    }

    /// With one more. Where that alone is worth all of it, it takes its place: nothing is lost, and it is fresh.
    fn and(&self, more: Method, now: Timestamp) -> Self {
        let all = with_method(&self.methods, more);
        if strength(&[more]) >= strength(&all) {
            return Self { methods: vec![more], at: now };
        }
        Self { methods: all, at: self.at }
    }
}

/// Methods with one more.
pub fn with_method(methods: &[Method], more: Method) -> Vec<Method> {
    let mut all: Vec<Method> = methods.iter().copied().chain([more]).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// What a page wants of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub strength: LoginStrength,
    /// Nothing of it shown before this moment.
    pub since: Option<Timestamp>,
}

/// What a session has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Showing {
    /// Its login.
    pub login: Shown,
    /// On the way to a fresh one.
    pub again: Option<Shown>,
}

/// What somebody is to be asked so that their login is as strong, or as fresh, as a page wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// It is.
    Nothing,
    /// Any one of these brings them on.
    Any {
        ways: Vec<Method>,
        /// After the password one of these is asked for, too. None: nothing more.
        then: Vec<Method>,
        /// What they showed just now counts already; this is the rest.
        begun: bool,
    },
    /// They have nothing to show that would do it: a second factor is to be set up first.
    SetUp,
    /// No login here is ever so strong.
    Never,
}

impl Showing {
    /// See [`Ask`]. `held` is what the account may show.
    pub fn ask(&self, held: &[Method], wanted: Wanted) -> Ask {
        if wanted.strength > LoginStrength::SHOWN_MAX {
            return Ask::Never;
        }
        // A fresh login takes no less than signing in does.
        let needed = if wanted.since.is_some() { wanted.strength.max(least(held)) } else { wanted.strength };
        if self.login.is_since(wanted.since) {
            return if self.login.strength() >= needed {
                Ask::Nothing
            } else {
                ask_beside(&self.login.methods, held, needed, false)
            };
        }
        match self.again.as_ref().filter(|again| again.is_since(wanted.since) && again.strength() < needed) {
            Some(again) => ask_beside(&again.methods, held, needed, true),
            None => ask_anew(held, needed),
        }
    }

    /// After one more method was shown, for a page that wants nothing of before `since`. `least` is how strong a login of
    /// this account must be. Whatever moment is named, nothing is ever told to be younger than it is.
    #[must_use]
    pub fn after(
        &self,
        more: Method,
        least: LoginStrength,
        since: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        if self.login.is_since(since) {
            return Self { login: self.login.and(more, now), again: None };
        }
        let begun = self.again.as_ref().filter(|again| again.is_since(since));
        let shown = begun.map_or(Shown { methods: vec![more], at: now }, |begun| begun.and(more, now));
        if shown.is_login(least) {
            Self { login: shown, again: None }
        } else {
            Self { login: self.login.clone(), again: Some(shown) }
        }
    }

    /// After a method was set up in this session: stronger from now on, and no younger, because what is only made now cannot
    /// say that the holder is still there.
    #[must_use]
    pub fn with_new(&self, method: Method) -> Self {
        let login = Shown { methods: with_method(&self.login.methods, method), at: self.login.at };
        Self { login, again: self.again.clone() }
    }
}

/// What is missing beside these.
fn ask_beside(shown: &[Method], held: &[Method], needed: LoginStrength, begun: bool) -> Ask {
    let brings = |more: &&Method| strength(&with_method(shown, **more)) >= needed;
    let ways: Vec<Method> = held.iter().filter(brings).copied().collect();
    if ways.is_empty() { Ask::SetUp } else { Ask::Any { ways, then: Vec::new(), begun } }
}

/// From the beginning, as at a sign-in: a passkey, or the password and what belongs beside it.
fn ask_anew(held: &[Method], needed: LoginStrength) -> Ask {
    let enough = |shown: &[Method]| strength(shown) >= needed;
    let alone = enough(&[Method::Password]);
    let second =
        |m: &Method| !matches!(m, Method::Password | Method::Passkey) && enough(&[Method::Password, *m]);
    let then: Vec<Method> = held.iter().copied().filter(|m| !alone && second(m)).collect();
    let begins = |m: &Method| match m {
        Method::Password => alone || !then.is_empty(),
        Method::Passkey => true,
        Method::AppCode | Method::MessageCode | Method::OtherDevice => false,
    };
    let ways: Vec<Method> = held.iter().copied().filter(begins).collect();
    if ways.is_empty() { Ask::SetUp } else { Ask::Any { ways, then, begun: false } }
}

#[cfg(test)]
mod tests {
    use Method::{AppCode, MessageCode, OtherDevice, Passkey, Password};
    use jiff::SignedDuration;

    use super::*;

    const ONE: LoginStrength = LoginStrength::One;
    const TWO: LoginStrength = LoginStrength::Two;

    /// Seconds after the session began.
    fn at(seconds: i64) -> Timestamp {
        "2026-11-20T02:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
    }

    fn shown(methods: &[Method], seconds: i64) -> Shown {
        Shown { methods: methods.to_vec(), at: at(seconds) }
    }

    fn showing(methods: &[Method]) -> Showing {
        Showing { login: shown(methods, 0), again: None }
    }

    fn any(ways: &[Method], then: &[Method]) -> Ask {
        Ask::Any { ways: ways.to_vec(), then: then.to_vec(), begun: false }
    }

    /// What an account may show, for each choice of what it has.
    fn accounts() -> Vec<Vec<Method>> {
        let has = |n: u8, bit: u8| n & bit != 0;
        (0..16).map(|n| may_show(has(n, 1), has(n, 2), has(n, 4), has(n, 8))).collect()
    }

    #[test]
    fn two_different_factors_make_level_two_and_nothing_makes_more() {
        let cases: [(&[Method], LoginStrength); 8] = [
            (&[Password], ONE),
            (&[AppCode], ONE),
            // Two things that are held are one kind of factor.
            (&[AppCode, MessageCode], ONE),
            (&[Password, AppCode], TWO),
            (&[Password, MessageCode], TWO),
            (&[Passkey], TWO),
            (&[OtherDevice], TWO),
            (&[Password, AppCode, Passkey], TWO),
        ];
        for (methods, expected) in cases {
            assert_eq!(strength(methods), expected, "{methods:?}");
        }
        // What the provider offers to others is what there is: that, and no more.
        let strongest = (0..1 << Method::ALL.len()).map(|set: u32| {
            let shown = Method::ALL.into_iter().enumerate().filter(|(n, _)| set & (1 << n) != 0);
            strength(&shown.map(|(_, method)| method).collect::<Vec<_>>())
        });
        assert_eq!(strongest.max(), Some(LoginStrength::SHOWN_MAX));
        assert_eq!(with_method(&[Password], Password), [Password]);
        assert_eq!(with_method(&[Passkey], AppCode), [AppCode, Passkey]);
    }

    #[test]
    fn a_code_by_message_is_only_for_who_has_a_password_and_nothing_better() {
        assert_eq!(may_show(true, false, false, true), [Password, MessageCode]);
        assert_eq!(may_show(true, true, false, true), [Password, AppCode]);
        assert_eq!(may_show(true, false, true, true), [Password, Passkey]);
        assert_eq!(may_show(true, true, true, true), [Password, AppCode, Passkey]);
        assert_eq!(may_show(true, false, false, false), [Password]);
        // Never alone.
        assert_eq!(may_show(false, false, false, true), []);
        assert_eq!(strength(&[MessageCode]), ONE);
    }

    #[test]
    fn a_page_asks_for_what_is_missing() {
        let wants = |strength| Wanted { strength, since: None };
        let all = [Password, AppCode, Passkey];
        assert_eq!(showing(&[Password]).ask(&all, wants(ONE)), Ask::Nothing);
        assert_eq!(showing(&[Password]).ask(&all, wants(TWO)), any(&[AppCode, Passkey], &[]));
        assert_eq!(showing(&[Password]).ask(&[Password], wants(TWO)), Ask::SetUp);
        assert_eq!(showing(&[Password]).ask(&[Password, MessageCode], wants(TWO)), any(&[MessageCode], &[]));
        assert_eq!(showing(&[Passkey]).ask(&all, wants(TWO)), Ask::Nothing);
        for never in [LoginStrength::Three, LoginStrength::Four] {
            assert_eq!(showing(&[Passkey]).ask(&all, wants(never)), Ask::Never);
        }
    }

    /// The whole table: what an account has, what a page wants fresh, what is asked first. Nothing of before counts, so it is
    /// the same whatever the session has shown.
    #[test]
    fn what_was_shown_before_counts_for_nothing_where_a_page_wants_it_fresh() {
        let table: [(&[Method], LoginStrength, Ask); 10] = [
            (&[Password], ONE, any(&[Password], &[])),
            (&[Password], TWO, Ask::SetUp),
            (&[Password, MessageCode], ONE, any(&[Password], &[])),
            (&[Password, MessageCode], TWO, any(&[Password], &[MessageCode])),
            (&[Password, AppCode], ONE, any(&[Password], &[AppCode])),
            (&[Password, AppCode], TWO, any(&[Password], &[AppCode])),
            (&[Password, Passkey], ONE, any(&[Passkey], &[])),
            (&[Password, Passkey], TWO, any(&[Passkey], &[])),
            (&[Password, AppCode, Passkey], ONE, any(&[Password, Passkey], &[AppCode])),
            (&[Password, AppCode, Passkey], TWO, any(&[Password, Passkey], &[AppCode])),
        ];
        let with_password = accounts().into_iter().filter(|held| held.contains(&Password));
        for held in with_password {
            assert!(table.iter().any(|(of, ..)| *of == held), "{held:?} is missing");
        }
        let before: [&[Method]; 5] =
            [&[Password], &[Password, AppCode], &[Password, MessageCode], &[Passkey], &[OtherDevice]];
        for (held, strength, expected) in &table {
            for before in before {
                let asked = showing(before).ask(held, Wanted { strength: *strength, since: Some(at(60)) });
                assert_eq!(asked, *expected, "{before:?} {held:?} {strength:?}");
            }
        }
    }

    /// Walks every way that is offered, to its end.
    fn walk(start: &Showing, now: &Showing, held: &[Method], wanted: Wanted, walked: &[Method]) {
        let said = format!("{start:?} {held:?} {wanted:?} {walked:?}");
        match now.ask(held, wanted) {
            Ask::Never => panic!("{said}"),
            Ask::SetUp => assert!(walked.is_empty(), "it is told before anything is asked: {said}"),
            Ask::Nothing => {
                assert!(now.login.strength() >= wanted.strength, "{said}");
                let Some(since) = wanted.since else { return };
                assert!(now.login.at >= since, "{said}");
                // Exactly what was shown; a passkey stands for whatever was shown before it.
                let mut fresh = walked.to_vec();
                fresh.sort_unstable();
                let passkey = fresh.contains(&Passkey);
                assert_eq!(now.login.methods, if passkey { vec![Passkey] } else { fresh }, "{said}");
                assert!(now.login.methods != [Password] || least(held) == ONE, "{said}");
            }
            Ask::Any { ways, then, .. } => {
                assert!(walked.len() < 2, "no circle: {said}");
                if wanted.since.is_some() && wanted.strength == ONE {
                    assert_eq!(now.login, start.login, "nothing half shown is a login: {said}");
                }
                for way in ways {
                    let seconds = 60 + i64::try_from(walked.len()).unwrap();
                    let next = now.after(way, least(held), wanted.since, at(seconds));
                    match next.ask(held, wanted) {
                        Ask::Any { ways, .. } => {
                            assert_eq!(way, Password, "{said}");
                            assert!(then.iter().all(|m| ways.contains(m)), "as it was told: {said}");
                        }
                        other => assert!(way != Password || then.is_empty(), "{other:?} {said}"),
                    }
                    walk(start, &next, held, wanted, &[walked, &[way]].concat());
                }
            }
        }
    }

    #[test]
    fn whoever_shows_what_is_asked_in_turn_has_what_was_wanted() {
        let before: [&[Method]; 5] =
            [&[Password], &[Password, AppCode], &[Password, MessageCode], &[Passkey], &[OtherDevice]];
        for held in accounts() {
            for before in before {
                for strength in [ONE, TWO] {
                    for since in [None, Some(at(0)), Some(at(60))] {
                        let start = showing(before);
                        let walked = &[];
                        let wanted = Wanted { strength, since };
                        // Who signed in before there was a better way shows that one, too.
                        if since == Some(at(0)) && start.login.strength() < least(&held) {
                            continue;
                        }
                        if since == Some(at(60)) || since.is_none() {
                            walk(&start, &start, &held, wanted, walked);
                        } else if start.login.strength() >= strength {
                            assert_eq!(start.ask(&held, wanted), Ask::Nothing);
                        }
                    }
                }
            }
        }
        let late =
            showing(&[Password]).ask(&[Password, Passkey], Wanted { strength: ONE, since: Some(at(0)) });
        assert_eq!(late, any(&[Passkey], &[]), "a passkey was added since");
    }

    /// The moment is named by a form: whatever it says, a login is never told to be younger than what it stands on.
    #[test]
    fn no_moment_that_is_named_makes_old_proof_young() {
        let moments = [None, Some(at(0)), Some(at(1)), Some(at(50)), Some(at(1_000))];
        let methods = [Password, AppCode, MessageCode, Passkey];
        let mut sessions = vec![(showing(&[Password, AppCode]), [0; 5])];
        for step in 1..=3 {
            let now = step * 30;
            let mut next = Vec::new();
            for (before, seen) in &sessions {
                for (method, since) in methods.iter().flat_map(|m| moments.iter().map(move |s| (*m, *s))) {
                    let mut seen = *seen;
                    seen[index(method)] = now;
                    for least in [ONE, TWO] {
                        let after = before.after(method, least, since, at(now));
                        let young = |m: &Method| at(seen[index(*m)]) >= after.login.at;
                        assert!(after.login.methods.iter().all(young), "{before:?} {method:?} {since:?}");
                        let known = [Password, Passkey].iter().any(|m| after.login.methods.contains(m));
                        assert!(known, "a login stands on something known: {after:?}");
                        next.push((after, seen));
                    }
                }
            }
            next.dedup();
            sessions = next;
        }
    }

    fn index(method: Method) -> usize {
        [Password, AppCode, MessageCode, Passkey, OtherDevice].iter().position(|m| *m == method).unwrap()
    }

    #[test]
    fn what_is_set_up_makes_a_session_stronger_and_no_younger() {
        let after = showing(&[Password]).with_new(AppCode);
        assert_eq!((after.login.strength(), after.login.at), (TWO, at(0)));
        let fresh = Wanted { strength: TWO, since: Some(at(60)) };
        assert_eq!(after.ask(&[Password, AppCode], fresh), any(&[Password], &[AppCode]));
    }

    #[test]
    fn what_alone_is_worth_as_much_takes_the_place_of_what_was_shown() {
        assert_eq!(shown(&[Password], 0).and(Password, at(9)), shown(&[Password], 9));
        assert_eq!(shown(&[Password, AppCode], 0).and(Passkey, at(9)), shown(&[Passkey], 9));
        assert_eq!(shown(&[Password], 0).and(AppCode, at(9)), shown(&[Password, AppCode], 0));
        assert_eq!(shown(&[Password, AppCode], 0).and(Password, at(9)), shown(&[Password, AppCode], 0));
    }
}
