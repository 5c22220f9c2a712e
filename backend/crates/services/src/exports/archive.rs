//! What an export holds. Its format is documented in `docs/export.md`, a copy of which is in each archive.

use std::{collections::BTreeMap, sync::Arc};

use kith_domain::{
    ConversationId, Entry, EntryBody, Interval, MediaId, Seq, Timestamp, UserId,
    ports::{BlobError, Page, PageRequest, Transaction, archives::Archive, friends::Direction},
    view::UserBrief,
};
use serde::Serialize;
use serde_json::{json, value::RawValue};

use super::failed;
use crate::{Context, ServiceError, people};

/// The layout that this release writes.
const FORMAT: u32 = 1;
/// How many seqs one look for messages spans.
const SPAN: Seq = 2_000;
/// Conversations of one look.
const CONVERSATIONS: u32 = 100;

const README: &str = include_str!("README.txt");

/// A message of the person.
#[derive(Serialize)]
struct Message<'a> {
    id: String,
    seq: Seq,
    server_time: Timestamp,
    client_time: &'a str,
    content: Box<RawValue>,
}

/// Writes everything of `user`, and nothing of anybody else's.
pub(super) async fn write(
    context: &Arc<Context>,
    user: UserId,
    archive: &mut dyn Archive,
) -> Result<(), ServiceError> {
    archive.begin_text("README.txt").await.map_err(failed)?;
    archive.write(README.to_owned()).await.map_err(failed)?;
    profile(context, user, archive).await?;
    people_of(context, user, archive).await?;
    let conversations = conversations(context, user, archive).await?;
    let mut media = BTreeMap::new();
    for id in conversations {
        messages(context, user, id, archive, &mut media).await?;
    }
    for (id, name) in media {
        add_media(context, user, id, &name, archive).await?;
    }
    Ok(())
}

async fn text(
    archive: &mut dyn Archive,
    name: &str,
    lines: Vec<serde_json::Value>,
) -> Result<(), ServiceError> {
    archive.begin_text(name).await.map_err(failed)?;
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    archive.write(text).await.map_err(failed)
}

async fn profile(
    context: &Arc<Context>,
    user: UserId,
    archive: &mut dyn Archive,
) -> Result<(), ServiceError> {
    let now = context.now();
    let (account, identities, devices) = context
        .read(move |tx| {
            Box::pin(async move {
                let account = crate::accounts::own_account(tx, user).await?;
                Ok((account, tx.list_identities(user).await?, tx.list_devices(user, now).await?))
            })
        })
        .await?;
    let identities: Vec<_> = identities
        .iter()
        .map(|identity| {
            json!({"issuer": identity.issuer, "subject": identity.subject, "email": identity.email,
                "email_verified": identity.email_verified})
        })
        .collect();
    let profile = json!({
        "format": FORMAT,
        "exported_at": now,
        "id": user.to_string(),
        "username": account.profile.username.as_str(),
        "introduction": account.profile.introduction.as_ref().map(|text| text.as_str()),
        "gender": account.profile.gender,
        "gender_shared": account.profile.gender_shared,
        "friend_code": account.friend_code.to_string(),
        "created_at": account.created_at,
        "last_online": account.last_online,
        "deletes_at": account.deletes_at,
        "password_set": account.password_set,
        "identities": identities,
    });
    text(archive, "profile.json", vec![profile]).await?;
    let devices = devices
        .iter()
        .map(|device| {
            json!({"id": device.id.to_string(), "name": device.name.as_str(), "client": device.client,
                "created_at": device.created_at, "last_seen": device.last_seen})
        })
        .collect();
    text(archive, "devices.jsonl", devices).await?;
    if let Some(key) = account.profile.avatar {
        match context.blobs.open(key).await {
            Ok(file) => archive.add("avatar.jpg", file).await.map_err(failed)?,
            // Replaced since the profile was read.
            Err(BlobError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn person(brief: &UserBrief) -> serde_json::Value {
    json!({"id": brief.id.to_string(), "username": brief.username.as_str()})
}

async fn briefs(tx: &mut dyn Transaction, ids: &[UserId]) -> Result<Vec<serde_json::Value>, ServiceError> {
    let mut accounts = tx.find_accounts(ids).await?;
    accounts.sort_by_key(|account| account.id);
    Ok(accounts.iter().map(|account| person(&people::brief(account))).collect())
}

async fn people_of(
    context: &Arc<Context>,
    user: UserId,
    archive: &mut dyn Archive,
) -> Result<(), ServiceError> {
    let (friends, blocked) = context
        .read(move |tx| {
            Box::pin(async move {
                let (friends, blocked) = (tx.friend_ids(user).await?, tx.blocked_ids(user).await?);
                Ok((briefs(tx, &friends).await?, briefs(tx, &blocked).await?))
            })
        })
        .await?;
    text(archive, "friends.jsonl", friends).await?;
    text(archive, "blocked.jsonl", blocked).await?;
    let asked = context
        .read(move |tx| {
            Box::pin(async move {
                let mut lines = Vec::new();
                let mut next = Some(PageRequest::FIRST);
                while let Some(page) = next.take() {
                    let rows = tx.list_friend_requests(user, Direction::Outgoing, page).await?;
                    let rows = Page::cut(rows, page, |row| {
                        kith_domain::ports::Cursor(row.created_at.as_millis(), row.id.as_i64())
                    });
                    lines.extend(rows.items.iter().map(|row| {
                        json!({"id": row.id.to_string(), "to": row.to.to_string(), "created_at": row.created_at})
                    }));
                    next = rows.next.map(|after| PageRequest { after: Some(after), ..page });
                }
                Ok(lines)
            })
        })
        .await?;
    text(archive, "friend_requests.jsonl", asked).await
}

/// Lists the person's conversations, with what is theirs alone in each; returns which.
async fn conversations(
    context: &Arc<Context>,
    user: UserId,
    archive: &mut dyn Archive,
) -> Result<Vec<ConversationId>, ServiceError> {
    let (mut all, mut lines, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let (ids, some) = context
            .read(move |tx| {
                Box::pin(async move {
                    let ids = tx.conversations_of(user, after, CONVERSATIONS).await?;
                    let mut lines = Vec::with_capacity(ids.len());
                    for id in &ids {
                        lines.push(conversation(tx, user, *id).await?);
                    }
                    Ok((ids, lines))
                })
            })
            .await?;
        let Some(last) = ids.last() else { break };
        after = Some(*last);
        all.extend(ids);
        lines.extend(some);
    }
    text(archive, "conversations.jsonl", lines).await?;
    Ok(all)
}

async fn conversation(
    tx: &mut dyn Transaction,
    user: UserId,
    id: ConversationId,
) -> Result<serde_json::Value, ServiceError> {
    let (row, member) = (tx.find_conversation(id).await?, tx.find_member(id, user).await?);
    let settings = tx.find_settings(id, user).await?;
    let peer = match row.as_ref().and_then(|row| row.direct) {
        Some(gate) => tx.find_account(gate.pair.other(user)).await?,
        None => None,
    };
    // A group's present name is not for who left it.
    let ended = member.as_ref().and_then(|member| member.ended.as_ref());
    let name = match ended {
        Some(ended) => ended.name.as_ref(),
        None => row.as_ref().and_then(|row| row.name.as_ref()),
    };
    Ok(json!({
        "id": id.to_string(),
        "kind": row.as_ref().map(|row| row.kind.as_str()),
        "name": name.map(|name| name.as_str()),
        "peer": peer.as_ref().map(|peer| person(&people::brief(peer))),
        "state": member.as_ref().map(|member| member.state.as_str()),
        "role": member.as_ref().map(|member| member.role.as_str()),
        "joined_at": member.as_ref().map(|member| member.joined_at),
        "muted_until": settings.muted_until,
        "pinned": settings.pinned,
        "draft": settings.draft.map(|draft| draft.text),
    }))
}

/// Writes the person's messages of one conversation; notes the media they carry.
async fn messages(
    context: &Arc<Context>,
    user: UserId,
    id: ConversationId,
    archive: &mut dyn Archive,
    media: &mut BTreeMap<MediaId, String>,
) -> Result<(), ServiceError> {
    let (intervals, head) = context
        .read(move |tx| {
            Box::pin(async move {
                let head = tx.find_conversation(id).await?.map_or(0, |conversation| conversation.last_seq);
                Ok((tx.intervals(id, user).await?, head))
            })
        })
        .await?;
    let mut begun = false;
    for Interval { from, to } in intervals.0 {
        let end = to.unwrap_or(head).min(head);
        let mut low = from;
        while low <= end {
            let span = Interval { from: low, to: Some(end.min(low + SPAN - 1)) };
            let entries = context.own_messages(id, user, span).await?;
            let mut lines = String::new();
            for entry in &entries {
                lines.extend(line(entry, media)?);
            }
            if !lines.is_empty() {
                if !begun {
                    archive.begin_text(&format!("messages/{id}.jsonl")).await.map_err(failed)?;
                    begun = true;
                }
                archive.write(lines).await.map_err(failed)?;
            }
            low += SPAN;
        }
    }
    Ok(())
}

fn line(entry: &Entry, media: &mut BTreeMap<MediaId, String>) -> Result<Option<String>, ServiceError> {
    let EntryBody::Message { client_time, content: Some(content), .. } = &entry.body else {
        return Ok(None);
    };
    if let Some(reference) = content.media() {
        media.insert(reference.id, reference.name.to_string());
    }
    let unwritable = |error: serde_json::Error| failed(std::io::Error::other(error).into());
    let message = Message {
        id: entry.id.to_string(),
        seq: entry.seq,
        server_time: entry.server_time,
        client_time: client_time.as_str(),
        content: RawValue::from_string(content.to_json()).map_err(unwritable)?,
    };
    Ok(Some(serde_json::to_string(&message).map_err(unwritable)? + "\n"))
}

async fn add_media(
    context: &Arc<Context>,
    user: UserId,
    id: MediaId,
    name: &str,
    archive: &mut dyn Archive,
) -> Result<(), ServiceError> {
    let found = context.read(move |tx| Box::pin(async move { Ok(tx.find_media(id).await?) })).await?;
    // What was unsent since is gone, and others' is not the person's to take away.
    let Some(found) = found.filter(|media| media.owner_id == user) else { return Ok(()) };
    match context.blobs.open(found.key).await {
        Ok(file) => archive.add(&format!("media/{id}-{name}"), file).await.map_err(failed),
        Err(BlobError::NotFound) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
