//! Whether the service can be used.

use std::time::Duration;

use kith_domain::{Checkup, ports::SearchError};
use reqwest::Method;
use serde::Deserialize;

use crate::{
    OpenSearch,
    client::{Body, Call},
};

const LIMIT: Duration = Duration::from_secs(5);
const MIN_MAJOR: u32 = 2;

#[derive(Deserialize)]
struct About {
    version: Version,
}

#[derive(Deserialize)]
struct Version {
    number: String,
}

#[derive(Deserialize)]
struct Health {
    status: String,
    number_of_nodes: u32,
}

impl OpenSearch {
    /// Looks at the service. Nothing is changed.
    ///
    /// # Errors
    /// [`SearchError`] when it is not to be reached.
    pub async fn check_up(&self) -> Result<Checkup, SearchError> {
        let about: About = self.ask("asking for the version", "/").await?;
        let number = about.version.number;
        let health: Health = self.ask("asking for the health", "/_cluster/health").await?;
        let mut checkup = Checkup::of(format!("OpenSearch {number}, {}", health.status));
        let major = number.split('.').next().and_then(|major| major.parse::<u32>().ok());
        checkup.must(
            major.is_some_and(|major| major >= MIN_MAJOR),
            format!("OpenSearch {MIN_MAJOR} or later is needed"),
        );
        checkup.must(health.status != "red", "the cluster is red: parts of indices are not there");
        checkup.should(health.number_of_nodes > 1, "there is one node: while it is away nothing is found");
        Ok(checkup)
    }

    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        action: &'static str,
        path: &str,
    ) -> Result<T, SearchError> {
        let call = Call { action, method: Method::GET, path, body: Body::Nothing, limit: LIMIT };
        Ok(self.client.call(call).await?)
    }
}
