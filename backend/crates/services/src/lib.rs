//! Kith's use cases. A controller (REST or gateway) says who calls and what is wanted; what the caller may do
//! is decided here, inside the store's transaction, so that both ways in agree.

mod accounts;
mod context;
mod conversations;
mod deletions;
mod devices;
mod error;
mod exports;
mod friends;
mod groups;
mod live;
mod media;
mod membership;
mod messages;
mod notify;
mod passwords;
mod people;
mod presence;
mod reads;
mod search;
mod sign_ins;
mod step_up;
mod sync;
mod timeline;

use std::sync::Arc;

use kith_domain::ports::identity::{AccessTokens, IdentityProvider, TokenSealer};

pub use accounts::{AccountService, ProfilePatch};
pub use context::Context;
pub use conversations::{ConversationService, DraftPatch, SettingsPatch};
pub use deletions::DeletionService;
pub use devices::DeviceService;
pub use error::ServiceError;
pub use exports::{ExportService, ExportState};
pub use friends::FriendService;
pub use groups::{GroupPatch, GroupService, JoinOutcome};
pub use live::{Heads, LiveService, Memberships};
pub use media::{MediaLocation, MediaService, UploadCommand, UploadTicket};
pub use messages::{EntriesQuery, MessageService, SendCommand};
pub use passwords::PasswordService;
pub use presence::PresenceService;
pub use reads::ReadService;
pub use search::{MessageSearch, SearchService};
pub use sign_ins::{
    Authenticated, BeginSignIn, BegunSignIn, FinishSignIn, FinishedSignIn, ProviderInfo, SignInFailure,
    SignInService, SignInSettings, TokenPair,
};
pub use sync::SyncService;

/// What sign-in needs beside the context.
pub struct SignInParts {
    /// The configured providers.
    pub providers: Vec<Arc<dyn IdentityProvider>>,
    /// Our own access tokens.
    pub tokens: Arc<dyn AccessTokens>,
    /// Seals refresh tokens' successors.
    pub sealer: Arc<dyn TokenSealer>,
    /// Our own address and the like.
    pub settings: SignInSettings,
}

/// Every use case, for the controllers.
#[derive(Clone)]
pub struct Services {
    /// Profiles and codes.
    pub accounts: AccountService,
    /// The account password.
    pub passwords: PasswordService,
    /// Deleting an account, and changing one's mind.
    pub deletions: DeletionService,
    /// Archives of a person's own data.
    pub exports: ExportService,
    /// Sign-in, tokens and their renewal.
    pub sign_ins: SignInService,
    /// Devices and remote sign-out.
    pub devices: DeviceService,
    /// Friends, requests and blocks.
    pub friends: FriendService,
    /// Conversations and a person's own settings of them.
    pub conversations: ConversationService,
    /// Groups and their members.
    pub groups: GroupService,
    /// Messages and timelines.
    pub messages: MessageService,
    /// Uploads and media.
    pub media: MediaService,
    /// Read markers.
    pub reads: ReadService,
    /// Searching messages.
    pub search: SearchService,
    /// Catching up.
    pub sync: SyncService,
    /// Who is online.
    pub presence: PresenceService,
    /// What the gateway asks for its sockets.
    pub live: LiveService,
}

impl Services {
    /// Puts the use cases together.
    #[must_use]
    pub fn new(context: Context, sign_in: SignInParts) -> Self {
        let context = Arc::new(context);
        Self {
            accounts: AccountService::new(Arc::clone(&context)),
            passwords: PasswordService::new(Arc::clone(&context)),
            deletions: DeletionService::new(Arc::clone(&context)),
            exports: ExportService::new(Arc::clone(&context)),
            sign_ins: SignInService::new(Arc::clone(&context), sign_in),
            devices: DeviceService::new(Arc::clone(&context)),
            friends: FriendService::new(Arc::clone(&context)),
            conversations: ConversationService::new(Arc::clone(&context)),
            groups: GroupService::new(Arc::clone(&context)),
            messages: MessageService::new(Arc::clone(&context)),
            media: MediaService::new(Arc::clone(&context)),
            reads: ReadService::new(Arc::clone(&context)),
            search: SearchService::new(Arc::clone(&context)),
            sync: SyncService::new(Arc::clone(&context)),
            presence: PresenceService::new(Arc::clone(&context)),
            live: LiveService::new(context),
        }
    }
}
