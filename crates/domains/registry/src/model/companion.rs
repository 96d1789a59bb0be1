//! As what somebody speaks for a child, by the ties on record. Pure.

use contracts::{ActsAs, PersonId};
use jiff::civil::Date;

use super::{Relation, Span, Tie};

/// Who came along: a person of the register and their number, by which a tie may name them that has not found them yet.
#[derive(Clone, Copy)]
pub struct Who<'a> {
    pub person: PersonId,
    pub number: Option<&'a str>,
    /// Their own ties.
    pub ties: &'a [Span<Tie>],
}

/// The nearest speak for a child, and nobody beside them: a registered guardian, for there is one only where parents
/// cannot care (Civil Code Art. 47); then adoptive parents, to whom the rights of those by birth went over (Law on Adoption
/// 52/2010/QH12 Art. 24), but for one who is married to them; then the parents.
pub fn acts_as(child: &[Span<Tie>], who: Who<'_>, today: Date) -> Option<ActsAs> {
    let now = || child.iter().filter(|s| s.days.contains(today)).map(|s| &s.value);
    let of = |kinds: &'static [Relation]| now().filter(move |tie| kinds.contains(&tie.relation));
    let guardians = || of(&[Relation::Guardian]);
    let adopters = || of(&[Relation::AdoptiveFather, Relation::AdoptiveMother]);
    if guardians().next().is_some() {
        return guardians().find(|tie| is(tie, who)).and_then(word);
    }
    if let Some(tie) = adopters().find(|tie| is(tie, who)) {
        return word(tie);
    }
    let is_married_to = |adopter: &Tie| {
        let spouses = who.ties.iter().filter(|s| s.days.contains(today));
        let mut spouses = spouses.filter(|s| s.value.relation == Relation::Spouse);
        adopter.other.is_some() && spouses.any(|s| s.value.other == adopter.other)
    };
    if adopters().next().is_some() && !adopters().any(is_married_to) {
        return None;
    }
    of(&[Relation::Father, Relation::Mother]).find(|tie| is(tie, who)).and_then(word)
}

fn is(tie: &Tie, who: Who<'_>) -> bool {
    match tie.other {
        Some(other) => other == who.person,
        None => tie.relative.number.is_some() && tie.relative.number.as_deref() == who.number,
    }
}

fn word(tie: &Tie) -> Option<ActsAs> {
    match tie.relation {
        Relation::Father => Some(ActsAs::Father),
        Relation::Mother => Some(ActsAs::Mother),
        Relation::AdoptiveFather => Some(ActsAs::AdoptiveFather),
        Relation::AdoptiveMother => Some(ActsAs::AdoptiveMother),
        Relation::Guardian => Some(ActsAs::Guardian),
        Relation::Spouse | Relation::Child | Relation::AdoptedChild | Relation::Ward => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;
    use crate::model::{Days, Relative};

    const TODAY: Date = date(2026, 11, 20);

    fn tie(relation: Relation, other: Option<u128>, days: Days) -> Span<Tie> {
        let relative = Relative { number: other.is_none().then(|| "N7".to_owned()), ..Relative::default() };
        let other = other.map(|n| PersonId(Uuid::from_u128(n)));
        let value = Tie { id: Uuid::nil(), relation, other, relative, event: Uuid::nil(), ended_by: None };
        Span { value, days, known_from: jiff::Timestamp::UNIX_EPOCH, known_to: None }
    }

    fn now(relation: Relation, other: u128) -> Span<Tie> {
        tie(relation, Some(other), Days::ALWAYS)
    }

    fn said(child: &[Span<Tie>], who: u128, ties: &[Span<Tie>]) -> Option<ActsAs> {
        acts_as(child, Who { person: PersonId(Uuid::from_u128(who)), number: Some("N7"), ties }, TODAY)
    }

    #[test]
    fn parents_speak_for_their_child_and_nobody_else_does() {
        let child = [now(Relation::Father, 1), now(Relation::Mother, 2), now(Relation::Spouse, 3)];
        assert_eq!(said(&child, 1, &[]), Some(ActsAs::Father));
        assert_eq!(said(&child, 2, &[]), Some(ActsAs::Mother));
        assert_eq!(said(&child, 3, &[]), None);
        assert_eq!(said(&child, 7, &[]), None);
        // A tie that names its relative by number alone.
        assert_eq!(said(&[tie(Relation::Mother, None, Days::ALWAYS)], 7, &[]), Some(ActsAs::Mother));
    }

    #[test]
    fn a_registered_guardian_stands_before_the_parents_as_long_as_it_holds() {
        let over = Days { from: None, to: Some(TODAY) };
        let child = [now(Relation::Mother, 2), now(Relation::Guardian, 4)];
        assert_eq!(said(&child, 4, &[]), Some(ActsAs::Guardian));
        assert_eq!(said(&child, 2, &[]), None);
        let child = [now(Relation::Mother, 2), tie(Relation::Guardian, Some(4), over)];
        assert_eq!(said(&child, 4, &[]), None);
        assert_eq!(said(&child, 2, &[]), Some(ActsAs::Mother));
    }

    #[test]
    fn parents_by_birth_spoke_for_a_child_until_it_was_adopted_by_others() {
        let child = [now(Relation::Father, 1), now(Relation::Mother, 2), now(Relation::AdoptiveFather, 5)];
        assert_eq!(said(&child, 5, &[]), Some(ActsAs::AdoptiveFather));
        assert_eq!(said(&child, 1, &[]), None);
        assert_eq!(said(&child, 2, &[]), None);
        // A stepfather adopted it: the mother is still its mother.
        assert_eq!(said(&child, 2, &[now(Relation::Spouse, 5)]), Some(ActsAs::Mother));
        assert_eq!(said(&child, 1, &[now(Relation::Spouse, 6)]), None);
    }
}
