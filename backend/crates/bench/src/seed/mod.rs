//! Fills a store with accounts that have friends and groups, through the same port as the services.

mod graph;

use std::{io::Write, sync::Arc};

use anyhow::Context as _;
use kith_domain::{
    Account, Caller, Clock, Conversation, ConversationId, ConversationKind, ConversationState, Device,
    DeviceId, DirectGate, HistoryVisibility, JoinPolicy, Member, MemberState, Pair, Profile, Random, Role,
    ShareCode, Timestamp, UserId,
    account::AccountState,
    ports::{Store, StoreError, StoreExt as _, Transaction},
    snowflake::Snowflakes,
    text::{DeviceName, GroupName, Username},
};

use crate::users::{DirectWith, SeededUser};

/// Accounts, conversations or memberships of one job: a commit for each would wait for the disk each time, and a job of very
/// many takes longer than the store allows on a busy machine.
const ROWS_PER_JOB: usize = 500;

/// How many of everything.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct SeedOptions {
    /// Accounts.
    #[arg(long, value_name = "N")]
    pub users: usize,
    /// Friends of each account, with a one-to-one conversation for each.
    #[arg(long, value_name = "F", default_value_t = 10)]
    pub friends: usize,
    /// Groups.
    #[arg(long, value_name = "G", default_value_t = 0)]
    pub groups: usize,
    /// Members of each group; everybody is in as many groups as that takes.
    #[arg(long, value_name = "S", default_value_t = 10)]
    pub group_size: usize,
}

/// What a seed is made with.
pub struct Seeding<'a> {
    /// Where to.
    pub store: &'a dyn Store,
    /// Numbers everything.
    pub ids: &'a Snowflakes,
    /// Dates everything.
    pub clock: &'a dyn Clock,
    /// Makes the codes people share.
    pub random: &'a dyn Random,
    /// Signs an access token, as sign-in does.
    pub token: &'a dyn Fn(Caller, Timestamp) -> String,
    /// The region that new conversations call home.
    pub region: &'a str,
}

impl Seeding<'_> {
    /// Fills the store and writes a JSON line for each account to `users`. `progress` is told of each part.
    ///
    /// # Errors
    /// Numbers that do not fit each other, and those of the store and of `users`.
    pub async fn run(
        &self,
        options: SeedOptions,
        mut users: impl Write,
        mut progress: impl FnMut(&str),
    ) -> anyhow::Result<()> {
        anyhow::ensure!(options.users > 0, "--users: at least one");
        anyhow::ensure!(
            options.group_size <= Conversation::MAX_MEMBERS,
            "--group-size: at most {}",
            Conversation::MAX_MEMBERS
        );
        let pairs = graph::friendships(options.users, options.friends)?;
        let groups = graph::groups(options.users, options.groups, options.group_size)?;
        let now = self.clock.now();

        let mut people = self.accounts(options.users, now).await?;
        progress(&format!("{} accounts", options.users));
        self.friends(&pairs, &mut people, now).await?;
        progress(&format!("{} friendships, each with its conversation", pairs.len()));
        self.groups(&groups, &mut people, now).await?;
        progress(&format!("{} groups of {}", groups.len(), options.group_size));
        for person in people {
            serde_json::to_writer(&mut users, &person)?;
            users.write_all(b"\n")?;
        }
        users.flush().context("cannot write the accounts")
    }

    fn next_id(&self, now: Timestamp) -> u64 {
        self.ids.next(now)
    }

    /// Runs `each` for every item, many in one job.
    async fn write_all<I, F>(&self, items: Vec<I>, each: F) -> Result<(), StoreError>
    where
        I: Send + Sync + 'static,
        F: for<'t> Fn(
                &'t mut dyn Transaction,
                &'t I,
            ) -> kith_domain::ports::store::JobFuture<'t, Result<(), StoreError>>
            + Send
            + Sync
            + Copy
            + 'static,
    {
        let items: Arc<[I]> = items.into();
        for from in (0..items.len()).step_by(ROWS_PER_JOB) {
            let items = Arc::clone(&items);
            self.store
                .write(move |tx| {
                    Box::pin(async move {
                        for item in items.iter().skip(from).take(ROWS_PER_JOB) {
                            each(&mut *tx, item).await?;
                        }
                        Ok::<(), StoreError>(())
                    })
                })
                .await?;
        }
        Ok(())
    }

    async fn accounts(&self, count: usize, now: Timestamp) -> anyhow::Result<Vec<SeededUser>> {
        let (mut people, mut rows) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for number in 1..=count {
            let user_id = UserId::new(self.next_id(now));
            let device_id = DeviceId::new(self.next_id(now));
            people.push(SeededUser {
                user_id,
                access_token: (self.token)(Caller { user_id, device_id }, now),
                direct: Vec::new(),
                groups: Vec::new(),
            });
            rows.push((self.account(user_id, number, now)?, device(device_id, user_id, now)));
        }
        self.write_all(rows, |tx, (account, device)| {
            Box::pin(async move {
                tx.insert_account(account).await?;
                tx.insert_device(device).await
            })
        })
        .await?;
        Ok(people)
    }

    fn account(&self, id: UserId, number: usize, now: Timestamp) -> anyhow::Result<Account> {
        Ok(Account {
            id,
            profile: Profile {
                username: Username::parse("username", &format!("Person {number}"))?,
                gender: None,
                gender_shared: false,
                introduction: None,
                avatar: None,
            },
            friend_code: ShareCode::generate(self.random),
            created_at: now,
            last_online: None,
            state: AccountState::Active,
            deletes_at: None,
            password_set: false,
            user_seq: 0,
        })
    }

    async fn friends(
        &self,
        pairs: &[(u32, u32)],
        people: &mut [SeededUser],
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let mut rows = Vec::with_capacity(pairs.len());
        for (a, b) in pairs {
            let (a, b) = (*a as usize, *b as usize);
            let (a_id, b_id) = (people[a].user_id, people[b].user_id);
            let pair = Pair::new(a_id, b_id).context("nobody is a friend of themselves")?;
            let conversation_id = ConversationId::new(self.next_id(now));
            people[a].direct.push(DirectWith { conversation_id, peer_id: b_id });
            people[b].direct.push(DirectWith { conversation_id, peer_id: a_id });
            let gate = DirectGate { pair, friends: true, low_blocks: false, high_blocks: false };
            rows.push(Conversation {
                kind: ConversationKind::Direct,
                history_visibility: HistoryVisibility::All,
                direct: Some(gate),
                ..self.conversation(conversation_id, 2, now)
            });
        }
        self.write_all(rows, |tx, conversation| {
            Box::pin(async move {
                let Some(gate) = conversation.direct else { return Ok(()) };
                tx.insert_friendship(gate.pair, conversation.created_at).await?;
                tx.insert_conversation(conversation).await?;
                for user in [gate.pair.low(), gate.pair.high()] {
                    seat(tx, conversation.id, user, Role::Member, conversation.created_at).await?;
                }
                Ok(())
            })
        })
        .await?;
        Ok(())
    }

    async fn groups(
        &self,
        groups: &[Vec<u32>],
        people: &mut [SeededUser],
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let (mut rows, mut seats) = (Vec::with_capacity(groups.len()), Vec::new());
        for (number, members) in (1..).zip(groups) {
            let id = ConversationId::new(self.next_id(now));
            let name = GroupName::parse("name", &format!("Group {number}"))?;
            rows.push(Conversation {
                name: Some(name),
                group_code: Some(ShareCode::generate(self.random)),
                ..self.conversation(id, members.len() as u32, now)
            });
            for (place, member) in members.iter().enumerate() {
                let person = &mut people[*member as usize];
                person.groups.push(id);
                let role = if place == 0 { Role::Admin } else { Role::Member };
                seats.push((id, person.user_id, role, now));
            }
        }
        self.write_all(rows, |tx, conversation| tx.insert_conversation(conversation)).await?;
        self.write_all(seats, |tx, (id, user, role, now)| {
            Box::pin(async move { seat(tx, *id, *user, *role, *now).await })
        })
        .await?;
        Ok(())
    }

    fn conversation(&self, id: ConversationId, member_count: u32, now: Timestamp) -> Conversation {
        Conversation {
            id,
            kind: ConversationKind::Group,
            home_region: self.region.to_owned(),
            encrypted: false,
            name: None,
            avatar: None,
            group_code: None,
            join_policy: JoinPolicy::Open,
            history_visibility: HistoryVisibility::FromJoining,
            created_at: now,
            last_seq: 0,
            archived_to: 0,
            last_activity: now,
            member_count,
            members_version: 1,
            direct: None,
            state: ConversationState::Open,
        }
    }
}

fn device(id: DeviceId, user_id: UserId, now: Timestamp) -> Device {
    Device {
        id,
        user_id,
        name: DeviceName::from_client(Some("Load test"), "Load test"),
        client: "native".to_owned(),
        created_at: now,
        last_seen: now,
        authenticated_at: now,
        reauthenticated: false,
        expires_at: now.plus_seconds(Device::LIFETIME_SECONDS),
        revoked_at: None,
    }
}

/// Everybody is in from the first entry on.
async fn seat(
    tx: &mut dyn Transaction,
    conversation_id: ConversationId,
    user_id: UserId,
    role: Role,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.put_member(&Member {
        conversation_id,
        user_id,
        role,
        state: MemberState::Active,
        joined_at: now,
        joined_seq: 0,
        ended: None,
    })
    .await?;
    tx.open_interval(conversation_id, user_id, 1).await
}
