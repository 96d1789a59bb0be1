//! RSA keys that a widely used chip made wrongly (ROCA, CVE-2017-15361): their factors are found in hours. They are known by
//! their modulus: for each small prime it lies in the group that 65537 generates.

/// The primes below 168; by chance a sound key passes all of them once in 2^150.
const PRIMES: [u16; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
    107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];
const GENERATOR: u32 = 65_537;

/// Whether the modulus (big-endian) is one of theirs.
pub(crate) fn has_fingerprint(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|prime| {
        let prime = u32::from(*prime);
        let rest = modulus.iter().fold(0, |rest, byte| ((rest << 8) | u32::from(*byte)) % prime);
        is_generated(rest, prime)
    })
}

/// Whether the number is a power of the generator, modulo the prime.
fn is_generated(number: u32, prime: u32) -> bool {
    let step = GENERATOR % prime;
    let mut power = 1;
    for _ in 1..prime {
        if power == number {
            return true;
        }
        power = power * step % prime;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_the_generator_are_known_and_nothing_else_is() {
        // 65537 is 2 modulo 5, which generates all; and 10 modulo 11, which generates two of ten.
        assert!((1..5).all(|n| is_generated(n, 5)));
        assert!((1..11).filter(|n| is_generated(*n, 11)).eq([1, 10]));
        assert!(!is_generated(0, 5));
    }
}
