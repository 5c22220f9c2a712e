//! The account password: a second proof before grave changes, never a way to sign in.

use std::fmt;

use crate::{
    clock::Timestamp,
    device::Device,
    refusal::{FieldError, Refusal},
};

/// The fewest characters of a password.
pub const MIN_PASSWORD_CHARS: usize = 8;
/// The most characters of a password.
pub const MAX_PASSWORD_CHARS: usize = 128;
/// How long a sign-in that the provider was asked to prove afresh stands in for the password: 10 minutes.
const STANDS_IN_SECONDS: i64 = 600;

/// A password of 8–128 characters (Unicode scalar values), checked and hashed exactly as typed.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// # Errors
    /// [`Refusal::Validation`] naming `field` outside of 8–128 characters.
    pub fn parse(field: &'static str, text: String) -> Result<Self, Refusal> {
        match text.chars().take(MAX_PASSWORD_CHARS + 1).count() {
            0..MIN_PASSWORD_CHARS => Err(FieldError::new(field, "too_short", "at least 8 characters").into()),
            MIN_PASSWORD_CHARS..=MAX_PASSWORD_CHARS => Ok(Self(text)),
            _ => Err(FieldError::new(field, "too_long", "at most 128 characters").into()),
        }
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Never the characters.
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What is stored of a password: a PHC string with its own parameters and salt.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a PHC string.
    #[must_use]
    pub fn from_phc(text: String) -> Self {
        Self(text)
    }

    /// The PHC string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// May a grave change go on? `stored` is the account's password, `proven` the one that the caller has just proved to
/// know, `device` the sign-in that asks. The two hashes are compared, so that a password that was changed since the
/// proof is asked for again.
///
/// # Errors
/// [`Refusal::PasswordRequired`] when a password is set and neither it was proven nor a fresh sign-in stands in for it.
pub fn may_step_up(
    stored: Option<&PasswordHash>,
    proven: Option<&PasswordHash>,
    device: &Device,
    now: Timestamp,
) -> Result<(), Refusal> {
    match stored {
        None => Ok(()),
        Some(hash) if proven == Some(hash) => Ok(()),
        Some(_) if is_fresh(device, now) => Ok(()),
        Some(_) => Err(Refusal::PasswordRequired),
    }
}

/// Whether the device's sign-in was one on request (`reauth=1`), at most 10 minutes ago.
#[must_use]
pub fn is_fresh(device: &Device, now: Timestamp) -> bool {
    let age_millis = now.millis_since(device.authenticated_at);
    device.reauthenticated && (0..=STANDS_IN_SECONDS * 1_000).contains(&age_millis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::{DeviceId, UserId},
        text::DeviceName,
    };

    #[test]
    fn passwords_are_taken_as_typed() {
        for (text, good) in [
            ("1234567".to_owned(), false),
            ("12345678".to_owned(), true),
            (" \t\u{0}\u{200B}  \n ".to_owned(), true),
            ("密碼密碼密碼密碼".to_owned(), true),
            ("a".repeat(128), true),
            ("😀".repeat(128), true),
            ("a".repeat(129), false),
            ("a".repeat(1 << 20), false),
            (String::new(), false),
        ] {
            let parsed = Password::parse("new", text.clone()).ok();
            assert_eq!(parsed.as_ref().map(Password::as_str), good.then_some(&*text), "{}", text.len());
        }
        let secret = Password::parse("new", "canary-2f41".to_owned()).ok();
        assert!(!format!("{secret:?}").contains("canary"));
    }

    #[test]
    fn what_stands_in_for_the_password() {
        let now = Timestamp::from_millis(10_000_000);
        let hash = |text: &str| PasswordHash::from_phc(text.to_owned());
        let (right, old) = (hash("new"), hash("old"));
        let device = |reauthenticated, seconds_ago: i64| Device {
            id: DeviceId::new(1),
            user_id: UserId::new(1),
            name: DeviceName::from_client(None, "Browser"),
            client: "web".to_owned(),
            created_at: now,
            last_seen: now,
            authenticated_at: now.plus_seconds(-seconds_ago),
            reauthenticated,
            expires_at: now.plus_seconds(1),
            revoked_at: None,
        };
        for (stored, proven, reauthenticated, seconds_ago, allowed) in [
            (None, None, false, 9_000, true),
            (Some(&right), None, false, 0, false),
            (Some(&right), Some(&right), false, 9_000, true),
            (Some(&right), Some(&old), false, 0, false),
            (Some(&right), None, true, 600, true),
            (Some(&right), None, true, 601, false),
            // A time to come is no recent one.
            (Some(&right), None, true, -1, false),
            (Some(&right), Some(&old), true, 0, true),
        ] {
            let verdict = may_step_up(stored, proven, &device(reauthenticated, seconds_ago), now);
            let expected = if allowed { Ok(()) } else { Err(Refusal::PasswordRequired) };
            assert_eq!(verdict, expected, "{stored:?} {proven:?} {reauthenticated} {seconds_ago}");
        }
    }
}
