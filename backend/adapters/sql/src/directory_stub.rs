//! Directory repositories: not here yet.
use async_trait::async_trait;
use kith_domain::{account::*,clock::Timestamp,code::ShareCode,id::*,sign_in::*,device::*,friendship::*,ports::{*,friends::Direction}};
use crate::SqlTransaction;
fn absent<T>() -> Result<T, StoreError> { Err(StoreError::corrupt("no directory in this build")) }
#[async_trait]
impl AccountRepository for SqlTransaction<'_> {
    async fn find_account(&mut self, _id: UserId) -> Result<Option<Account>, StoreError> { absent() }
    async fn find_accounts(&mut self, _ids: &[UserId]) -> Result<Vec<Account>, StoreError> { absent() }
    async fn find_account_by_code(&mut self, _code: &ShareCode) -> Result<Option<Account>, StoreError> { absent() }
    async fn find_account_by_identity(&mut self, _issuer: &str, _subject: &str) -> Result<Option<Account>, StoreError> { absent() }
    async fn insert_account(&mut self, _account: &Account) -> Result<(), StoreError> { absent() }
    async fn upsert_identity(&mut self, _identity: &LinkedIdentity) -> Result<(), StoreError> { absent() }
    async fn update_profile(&mut self, _id: UserId, _profile: &Profile) -> Result<(), StoreError> { absent() }
    async fn update_friend_code(&mut self, _id: UserId, _code: &ShareCode) -> Result<(), StoreError> { absent() }
    async fn update_last_online(&mut self, _id: UserId, _at: Timestamp) -> Result<(), StoreError> { absent() }
    async fn insert_admin_grant(&mut self, _grant: &AdminGrant) -> Result<(), StoreError> { absent() }
    async fn claim_admin_grants(&mut self, _email: &str, _provider: &str, _user: UserId) -> Result<(), StoreError> { absent() }
    async fn delete_admin_grant(&mut self, _email: &str, _provider: &str) -> Result<bool, StoreError> { absent() }
    async fn is_admin(&mut self, _user: UserId) -> Result<bool, StoreError> { absent() }
    async fn find_account_by_verified_email(&mut self, _email: &str, _issuer: &str) -> Result<Option<UserId>, StoreError> { absent() }
    async fn highest_id(&mut self) -> Result<u64, StoreError> { absent() }
}
#[async_trait]
impl DeviceRepository for SqlTransaction<'_> {
    async fn insert_device(&mut self, _device: &Device) -> Result<(), StoreError> { absent() }
    async fn find_device(&mut self, _id: DeviceId) -> Result<Option<Device>, StoreError> { absent() }
    async fn list_devices(&mut self, _user: UserId, _now: Timestamp) -> Result<Vec<Device>, StoreError> { absent() }
    async fn revoke_device(&mut self, _id: DeviceId, _at: Timestamp) -> Result<(), StoreError> { absent() }
    async fn touch_devices(&mut self, _seen: &[(DeviceId, Timestamp)]) -> Result<(), StoreError> { absent() }
    async fn ended_devices(&mut self, _ids: &[DeviceId], _now: Timestamp) -> Result<Vec<DeviceId>, StoreError> { absent() }
    async fn insert_refresh_token(&mut self, _token: &RefreshToken) -> Result<(), StoreError> { absent() }
    async fn find_refresh_token(&mut self, _hash: &SecretHash) -> Result<Option<RefreshToken>, StoreError> { absent() }
    async fn spend_refresh_token(&mut self, _hash: &SecretHash, _at: Timestamp, _sealed_successor: &[u8]) -> Result<bool, StoreError> { absent() }
    async fn purge_devices(&mut self, _before: Timestamp) -> Result<u64, StoreError> { absent() }
}
#[async_trait]
impl SignInRepository for SqlTransaction<'_> {
    async fn insert_pending_sign_in(&mut self, _pending: &PendingSignIn) -> Result<(), StoreError> { absent() }
    async fn take_pending_sign_in(&mut self, _state_hash: &SecretHash) -> Result<Option<PendingSignIn>, StoreError> { absent() }
    async fn insert_sign_in_code(&mut self, _code: &SignInCode) -> Result<(), StoreError> { absent() }
    async fn redeem_sign_in_code(&mut self, _code_hash: &SecretHash, _at: Timestamp) -> Result<Option<SignInCode>, StoreError> { absent() }
    async fn insert_sign_in_notice(&mut self, _notice: &SignInNotice) -> Result<(), StoreError> { absent() }
    async fn take_sign_in_notice(&mut self, _ticket_hash: &SecretHash) -> Result<Option<SignInNotice>, StoreError> { absent() }
    async fn purge_sign_ins(&mut self, _now: Timestamp) -> Result<(), StoreError> { absent() }
}
#[async_trait]
impl FriendRepository for SqlTransaction<'_> {
    async fn are_friends(&mut self, _pair: Pair) -> Result<bool, StoreError> { absent() }
    async fn insert_friendship(&mut self, _pair: Pair, _since: Timestamp) -> Result<(), StoreError> { absent() }
    async fn delete_friendship(&mut self, _pair: Pair) -> Result<bool, StoreError> { absent() }
    async fn list_friends(&mut self, _user: UserId, _query: Option<&str>, _request: PageRequest) -> Result<Vec<Account>, StoreError> { absent() }
    async fn friend_ids(&mut self, _user: UserId) -> Result<Vec<UserId>, StoreError> { absent() }
    async fn friends_among(&mut self, _user: UserId, _others: &[UserId]) -> Result<Vec<UserId>, StoreError> { absent() }
    async fn find_friend_request(&mut self, _id: FriendRequestId) -> Result<Option<FriendRequest>, StoreError> { absent() }
    async fn find_friend_request_between(&mut self, _from: UserId, _to: UserId) -> Result<Option<FriendRequest>, StoreError> { absent() }
    async fn put_friend_request(&mut self, _request: &FriendRequest) -> Result<(), StoreError> { absent() }
    async fn list_friend_requests(&mut self, _user: UserId, _direction: Direction, _request: PageRequest) -> Result<Vec<FriendRequest>, StoreError> { absent() }
    async fn count_open_requests(&mut self, _from: UserId, _now: Timestamp) -> Result<usize, StoreError> { absent() }
    async fn expire_friend_requests(&mut self, _now: Timestamp, _limit: u32) -> Result<Vec<FriendRequest>, StoreError> { absent() }
    async fn is_blocked(&mut self, _blocker: UserId, _blocked: UserId) -> Result<bool, StoreError> { absent() }
    async fn insert_block(&mut self, _blocker: UserId, _blocked: UserId, _at: Timestamp) -> Result<bool, StoreError> { absent() }
    async fn delete_block(&mut self, _blocker: UserId, _blocked: UserId) -> Result<bool, StoreError> { absent() }
    async fn list_blocks(&mut self, _blocker: UserId, _request: PageRequest) -> Result<Vec<Account>, StoreError> { absent() }
    async fn blocked_ids(&mut self, _blocker: UserId) -> Result<Vec<UserId>, StoreError> { absent() }
}
