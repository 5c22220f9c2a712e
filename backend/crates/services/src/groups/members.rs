//! Who is in a group, who wants to be, and what they may do.

use std::sync::Arc;

use kith_domain::{
    Caller, ConversationId, FieldError, JoinPolicy, LiveEvent, MemberState, Notice, NoticeKind, Refusal,
    Role, Timestamp, UserId,
    ports::{Cursor, Page, PageRequest, friends::offset_of},
    view::{MemberView, UserView},
};

use super::{
    GroupService, distinct, lock_as_admin, lock_group, require_admin, require_member, require_reader,
};
use crate::{
    ServiceError,
    membership::{announce, end, join},
    people,
};

impl GroupService {
    /// Who waits for approval, oldest first.
    ///
    /// # Errors
    /// As [`GroupService::update`].
    pub async fn join_requests(
        &self,
        caller: &Caller,
        id: ConversationId,
        page: PageRequest,
    ) -> Result<Page<(UserView, Timestamp)>, ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    let group = tx.find_conversation(id).await?.ok_or(Refusal::NotFound)?;
                    require_admin(&require_reader(tx, &group, user).await?)?;
                    let rows = tx.list_join_requests(id, page).await?;
                    let rows = Page::cut(rows, page, |(user, at)| Cursor(at.as_millis(), user.as_i64()));
                    let ids: Vec<UserId> = rows.items.iter().map(|(user, _)| *user).collect();
                    let mut views = people::views(tx, &*context.presence, user, &ids, context.now()).await?;
                    let items = rows
                        .items
                        .into_iter()
                        .filter_map(|(id, at)| Some((views.remove(&id)?, at)))
                        .collect();
                    Ok(Page { items, next: rows.next })
                })
            })
            .await
    }

    /// Lets somebody in who asked to join.
    ///
    /// # Errors
    /// As [`GroupService::update`]; [`Refusal::NotFound`] without a request.
    pub async fn approve(
        &self,
        caller: &Caller,
        id: ConversationId,
        who: UserId,
    ) -> Result<(), ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let (mut group, _) = lock_as_admin(tx, id, user).await?;
                    if !tx.delete_join_request(id, who).await? {
                        return Err(Refusal::NotFound.into());
                    }
                    join(tx, &context, &mut group, who, user, context.now()).await
                })
            })
            .await
    }

    /// Turns somebody away who asked to join, silently.
    ///
    /// # Errors
    /// As [`GroupService::approve`].
    pub async fn reject(&self, caller: &Caller, id: ConversationId, who: UserId) -> Result<(), ServiceError> {
        let user = caller.user_id;
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    lock_as_admin(tx, id, user).await?;
                    if tx.delete_join_request(id, who).await? {
                        Ok(())
                    } else {
                        Err(Refusal::NotFound.into())
                    }
                })
            })
            .await
    }

    /// The members, admins first, then by when they joined.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for who is no member now.
    pub async fn members(
        &self,
        caller: &Caller,
        id: ConversationId,
        page: PageRequest,
    ) -> Result<Page<MemberView>, ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    let group = tx.find_conversation(id).await?.ok_or(Refusal::NotFound)?;
                    require_reader(tx, &group, user).await?;
                    let rows = tx.list_members(id, page).await?;
                    let end = offset_of(page) + i64::from(page.limit);
                    let rows = Page::cut(rows, page, |_| Cursor(0, end));
                    let ids: Vec<UserId> = rows.items.iter().map(|member| member.user_id).collect();
                    let mut views = people::views(tx, &*context.presence, user, &ids, context.now()).await?;
                    let items = rows
                        .items
                        .into_iter()
                        .filter_map(|member| {
                            let user = views.remove(&member.user_id)?;
                            Some(MemberView { user, role: member.role, joined_at: member.joined_at })
                        })
                        .collect();
                    Ok(Page { items, next: rows.next })
                })
            })
            .await
    }

    /// Adds friends of the caller: any member may under `open`, admins under `approval`; who was in it before needs
    /// an admin.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::NotMember`], [`Refusal::Forbidden`], [`Refusal::NotFriends`].
    pub async fn add_members(
        &self,
        caller: &Caller,
        id: ConversationId,
        people: Vec<UserId>,
    ) -> Result<(), ServiceError> {
        let user = caller.user_id;
        let people = distinct(people, user);
        if people.len() > 100 {
            return Err(FieldError::new("user_ids", "too_many", "at most 100 at once").into());
        }
        let context = Arc::clone(&self.context);
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let now = context.now();
                    let mut group = lock_group(tx, id).await?;
                    let me = require_member(tx, &group, user).await?;
                    if group.join_policy == JoinPolicy::Approval {
                        require_admin(&me)?;
                    }
                    if tx.friends_among(user, &people).await?.len() != people.len() {
                        return Err(Refusal::NotFriends.into());
                    }
                    for person in people {
                        match tx.find_member(id, person).await? {
                            Some(member) if member.state == MemberState::Active => continue,
                            Some(_) => require_admin(&me)?,
                            None => {}
                        }
                        join(tx, &context, &mut group, person, user, now).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Leaves (oneself) or removes somebody (admins).
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::NotMember`], [`Refusal::Forbidden`].
    pub async fn remove_member(
        &self,
        caller: &Caller,
        id: ConversationId,
        who: UserId,
    ) -> Result<(), ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let mut group = lock_group(tx, id).await?;
                    let me = require_member(tx, &group, user).await?;
                    let target = if who == user {
                        me
                    } else {
                        require_admin(&me)?;
                        let member = tx.find_member(id, who).await?;
                        member.filter(|m| m.state == MemberState::Active).ok_or(Refusal::NotFound)?
                    };
                    end(tx, &context, &mut group, target, user, context.now()).await
                })
            })
            .await
    }

    /// Changes somebody's role.
    ///
    /// # Errors
    /// As [`GroupService::remove_member`]; [`Refusal::Conflict`] when the last admin would lose the role.
    pub async fn set_role(
        &self,
        caller: &Caller,
        id: ConversationId,
        who: UserId,
        role: Role,
    ) -> Result<(), ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let (mut group, _) = lock_as_admin(tx, id, user).await?;
                    let member = tx.find_member(id, who).await?;
                    let mut member =
                        member.filter(|m| m.state == MemberState::Active).ok_or(Refusal::NotFound)?;
                    if member.role == role {
                        return Ok(());
                    }
                    if role == Role::Member && tx.admin_ids(id).await? == [who] {
                        return Err(Refusal::Conflict("a group needs an admin").into());
                    }
                    member.role = role;
                    tx.put_member(&member).await?;
                    let notice = Notice { role: Some(role), ..Notice::about(NoticeKind::RoleChanged, who) };
                    announce(tx, &context, &mut group, user, notice, context.now()).await?;
                    tx.publish(LiveEvent::ConversationChanged(id));
                    Ok(())
                })
            })
            .await
    }
}
