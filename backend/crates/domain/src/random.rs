//! Randomness, always passed in.

use uuid::Uuid;

/// A source of unpredictable bytes.
pub trait Random: Send + Sync {
    /// Fills `buffer` with bytes that nobody can predict.
    fn fill(&self, buffer: &mut [u8]);
}

/// A fresh random 128-bit number.
#[must_use]
pub fn random_u128(random: &dyn Random) -> u128 {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    u128::from_be_bytes(bytes)
}

/// A version 4 UUID.
#[must_use]
pub fn random_uuid(random: &dyn Random) -> Uuid {
    uuid::Builder::from_random_bytes(random_u128(random).to_be_bytes()).into_uuid()
}
