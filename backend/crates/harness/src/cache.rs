//! What servers are made of and no package of the system brings: fetched once, then kept.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

use crate::HarnessError;

/// The directory of what `recipe` describes: `$KITH_SERVICES_CACHE`, or `kith-services` in the user's cache, and in it
/// `NAME-` and a hash of the recipe. `make` fills it when it is not there yet. It appears whole or not at all, also when
/// several processes make it at once.
///
/// # Errors
/// Those of `make`, and [`HarnessError::Io`] when the cache cannot be written.
pub(crate) fn cached(
    name: &str,
    recipe: &str,
    make: impl FnOnce(&Path) -> Result<(), HarnessError>,
) -> Result<PathBuf, HarnessError> {
    let root = root();
    let place = root.join(format!("{name}-{:016x}", hash(recipe)));
    if place.is_dir() {
        return Ok(place);
    }
    let fresh = root.join(format!(".{name}-{}-{:08x}", process::id(), fastrand::u32(..)));
    let action = || HarnessError::io(format!("write {}", root.display()));
    fs::create_dir_all(&fresh).map_err(action())?;
    let made = make(&fresh).and_then(|()| match fs::rename(&fresh, &place) {
        // Somebody else was quicker, and made the same.
        Err(_) if place.is_dir() => Ok(()),
        renamed => renamed.map_err(action()),
    });
    let _ = fs::remove_dir_all(&fresh);
    made.map(|()| place)
}

fn root() -> PathBuf {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("KITH_SERVICES_CACHE").unwrap_or_else(|| {
        let home = || set("HOME").unwrap_or_else(env::temp_dir).join(".cache");
        set("XDG_CACHE_HOME").unwrap_or_else(home).join("kith-services")
    })
}

/// FNV-1a: the same for the same text, from one build to the next.
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
