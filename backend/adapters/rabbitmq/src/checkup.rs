//! Whether a RabbitMQ can carry what goes between nodes.

use std::time::Duration;

use kith_domain::Checkup;
use lapin::{
    Connection, ConnectionProperties, ExchangeKind, options::ExchangeDeclareOptions, types::FieldTable,
    uri::AMQPUri,
};

use crate::broker::EXCHANGE;

const PATIENCE: Duration = Duration::from_secs(5);

/// Looks at the RabbitMQ behind `url` (`amqp://` or `amqps://`): connects, signs in, and makes the exchange that nodes share,
/// which needs the rights that nodes need. It does not tell its version by this protocol's client.
///
/// # Errors
/// A sentence that says why it cannot be used; it does not repeat `url`, which holds a password.
pub async fn check_up(url: &str) -> Result<Checkup, String> {
    let uri: AMQPUri = url.parse()?;
    let looked = tokio::time::timeout(PATIENCE, async {
        let connection = Connection::connect_uri(uri, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        let options = ExchangeDeclareOptions::default();
        channel
            .exchange_declare(EXCHANGE.into(), ExchangeKind::Direct, options, FieldTable::default())
            .await?;
        connection.close(200, "looked at".into()).await
    });
    match looked.await {
        Ok(Ok(())) => Ok(Checkup::of("RabbitMQ takes a connection and the exchange of the nodes")),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("it does not answer".to_owned()),
    }
}
