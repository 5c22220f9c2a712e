//! Accounts and what a profile shows.

use serde::{Deserialize, Serialize};

use crate::{
    blob::BlobKey,
    clock::Timestamp,
    code::ShareCode,
    id::UserId,
    text::{Introduction, Username},
};

/// What a person may say of their gender; leaving it unset is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Non-binary.
    NonBinary,
    /// Other.
    Other,
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// In use.
    Active,
    /// Refused until a moment.
    Suspended {
        /// The moment the suspension ends.
        until: Timestamp,
    },
    /// Refused until lifted.
    Banned,
    /// Gone for good; only its number remains.
    Deleted,
}

/// An account. Its key is the provider's (issuer, subject), never an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub id: UserId,
    /// What the person shows of themselves.
    pub profile: Profile,
    /// The code the person gives to friends.
    pub friend_code: ShareCode,
    /// When the first sign-in happened.
    pub created_at: Timestamp,
    /// When the person was last seen going offline.
    pub last_online: Option<Timestamp>,
    /// Whether it may be used.
    pub state: AccountState,
    /// When it is deleted for good, once its owner has asked for that.
    pub deletes_at: Option<Timestamp>,
    /// Whether an account password is set.
    pub password_set: bool,
    /// Rises with each personal event; see [`crate::event::PersonalEvent`].
    pub user_seq: u64,
}

impl Account {
    /// How long an owner may change their mind about deleting the account: 14 days.
    pub const GRACE_SECONDS: i64 = 14 * 86_400;

    /// Whether its owner can still take a deletion back, or nothing of the kind was asked for.
    #[must_use]
    pub fn is_kept(&self, now: Timestamp) -> bool {
        self.state != AccountState::Deleted && self.deletes_at.is_none_or(|at| now < at)
    }
}

/// The part of an account that its owner edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Display name, not unique.
    pub username: Username,
    /// Optional gender.
    pub gender: Option<Gender>,
    /// Whether friends see the gender.
    pub gender_shared: bool,
    /// Optional introduction.
    pub introduction: Option<Introduction>,
    /// Where the optional picture lies.
    pub avatar: Option<BlobKey>,
}

/// A provider's identity that opens an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedIdentity {
    /// The provider's issuer id.
    pub issuer: String,
    /// The provider's stable id of the person.
    pub subject: String,
    /// The account it opens.
    pub user_id: UserId,
    /// The address the provider gave, for operators only; never a key.
    pub email: Option<String>,
    /// Whether the provider vouches for the address.
    pub email_verified: bool,
}
