//! The file that says who the load is made by: a JSON line for each seeded account.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

use anyhow::Context as _;
use kith_domain::{ConversationId, UserId};
use serde::{Deserialize, Serialize};

/// A seeded account with its conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeededUser {
    /// The account.
    pub user_id: UserId,
    /// A bearer token of it.
    pub access_token: String,
    /// Its one-to-one conversations.
    pub direct: Vec<DirectWith>,
    /// Its groups.
    pub groups: Vec<ConversationId>,
}

/// A one-to-one conversation as one of the two sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectWith {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The other one.
    pub peer_id: UserId,
}

/// Gives the first `limit` accounts of the file to `take`, in their order.
///
/// # Errors
/// A file that cannot be read, or a line that is no account; the line's number is named.
pub(crate) fn read(path: &Path, limit: usize, mut take: impl FnMut(SeededUser)) -> anyhow::Result<()> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    for (number, line) in BufReader::with_capacity(1 << 20, file).lines().take(limit).enumerate() {
        let line = line.with_context(|| format!("cannot read {}", path.display()))?;
        let user = serde_json::from_str(&line)
            .with_context(|| format!("{}, line {}: no account", path.display(), number + 1))?;
        take(user);
    }
    Ok(())
}
