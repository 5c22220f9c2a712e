use std::{num::NonZeroUsize, path::Path, sync::Arc};

use kith_domain::{
    Clock,
    ports::{Bus, Store},
    snowflake::Snowflakes,
};
use kith_embedded::{InProcessLimits, InProcessPresence, SystemRandom, ZipArchives};
use kith_files::FileBlobs;
use kith_identity::{
    access_token::AccessTokens,
    keys::{KeyRing, SigningKey},
    passwords::Argon2id,
    ports::{Sealer, Tokens},
    random,
};
use kith_inspection::FileInspector;
use kith_services::{Context, SignInParts, SignInSettings};
use kith_tantivy::TantivySearch;
use prometheus_client::registry::Registry;

use crate::Vouching;

/// What services work with, on the embedded adapters: files and index in `directory`, no limits, nothing archived.
///
/// # Panics
/// When `directory` cannot be used.
#[must_use]
pub fn context(
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    directory: &Path,
    file_origin: &str,
    clock: Arc<dyn Clock>,
) -> Context {
    let files = directory.join("blobs");
    let blobs = FileBlobs::open(&files, file_origin, Arc::clone(&clock), &SystemRandom);
    let passwords = Argon2id::new(Arc::new(random::SystemRandom), NonZeroUsize::MIN);
    Context {
        store,
        bus,
        blobs: Arc::new(blobs.expect("a directory for files")),
        inspector: Arc::new(FileInspector::new(&files, &mut Registry::default())),
        presence: Arc::new(InProcessPresence::new()),
        search: Arc::new(TantivySearch::new(directory.join("search"))),
        history: None,
        wakes_devices: true,
        limits: Arc::new(InProcessLimits::unlimited()),
        archives: Arc::new(ZipArchives),
        passwords: Arc::new(passwords),
        clock,
        random: Arc::new(SystemRandom),
        ids: Arc::new(Snowflakes::new(0, 0)),
        region: "test".into(),
    }
}

/// Signing in with [`Vouching`] at `origin`; access tokens are signed with a key of their own.
#[must_use]
pub fn sign_in(origin: &str) -> SignInParts {
    let keys = KeyRing::new(SigningKey::generate(&random::SystemRandom), []);
    let tokens = Tokens::new(AccessTokens::new(origin, "kith", keys), Arc::new(random::SystemRandom));
    SignInParts {
        providers: vec![Arc::new(Vouching)],
        tokens: Arc::new(tokens),
        sealer: Arc::new(Sealer),
        settings: SignInSettings { origin: origin.to_owned() },
    }
}
