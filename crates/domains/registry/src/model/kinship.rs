//! How close two people are: ancestors by steps, and families by marriage and adoption. For what the law forbids among kin.

use std::collections::{BTreeMap, BTreeSet};

use contracts::PersonId;

use super::{
    law::{ANCESTOR_STEPS_MAX, KIN_STEPS},
    tie::Relation,
};

/// Ties of some people, as far as they were read: what each other is to them, now or earlier.
pub type Edges = BTreeMap<PersonId, Vec<(Relation, PersonId)>>;

/// A person's family as far as the law asks for it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Kinship {
    /// The person (0 steps), parents (1), grandparents (2) …, by descent.
    ancestors: BTreeMap<PersonId, u8>,
    /// Now or earlier.
    spouses: BTreeSet<PersonId>,
    spouses_parents: BTreeSet<PersonId>,
    adopted: BTreeSet<PersonId>,
}

impl Kinship {
    /// People whose ties must be read next to know the family of `person`; empty when `edges` suffice.
    pub fn unread(person: PersonId, edges: &Edges) -> Vec<PersonId> {
        let family = Self::of(person, edges);
        let wanted =
            family.ancestors.iter().filter(|(_, steps)| **steps < ANCESTOR_STEPS_MAX).map(|(id, _)| id);
        wanted.chain(&family.spouses).filter(|id| !edges.contains_key(id)).copied().collect()
    }

    pub fn of(person: PersonId, edges: &Edges) -> Self {
        let others = |id: PersonId, relations: &'static [Relation]| {
            let ties = edges.get(&id).map(Vec::as_slice).unwrap_or_default();
            ties.iter().filter(|(relation, _)| relations.contains(relation)).map(|(_, other)| *other)
        };
        const PARENTS: &[Relation] = &[Relation::Father, Relation::Mother];
        let mut ancestors = BTreeMap::from([(person, 0)]);
        let mut last = vec![person];
        for steps in 1..=ANCESTOR_STEPS_MAX {
            let parents: Vec<PersonId> = last.iter().flat_map(|id| others(*id, PARENTS)).collect();
            last = parents;
            for id in &last {
                ancestors.entry(*id).or_insert(steps);
            }
        }
        let spouses: BTreeSet<PersonId> = others(person, &[Relation::Spouse]).collect();
        let spouses_parents = spouses.iter().flat_map(|id| others(*id, PARENTS)).collect();
        let adopted =
            others(person, &[Relation::AdoptiveFather, Relation::AdoptiveMother, Relation::AdoptedChild])
                .collect();
        Self { ancestors, spouses, spouses_parents, adopted }
    }

    pub fn is_parent(&self, other: PersonId) -> bool {
        self.ancestors.get(&other) == Some(&1)
    }

    pub fn is_grandparent(&self, other: PersonId) -> bool {
        self.ancestors.get(&other) == Some(&2)
    }

    /// Brothers and sisters, also half.
    pub fn is_sibling(&self, other: &Self) -> bool {
        self.parents().any(|id| other.is_parent(id))
    }

    /// Whether the other is a brother or sister of a parent.
    pub fn is_aunt_or_uncle(&self, other: &Self) -> bool {
        other.parents().any(|id| self.is_grandparent(id))
    }

    /// Whether the other is or was married to a parent.
    pub fn is_step_parent(&self, other: &Self) -> bool {
        self.parents().any(|id| other.spouses.contains(&id))
    }

    fn parents(&self) -> impl Iterator<Item = PersonId> {
        self.ancestors.iter().filter(|(_, steps)| **steps == 1).map(|(id, _)| *id)
    }

    /// Whether the law forbids these two to marry for kinship (Law on Marriage and Family Art. 5.2.d): direct line, three
    /// generations of one origin, adoption, parents-in-law and step-parents, also former ones.
    pub fn forbids_marriage(&self, other: &Self, me: PersonId, they: PersonId) -> bool {
        let direct = self.ancestors.contains_key(&they) || other.ancestors.contains_key(&me);
        let near = |family: &Self, id: &PersonId| family.ancestors.get(id).is_some_and(|s| *s <= KIN_STEPS);
        let side = self.ancestors.keys().any(|id| near(self, id) && near(other, id));
        let adopted = self.adopted.contains(&they) || other.adopted.contains(&me);
        let in_law = self.spouses_parents.contains(&they) || other.spouses_parents.contains(&me);
        let step = self.is_step_parent(other) || other.is_step_parent(self);
        direct || side || adopted || in_law || step
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    /// 1 and 2 have the children 3 and 4; 3 and 5 have 6; 4 and 7 have 8; 8 has 9; 10 was adopted by 1; 3 is married to 11 now.
    fn edges() -> Edges {
        let mut edges = Edges::new();
        let mut add = |child: u128, father: u128, mother: u128| {
            edges.insert(id(child), vec![(Relation::Father, id(father)), (Relation::Mother, id(mother))]);
        };
        add(3, 1, 2);
        add(4, 1, 2);
        add(6, 3, 5);
        add(8, 4, 7);
        add(9, 8, 12);
        edges.insert(id(10), vec![(Relation::AdoptiveFather, id(1))]);
        for (one, other) in [(3, 5), (5, 3), (3, 11), (11, 3), (4, 7), (7, 4)] {
            edges.entry(id(one)).or_default().push((Relation::Spouse, id(other)));
        }
        edges
    }

    fn forbidden(a: u128, b: u128) -> bool {
        let edges = edges();
        let [x, y] = [a, b].map(|n| Kinship::of(id(n), &edges));
        let one_way = x.forbids_marriage(&y, id(a), id(b));
        assert_eq!(one_way, y.forbids_marriage(&x, id(b), id(a)), "{a} {b}");
        one_way
    }

    #[test]
    fn whom_the_law_counts_as_too_near() {
        assert!(forbidden(3, 4), "siblings");
        assert!(forbidden(6, 8), "cousins: the third generation");
        assert!(forbidden(6, 4), "uncle and nephew");
        assert!(forbidden(9, 1), "the direct line, three steps up");
        assert!(!forbidden(6, 9), "a cousin's child is the fourth generation");
        assert!(forbidden(10, 1), "adoption");
        assert!(forbidden(5, 1), "a father-in-law");
        assert!(forbidden(6, 11), "a stepmother");
        assert!(!forbidden(5, 7), "wives of two brothers");
    }

    #[test]
    fn nobody_is_read_twice_and_reading_ends() {
        let all = edges();
        let mut known = Edges::new();
        for _ in 0..10 {
            let unread = Kinship::unread(id(9), &known);
            if unread.is_empty() {
                break;
            }
            for person in unread {
                known.insert(person, all.get(&person).cloned().unwrap_or_default());
            }
        }
        assert!(Kinship::unread(id(9), &known).is_empty());
        assert_eq!(Kinship::of(id(9), &known), Kinship::of(id(9), &all));
    }
}
