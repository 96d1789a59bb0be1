// How tests run a target: over its seeds, and over random mutations of them, the same ones each time.

use base::{Entropy, SeededEntropy};

const MUTATIONS: usize = 400;

pub fn over_seeds(name: &str, run: fn(&[u8])) {
    let folder = format!("{}/../../../fuzz/seeds/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut seeds: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    seeds.sort();
    assert!(!seeds.is_empty());
    let chance = Chance(SeededEntropy::new(7));
    for seed in seeds {
        let whole = std::fs::read(seed).unwrap();
        run(&whole);
        for _ in 0..MUTATIONS {
            run(&chance.mutated(&whole));
        }
    }
}

struct Chance(SeededEntropy);

impl Chance {
    fn below(&self, limit: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        usize::try_from(u64::from_le_bytes(bytes) % limit.max(1) as u64).unwrap()
    }

    /// One to three small changes.
    fn mutated(&self, whole: &[u8]) -> Vec<u8> {
        let mut changed = whole.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(changed.len());
            match self.below(4) {
                0 => changed[at] ^= 1 << self.below(8),
                1 => changed.truncate(at.max(1)),
                2 => changed.insert(at, u8::try_from(self.below(256)).unwrap()),
                _ => {
                    let piece = changed[at..].to_vec();
                    changed.extend(piece);
                }
            }
        }
        changed
    }
}
