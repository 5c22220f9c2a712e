//! Where the index is.

use secrecy::SecretString;
use url::Url;

/// Where the index is, and how it is spread.
#[derive(Debug, Clone)]
pub struct OpenSearchSettings {
    /// The service, such as `https://search.example.com:9200`.
    pub url: Url,
    /// Name and password, if it asks for them.
    pub credentials: Option<(String, SecretString)>,
    /// What the names of Kith's indices begin with: lower-case letters, digits and hyphens. Nothing else of the service
    /// may begin so.
    pub prefix: String,
    /// Into how many parts a new index is divided; each can be searched by another node.
    pub shards: u32,
}
