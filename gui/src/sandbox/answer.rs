//! What a route answers, before it is put into HTTP.

use hyper::{
    Response, StatusCode,
    header::{self, HeaderName, HeaderValue},
};
use serde_json::{Value, json};

use super::content::Content;

/// One answer: its status, its kind of content, and its body.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(status: StatusCode, body: &Value) -> Self {
        Self::json_text(status, body.to_string())
    }

    /// `body` is JSON already.
    pub(super) fn json_text(status: StatusCode, body: String) -> Self {
        Self {
            status,
            content_type: "application/json",
            body,
        }
    }

    /// The shape of Braze's refusals: `{"message": …}`.
    pub(super) fn message(status: StatusCode, message: &str) -> Self {
        Self::json(status, &json!({ "message": message }))
    }

    /// What Braze's page "Errors and responses" says of a body that is no JSON.
    pub(super) fn no_json() -> Self {
        let error = "Error while parsing request body. Please check your syntax.";
        Self::json(StatusCode::BAD_REQUEST, &json!({ "error": error }))
    }

    pub(super) fn html(status: StatusCode, body: String) -> Self {
        Self {
            status,
            content_type: "text/html; charset=utf-8",
            body,
        }
    }

    pub(super) fn css(body: &str) -> Self {
        Self {
            status: StatusCode::OK,
            content_type: "text/css; charset=utf-8",
            body: body.to_owned(),
        }
    }

    pub(super) fn into_response(self) -> Response<Content> {
        self.into_response_with(Content::whole)
    }

    /// With a body that is made of the one that belongs to it.
    pub(super) fn into_response_with(
        self,
        content: impl FnOnce(String) -> Content,
    ) -> Response<Content> {
        let mut response = Response::new(content(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(self.content_type),
        );
        for (name, value) in GUARDS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// On every answer. The profiles may be of real people: no other site may frame or read them, no
/// cache may keep them, and the page can load its style and nothing else.
const GUARDS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];
