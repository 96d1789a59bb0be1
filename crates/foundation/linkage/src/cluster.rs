//! Joins linked pairs into groups of rows of the same person, best pairs first.
//!
//! Two groups are joined only if none of their rows contradict each other strongly: one bad link then costs one link, and
//! does not make one person of two families.

use std::collections::HashMap;

use crate::link::{Linkage, Scored};

/// A pair that speaks against the same by this many bits keeps groups apart, whatever the link between them.
pub const CONTRADICTION_BITS: f64 = -6.0;
/// Pairs of rows asked before two groups are joined.
const ASKED_MAX: usize = 400;

/// Groups of two rows or more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clusters {
    /// Each sorted by row, in the order of their first rows.
    pub groups: Vec<Vec<u32>>,
    /// Links left out because the groups contradict each other: for a person to look at.
    pub refused: Vec<(u32, u32)>,
}

impl Clusters {
    /// Joins the `links`; pairs below the threshold are to be left out by the caller.
    pub fn of(linkage: &Linkage, links: &[Scored]) -> Self {
        let contradicts = |a, b| linkage.bits(a, b) < CONTRADICTION_BITS;
        Self::join(links, contradicts)
    }

    fn join(links: &[Scored], contradicts: impl Fn(u32, u32) -> bool) -> Self {
        let mut links: Vec<&Scored> = links.iter().collect();
        links.sort_by(|x, y| y.bits.total_cmp(&x.bits).then((x.a, x.b).cmp(&(y.a, y.b))));
        let mut group_of: HashMap<u32, usize> = HashMap::new();
        let mut groups: Vec<Vec<u32>> = Vec::new();
        let mut refused = Vec::new();
        for link in links {
            let mut find = |row: u32| {
                *group_of.entry(row).or_insert_with(|| {
                    groups.push(vec![row]);
                    groups.len() - 1
                })
            };
            let (one, other) = (find(link.a), find(link.b));
            if one == other {
                continue;
            }
            let (small, large) =
                if groups[one].len() < groups[other].len() { (one, other) } else { (other, one) };
            let between = groups[small].iter().flat_map(|a| groups[large].iter().map(move |b| (*a, *b)));
            if between.take(ASKED_MAX).any(|(a, b)| contradicts(a, b)) {
                refused.push((link.a, link.b));
                continue;
            }
            for row in std::mem::take(&mut groups[small]) {
                group_of.insert(row, large);
                groups[large].push(row);
            }
        }
        groups.retain(|rows| rows.len() > 1);
        groups.iter_mut().for_each(|rows| rows.sort_unstable());
        groups.sort_unstable();
        Self { groups, refused }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(a: u32, b: u32, bits: f64) -> Scored {
        Scored { a, b, bits, probability: crate::model::probability(bits) }
    }

    #[test]
    fn links_join_rows_into_groups() {
        let links = [link(1, 2, 9.0), link(2, 3, 8.0), link(7, 9, 5.0)];
        let clusters = Clusters::join(&links, |_, _| false);
        assert_eq!(clusters.groups, [vec![1, 2, 3], vec![7, 9]]);
        assert!(clusters.refused.is_empty());
    }

    #[test]
    fn a_contradiction_splits_at_the_weakest_link() {
        let links = [link(2, 3, 4.0), link(1, 2, 9.0), link(3, 4, 8.0)];
        let clusters = Clusters::join(&links, |a, b| (a.min(b), a.max(b)) == (1, 4));
        assert_eq!(clusters.groups, [vec![1, 2], vec![3, 4]]);
        assert_eq!(clusters.refused, [(2, 3)]);
    }
}
