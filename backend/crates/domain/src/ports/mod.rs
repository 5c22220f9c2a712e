//! The ports: what services need of the world, with the promises each adapter keeps.
//!
//! Each sentence of a promise has a case in the contract suite, and each adapter runs that suite.

pub mod accounts;
pub mod archives;
pub mod blobs;
pub mod broker;
pub mod bus;
pub mod conversations;
pub mod deletions;
pub mod devices;
pub mod drafts;
pub mod entries;
pub mod entry_log;
pub mod exports;
pub mod friends;
pub mod history;
pub mod identity;
pub mod inspector;
pub mod leases;
pub mod limits;
pub mod locks;
pub mod media;
pub mod members;
pub mod outbox;
pub mod page;
pub mod passwords;
pub mod presence;
pub mod push;
pub mod reads;
pub mod retention;
pub mod roster;
pub mod search;
pub mod settings;
pub mod sign_ins;
pub mod store;
pub mod user_log;

pub use accounts::AccountRepository;
pub use archives::{Archive, Archives};
pub use blobs::{BlobError, Blobs};
pub use broker::{Broker, BrokerError, Received};
pub use bus::{Bus, BusClosed};
pub use conversations::ConversationRepository;
pub use deletions::DeletionRepository;
pub use devices::DeviceRepository;
pub use drafts::DraftRepository;
pub use entries::EntryRepository;
pub use entry_log::{EntryLog, EntryLogError, EntrySink, EntrySinkError};
pub use exports::ExportRepository;
pub use friends::FriendRepository;
pub use history::{History, HistoryError};
pub use inspector::{InspectError, Inspector};
pub use leases::LeaseRepository;
pub use limits::{Limit, Limits};
pub use locks::LockRepository;
pub use media::MediaRepository;
pub use members::MemberRepository;
pub use outbox::OutboxRepository;
pub use page::{Cursor, Page, PageRequest};
pub use passwords::PasswordHasher;
pub use presence::Presence;
pub use push::{Push, PushError, PushTokenRepository};
pub use reads::ReadRepository;
pub use retention::RetentionRepository;
pub use roster::Roster;
pub use search::{Search, SearchError};
pub use settings::SettingsRepository;
pub use sign_ins::{SignInRepository, SignInStep};
pub use store::{
    Directory, Ledger, SendError, SendMessage, SentMessage, Store, StoreError, StoreExt, Transaction,
};
pub use user_log::UserLogRepository;
