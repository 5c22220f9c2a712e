//! Refresh-token secrets: making them, storing only their hash, and keeping a successor readable to nobody but the
//! holder of the token it replaced.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest,
    hkdf::{HKDF_SHA256, KeyType, Prk, Salt},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::random::Random;

/// First byte of a sealed value; another one means another layout.
const VERSION: u8 = 1;
const HEADER: usize = 1 + NONCE_LEN;

/// A new opaque secret: 256 random bits as 43 characters of base64url.
pub fn opaque_token(random: &dyn Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is stored of a token. The tokens are random, so a plain SHA-256 cannot be turned back by guessing.
pub fn token_hash(token: &str) -> [u8; 32] {
    digest::digest(&digest::SHA256, token.as_bytes()).as_ref().try_into().expect("SHA-256 gives 32 bytes")
}

/// Seals `successor` so that only who still holds `spent_token` can open it.
///
/// The server stores the spent token's hash only, hence cannot open it by itself: `1 ‖ nonce ‖ AES-256-GCM`, key and
/// nonce by HKDF-SHA256 from the spent token. The nonce also depends on the successor: should two racing refreshes
/// seal different successors under one spent token, they use different nonces.
pub fn seal(spent_token: &str, successor: &str) -> Vec<u8> {
    let prk = extract(spent_token);
    let mut nonce = [0; NONCE_LEN];
    expand(&prk, &[b"kith refresh successor nonce", &token_hash(successor)], &mut nonce);

    let mut sealed = Vec::with_capacity(HEADER + successor.len() + AES_256_GCM.tag_len());
    sealed.push(VERSION);
    sealed.extend_from_slice(&nonce);
    let mut text = successor.as_bytes().to_vec();
    key(&prk)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from([VERSION]), &mut text)
        .expect("a token is far below AES-GCM's size limit");
    sealed.append(&mut text);
    sealed
}

/// Opens what [`seal`] made with the same spent token; `None` for another token or altered bytes.
pub fn open(spent_token: &str, sealed: &[u8]) -> Option<String> {
    let (header, body) = sealed.split_at_checked(HEADER)?;
    let (version, nonce) = header.split_first()?;
    if *version != VERSION {
        return None;
    }
    let mut body = body.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let text = key(&extract(spent_token)).open_in_place(nonce, Aad::from([VERSION]), &mut body).ok()?;
    String::from_utf8(text.to_vec()).ok()
}

fn extract(spent_token: &str) -> Prk {
    Salt::new(HKDF_SHA256, b"").extract(spent_token.as_bytes())
}

fn key(prk: &Prk) -> LessSafeKey {
    let mut bytes = [0; 32];
    expand(prk, &[b"kith refresh successor key"], &mut bytes);
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).expect("AES-256 takes 32 bytes"))
}

fn expand(prk: &Prk, info: &[&[u8]], out: &mut [u8]) {
    struct Length(usize);
    impl KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    prk.expand(info, Length(out.len())).and_then(|okm| okm.fill(out)).expect("HKDF gives up to 8,160 bytes");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn only_the_spent_token_opens_it() {
        let (spent, successor) = (opaque_token(&SystemRandom), opaque_token(&SystemRandom));
        let sealed = seal(&spent, &successor);
        assert_eq!(open(&spent, &sealed), Some(successor.clone()));
        assert_eq!(open(&successor, &sealed), None);
        assert_eq!(open("", &sealed), None);
        assert_eq!(sealed, seal(&spent, &successor), "the same inputs give the same bytes");
        assert_ne!(seal(&spent, "a")[1..HEADER], seal(&spent, "b")[1..HEADER], "another text, another nonce");
    }

    #[test]
    fn every_altered_or_missing_byte_is_noticed() {
        let sealed = seal("spent", "successor");
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(open("spent", &altered), None, "byte {at}");
            assert_eq!(open("spent", &sealed[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn tokens_are_43_characters_and_differ() {
        let (a, b) = (opaque_token(&SystemRandom), opaque_token(&SystemRandom));
        assert_eq!((a.len(), b.len()), (43, 43));
        assert_ne!(a, b);
        assert_eq!(opaque_token(&|bytes: &mut [u8]| bytes.fill(0)), "A".repeat(43));
    }

    #[test]
    fn the_hash_is_sha_256() {
        let hex: String = token_hash("abc").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
