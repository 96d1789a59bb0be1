//! Words of a list, such as units: the same, or the same after a reform.

use std::collections::{BTreeMap, HashMap};

use base::fold;

use super::NO_GRADE;
use crate::mixing::key_of;

pub(super) const GRADES: [&str; 3] = ["different", "successor", "same"];

/// Keys of the codes that a code became.
pub(super) type Successors = HashMap<u64, Box<[u64]>>;

pub(super) fn successors(became: &BTreeMap<String, Vec<String>>) -> Successors {
    let keys = |codes: &Vec<String>| codes.iter().map(|c| code_key(c)).filter(|key| *key != 0).collect();
    became.iter().map(|(code, codes)| (code_key(code), keys(codes))).collect()
}

fn code_key(code: &str) -> u64 {
    let folded = fold(code);
    if folded.is_empty() { 0 } else { key_of(folded.as_bytes()) }
}

#[derive(Debug, Clone)]
pub struct Code {
    key: u64,
    became: Box<[u64]>,
}

impl Code {
    pub(super) fn new(text: &str, successors: &Successors) -> Self {
        let key = code_key(text);
        Self { key, became: successors.get(&key).cloned().unwrap_or_default() }
    }

    /// Rows meet under what a code became, where that is one code.
    pub(super) fn key(&self) -> u64 {
        if let [one] = &*self.became { *one } else { self.key }
    }

    pub(super) fn grade(&self, other: &Self) -> u8 {
        if self.key == 0 || other.key == 0 {
            return NO_GRADE;
        }
        if self.key == other.key {
            return 2;
        }
        let mine = || self.became.iter().chain(Some(&self.key));
        let shared = other.became.iter().chain(Some(&other.key)).any(|k| mine().any(|m| m == k));
        u8::from(shared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_equals_its_successor() {
        let map = BTreeMap::from([
            ("00001".to_owned(), vec!["10".to_owned()]),
            ("00002".to_owned(), vec!["10".to_owned(), "11".to_owned()]),
        ]);
        let map = successors(&map);
        let grade = |a, b| Code::new(a, &map).grade(&Code::new(b, &map));
        assert_eq!([grade("10", "10"), grade("00001", "10"), grade("00002", "00001")], [2, 1, 1]);
        assert_eq!([grade("00001", "11"), grade("?", "11")], [0, NO_GRADE]);
    }
}
