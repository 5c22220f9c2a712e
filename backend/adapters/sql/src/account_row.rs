//! A row of an account, as accounts and lists of friends read it.

use kith_domain::{
    Account, BlobKey, Gender, Profile, UserId,
    account::AccountState,
    ports::StoreError,
    text::{Introduction, Username},
};

use crate::rows::{Columns, Row};

/// The columns of an account `a`, in the order that [`read_account`] reads them. The number of personal events lies
/// with their log.
macro_rules! account_columns {
    () => {
        "a.id, a.username, a.gender, a.gender_shared, a.introduction, a.friend_code, a.created_at, a.last_online, \
         a.state, a.suspended_until, a.avatar, \
         COALESCE((SELECT h.user_seq FROM user_log_heads h WHERE h.user_id = a.id), 0), a.deletes_at, \
         a.password_hash IS NOT NULL"
    };
}
pub(crate) use account_columns;

/// Reads [`account_columns!`], the first of which stands at `first`.
pub(crate) fn read_account(row: &Row, first: usize) -> Result<Account, StoreError> {
    let state = match (row.text(first + 8)?.as_str(), row.opt_time(first + 9)?) {
        ("active", None) => AccountState::Active,
        ("suspended", Some(until)) => AccountState::Suspended { until },
        ("banned", None) => AccountState::Banned,
        ("deleted", None) => AccountState::Deleted,
        _ => return Err(StoreError::corrupt("the state of an account")),
    };
    let gender = row.opt_text(first + 2)?;
    Ok(Account {
        id: UserId::from_i64(row.signed(first)?),
        profile: Profile {
            username: Username::from_store(row.text(first + 1)?),
            gender: gender.as_deref().map(gender_of_name).transpose()?,
            gender_shared: row.flag(first + 3)?,
            introduction: row.opt_text(first + 4)?.map(Introduction::from_store),
            avatar: read_avatar(row, first + 10)?,
        },
        friend_code: row.named(first + 5, |text| text.parse().ok())?,
        created_at: row.time(first + 6)?,
        last_online: row.opt_time(first + 7)?,
        state,
        user_seq: row.number(first + 11)?,
        deletes_at: row.opt_time(first + 12)?,
        password_set: row.flag(first + 13)?,
    })
}

/// The key of a picture in a column that may be empty.
pub(crate) fn read_avatar(row: &Row, index: usize) -> Result<Option<BlobKey>, StoreError> {
    let key = row.opt_text(index)?.map(|text| text.parse()).transpose();
    key.map_err(|_| StoreError::corrupt("the key of a picture"))
}

/// How a gender is stored.
pub(crate) fn gender_name(gender: Gender) -> &'static str {
    match gender {
        Gender::Female => "female",
        Gender::Male => "male",
        Gender::NonBinary => "non_binary",
        Gender::Other => "other",
    }
}

fn gender_of_name(name: &str) -> Result<Gender, StoreError> {
    [Gender::Female, Gender::Male, Gender::NonBinary, Gender::Other]
        .into_iter()
        .find(|gender| gender_name(*gender) == name)
        .ok_or_else(|| StoreError::corrupt("a gender"))
}
