//! What is wrong with names that other servers must take. Their adapters know; a binary without them refuses the settings
//! anyway.

#[cfg(feature = "cluster")]
pub(super) fn keyspace(name: &str) -> Option<String> {
    kith_cassandra::check_keyspace(name).err().map(|fault| fault.to_string())
}

#[cfg(feature = "cluster")]
pub(super) fn bucket(name: &str) -> Option<String> {
    kith_s3::check_bucket(name).err().map(|fault| fault.to_string())
}

#[cfg(not(feature = "cluster"))]
pub(super) fn keyspace(_name: &str) -> Option<String> {
    None
}

#[cfg(not(feature = "cluster"))]
pub(super) fn bucket(_name: &str) -> Option<String> {
    None
}
