//! Accounts, the identities that open them, and operators' grants.

use async_trait::async_trait;
use kith_domain::{
    Account, LinkedIdentity, PasswordHash, Profile, ShareCode, Timestamp, UserId,
    account::AccountState,
    fold,
    ports::{AccountRepository, StoreError},
    sign_in::AdminGrant,
};

use crate::{
    account_row::{account_columns, gender_name, read_account},
    lists::{id_list, ids},
    rows::Columns,
    statement::sql,
    transaction::SqlTransaction,
};

const FIND: &str = concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.id = $1");
const FIND_MANY: &str = concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.id IN ", ids!("$1"));
const FIND_BY_CODE: &str = concat!(
    "SELECT ",
    account_columns!(),
    " FROM accounts a WHERE a.friend_code = $1 AND a.state <> 'deleted'"
);
const FIND_BY_IDENTITY: &str = concat!(
    "SELECT ",
    account_columns!(),
    " FROM identities i JOIN accounts a ON a.id = i.user_id \
     WHERE i.issuer = $1 AND i.subject = $2 AND a.state <> 'deleted'"
);
const INSERT: &str = "INSERT INTO accounts (id, username, username_folded, gender, gender_shared, introduction, \
     friend_code, created_at, last_online, state, suspended_until, deletes_at, avatar) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
const UPSERT_IDENTITY: &str = "INSERT INTO identities (issuer, subject, user_id, email, email_lower, \
     email_verified) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (issuer, subject) DO UPDATE \
     SET email = excluded.email, email_lower = excluded.email_lower, email_verified = excluded.email_verified";
const UPDATE_PROFILE: &str = "UPDATE accounts SET username = $2, username_folded = $3, gender = $4, \
     gender_shared = $5, introduction = $6, avatar = $7 WHERE id = $1";
const UPDATE_CODE: &str = "UPDATE accounts SET friend_code = $2 WHERE id = $1";
const FIND_PASSWORD: &str = "SELECT password_hash FROM accounts WHERE id = $1";
const UPDATE_PASSWORD: &str = "UPDATE accounts SET password_hash = $2 WHERE id = $1";
const UPDATE_LAST_ONLINE: &str = "UPDATE accounts SET last_online = $2 WHERE id = $1";

const GRANT: &str = "INSERT INTO admin_grants (email, provider, user_id, granted_at) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (email, provider) DO NOTHING";
const CLAIM: &str =
    "UPDATE admin_grants SET user_id = $3 WHERE email = $1 AND provider = $2 AND user_id IS NULL";
const WITHDRAW_GRANT: &str = "DELETE FROM admin_grants WHERE email = $1 AND provider = $2";
const IS_ADMIN: &str = "SELECT EXISTS (SELECT 1 FROM admin_grants WHERE user_id = $1)";
// An address that moved from one person to the next belongs to the newer account.
const FIND_BY_EMAIL: &str = "SELECT a.id FROM identities i JOIN accounts a ON a.id = i.user_id \
     WHERE i.email_lower = $1 AND i.issuer = $2 AND i.email_verified AND a.state <> 'deleted' \
     ORDER BY a.id DESC LIMIT 1";

// Each maximum is the end of a primary key, read without a scan.
const HIGHEST_ID: &str = "SELECT COALESCE(MAX(id), 0) FROM (SELECT MAX(id) AS id FROM accounts \
     UNION ALL SELECT MAX(id) FROM devices UNION ALL SELECT MAX(id) FROM friend_requests \
     UNION ALL SELECT MAX(id) FROM conversations UNION ALL SELECT MAX(id) FROM entries \
     UNION ALL SELECT MAX(id) FROM media) AS ids";

#[async_trait]
impl AccountRepository for SqlTransaction<'_> {
    async fn find_account(&mut self, id: UserId) -> Result<Option<Account>, StoreError> {
        let row = self.fetch_optional(sql(FIND).bind(id.as_i64())).await?;
        row.map(|row| read_account(&row, 0)).transpose()
    }

    async fn find_accounts(&mut self, ids: &[UserId]) -> Result<Vec<Account>, StoreError> {
        let list = id_list(ids.iter().map(|id| id.as_i64()));
        let rows = self.fetch_all(sql(FIND_MANY).bind(list)).await?;
        rows.iter().map(|row| read_account(row, 0)).collect()
    }

    async fn find_account_by_code(&mut self, code: &ShareCode) -> Result<Option<Account>, StoreError> {
        let row = self.fetch_optional(sql(FIND_BY_CODE).bind(code.as_str())).await?;
        row.map(|row| read_account(&row, 0)).transpose()
    }

    async fn find_account_by_identity(
        &mut self,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<Account>, StoreError> {
        let row = self.fetch_optional(sql(FIND_BY_IDENTITY).bind(issuer).bind(subject)).await?;
        row.map(|row| read_account(&row, 0)).transpose()
    }

    async fn insert_account(&mut self, account: &Account) -> Result<(), StoreError> {
        let (state, until) = match account.state {
            AccountState::Active => ("active", None),
            AccountState::Suspended { until } => ("suspended", Some(until)),
            AccountState::Banned => ("banned", None),
            AccountState::Deleted => ("deleted", None),
        };
        let profile = &account.profile;
        let statement = sql(INSERT)
            .bind(account.id.as_i64())
            .bind(profile.username.as_str())
            .bind(fold(profile.username.as_str()))
            .bind(profile.gender.map(gender_name))
            .bind(profile.gender_shared)
            .bind(profile.introduction.as_ref().map(|text| text.as_str()))
            .bind(account.friend_code.as_str())
            .bind(account.created_at.as_millis())
            .bind(account.last_online.map(Timestamp::as_millis))
            .bind(state)
            .bind(until.map(Timestamp::as_millis))
            .bind(account.deletes_at.map(Timestamp::as_millis))
            .bind(profile.avatar.map(|key| key.to_string()));
        self.execute(statement).await?;
        Ok(())
    }

    async fn upsert_identity(&mut self, identity: &LinkedIdentity) -> Result<(), StoreError> {
        let statement = sql(UPSERT_IDENTITY)
            .bind(identity.issuer.as_str())
            .bind(identity.subject.as_str())
            .bind(identity.user_id.as_i64())
            .bind(identity.email.as_deref())
            .bind(identity.email.as_deref().map(str::to_lowercase))
            .bind(identity.email_verified);
        self.execute(statement).await?;
        Ok(())
    }

    async fn update_profile(&mut self, id: UserId, profile: &Profile) -> Result<(), StoreError> {
        let statement = sql(UPDATE_PROFILE)
            .bind(id.as_i64())
            .bind(profile.username.as_str())
            .bind(fold(profile.username.as_str()))
            .bind(profile.gender.map(gender_name))
            .bind(profile.gender_shared)
            .bind(profile.introduction.as_ref().map(|text| text.as_str()))
            .bind(profile.avatar.map(|key| key.to_string()));
        self.execute(statement).await?;
        Ok(())
    }

    async fn update_friend_code(&mut self, id: UserId, code: &ShareCode) -> Result<(), StoreError> {
        self.execute(sql(UPDATE_CODE).bind(id.as_i64()).bind(code.as_str())).await?;
        Ok(())
    }

    async fn find_password(&mut self, id: UserId) -> Result<Option<PasswordHash>, StoreError> {
        let row = self.fetch_optional(sql(FIND_PASSWORD).bind(id.as_i64())).await?;
        Ok(row.map(|row| row.opt_text(0)).transpose()?.flatten().map(PasswordHash::from_phc))
    }

    async fn update_password(&mut self, id: UserId, hash: &PasswordHash) -> Result<(), StoreError> {
        self.execute(sql(UPDATE_PASSWORD).bind(id.as_i64()).bind(hash.as_str())).await?;
        Ok(())
    }

    async fn update_last_online(&mut self, id: UserId, at: Timestamp) -> Result<(), StoreError> {
        self.execute(sql(UPDATE_LAST_ONLINE).bind(id.as_i64()).bind(at.as_millis())).await?;
        Ok(())
    }

    async fn insert_admin_grant(&mut self, grant: &AdminGrant) -> Result<(), StoreError> {
        let statement = sql(GRANT)
            .bind(grant.email.to_lowercase())
            .bind(grant.provider.as_str())
            .bind(grant.user_id.map(UserId::as_i64))
            .bind(grant.granted_at.as_millis());
        self.execute(statement).await?;
        Ok(())
    }

    async fn claim_admin_grants(
        &mut self,
        email: &str,
        provider: &str,
        user: UserId,
    ) -> Result<(), StoreError> {
        self.execute(sql(CLAIM).bind(email.to_lowercase()).bind(provider).bind(user.as_i64())).await?;
        Ok(())
    }

    async fn delete_admin_grant(&mut self, email: &str, provider: &str) -> Result<bool, StoreError> {
        Ok(self.execute(sql(WITHDRAW_GRANT).bind(email.to_lowercase()).bind(provider)).await? > 0)
    }

    async fn is_admin(&mut self, user: UserId) -> Result<bool, StoreError> {
        self.fetch_one(sql(IS_ADMIN).bind(user.as_i64())).await?.flag(0)
    }

    async fn find_account_by_verified_email(
        &mut self,
        email: &str,
        issuer: &str,
    ) -> Result<Option<UserId>, StoreError> {
        let row = self.fetch_optional(sql(FIND_BY_EMAIL).bind(email.to_lowercase()).bind(issuer)).await?;
        row.map(|row| row.signed(0).map(UserId::from_i64)).transpose()
    }

    async fn highest_id(&mut self) -> Result<u64, StoreError> {
        self.fetch_one(sql(HIGHEST_ID)).await?.number(0)
    }
}
