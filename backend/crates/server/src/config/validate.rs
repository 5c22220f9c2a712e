//! Rules over several settings.

mod access;
mod cluster;
mod push;
mod s3;
mod services;

use super::{Config, Provider};
use crate::assembly::remote;

pub(super) use services::missing;

/// More threads than any machine has cores for.
const MAX_SHARDS: usize = 1_024;
const ROLES: [&str; 3] = ["api", "gateway", "worker"];

/// Adds what does not fit together to `faults`.
pub(super) fn validate(config: &Config, faults: &mut Vec<String>) {
    let server = &config.server;
    if let Some(node) = server.node.filter(|node| *node > kith_domain::snowflake::MAX_NODE) {
        faults.push(format!("server.node: {node} is above {}", kith_domain::snowflake::MAX_NODE));
    }
    for role in server.roles.iter().filter(|role| !ROLES.contains(&role.as_str())) {
        faults.push(format!("server.roles: there is no role {role}; choose of api, gateway, worker"));
    }
    if server.roles.is_empty() {
        faults.push("server.roles: a node needs at least one role".to_owned());
    }
    if !["text", "json"].contains(&config.log.format.as_str()) {
        faults.push(format!("log.format: {} is neither text nor json", config.log.format));
    }
    if config.gateway.shards.is_some_and(|shards| shards > MAX_SHARDS) {
        faults.push(format!("gateway.shards: at most {MAX_SHARDS}; one for each core is enough"));
    }
    if server.dev {
        if !server.listen.ip().is_loopback() {
            faults.push(format!(
                "server.listen: --dev signs anybody in and serves loopback addresses only, not {}",
                server.listen
            ));
        }
    } else {
        production(config, faults);
    }
    if let Some(origin) = &server.origin
        && let Err(why) = check_origin(origin, server.dev)
    {
        faults.push(format!("server.origin: {why}"));
    }
    check_file_origin(config, faults);
    cluster::check(&config.cluster, faults);
    access::check(&config.cluster, server.dev, faults);
    s3::check(&config.s3, server.dev, faults);
    push::check(&config.push, server.dev, faults);
    faults.extend(remote::faults(config));
    for (id, provider) in &config.providers {
        check_provider(id, provider, server.dev, faults);
    }
}

fn production(config: &Config, faults: &mut Vec<String>) {
    let server = &config.server;
    if server.no_limits {
        faults.push("server.no_limits: lifting limits needs --dev".to_owned());
    }
    if server.clock_offset_file.is_some() {
        faults.push("server.clock_offset_file: moving the clock needs --dev".to_owned());
    }
    if server.origin.is_none() {
        faults.push("server.origin: say under which https:// origin people reach this server".to_owned());
    }
    if config.providers.is_empty() {
        faults.push(
            "providers: nobody could sign in; configure one, or use --dev on your own machine".to_owned(),
        );
    }
}

fn check_origin(origin: &str, dev: bool) -> Result<(), String> {
    let url = url::Url::parse(origin).map_err(|error| format!("{origin} is no origin: {error}"))?;
    if url.origin().ascii_serialization() != origin {
        return Err(format!("{origin} is no origin; write scheme://host[:port] and nothing else"));
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if dev => Ok(()),
        _ => Err(format!("{origin} must be https")),
    }
}

fn check_file_origin(config: &Config, faults: &mut Vec<String>) {
    let server = &config.server;
    let fault = match &config.files.public_origin {
        // Files lie at the bucket's address.
        _ if config.s3.bucket.is_some() => None,
        None if server.dev => None,
        None => {
            Some("say under which https:// origin files are given out; not the one people use".to_owned())
        }
        Some(origin) if server.origin.as_ref() == Some(origin) => {
            Some(format!("{origin} is the origin people use; files need a host name of their own"))
        }
        Some(origin) => check_origin(origin, server.dev).err(),
    };
    faults.extend(fault.map(|fault| format!("files.public_origin: {fault}")));
}

fn check_provider(id: &str, provider: &Provider, dev: bool, faults: &mut Vec<String>) {
    let path = format!("providers.{id}");
    if id == "dev" {
        faults.push(format!("{path}: this id belongs to the provider of --dev"));
    }
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        faults.push(format!("{path}: an id is lower-case letters, digits and hyphens"));
    }
    for (key, value) in
        [("issuer", &provider.issuer), ("client_id", &provider.client_id), ("name", &provider.name)]
    {
        if value.is_empty() {
            faults.push(format!("{path}.{key}: missing"));
        }
    }
    if !provider.issuer.is_empty() {
        let scheme = url::Url::parse(&provider.issuer).map(|url| url.scheme().to_owned());
        match scheme.as_deref() {
            Ok("https") => {}
            Ok("http") if dev => {}
            _ => faults.push(format!("{path}.issuer: {} is no https address", provider.issuer)),
        }
    }
    match (&provider.client_secret, &provider.client_secret_file) {
        (None, None) => faults.push(format!("{path}.client_secret: missing (or name a client_secret_file)")),
        (Some(_), Some(_)) => {
            faults.push(format!("{path}: client_secret and client_secret_file are both given"))
        }
        _ => {}
    }
}
