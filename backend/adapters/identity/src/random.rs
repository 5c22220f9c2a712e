//! Randomness as an argument, so that tests can repeat what production draws.

/// A source of bytes fit for keys and tokens.
///
/// Any `Fn(&mut [u8])` that may be shared between threads is one.
pub trait Random: Send + Sync {
    /// Fills the whole of `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

impl<F: Fn(&mut [u8]) + Send + Sync> Random for F {
    fn fill(&self, bytes: &mut [u8]) {
        self(bytes);
    }
}

/// The operating system's generator, by way of AWS-LC's DRBG.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    /// # Panics
    /// When the operating system gives no entropy: going on would mean guessable tokens.
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the system's random generator works");
    }
}
