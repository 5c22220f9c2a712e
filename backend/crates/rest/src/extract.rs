//! Takes requests apart. Whatever is not understood is a problem, never a guess.

use std::{net::IpAddr, str::FromStr};

use axum::{
    body::{Body, HttpBody as _},
    extract::{FromRequest, FromRequestParts, Request},
};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header, request::Parts};
use http_body_util::BodyExt;
use kith_domain::{Caller, Refusal};
use kith_wire::{ClientAddress, Problem, ProblemCode, json};
use serde::de::DeserializeOwned;

use crate::{error::ApiError, state::AppState};

/// The address that a request's limits count against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address(pub(crate) IpAddr);

impl FromRequestParts<AppState> for Address {
    type Rejection = ApiError;

    /// Without a [`ClientAddress`] nobody's address is known: all such requests count as one.
    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        let known = parts.extensions.get::<ClientAddress>().map(|address| address.0);
        Ok(Self(known.unwrap_or(IpAddr::from([0, 0, 0, 0]))))
    }
}

/// Who calls, by the bearer token. A handler without this argument is open to everybody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signed(pub(crate) Caller);

/// The token of an `Authorization: Bearer` header; `None` without exactly one such header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

impl FromRequestParts<AppState> for Signed {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, ApiError> {
        let token = bearer(&parts.headers).ok_or(Refusal::Unauthenticated)?;
        Ok(Self(app.services.sign_ins.admit(token).await?))
    }
}

/// [`Signed`], and whoever has asked to delete their account too.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignedLeaving(pub(crate) Caller);

impl FromRequestParts<AppState> for SignedLeaving {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, ApiError> {
        let token = bearer(&parts.headers).ok_or(Refusal::Unauthenticated)?;
        Ok(Self(app.services.sign_ins.admit_leaving(token).await?))
    }
}

/// The parameters of the path. One that cannot be an id names nothing there is: `not_found`, as for an unknown one.
pub(crate) struct PathIds<T>(pub(crate) T);

/// What a path's parameters are read into.
pub(crate) trait FromPath: Sized {
    /// `None` when a parameter cannot be what is asked for.
    fn from_path(parameters: &[String]) -> Option<Self>;
}

macro_rules! from_path {
    ($($name:ident)+) => {
        impl<$($name: FromStr),+> FromPath for ($($name,)+) {
            #[allow(non_snake_case, reason = "the type parameters' names serve as the values' names")]
            fn from_path(parameters: &[String]) -> Option<Self> {
                let mut parameters = parameters.iter();
                $(let $name = parameters.next()?.parse().ok()?;)+
                parameters.next().is_none().then_some(($($name,)+))
            }
        }
    };
}
from_path!(A);
from_path!(A B);

impl<T: FromPath> FromRequestParts<AppState> for PathIds<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, ApiError> {
        let raw = axum::extract::RawPathParams::from_request_parts(parts, app).await;
        let values: Vec<String> = match &raw {
            Ok(parameters) => parameters.iter().map(|(_, value)| value.to_owned()).collect(),
            // A parameter that is no UTF-8 once decoded.
            Err(_) => return Err(Refusal::NotFound.into()),
        };
        T::from_path(&values).map(Self).ok_or_else(|| Refusal::NotFound.into())
    }
}

/// A seq in a path: canonical decimal, from 1 up.
pub(crate) struct PathSeq(pub(crate) kith_domain::Seq);

impl FromStr for PathSeq {
    type Err = kith_domain::id::InvalidId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A seq obeys the spelling of ids: one spelling, 1 to 2^63 - 1.
        text.parse::<kith_domain::EntryId>().map(|number| Self(number.get()))
    }
}

/// The fields of the query string, read strictly: an unknown or repeated one is refused.
pub(crate) struct StrictQuery<T>(pub(crate) T);

/// The fields of the query string; unknown ones are left out, as an identity provider may add its own.
pub(crate) struct OpenQuery(pub(crate) Vec<(String, String)>);

fn query(parts: &Parts) -> Vec<(String, String)> {
    url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect()
}

impl<T: DeserializeOwned> FromRequestParts<AppState> for StrictQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        Ok(Self(json::read_query(query(parts))?))
    }
}

impl FromRequestParts<AppState> for OpenQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        Ok(Self(query(parts)))
    }
}

impl OpenQuery {
    /// The field's value, if it is given exactly once.
    pub(crate) fn one(&self, name: &str) -> Option<String> {
        let mut values = self.0.iter().filter(|(field, _)| field == name).map(|(_, value)| value);
        let value = values.next()?;
        if values.next().is_some() { None } else { Some(value.clone()) }
    }
}

/// A JSON body, read strictly.
pub(crate) struct StrictBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<AppState> for StrictBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &AppState) -> Result<Self, ApiError> {
        let bytes = json_bytes(request).await?;
        Ok(Self(json::read(&bytes)?))
    }
}

/// A JSON body that may be left out altogether, but not sent as another type: a form from a foreign page cannot
/// say that it is JSON.
pub(crate) struct OptionalBody<T>(pub(crate) T);

impl<T: DeserializeOwned + Default> FromRequest<AppState> for OptionalBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &AppState) -> Result<Self, ApiError> {
        let bytes = json_bytes(request).await?;
        if bytes.is_empty() { Ok(Self(T::default())) } else { Ok(Self(json::read(&bytes)?)) }
    }
}

/// A JSON body that may be left out altogether, with its type. For calls with a bearer token, which no foreign page has.
pub(crate) struct MaybeBody<T>(pub(crate) T);

impl<T: DeserializeOwned + Default> FromRequest<AppState> for MaybeBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, ApiError> {
        let empty = request.body().is_end_stream() && !request.headers().contains_key(header::CONTENT_TYPE);
        if empty {
            return Ok(Self(T::default()));
        }
        Ok(Self(OptionalBody::from_request(request, app).await?.0))
    }
}

/// The body of a request that says it is JSON, up to the bound.
async fn json_bytes(request: Request) -> Result<Bytes, ApiError> {
    let mut types = request.headers().get_all(header::CONTENT_TYPE).iter();
    let json =
        matches!((types.next(), types.next()), (Some(only), None) if only.to_str().is_ok_and(json::is_json));
    if !json || request.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(json::not_json().into());
    }
    body_bytes(request.into_body()).await
}

/// So much of a body that is too large is read and thrown away: a connection that ends with unread bytes is reset, and
/// then the client may never read why it was refused.
const MAX_DISCARDED_BYTES: usize = 1024 * 1024;

async fn body_bytes(mut body: Body) -> Result<Bytes, ApiError> {
    let (mut bytes, mut seen) = (BytesMut::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let frame = frame
            .map_err(|_| Problem::with_detail(ProblemCode::MalformedBody, "the body ended too early"))?;
        let Ok(data) = frame.into_data() else { continue };
        seen = seen.saturating_add(data.len());
        if seen <= json::MAX_BODY_BYTES {
            bytes.extend_from_slice(&data);
        } else {
            bytes = BytesMut::new();
        }
        if seen > json::MAX_BODY_BYTES + MAX_DISCARDED_BYTES {
            break;
        }
    }
    if seen > json::MAX_BODY_BYTES {
        Err(ApiError::new(ProblemCode::PayloadTooLarge))
    } else {
        Ok(bytes.freeze())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;
    use http::HeaderValue;
    use kith_domain::{ConversationId, UserId};

    use super::*;

    #[test]
    fn bearer_tokens() {
        for (values, expected) in [
            (&["Bearer abc"][..], Some("abc")),
            (&["bearer abc"], Some("abc")),
            (&["Basic abc"], None),
            (&["Bearer"], None),
            (&["abc"], None),
            (&["Bearer abc", "Bearer def"], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, HeaderValue::from_static(value));
            }
            assert_eq!(bearer(&headers), expected, "{values:?}");
        }
    }

    #[test]
    fn path_parameters() {
        let read = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            <(ConversationId, UserId)>::from_path(&texts).is_some()
        };
        for (texts, good) in [
            (&["1", "2"][..], true),
            (&["1", "x"], false),
            (&["01", "2"], false),
            (&["1", "9223372036854775808"], false),
            (&["1", "2\0"], false),
            (&["1", "../2"], false),
            (&["1"], false),
            (&["1", "2", "3"], false),
        ] {
            assert_eq!(read(texts), good, "{texts:?}");
        }
        for (text, good) in
            [("1", true), ("0", false), ("-1", false), ("1e9", false), ("9223372036854775808", false)]
        {
            assert_eq!(text.parse::<PathSeq>().is_ok(), good, "{text}");
        }
    }

    #[tokio::test]
    async fn bodies_that_are_too_large_are_read_on_for_a_while() {
        let (most, more) = (json::MAX_BODY_BYTES, MAX_DISCARDED_BYTES);
        for (size, good, left) in [
            (0, true, 0),
            (most, true, 0),
            (most + 1, false, 0),
            (most + more, false, 0),
            (most + more + 4096, false, 1),
        ] {
            let pieces: Vec<Bytes> = vec![b'x'; size].chunks(4096).map(Bytes::copy_from_slice).collect();
            let unread = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(pieces.len()));
            let counted = std::sync::Arc::clone(&unread);
            let stream = futures_util::stream::iter(pieces).map(move |piece| {
                counted.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
                Ok::<_, std::convert::Infallible>(piece)
            });
            let read = body_bytes(Body::from_stream(stream)).await;
            assert_eq!(read.as_ref().is_ok_and(|bytes| bytes.len() == size), good, "{size}");
            let unread = unread.load(std::sync::atomic::Ordering::Relaxed);
            assert!(unread <= left, "{unread} pieces of {size} bytes are left unread");
        }
    }
}
