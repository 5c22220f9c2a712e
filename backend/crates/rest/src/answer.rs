//! Answers with a JSON body, encoded where the view still borrows from what it shows.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use kith_domain::ports::Page;
use kith_wire::page::List;
use serde::Serialize;

use crate::{cursor, error::ApiError};

/// An encoded answer.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    body: Bytes,
}

impl Answer {
    /// 200 with `view`.
    pub(crate) fn ok<T: Serialize>(view: &T) -> Result<Self, ApiError> {
        Self::new(StatusCode::OK, view)
    }

    /// `status` with `view`.
    pub(crate) fn new<T: Serialize>(status: StatusCode, view: &T) -> Result<Self, ApiError> {
        let body = serde_json::to_vec(view).map_err(|error| ApiError::internal(&error))?.into();
        Ok(Self { status, body })
    }

    /// 200 with a page of the list `name`, each row shown by `view`.
    pub(crate) fn page<'a, T, V: Serialize>(
        name: &'static str,
        page: &'a Page<T>,
        view: impl FnMut(&'a T) -> V,
    ) -> Result<Self, ApiError> {
        let items = page.items.iter().map(view).collect();
        Self::ok(&List { items, next: page.next.map(|key| cursor::encode(name, key)) })
    }

    /// 200 with JSON that is encoded already.
    pub(crate) fn encoded(body: impl Into<Bytes>) -> Self {
        Self { status: StatusCode::OK, body: body.into() }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let json = HeaderValue::from_static("application/json");
        (self.status, [(header::CONTENT_TYPE, json)], self.body).into_response()
    }
}
