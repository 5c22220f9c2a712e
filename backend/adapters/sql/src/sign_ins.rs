//! Sign-ins on their way.

use async_trait::async_trait;
use kith_domain::{
    DeviceId, Timestamp,
    ports::{SignInRepository, SignInStep, StoreError},
    sign_in::{PendingSignIn, SecretHash, SignInCode, SignInNotice},
};

use crate::{
    rows::{Columns, Row, hash},
    statement::sql,
    transaction::SqlTransaction,
};

macro_rules! pending_columns {
    () => {
        "state_hash, browser_hash, provider, nonce, code_verifier, target, device_name, fresh, expires_at"
    };
}
macro_rules! code_columns {
    () => {
        "code_hash, device_id, code_challenge, expires_at, used_at"
    };
}

const INSERT_PENDING: &str = concat!(
    "INSERT INTO pending_sign_ins (",
    pending_columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
);
const TAKE_PENDING: &str =
    concat!("DELETE FROM pending_sign_ins WHERE state_hash = $1 RETURNING ", pending_columns!());
const INSERT_CODE: &str =
    concat!("INSERT INTO sign_in_codes (", code_columns!(), ") VALUES ($1, $2, $3, $4, $5)");
const REDEEM_CODE: &str = "UPDATE sign_in_codes SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL";
const FIND_CODE: &str = concat!("SELECT ", code_columns!(), " FROM sign_in_codes WHERE code_hash = $1");
const INSERT_NOTICE: &str = "INSERT INTO sign_in_notices (ticket_hash, code, reason, until, expires_at) \
     VALUES ($1, $2, $3, $4, $5)";
const TAKE_NOTICE: &str = "DELETE FROM sign_in_notices WHERE ticket_hash = $1 \
     RETURNING ticket_hash, code, reason, until, expires_at";
const HAS_PENDING: &str = "SELECT 1 FROM pending_sign_ins WHERE state_hash = $1";
const HAS_CODE: &str = "SELECT 1 FROM sign_in_codes WHERE code_hash = $1";
const HAS_NOTICE: &str = "SELECT 1 FROM sign_in_notices WHERE ticket_hash = $1";
const PURGE: [&str; 3] = [
    "DELETE FROM pending_sign_ins WHERE expires_at < $1",
    "DELETE FROM sign_in_codes WHERE expires_at < $1",
    "DELETE FROM sign_in_notices WHERE expires_at < $1",
];

fn read_pending(row: &Row) -> Result<PendingSignIn, StoreError> {
    Ok(PendingSignIn {
        state_hash: hash(row, 0)?,
        browser_hash: hash(row, 1)?,
        provider: row.text(2)?,
        nonce: row.text(3)?,
        code_verifier: row.text(4)?,
        target: row.named(5, |json| serde_json::from_str(json).ok())?,
        device_name: row.text(6)?,
        fresh: row.flag(7)?,
        expires_at: row.time(8)?,
    })
}

fn read_code(row: &Row) -> Result<SignInCode, StoreError> {
    Ok(SignInCode {
        code_hash: hash(row, 0)?,
        device_id: DeviceId::from_i64(row.signed(1)?),
        code_challenge: row.text(2)?,
        expires_at: row.time(3)?,
        used_at: row.opt_time(4)?,
    })
}

fn read_notice(row: &Row) -> Result<SignInNotice, StoreError> {
    Ok(SignInNotice {
        ticket_hash: hash(row, 0)?,
        code: row.text(1)?,
        reason: row.opt_text(2)?,
        until: row.opt_time(3)?,
        expires_at: row.time(4)?,
    })
}

#[async_trait]
impl SignInRepository for SqlTransaction<'_> {
    async fn has_sign_in_step(&mut self, step: SignInStep) -> Result<bool, StoreError> {
        let (statement, hash) = match step {
            SignInStep::Pending(hash) => (HAS_PENDING, hash),
            SignInStep::Code(hash) => (HAS_CODE, hash),
            SignInStep::Notice(hash) => (HAS_NOTICE, hash),
        };
        Ok(self.fetch_optional(sql(statement).bind(&hash[..])).await?.is_some())
    }

    async fn insert_pending_sign_in(&mut self, pending: &PendingSignIn) -> Result<(), StoreError> {
        let target = serde_json::to_string(&pending.target)
            .map_err(|_| StoreError::corrupt("a sign-in's target that JSON cannot hold"))?;
        let statement = sql(INSERT_PENDING)
            .bind(pending.state_hash.as_slice())
            .bind(pending.browser_hash.as_slice())
            .bind(pending.provider.as_str())
            .bind(pending.nonce.as_str())
            .bind(pending.code_verifier.as_str())
            .bind(target)
            .bind(pending.device_name.as_str())
            .bind(pending.fresh)
            .bind(pending.expires_at.as_millis());
        self.execute(statement).await?;
        Ok(())
    }

    async fn take_pending_sign_in(
        &mut self,
        state_hash: &SecretHash,
    ) -> Result<Option<PendingSignIn>, StoreError> {
        let row = self.fetch_optional(sql(TAKE_PENDING).bind(state_hash.as_slice())).await?;
        row.map(|row| read_pending(&row)).transpose()
    }

    async fn insert_sign_in_code(&mut self, code: &SignInCode) -> Result<(), StoreError> {
        let statement = sql(INSERT_CODE)
            .bind(code.code_hash.as_slice())
            .bind(code.device_id.as_i64())
            .bind(code.code_challenge.as_str())
            .bind(code.expires_at.as_millis())
            .bind(code.used_at.map(Timestamp::as_millis));
        self.execute(statement).await?;
        Ok(())
    }

    async fn redeem_sign_in_code(
        &mut self,
        code_hash: &SecretHash,
        at: Timestamp,
    ) -> Result<Option<SignInCode>, StoreError> {
        // The update comes first: of two redeemers only one sees it succeed.
        let first = self.execute(sql(REDEEM_CODE).bind(code_hash.as_slice()).bind(at.as_millis())).await? > 0;
        let row = self.fetch_optional(sql(FIND_CODE).bind(code_hash.as_slice())).await?;
        let code = row.map(|row| read_code(&row)).transpose()?;
        Ok(code.map(|code| if first { SignInCode { used_at: None, ..code } } else { code }))
    }

    async fn insert_sign_in_notice(&mut self, notice: &SignInNotice) -> Result<(), StoreError> {
        let statement = sql(INSERT_NOTICE)
            .bind(notice.ticket_hash.as_slice())
            .bind(notice.code.as_str())
            .bind(notice.reason.as_deref())
            .bind(notice.until.map(Timestamp::as_millis))
            .bind(notice.expires_at.as_millis());
        self.execute(statement).await?;
        Ok(())
    }

    async fn take_sign_in_notice(
        &mut self,
        ticket_hash: &SecretHash,
    ) -> Result<Option<SignInNotice>, StoreError> {
        let row = self.fetch_optional(sql(TAKE_NOTICE).bind(ticket_hash.as_slice())).await?;
        row.map(|row| read_notice(&row)).transpose()
    }

    async fn purge_sign_ins(&mut self, now: Timestamp) -> Result<(), StoreError> {
        for statement in PURGE {
            self.execute(sql(statement).bind(now.as_millis())).await?;
        }
        Ok(())
    }
}
