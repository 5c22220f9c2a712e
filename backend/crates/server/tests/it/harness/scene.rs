//! Two friends who have talked: what bad input must leave as it is.

use serde_json::Value;

use super::{Person, Server, Socket};

/// A server with Ada and Bob, who are friends and have written to each other.
pub(crate) struct Scene {
    pub(crate) server: Server,
    pub(crate) ada: Person,
    pub(crate) bob: Person,
    /// Their conversation.
    pub(crate) direct: String,
    said: Vec<Value>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::on(Server::start().await).await
    }

    pub(crate) async fn on(server: Server) -> Self {
        let ada = Person::sign_in(&server.http, "ada").await;
        let bob = Person::sign_in(&server.http, "bob").await;
        let direct = ada.befriend(&bob).await;
        for (person, text) in [(&ada, "Hello"), (&bob, "Hi"), (&ada, "How are you?")] {
            person.say(&direct, text).await;
        }
        let said = ada.timeline(&direct).await;
        assert_eq!(said.len(), 3);
        Self { server, ada, bob, direct, said }
    }

    /// Where messages of the conversation go by STOMP.
    pub(crate) fn destination(&self) -> String {
        format!("/app/conversations/{}/messages", self.direct)
    }

    /// Where they go by REST.
    pub(crate) fn messages(&self) -> String {
        format!("/api/v1/conversations/{}/messages", self.direct)
    }

    /// The server lives, and what was said before is there as it was.
    pub(crate) async fn assert_intact(&mut self, after: &str) {
        self.server.assert_alive().await;
        let now = self.bob.timeline(&self.direct).await;
        assert_eq!(now[..self.said.len()], self.said[..], "after {after}");
    }

    /// Further, nothing was added.
    pub(crate) async fn assert_unchanged(&mut self, after: &str) {
        self.assert_intact(after).await;
        assert_eq!(self.bob.timeline(&self.direct).await.len(), self.said.len(), "after {after}");
    }

    pub(crate) async fn socket(&self) -> Socket {
        Socket::connect(&self.ada).await
    }
}
