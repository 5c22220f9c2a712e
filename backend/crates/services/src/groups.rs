//! Groups and their members.

mod members;

use std::{collections::HashSet, sync::Arc};

use kith_domain::{
    Caller, Conversation, ConversationId, ConversationKind, ConversationState, FieldError, HistoryVisibility,
    JoinPolicy, LiveEvent, MediaId, Member, MemberState, Notice, NoticeKind, Refusal, Role, ShareCode,
    UserId,
    event::LogLine,
    ports::{Limit, Transaction},
    text::GroupName,
    view::{ConversationView, GroupPreview, JoinState},
};

use crate::{
    Context, ServiceError,
    conversations::conversation_view,
    media::replace_avatar,
    membership::{announce, join, seat},
    notify::Notifier,
};

/// A change of a group; `None` leaves a field.
#[derive(Debug, Clone, Default)]
pub struct GroupPatch {
    /// The name.
    pub name: Option<String>,
    /// The picture, made of one of the caller's own images.
    pub avatar: Option<Option<MediaId>>,
    /// How one joins by code.
    pub join_policy: Option<JoinPolicy>,
    /// What newcomers see.
    pub history_visibility: Option<HistoryVisibility>,
}

/// What came of entering a group code.
#[derive(Debug, Clone)]
pub enum JoinOutcome {
    /// In it.
    Joined(Box<ConversationView>),
    /// Waiting for an admin.
    Requested,
}

/// Groups and their members.
#[derive(Clone)]
pub struct GroupService {
    context: Arc<Context>,
}

impl GroupService {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Creates a group of the caller and some of their friends; the caller is admin.
    ///
    /// # Errors
    /// [`Refusal::Validation`] of the name, [`Refusal::NotFriends`] when one of `members` is no friend.
    pub async fn create(
        &self,
        caller: &Caller,
        name: &str,
        members: Vec<UserId>,
    ) -> Result<ConversationView, ServiceError> {
        let name = GroupName::parse("name", name)?;
        let user = caller.user_id;
        let others = distinct(members, user);
        if others.len() >= Conversation::MAX_MEMBERS {
            return Err(FieldError::new("member_ids", "too_many", "at most 10,000 members").into());
        }
        let context = Arc::clone(&self.context);
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let now = context.now();
                    if tx.friends_among(user, &others).await?.len() != others.len() {
                        return Err(Refusal::NotFriends.into());
                    }
                    let mut group = Conversation {
                        id: ConversationId::new(context.next_id()),
                        kind: ConversationKind::Group,
                        home_region: context.region.to_string(),
                        encrypted: false,
                        name: Some(name.clone()),
                        avatar: None,
                        group_code: Some(unused_code(tx, &context).await?),
                        join_policy: JoinPolicy::Open,
                        history_visibility: HistoryVisibility::FromJoining,
                        created_at: now,
                        last_seq: 0,
                        archived_to: 0,
                        last_activity: now,
                        member_count: others.len() as u32 + 1,
                        members_version: 1,
                        direct: None,
                        state: ConversationState::Open,
                    };
                    tx.insert_conversation(&group).await?;
                    seat(tx, group.id, user, Role::Admin, 1, 1, now).await?;
                    for other in &others {
                        seat(tx, group.id, *other, Role::Member, 1, 1, now).await?;
                    }
                    let notice = Notice { name: Some(name), ..Notice::plain(NoticeKind::Created) };
                    let seq = announce(tx, &context, &mut group, user, notice, now).await?;
                    let notifier = Notifier { presence: &*context.presence, now };
                    for person in std::iter::once(user).chain(others) {
                        tx.advance_read(group.id, person, seq, now).await?;
                        notifier.conversation(tx, person, group.id).await?;
                    }
                    own_view(tx, &context, user, group.id).await
                })
            })
            .await
    }

    /// Changes a group; each change is a notice.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::NotMember`], [`Refusal::Forbidden`] for who is no admin; with a picture also
    /// [`Refusal::Validation`] and [`Refusal::RateLimited`].
    pub async fn update(
        &self,
        caller: &Caller,
        id: ConversationId,
        patch: GroupPatch,
    ) -> Result<ConversationView, ServiceError> {
        let name = patch.name.map(|name| GroupName::parse("name", &name)).transpose()?;
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        let made = match patch.avatar.flatten() {
            Some(media) => Some(self.context.make_avatar(user, media).await?),
            None => None,
        };
        let avatar = patch.avatar.map(|_| made);
        let outcome = self
            .context
            .write(move |tx| {
                Box::pin(async move {
                    let now = context.now();
                    let (mut group, _) = lock_as_admin(tx, id, user).await?;
                    let mut notices = Vec::new();
                    if let Some(name) = name.filter(|name| group.name.as_ref() != Some(name)) {
                        group.name = Some(name.clone());
                        notices.push(Notice { name: Some(name), ..Notice::plain(NoticeKind::Renamed) });
                    }
                    if replace_avatar(tx, &mut group.avatar, avatar).await? {
                        notices.push(Notice::plain(NoticeKind::AvatarChanged));
                    }
                    if let Some(policy) = patch.join_policy.filter(|policy| *policy != group.join_policy) {
                        group.join_policy = policy;
                        notices.push(Notice::plain(NoticeKind::JoinPolicyChanged));
                    }
                    if let Some(visibility) =
                        patch.history_visibility.filter(|v| *v != group.history_visibility)
                    {
                        group.history_visibility = visibility;
                        notices.push(Notice::plain(NoticeKind::HistoryVisibilityChanged));
                    }
                    if !notices.is_empty() {
                        for notice in notices {
                            announce(tx, &context, &mut group, user, notice, now).await?;
                        }
                        tx.update_conversation(&group).await?;
                        tx.publish(LiveEvent::ConversationChanged(id));
                    }
                    own_view(tx, &context, user, id).await
                })
            })
            .await;
        if patch.avatar.is_some() {
            self.context.settle_avatar(made, &outcome).await;
        }
        outcome
    }

    /// What a group code leads to.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for unknown and malformed codes alike.
    pub async fn preview(&self, caller: &Caller, code: &str) -> Result<GroupPreview, ServiceError> {
        self.context.limits.take(Limit::CodeLookUp(caller.user_id)).await?;
        let code: ShareCode = code.parse().map_err(|_| Refusal::NotFound)?;
        let user = caller.user_id;
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    let id = tx.find_group_by_code(&code).await?.ok_or(Refusal::NotFound)?;
                    let group = tx.find_conversation(id).await?.ok_or(Refusal::NotFound)?;
                    let member = tx.find_member(id, user).await?;
                    let state = if member.is_some_and(|member| member.state == MemberState::Active) {
                        JoinState::Member
                    } else if tx.has_join_request(id, user).await? {
                        JoinState::Requested
                    } else {
                        JoinState::None
                    };
                    Ok(GroupPreview {
                        id: (state == JoinState::Member).then_some(id),
                        name: group.name.ok_or(Refusal::NotFound)?,
                        avatar: group.avatar,
                        member_count: group.member_count,
                        join_policy: group.join_policy,
                        state,
                    })
                })
            })
            .await
    }

    /// Joins by group code, or files a request where an admin decides: under `approval`, and for everybody who
    /// was in it before.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for unknown and malformed codes alike, [`Refusal::Conflict`] when the group is full.
    pub async fn join(&self, caller: &Caller, code: &str) -> Result<JoinOutcome, ServiceError> {
        self.context.limits.take(Limit::Request(caller.user_id)).await?;
        let code: ShareCode = code.parse().map_err(|_| Refusal::NotFound)?;
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let now = context.now();
                    let id = tx.find_group_by_code(&code).await?.ok_or(Refusal::NotFound)?;
                    let mut group = tx.lock_conversation(id).await?.ok_or(Refusal::NotFound)?;
                    let member = tx.find_member(id, user).await?;
                    match member {
                        Some(member) if member.state == MemberState::Active => {}
                        None if group.join_policy == JoinPolicy::Open => {
                            join(tx, &context, &mut group, user, user, now).await?;
                        }
                        Some(_) | None => {
                            if tx.insert_join_request(id, user, now).await? {
                                let notifier = Notifier { presence: &*context.presence, now };
                                for admin in tx.admin_ids(id).await? {
                                    notifier.line(tx, admin, LogLine::JoinRequest(id, user)).await?;
                                }
                            }
                            return Ok(JoinOutcome::Requested);
                        }
                    }
                    Ok(JoinOutcome::Joined(Box::new(own_view(tx, &context, user, id).await?)))
                })
            })
            .await
    }

    /// Replaces the group code; the old one stops working.
    ///
    /// # Errors
    /// As [`GroupService::update`].
    pub async fn renew_code(&self, caller: &Caller, id: ConversationId) -> Result<ShareCode, ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let (mut group, _) = lock_as_admin(tx, id, user).await?;
                    let code = unused_code(tx, &context).await?;
                    group.group_code = Some(code.clone());
                    tx.update_conversation(&group).await?;
                    tx.publish(LiveEvent::ConversationChanged(id));
                    Ok(code)
                })
            })
            .await
    }
}

fn distinct(people: Vec<UserId>, except: UserId) -> Vec<UserId> {
    let mut seen = HashSet::from([except]);
    people.into_iter().filter(|person| seen.insert(*person)).collect()
}

async fn own_view(
    tx: &mut dyn Transaction,
    context: &Context,
    user: UserId,
    id: ConversationId,
) -> Result<ConversationView, ServiceError> {
    let view = conversation_view(tx, &*context.presence, user, id, context.now()).await?;
    Ok(view.ok_or(Refusal::NotFound)?)
}

async fn lock_group(tx: &mut dyn Transaction, id: ConversationId) -> Result<Conversation, ServiceError> {
    let conversation = tx.lock_conversation(id).await?;
    let group = conversation.filter(|c| c.kind == ConversationKind::Group);
    group.ok_or_else(|| Refusal::NotFound.into())
}

async fn lock_as_admin(
    tx: &mut dyn Transaction,
    id: ConversationId,
    user: UserId,
) -> Result<(Conversation, Member), ServiceError> {
    let group = lock_group(tx, id).await?;
    let member = require_member(tx, &group, user).await?;
    require_admin(&member)?;
    Ok((group, member))
}

/// The caller's active membership of a group.
async fn require_member(
    tx: &mut dyn Transaction,
    group: &Conversation,
    user: UserId,
) -> Result<Member, ServiceError> {
    if group.kind != ConversationKind::Group {
        return Err(Refusal::NotFound.into());
    }
    match tx.find_member(group.id, user).await? {
        None => Err(Refusal::NotFound.into()),
        Some(member) if member.state != MemberState::Active => Err(Refusal::NotMember.into()),
        Some(member) => Ok(member),
    }
}

/// As [`require_member`], for reading: what a former member may not see is not there.
async fn require_reader(
    tx: &mut dyn Transaction,
    group: &Conversation,
    user: UserId,
) -> Result<Member, ServiceError> {
    match require_member(tx, group, user).await {
        Err(ServiceError::Refused(Refusal::NotMember)) => Err(Refusal::NotFound.into()),
        other => other,
    }
}

fn require_admin(member: &Member) -> Result<(), Refusal> {
    match member.role {
        Role::Admin => Ok(()),
        Role::Member => Err(Refusal::Forbidden("only admins of the group may do this")),
    }
}

async fn unused_code(tx: &mut dyn Transaction, context: &Context) -> Result<ShareCode, ServiceError> {
    loop {
        let code = ShareCode::generate(&*context.random);
        if tx.find_group_by_code(&code).await?.is_none() {
            return Ok(code);
        }
    }
}
