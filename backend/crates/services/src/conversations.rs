//! Conversations, and a person's own settings of them.

use std::{collections::HashMap, sync::Arc};

use kith_domain::{
    Caller, ConversationId, ConversationKind, ConversationState, Entry, FieldError, MemberState, Refusal,
    Seq, Timestamp, UserId,
    conversation::{Conversation, ConversationSettings, Draft, may_send},
    draft::{DRAFT_VERSION_SECONDS, DraftVersion, is_worth_keeping},
    event::RemovalReason,
    friendship::Pair,
    ports::{
        Cursor, Page, PageRequest, Presence, StoreError, Transaction,
        conversations::{Overview, Scope},
        locks::Matter,
    },
    text::MAX_MESSAGE_CHARS,
    view::{ConversationView, Standing, UserView},
};

use crate::{Context, ServiceError, friends::lock_pair, membership::create_direct, notify::Notifier, people};

/// Drafts are kept for at most this many characters more than a message may have, so that a text that is too long
/// is not lost before it was shortened.
const MAX_DRAFT_CHARS: usize = MAX_MESSAGE_CHARS + 8_000;

/// A change of one's own settings: `None` leaves a field, `Some(None)` clears it.
#[derive(Debug, Clone, Default)]
pub struct SettingsPatch {
    /// Silent until then.
    pub muted_until: Option<Option<Timestamp>>,
    /// Kept on top.
    pub pinned: Option<bool>,
    /// What is typed but not sent.
    pub draft: Option<Option<DraftPatch>>,
}

/// A draft over the version last seen.
#[derive(Debug, Clone)]
pub struct DraftPatch {
    /// What was typed so far.
    pub text: String,
    /// The message it answers.
    pub reply_to: Option<Seq>,
    /// The version last seen; 0 for none.
    pub version: u64,
}

/// Conversations, and a person's own settings of them.
#[derive(Clone)]
pub struct ConversationService {
    context: Arc<Context>,
}

impl ConversationService {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// The caller's list, newest activity first.
    pub async fn list(
        &self,
        caller: &Caller,
        page: PageRequest,
    ) -> Result<Page<ConversationView>, ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    let rows = tx.overview(user, Scope::List(page)).await?;
                    let rows = Page::cut(rows, page, |row| {
                        Cursor(row.conversation.last_activity.as_millis(), row.conversation.id.as_i64())
                    });
                    let items = views(tx, &*context.presence, user, rows.items, context.now()).await?;
                    Ok(Page { items, next: rows.next })
                })
            })
            .await
    }

    /// One conversation, hidden ones included.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for those the caller was never in, and for ended ones they hid.
    pub async fn get(&self, caller: &Caller, id: ConversationId) -> Result<ConversationView, ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    let view = conversation_view(tx, &*context.presence, user, id, context.now()).await?;
                    let gone = |view: &ConversationView| view.hidden && view.standing != Standing::Active;
                    Ok(view.filter(|view| !gone(view)).ok_or(Refusal::NotFound)?)
                })
            })
            .await
    }

    /// Changes the caller's own settings.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::DraftConflict`] when another device wrote the draft in between;
    /// [`Refusal::Validation`] of `draft.text`.
    pub async fn update_settings(
        &self,
        caller: &Caller,
        id: ConversationId,
        patch: SettingsPatch,
    ) -> Result<ConversationView, ServiceError> {
        if let Some(Some(draft)) = &patch.draft {
            check_draft(&draft.text)?;
        }
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        let outcome = self
            .context
            .write(move |tx| {
                Box::pin(async move {
                    tx.lock_matters(&[Matter::Person(user)]).await?;
                    tx.find_member(id, user).await?.ok_or(Refusal::NotFound)?;
                    let before = tx.find_settings(id, user).await?;
                    let mut settings = before.clone();
                    settings.muted_until = patch.muted_until.unwrap_or(before.muted_until);
                    settings.pinned = patch.pinned.unwrap_or(before.pinned);
                    if let Some(draft) = patch.draft {
                        let refused =
                            replace_draft(tx, id, user, &mut settings, draft, context.now()).await?;
                        if let Some(conflict) = refused {
                            return Ok(Err(conflict));
                        }
                    }
                    if settings != before {
                        tx.put_settings(id, user, &settings).await?;
                        let notifier = Notifier { presence: &*context.presence, now: context.now() };
                        notifier.conversation(tx, user, id).await?;
                    }
                    let view = conversation_view(tx, &*context.presence, user, id, context.now()).await?;
                    Ok(Ok(view.ok_or(Refusal::NotFound)?))
                })
            })
            .await?;
        // A conflict is committed: it leaves the text that came too late among the earlier versions.
        Ok(outcome?)
    }

    /// Earlier versions of the caller's draft, the newest first: the last ten of the last 7 days.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for who was never in it.
    pub async fn draft_versions(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<Vec<DraftVersion>, ServiceError> {
        let (user, since) = (caller.user_id, self.context.now().plus_seconds(-DRAFT_VERSION_SECONDS));
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    tx.find_member(id, user).await?.ok_or(Refusal::NotFound)?;
                    Ok(tx.list_draft_versions(id, user, since).await?)
                })
            })
            .await
    }

    /// Removes versions of drafts that are too old to be shown; called now and then.
    pub async fn purge_draft_versions(&self) -> Result<u64, ServiceError> {
        let before = self.context.now().plus_seconds(-DRAFT_VERSION_SECONDS);
        self.context
            .write(move |tx| Box::pin(async move { Ok(tx.purge_draft_versions(before).await?) }))
            .await
    }

    /// Hides a conversation from the caller's list on all devices. A direct one returns with the next message, an
    /// ended one with a new membership.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], and [`Refusal::Conflict`] for a group the caller is still in.
    pub async fn hide(&self, caller: &Caller, id: ConversationId) -> Result<(), ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    tx.lock_matters(&[Matter::Person(user)]).await?;
                    let conversation = tx.lock_conversation(id).await?.ok_or(Refusal::NotFound)?;
                    let member = tx.find_member(id, user).await?.ok_or(Refusal::NotFound)?;
                    if conversation.kind == ConversationKind::Group && member.state == MemberState::Active {
                        return Err(Refusal::Conflict("leave the group first").into());
                    }
                    let mut settings = tx.find_settings(id, user).await?;
                    if settings.hidden_at_seq.is_some_and(|seq| seq >= conversation.last_seq) {
                        return Ok(());
                    }
                    settings.hidden_at_seq = Some(conversation.last_seq);
                    tx.put_settings(id, user, &settings).await?;
                    let notifier = Notifier { presence: &*context.presence, now: context.now() };
                    notifier.removed(tx, user, id, RemovalReason::Hidden).await?;
                    Ok(())
                })
            })
            .await
    }

    /// The caller's conversation with `other`, opened if they are friends and have none yet.
    ///
    /// # Errors
    /// [`Refusal::NotFriends`] for somebody the caller knows, [`Refusal::NotFound`] for anybody else.
    pub async fn open_direct(
        &self,
        caller: &Caller,
        other: UserId,
    ) -> Result<ConversationView, ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let now = context.now();
                    let Some(pair) = Pair::new(user, other) else {
                        return Err(FieldError::new("user_id", "self", "that is you").into());
                    };
                    lock_pair(tx, pair).await?;
                    let id = match tx.find_direct(pair).await? {
                        Some(id) => id,
                        None if tx.are_friends(pair).await? => {
                            let id = create_direct(tx, &context, pair, now).await?;
                            let notifier = Notifier { presence: &*context.presence, now };
                            notifier.conversation(tx, user, id).await?;
                            notifier.conversation(tx, other, id).await?;
                            id
                        }
                        None if tx.share_a_group(user, other).await? => {
                            return Err(Refusal::NotFriends.into());
                        }
                        None => return Err(Refusal::NotFound.into()),
                    };
                    let view = conversation_view(tx, &*context.presence, user, id, now).await?;
                    Ok(view.ok_or(Refusal::NotFound)?)
                })
            })
            .await
    }
}

fn check_draft(text: &str) -> Result<(), FieldError> {
    if text.chars().count() > MAX_DRAFT_CHARS {
        return Err(FieldError::new("draft.text", "too_long", "at most 16,000 characters"));
    }
    if text.contains('\0') {
        // As in a message: PostgreSQL's text type cannot hold it.
        return Err(FieldError::new("draft.text", "control_character", "no NUL characters"));
    }
    Ok(())
}

/// [`write_draft`], with what it replaces or refuses kept among the earlier versions. The conflict, if there is one.
async fn replace_draft(
    tx: &mut dyn Transaction,
    id: ConversationId,
    user: UserId,
    settings: &mut ConversationSettings,
    patch: Option<DraftPatch>,
    now: Timestamp,
) -> Result<Option<Refusal>, StoreError> {
    let since = now.plus_seconds(-DRAFT_VERSION_SECONDS);
    let (stored, typed) = (settings.draft.clone(), patch.clone());
    let conflict = write_draft(settings, patch).err();
    let lost = match (&conflict, stored, typed) {
        // What stays is the stored draft, what goes is what was typed over an older one.
        (Some(_), stored, Some(typed)) => {
            let stays = stored.map(|draft| draft.text);
            Some((
                Draft { text: typed.text, reply_to: typed.reply_to, version: settings.draft_version },
                stays,
            ))
        }
        (None, Some(stored), typed) => Some((stored, typed.map(|draft| draft.text))),
        _ => None,
    };
    if let Some((Draft { text, reply_to, version }, next)) = lost {
        let kept = tx.list_draft_versions(id, user, since).await?;
        let newest = kept.first().map(|version| version.text.as_str());
        if is_worth_keeping(&text, next.as_deref(), newest) {
            let version = DraftVersion { text, reply_to, version, saved_at: now };
            tx.insert_draft_version(id, user, &version).await?;
        }
    }
    Ok(conflict)
}

/// Writes a draft over the version its writer saw. An old version is refused with the stored draft, so that the
/// writer can offer both.
fn write_draft(settings: &mut ConversationSettings, draft: Option<DraftPatch>) -> Result<(), Refusal> {
    match draft {
        Some(draft) => {
            // Who sees no draft names version 0, however often earlier ones were cleared.
            let fresh = settings.draft.is_none() && draft.version == 0;
            if !fresh && draft.version != settings.draft_version {
                let stored = settings.draft.clone().unwrap_or(Draft {
                    text: String::new(),
                    reply_to: None,
                    version: settings.draft_version,
                });
                return Err(Refusal::DraftConflict(Box::new(stored)));
            }
            settings.draft_version += 1;
            settings.draft =
                Some(Draft { text: draft.text, reply_to: draft.reply_to, version: settings.draft_version });
        }
        None if settings.draft.is_some() => {
            settings.draft_version += 1;
            settings.draft = None;
        }
        None => {}
    }
    Ok(())
}

/// One conversation as `user` sees it; `None` when they were never in it.
pub(crate) async fn conversation_view(
    tx: &mut dyn Transaction,
    presence: &dyn Presence,
    user: UserId,
    id: ConversationId,
    now: Timestamp,
) -> Result<Option<ConversationView>, StoreError> {
    let rows = tx.overview(user, Scope::These(&[id])).await?;
    Ok(views(tx, presence, user, rows, now).await?.pop())
}

/// Draws conversations as `user` sees them.
pub(crate) async fn views(
    tx: &mut dyn Transaction,
    presence: &dyn Presence,
    user: UserId,
    rows: Vec<Overview>,
    now: Timestamp,
) -> Result<Vec<ConversationView>, StoreError> {
    let peers: Vec<UserId> =
        rows.iter().filter_map(|row| row.conversation.direct.map(|gate| gate.pair.other(user))).collect();
    let mut peers: HashMap<UserId, UserView> = if peers.is_empty() {
        HashMap::new()
    } else {
        people::views(tx, presence, user, &peers, now).await?
    };
    Ok(rows
        .into_iter()
        .map(|row| {
            let peer = row.conversation.direct.and_then(|gate| peers.remove(&gate.pair.other(user)));
            draw(user, row, peer)
        })
        .collect())
}

fn draw(user: UserId, row: Overview, peer: Option<UserView>) -> ConversationView {
    let Overview { conversation, member, settings, read_seq, peer_read_seq, unread, last_entry, .. } = row;
    let standing =
        standing(&conversation, &member.state, member.ended.as_ref().map(|ended| ended.member_count));
    let active = standing == Standing::Active;
    let group = conversation.kind == ConversationKind::Group;
    let cannot_send = may_send(&conversation, Some(member.state), user).err();
    let (name, member_count, last_seq, last_activity) = match member.ended {
        Some(ended) if !active => (ended.name, ended.member_count, ended.seq, ended.at),
        _ => {
            (conversation.name, conversation.member_count, conversation.last_seq, conversation.last_activity)
        }
    };
    let hidden = match settings.hidden_at_seq {
        Some(seq) if active => conversation.last_seq <= seq,
        Some(_) => true,
        None => false,
    };
    ConversationView {
        id: conversation.id,
        kind: conversation.kind,
        name,
        avatar: conversation.avatar.filter(|_| active),
        peer,
        role: (group && active).then_some(member.role),
        member_count,
        group_code: conversation.group_code.filter(|_| active),
        join_policy: (group && active).then_some(conversation.join_policy),
        history_visibility: (group && active).then_some(conversation.history_visibility),
        encrypted: conversation.encrypted,
        last_seq,
        read_seq,
        peer_read_seq,
        unread: if active { unread } else { 0 },
        muted_until: settings.muted_until,
        pinned: settings.pinned,
        hidden,
        draft: settings.draft,
        last_entry: last_entry.filter(|entry: &Entry| entry.seq <= last_seq),
        cannot_send,
        standing,
        members_version: conversation.members_version,
        last_activity,
    }
}

fn standing(conversation: &Conversation, member: &MemberState, members_at_end: Option<u32>) -> Standing {
    match member {
        MemberState::Active => Standing::Active,
        MemberState::Left if conversation.state == ConversationState::Closed && members_at_end == Some(0) => {
            Standing::Closed
        }
        MemberState::Left => Standing::Left,
        MemberState::Kicked => Standing::Kicked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_over_an_old_version_is_refused_with_the_stored_one() {
        let mut settings = ConversationSettings::default();
        let patch = |text: &str, version| Some(DraftPatch { text: text.to_owned(), reply_to: None, version });
        assert_eq!(write_draft(&mut settings, patch("a", 0)), Ok(()));
        assert_eq!(write_draft(&mut settings, patch("b", 1)), Ok(()));
        let stored = Draft { text: "b".to_owned(), reply_to: None, version: 2 };
        assert_eq!(
            write_draft(&mut settings, patch("c", 1)),
            Err(Refusal::DraftConflict(Box::new(stored.clone())))
        );
        assert_eq!(settings.draft, Some(stored));
        assert_eq!(write_draft(&mut settings, None), Ok(()));
        assert_eq!((settings.draft.clone(), settings.draft_version), (None, 3));
        let mut cleared = settings.clone();
        assert_eq!(write_draft(&mut cleared, patch("next", 0)), Ok(()));
        assert_eq!(cleared.draft.unwrap().version, 4);
        // Cleared elsewhere: a device that still types over version 2 is told so.
        let empty = Draft { text: String::new(), reply_to: None, version: 3 };
        assert_eq!(write_draft(&mut settings, patch("d", 2)), Err(Refusal::DraftConflict(Box::new(empty))));
    }
}
