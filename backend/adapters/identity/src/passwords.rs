//! Account passwords, hashed by Argon2id (RFC 9106).

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{Error as HashError, PasswordHasher as _, PasswordVerifier as _},
};
use async_trait::async_trait;
use kith_domain::{
    Password, PasswordHash,
    ports::{PasswordHasher, StoreError},
};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

use crate::random::Random;

/// Memory of one hashing, in KiB: 19 MiB (OWASP's least for two passes).
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over that memory.
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// RFC 9106 section 3.1 recommends 16 bytes.
const SALT_BYTES: usize = 16;
/// How long a caller waits for a turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Hashes on the blocking pool, a bounded number at a time: each takes a core for tens of milliseconds and 19 MiB, and
/// messages must not wait for that.
pub struct Argon2id {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    random: Arc<dyn Random>,
}

impl Argon2id {
    /// Draws salts from `random`; at most `at_once` hashings run side by side.
    #[must_use]
    pub fn new(random: Arc<dyn Random>, at_once: NonZeroUsize) -> Self {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("parameters within RFC 9106");
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            turns: Arc::new(Semaphore::new(at_once.get())),
            random,
        }
    }

    /// Runs `work` in turn. A caller who goes away leaves the turn taken until the work is done.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(unavailable)?.map_err(unavailable)?;
        let argon2 = self.argon2.clone();
        let done = spawn_blocking(move || {
            let outcome = work(&argon2);
            drop(turn);
            outcome
        });
        done.await.map_err(unavailable)?.map_err(|error| StoreError::Internal(Arc::new(error)))
    }
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Arc::new(error))
}

#[async_trait]
impl PasswordHasher for Argon2id {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, StoreError> {
        let mut salt = [0; SALT_BYTES];
        self.random.fill(&mut salt);
        let password = password.clone();
        let hash = self
            .in_turn(move |argon2| argon2.hash_password_with_salt(password.as_str().as_bytes(), &salt))
            .await?;
        Ok(PasswordHash::from_phc(hash.to_string()))
    }

    async fn verify(&self, given: &Password, hash: &PasswordHash) -> Result<bool, StoreError> {
        let (given, hash) = (given.clone(), hash.clone());
        self.in_turn(move |argon2| {
            // The parameters come from the stored string, so that stronger ones can follow later.
            match argon2.verify_password(given.as_str().as_bytes(), hash.as_str()) {
                Ok(()) => Ok(true),
                Err(HashError::PasswordInvalid) => Ok(false),
                Err(error) => Err(error),
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    fn password(text: &str) -> Password {
        Password::parse("new", text.to_owned()).unwrap()
    }

    fn hasher() -> Argon2id {
        Argon2id::new(Arc::new(SystemRandom), NonZeroUsize::MIN)
    }

    #[tokio::test]
    async fn only_the_password_itself_is_right() {
        let hasher = hasher();
        let right = "Zoë's 林-password ";
        let hash = hasher.hash(&password(right)).await.unwrap();
        for (given, expected) in [
            (right, true),
            (right.trim(), false),
            ("zoë's 林-password ", false),
            // The same letters, composed otherwise: as typed means as typed.
            ("Zoe\u{308}'s 林-password ", false),
        ] {
            assert_eq!(hasher.verify(&password(given), &hash).await.unwrap(), expected, "{given:?}");
        }
        let again = hasher.hash(&password(right)).await.unwrap();
        assert_ne!(again, hash, "a salt of its own");
    }

    #[tokio::test]
    async fn the_hash_names_its_parameters() {
        let hash = hasher().hash(&password("correct horse")).await.unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
    }

    #[tokio::test]
    async fn a_damaged_hash_is_an_error_and_no_answer() {
        for text in ["", "plain"] {
            let hash = PasswordHash::from_phc(text.to_owned());
            let outcome = hasher().verify(&password("correct horse"), &hash).await;
            assert!(matches!(outcome, Err(StoreError::Internal(_))), "{text:?}: {outcome:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_for_a_turn_is_told() {
        let hasher = hasher();
        let _taken = Arc::clone(&hasher.turns).acquire_owned().await.unwrap();
        let outcome = hasher.hash(&password("correct horse")).await;
        assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    }
}
