//! How people come into conversations and go out of them: row, interval, notice and events in one transaction.

use std::sync::Arc;

use kith_domain::{
    Conversation, ConversationId, ConversationKind, ConversationState, EntryBody, EntryId, HistoryVisibility,
    JoinPolicy, LiveEvent, Member, MemberState, Notice, NoticeKind, Refusal, Role, Seq, Timestamp, UserId,
    conversation::EndedMembership,
    event::{MembershipChange, RemovalReason},
    friendship::Pair,
    ports::{StoreError, Transaction, entries::NewEntry},
};

use crate::{Context, ServiceError, friends::open_gate, notify::Notifier};

/// Opens the conversation of two new friends; it starts empty.
pub(crate) async fn create_direct(
    tx: &mut dyn Transaction,
    context: &Context,
    pair: Pair,
    now: Timestamp,
) -> Result<ConversationId, StoreError> {
    let id = ConversationId::new(context.next_id());
    tx.insert_conversation(&Conversation {
        id,
        kind: ConversationKind::Direct,
        home_region: context.region.to_string(),
        encrypted: false,
        name: None,
        avatar: None,
        group_code: None,
        join_policy: JoinPolicy::Open,
        history_visibility: HistoryVisibility::All,
        created_at: now,
        last_seq: 0,
        archived_to: 0,
        last_activity: now,
        member_count: 2,
        members_version: 1,
        direct: Some(open_gate(pair)),
        state: ConversationState::Open,
    })
    .await?;
    for user in [pair.low(), pair.high()] {
        seat(tx, id, user, Role::Member, 0, 1, now).await?;
    }
    Ok(id)
}

/// Writes the row and the interval of a membership and routes live entries from `from` on.
pub(crate) async fn seat(
    tx: &mut dyn Transaction,
    conversation: ConversationId,
    user: UserId,
    role: Role,
    joined_seq: Seq,
    from: Seq,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = Member {
        conversation_id: conversation,
        user_id: user,
        role,
        state: MemberState::Active,
        joined_at: now,
        joined_seq,
        ended: None,
    };
    tx.put_member(&member).await?;
    tx.open_interval(conversation, user, from).await?;
    tx.publish(LiveEvent::Membership {
        conversation_id: conversation,
        user_id: user,
        change: MembershipChange::Joined { from },
    });
    Ok(())
}

/// Adds a notice to a locked conversation and publishes it.
pub(crate) async fn announce(
    tx: &mut dyn Transaction,
    context: &Context,
    conversation: &mut Conversation,
    by: UserId,
    notice: Notice,
    now: Timestamp,
) -> Result<Seq, StoreError> {
    let entry = tx
        .append_entry(NewEntry {
            id: EntryId::new(context.next_id()),
            conversation_id: conversation.id,
            sender_id: by,
            server_time: now,
            body: EntryBody::Notice(notice),
        })
        .await?;
    conversation.last_seq = entry.seq;
    conversation.last_activity = entry.server_time;
    let seq = entry.seq;
    tx.publish(LiveEvent::Entry(Arc::new(entry)));
    Ok(seq)
}

/// Brings `user` into a locked group. What they may see is fixed now.
///
/// # Errors
/// [`Refusal::Conflict`] when the group is full.
pub(crate) async fn join(
    tx: &mut dyn Transaction,
    context: &Context,
    group: &mut Conversation,
    user: UserId,
    by: UserId,
    now: Timestamp,
) -> Result<(), ServiceError> {
    if group.member_count as usize >= Conversation::MAX_MEMBERS {
        return Err(Refusal::Conflict("this group is full").into());
    }
    group.member_count += 1;
    group.members_version += 1;
    let joined_seq = group.last_seq + 1;
    let from = match group.history_visibility {
        HistoryVisibility::FromJoining => joined_seq,
        HistoryVisibility::All => 1,
    };
    // Routed before the notice is published, so that the newcomer gets it too.
    seat(tx, group.id, user, Role::Member, joined_seq, from, now).await?;
    announce(tx, context, group, by, Notice::about(NoticeKind::Joined, user), now).await?;
    tx.update_conversation(group).await?;
    tx.advance_read(group.id, user, joined_seq, now).await?;
    tx.delete_join_request(group.id, user).await?;
    let mut settings = tx.find_settings(group.id, user).await?;
    if settings.hidden_at_seq.take().is_some() {
        tx.put_settings(group.id, user, &settings).await?;
    }
    let notifier = Notifier { presence: &*context.presence, now };
    notifier.conversation(tx, user, group.id).await?;
    tx.publish(LiveEvent::ConversationChanged(group.id));
    Ok(())
}

/// Takes `member` out of a locked group; `by` is themselves when they leave. When the last admin goes, the
/// longest-standing member takes over in the same step; when the last member goes, the group closes.
pub(crate) async fn end(
    tx: &mut dyn Transaction,
    context: &Context,
    group: &mut Conversation,
    mut member: Member,
    by: UserId,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let user = member.user_id;
    if member.role == Role::Admin
        && tx.admin_ids(group.id).await? == [user]
        && let Some(mut successor) = tx.longest_standing(group.id, user).await?
    {
        successor.role = Role::Admin;
        tx.put_member(&successor).await?;
        let notice =
            Notice { role: Some(Role::Admin), ..Notice::about(NoticeKind::RoleChanged, successor.user_id) };
        announce(tx, context, group, user, notice, now).await?;
    }
    let (state, kind, reason) = if by == user {
        (MemberState::Left, NoticeKind::Left, RemovalReason::Left)
    } else {
        (MemberState::Kicked, NoticeKind::Kicked, RemovalReason::Kicked)
    };
    let seq = announce(tx, context, group, by, Notice::about(kind, user), now).await?;
    group.member_count = group.member_count.saturating_sub(1);
    group.members_version += 1;
    if group.member_count == 0 {
        group.state = ConversationState::Closed;
        group.group_code = None;
    }
    member.state = state;
    member.ended =
        Some(EndedMembership { seq, at: now, name: group.name.clone(), member_count: group.member_count });
    tx.put_member(&member).await?;
    tx.close_interval(group.id, user, seq).await?;
    tx.update_conversation(group).await?;
    tx.publish(LiveEvent::Membership {
        conversation_id: group.id,
        user_id: user,
        change: MembershipChange::Ended { at: seq },
    });
    let notifier = Notifier { presence: &*context.presence, now };
    notifier.removed(tx, user, group.id, reason).await?;
    tx.publish(LiveEvent::ConversationChanged(group.id));
    Ok(())
}
