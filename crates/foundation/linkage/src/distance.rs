//! Distances of short texts, as bytes. Folded names are ASCII; see [`letters`] for others.

/// Longer texts are cut: names and numbers are shorter, and the cost grows with the square.
pub const LETTERS_MAX: usize = 64;

/// A folded text as one byte a letter, spaces left out; letters beyond ASCII are thrown into 128 classes.
pub fn letters(folded: &str) -> Vec<u8> {
    let byte = |c: char| if c.is_ascii() { c as u8 } else { 128 | (c as u32 % 128) as u8 };
    folded.chars().filter(|c| *c != ' ').take(LETTERS_MAX).map(byte).collect()
}

/// The similarity of Jaro and Winkler, 0 to 1: letters in common near their place, a common beginning counting more.
pub fn jaro_winkler(a: &[u8], b: &[u8]) -> f64 {
    let (a, b) = (cut(a), cut(b));
    if a == b {
        return 1.0;
    }
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let window = (a.len().max(b.len()) / 2).saturating_sub(1);
    let (mut of_a, mut of_b) = (0_u64, 0_u64);
    for (i, x) in a.iter().enumerate() {
        let end = (i + window + 1).min(b.len());
        let found = (i.saturating_sub(window)..end).find(|j| of_b & (1 << j) == 0 && b[*j] == *x);
        if let Some(j) = found {
            of_a |= 1 << i;
            of_b |= 1 << j;
        }
    }
    let common = of_a.count_ones();
    if common == 0 {
        return 0.0;
    }
    let taken = |text: &[u8], mask: u64| -> Vec<u8> {
        text.iter().enumerate().filter(|(i, _)| mask & (1 << i) != 0).map(|(_, x)| *x).collect()
    };
    let moved = taken(a, of_a).iter().zip(&taken(b, of_b)).filter(|(x, y)| x != y).count() / 2;
    let common = f64::from(common);
    let jaro = (common / a.len() as f64 + common / b.len() as f64 + (common - moved as f64) / common) / 3.0;
    let prefix = a.iter().zip(b).take(4).take_while(|(x, y)| x == y).count();
    jaro + prefix as f64 * 0.1 * (1.0 - jaro)
}

/// Insertions, deletions, replacements and swaps of neighbours between two texts (optimal string alignment), where they
/// are no more than `most`: most pairs are far apart, and to know that is cheap.
pub fn slips(a: &[u8], b: &[u8], most: usize) -> Option<usize> {
    let (mut a, mut b) = (cut(a), cut(b));
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    (a, b) = (&a[same..], &b[same..]);
    let same = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    (a, b) = (&a[..a.len() - same], &b[..b.len() - same]);
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut rows = [[0_u8; LETTERS_MAX + 1]; 3];
    rows[0] = std::array::from_fn(|j| j as u8);
    for (i, x) in a.iter().enumerate() {
        let [last, before, mut row] = [rows[i % 3], rows[(i + 2) % 3], [u8::MAX; LETTERS_MAX + 1]];
        // Further from the diagonal than `most`, the count is larger than `most` anyway.
        let (from, to) = (i.saturating_sub(most), (i + most + 1).min(b.len()));
        row[from] = if from == 0 { i as u8 + 1 } else { u8::MAX };
        let mut least = row[from];
        for j in from..to {
            let y = b[j];
            let replaced = last[j].saturating_add(u8::from(*x != y));
            let mut best = replaced.min(last[j + 1].saturating_add(1)).min(row[j].saturating_add(1));
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == y {
                best = best.min(before[j - 1].saturating_add(1));
            }
            row[j + 1] = best;
            least = least.min(best);
        }
        if usize::from(least) > most {
            return None;
        }
        rows[(i + 1) % 3] = row;
    }
    Some(usize::from(rows[a.len() % 3][b.len()])).filter(|slips| *slips <= most)
}

fn cut(text: &[u8]) -> &[u8] {
    &text[..text.len().min(LETTERS_MAX)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn similarities_are_those_of_the_literature() {
        let near = |a: &str, b: &str, expected: f64| {
            assert!((jaro_winkler(a.as_bytes(), b.as_bytes()) - expected).abs() < 0.001, "{a} {b}");
        };
        near("martha", "marhta", 0.961);
        near("dixon", "dicksonx", 0.813);
        near("dwayne", "duane", 0.840);
        assert_eq!(slips(b"thanh", b"thnah", 2), Some(1));
        assert_eq!(slips(b"kitten", b"sitting", 3), Some(3));
        assert_eq!(slips(b"kitten", b"sitting", 2), None);
        assert_eq!(slips(b"", b"abc", 3), Some(3));
    }

    proptest! {
        #[test]
        fn distances_do_not_depend_on_the_order(a in "[a-d]{0,70}", b in "[a-d]{0,70}") {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            for most in 0..4 {
                prop_assert_eq!(slips(a, b, most), slips(b, a, most));
            }
            // Greedy matching may pair letters differently from the other side; it must stay a similarity.
            prop_assert!((0.0..=1.0).contains(&jaro_winkler(a, b)));
        }

        #[test]
        fn a_bound_only_cuts_off(a in "[a-c]{0,9}", b in "[a-c]{0,9}", most in 0_usize..9) {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            let whole = whole(a, b);
            prop_assert_eq!(slips(a, b, most), Some(whole).filter(|slips| *slips <= most));
        }
    }

    /// By the definition, without a bound.
    fn whole(a: &[u8], b: &[u8]) -> usize {
        let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
        for i in 0..a.len() {
            let mut row = vec![i + 1];
            for j in 0..b.len() {
                let replaced = rows[i][j] + usize::from(a[i] != b[j]);
                let mut best = replaced.min(rows[i][j + 1] + 1).min(row[j] + 1);
                if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                    best = best.min(rows[i - 1][j - 1] + 1);
                }
                row.push(best);
            }
            rows.push(row);
        }
        rows[a.len()][b.len()]
    }
}
