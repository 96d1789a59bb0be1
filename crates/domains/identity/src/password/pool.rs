//! Hashing in a bounded pool: argon2id costs 19 MiB and tens of milliseconds a time, so only so many run at once, only
//! so many wait, and the next is told to come back. A flood of sign-ins slows nothing but sign-ins.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{PasswordHasher, phc::PasswordHash},
};
use base::Entropy;
use subtle::ConstantTimeEq;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use super::Password;
use crate::IdentityError;

/// OWASP Password Storage: argon2id with 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const OUTPUT_BYTES: usize = 32;
const SALT_BYTES: usize = 16;
/// Hashings that wait for each one that runs: about half a second.
const WAITING_PER_WORKER: usize = 16;

/// What one hashing costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self { memory_kib: MEMORY_KIB, passes: PASSES, lanes: LANES }
    }
}

impl PasswordCost {
    /// Next to nothing, so that tests are quick. In a release build it is the full cost: no setting meant for tests can
    /// weaken a running service.
    pub fn for_tests() -> Self {
        if cfg!(debug_assertions) { Self { memory_kib: 16, passes: 1, lanes: 1 } } else { Self::default() }
    }

    fn argon2(self) -> Result<Argon2<'static>, IdentityError> {
        let params =
            Params::new(self.memory_kib, self.passes, self.lanes, Some(OUTPUT_BYTES)).map_err(broken)?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }

    fn hash(self, ran: &Ran, password: &str, salt: [u8; SALT_BYTES]) -> Result<String, IdentityError> {
        let hashed = self.argon2()?.hash_password_with_salt(password.as_bytes(), &salt).map_err(broken)?;
        ran.add();
        Ok(hashed.to_string())
    }

    /// Whether the password is the one that was hashed. `memory` is grown to what the hash needs and kept for the next.
    fn verify(ran: &Ran, memory: &mut Vec<Block>, password: &str, phc: &str) -> Result<bool, IdentityError> {
        let stored = PasswordHash::new(phc).map_err(broken)?;
        let params = Params::try_from(&stored).map_err(broken)?;
        let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else { return Err(broken(())) };
        memory.resize(params.block_count(), Block::new());
        let mut found = Zeroizing::new(vec![0; expected.len()]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(password.as_bytes(), salt, &mut found, memory.as_mut_slice())
            .map_err(broken)?;
        ran.add();
        Ok(found.ct_eq(expected.as_bytes()).into())
    }

    /// Whether a stored hash was made at another cost than this.
    fn differs(self, phc: &str) -> bool {
        let stored = PasswordHash::new(phc).ok().and_then(|hash| Params::try_from(&hash).ok());
        stored.is_none_or(|p| {
            (p.m_cost(), p.t_cost(), p.p_cost()) != (self.memory_kib, self.passes, self.lanes)
        })
    }
}

/// How many hashings have run.
#[derive(Default)]
struct Ran(AtomicU64);

impl Ran {
    fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn broken<E>(_: E) -> IdentityError {
    IdentityError::Crypto("a password cannot be hashed")
}

/// The pool. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    cost: PasswordCost,
    workers: Arc<Semaphore>,
    places: Arc<Semaphore>,
    /// The working memory of those that run: allocated anew on whichever thread comes next, it would stay with each.
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
    /// Nobody's password, checked when there is no account, so that this takes the same time.
    nobody: Arc<str>,
    ran: Arc<Ran>,
}

impl Passwords {
    /// As many at once as there are cores.
    pub fn new(cost: PasswordCost, entropy: &dyn Entropy) -> Result<Self, IdentityError> {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        Self::with_room(cost, entropy, workers, workers * WAITING_PER_WORKER)
    }

    /// So many at once, and so many that wait.
    pub fn with_room(
        cost: PasswordCost,
        entropy: &dyn Entropy,
        workers: usize,
        waiting: usize,
    ) -> Result<Self, IdentityError> {
        let secret = Zeroizing::new(hex::encode(base::entropy::bytes::<32>(entropy)));
        let ran = Arc::<Ran>::default();
        let nobody = cost.hash(&ran, &secret, base::entropy::bytes(entropy))?;
        Ok(Self {
            cost,
            workers: Arc::new(Semaphore::new(workers)),
            places: Arc::new(Semaphore::new(workers + waiting)),
            memory: Arc::default(),
            nobody: nobody.into(),
            ran,
        })
    }

    /// How many hashings have run since the start: whoever asks twice sees what somebody's try cost, which must be the same
    /// whether there is such an account or not.
    pub fn hashings(&self) -> u64 {
        self.ran.0.load(Ordering::Relaxed)
    }

    /// Lends working memory: there is never more of it than workers.
    fn with_memory<T>(&self, work: impl FnOnce(&mut Vec<Block>) -> T) -> T {
        let free = || self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut memory = free().pop().unwrap_or_default();
        let done = work(&mut memory);
        free().push(memory);
        done
    }

    /// A place in the queue, or [`IdentityError::Busy`] at once. Taken before the database is asked for anything.
    pub fn place(&self) -> Result<Slot, IdentityError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| IdentityError::Busy)?;
        Ok(Slot { pool: self.clone(), place: Arc::new(place) })
    }
}

/// A place in the queue; given up when dropped and when what it runs has ended.
pub struct Slot {
    pool: Passwords,
    place: Arc<OwnedSemaphorePermit>,
}

impl Slot {
    /// The argon2id string (PHC format) of a new password.
    pub async fn hash(&self, password: &Password, entropy: &dyn Entropy) -> Result<String, IdentityError> {
        let (pool, password, salt) = (self.pool.clone(), password.clone(), base::entropy::bytes(entropy));
        self.run(move || pool.cost.hash(&pool.ran, password.as_str(), salt)).await
    }

    /// Whether the password is the stored one. Without a stored one it takes the same time and says no.
    pub async fn verify(&self, password: &Password, phc: Option<&str>) -> Result<bool, IdentityError> {
        let pool = self.pool.clone();
        let known = phc.is_some();
        let phc = Zeroizing::new(phc.unwrap_or(&self.pool.nobody).to_owned());
        let password = password.clone();
        self.run(move || {
            let right =
                pool.with_memory(|memory| PasswordCost::verify(&pool.ran, memory, password.as_str(), &phc))?;
            Ok(right && known)
        })
        .await
    }

    /// Whether a stored password should be hashed anew now that it is at hand.
    pub fn is_stale(&self, phc: &str) -> bool {
        self.pool.cost.differs(phc)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, IdentityError> + Send + 'static,
    ) -> Result<T, IdentityError> {
        let worker = Arc::clone(&self.pool.workers).acquire_owned().await.map_err(|_| IdentityError::Busy)?;
        // A client that hangs up does not stop the hashing, so the permits stay with it and not with the request.
        let held = (worker, Arc::clone(&self.place));
        let hashing = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(held);
            done
        });
        hashing.await.map_err(|_| IdentityError::Busy)?
    }
}

#[cfg(test)]
mod tests {
    use base::SeededEntropy;

    use super::*;

    #[tokio::test]
    async fn a_hash_knows_its_password_and_its_cost() {
        let entropy = SeededEntropy::new(1);
        let cheap = Passwords::new(PasswordCost::for_tests(), &entropy).unwrap().place().unwrap();
        let password = Password::new("mưa rơi đều");
        let phc = cheap.hash(&password, &entropy).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$"));
        assert!(cheap.verify(&password, Some(&phc)).await.unwrap());
        assert!(!cheap.verify(&Password::new("mưa rơi"), Some(&phc)).await.unwrap());
        assert!(!cheap.verify(&password, None).await.unwrap());
        assert!(!cheap.is_stale(&phc));
        let full = Passwords::new(PasswordCost::default(), &entropy).unwrap().place().unwrap();
        assert!(full.is_stale(&phc));
        let phc = full.hash(&password, &entropy).await.unwrap();
        assert!(phc.contains("m=19456,t=2,p=1"), "{phc}");
        assert!(full.verify(&password, Some(&phc)).await.unwrap());
    }

    #[test]
    fn who_comes_when_all_places_are_taken_is_sent_away_at_once() {
        let pool = Passwords::with_room(PasswordCost::for_tests(), &SeededEntropy::new(1), 1, 1).unwrap();
        let taken = [pool.place().unwrap(), pool.place().unwrap()];
        assert!(matches!(pool.place(), Err(IdentityError::Busy)));
        drop(taken);
        assert!(pool.place().is_ok());
    }

    #[tokio::test]
    async fn who_hangs_up_keeps_the_place_until_the_hashing_ends() {
        let pool = Passwords::with_room(PasswordCost::for_tests(), &SeededEntropy::new(1), 1, 0).unwrap();
        let slot = pool.place().unwrap();
        let (end, wait) = std::sync::mpsc::channel::<()>();
        let hashing = slot.run(move || Ok(wait.recv().is_err()));
        let begun = futures::future::select(Box::pin(hashing), Box::pin(tokio::task::yield_now())).await;
        drop(begun);
        drop(slot);
        assert!(matches!(pool.place(), Err(IdentityError::Busy)));
        drop(end);
        while pool.place().is_err() {
            tokio::task::yield_now().await;
        }
    }
}
