//! Generations of the index: each is an index of its own, `NAME-1`, `NAME-2` and so on, and the name itself is an alias of
//! the one in use.

use std::{collections::BTreeMap, time::Duration};

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    client::{Body, Call, Client},
    failure::Failure,
    schema,
};

/// How long a change of what indices there are may take.
const LIMIT: Duration = Duration::from_secs(15);

/// The indices of a name.
pub(crate) struct Generations {
    /// The alias.
    pub(crate) name: String,
    shards: u32,
}

#[derive(Deserialize)]
struct Known {
    aliases: BTreeMap<String, Value>,
}

impl Generations {
    pub(crate) fn new(prefix: &str, shards: u32) -> Self {
        Self { name: format!("{prefix}-messages-v{}", schema::FORMAT), shards }
    }

    /// Makes the first generation, if none is in use.
    ///
    /// # Errors
    /// [`Failure`], also when somebody else does the same at this moment; worth a retry.
    pub(crate) async fn begin(&self, client: &Client) -> Result<(), Failure> {
        let known = self.known(client).await?;
        if known.values().any(|index| index.aliases.contains_key(&self.name)) {
            return Ok(());
        }
        let index = self.create(client, &known).await?;
        self.switch(client, &known, &index).await
    }

    /// Puts an empty generation that holds `mark` in the place of the one in use.
    ///
    /// # Errors
    /// As for [`Generations::begin`].
    pub(crate) async fn replace(&self, client: &Client, mark: &str) -> Result<(), Failure> {
        let known = self.known(client).await?;
        let index = self.create(client, &known).await?;
        put_mark(client, &format!("/{index}/_doc/{}?timeout=10s", schema::MARK), mark).await?;
        self.switch(client, &known, &index).await
    }

    /// Writes the mark into the generation in use.
    ///
    /// # Errors
    /// [`Failure`], also when there is none.
    pub(crate) async fn put_mark(&self, client: &Client, mark: &str) -> Result<(), Failure> {
        // An alias is required, so that no index of unknown fields comes into being where ours is missing.
        let path = format!("/{}/_doc/{}?require_alias=true&timeout=10s", self.name, schema::MARK);
        put_mark(client, &path, mark).await
    }

    async fn known(&self, client: &Client) -> Result<BTreeMap<String, Known>, Failure> {
        let path = format!("/{}-*/_alias?expand_wildcards=all", self.name);
        let (action, body) = ("listing indices", Body::Nothing);
        client.call(Call { action, method: Method::GET, path: &path, body, limit: LIMIT }).await
    }

    async fn create(&self, client: &Client, known: &BTreeMap<String, Known>) -> Result<String, Failure> {
        let numbers = known.keys().filter_map(|index| index.rsplit_once('-')?.1.parse::<u64>().ok());
        let index = format!("{}-{}", self.name, numbers.max().unwrap_or(0) + 1);
        let (action, body) = ("making an index", schema::index(self.shards));
        let (path, body) = (format!("/{index}"), Body::Json(&body));
        let _: Value =
            client.call(Call { action, method: Method::PUT, path: &path, body, limit: LIMIT }).await?;
        Ok(index)
    }

    /// In one step: the others go, and the name leads to this one. It fails when one of the others is not there any more,
    /// so of two who replace it at the same time one does nothing.
    async fn switch(
        &self,
        client: &Client,
        others: &BTreeMap<String, Known>,
        index: &str,
    ) -> Result<(), Failure> {
        let removals = others.keys().map(|other| json!({"remove_index": {"index": other}}));
        let addition = json!({"add": {"index": index, "alias": self.name}});
        let body = json!({"actions": removals.chain([addition]).collect::<Vec<Value>>()});
        let (action, body) = ("taking an index into use", Body::Json(&body));
        let _: Value =
            client.call(Call { action, method: Method::POST, path: "/_aliases", body, limit: LIMIT }).await?;
        Ok(())
    }
}

/// Writes the mark at `path`.
async fn put_mark(client: &Client, path: &str, mark: &str) -> Result<(), Failure> {
    let body = json!({schema::MARK: mark});
    let (action, body) = ("writing the mark", Body::Json(&body));
    let _: Value = client.call(Call { action, method: Method::PUT, path, body, limit: LIMIT }).await?;
    Ok(())
}
