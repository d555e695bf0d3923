//! One request and its answer: what is shown to people, what is worked off, and what becomes of it
//! when a fault is in store.

use std::{future, sync::Arc};

use http_body_util::BodyExt;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{self, HeaderValue},
    http::{request::Parts, uri::Authority},
};

use super::{
    answer::Answer,
    content::{Content, NoAnswer},
    fault::{Fate, Fault},
    gate::{self, Body},
    headers,
    limiter::Standing,
    page,
    random::Random,
    route::Route,
    server::Shared,
    state,
    track::Lottery,
};

/// The largest body taken: Braze's 4 MB, read as a power of two.
const BODY_BYTES: usize = 4 << 20;
/// A larger body is read on to its end, so that its sender gets to see the answer; past this the
/// connection is cut.
const DRAINED_BYTES: usize = 64 << 20;

pub(super) async fn respond(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Content>, NoAnswer> {
    let (head, body) = request.into_parts();
    if !is_local(&head) {
        let answer = Answer::message(StatusCode::FORBIDDEN, "Only this machine may ask");
        return Ok(answer.into_response());
    }
    if head.method != Method::POST {
        return Ok(show(&shared, &head).into_response());
    }
    let fate = shared.next_fate();
    if fate.fault == Fault::CutEarly {
        return Err(NoAnswer);
    }
    let body = read(body).await?;
    let response = meet(&shared, &head, &body, fate);
    if fate.fault == Fault::Silent {
        return future::pending().await;
    }
    if !fate.wait.is_zero() {
        tokio::time::sleep(fate.wait).await;
    }
    response
}

/// Whether the request was meant for this machine. A page of another site whose name has been
/// made to point to 127.0.0.1 could otherwise read the profiles.
fn is_local(head: &Parts) -> bool {
    let named = |value: &HeaderValue| value.to_str().ok()?.parse().ok();
    let authority: Option<Authority> = match head.uri.authority() {
        Some(authority) => Some(authority.clone()),
        None => match head.headers.get(header::HOST) {
            Some(host) => named(host),
            None => return true,
        },
    };
    authority.is_some_and(|authority| {
        let host = authority.host();
        host == "127.0.0.1" || host == "[::1]" || host.eq_ignore_ascii_case("localhost")
    })
}

async fn read(mut body: Incoming) -> Result<Body, NoAnswer> {
    let mut whole = Vec::new();
    let mut n_bytes = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| NoAnswer)?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        n_bytes += data.len();
        if n_bytes > DRAINED_BYTES {
            return Err(NoAnswer);
        }
        if n_bytes <= BODY_BYTES {
            whole.extend_from_slice(data);
        } else {
            whole = Vec::new();
        }
    }
    Ok(if n_bytes <= BODY_BYTES {
        Body::Whole(whole)
    } else {
        Body::TooLarge
    })
}

/// Answers what is not a POST.
fn show(shared: &Shared, head: &Parts) -> Answer {
    if head.method != Method::GET && head.method != Method::HEAD {
        return gate::lost(head.uri.path());
    }
    let user = page::user_of(head.uri.query());
    match head.uri.path() {
        "/" => Answer::html(
            StatusCode::OK,
            page::render(&shared.workspace(), &shared.url(), user.as_deref()),
        ),
        page::STYLE_PATH => Answer::css(page::STYLE),
        "/state.json" => state::state(&shared.workspace(), user.as_deref()),
        path => gate::lost(path),
    }
}

/// Lets a POST meet its fate.
fn meet(
    shared: &Shared,
    head: &Parts,
    body: &Body,
    fate: Fate,
) -> Result<Response<Content>, NoAnswer> {
    let standing = Route::of(head.uri.path()).map(|route| shared.count(route));
    let work = |lottery| gate::work(shared, head, body, standing, lottery);
    let answer = match fate.fault {
        Fault::None | Fault::Slow { .. } => work(None),
        Fault::Partial { per_mille } => work(Some(Lottery {
            per_mille,
            random: fate.random,
        })),
        Fault::Status { status, .. } => scripted(status),
        Fault::StatusAfterWork { status } => {
            work(None);
            scripted(status)
        }
        Fault::Page { status } => gateway_page(status),
        Fault::Cut | Fault::CutEarly | Fault::Silent => return Err(NoAnswer),
        Fault::Lost => {
            work(None);
            return Err(NoAnswer);
        }
        Fault::HalfBody | Fault::WrongType => work(None),
        Fault::Garbage | Fault::Huge { .. } => {
            work(None);
            Answer::message(StatusCode::CREATED, "success")
        }
        Fault::Queued => {
            work(None);
            Answer::message(StatusCode::ACCEPTED, "queued")
        }
    };
    Ok(dressed(answer, shared, standing, fate))
}

/// An answer with its headers, and with whatever its fault makes of the body.
fn dressed(
    mut answer: Answer,
    shared: &Shared,
    standing: Option<Standing>,
    fate: Fate,
) -> Response<Content> {
    if fate.fault == Fault::WrongType {
        answer.content_type = "text/plain; charset=utf-8";
    }
    let mut response = answer.into_response_with(|body| match fate.fault {
        Fault::HalfBody => Content::half(body),
        Fault::Garbage => garbage(fate.random),
        Fault::Huge { bytes } => Content::huge(bytes),
        _ => Content::whole(body),
    });
    let told_secs = match fate.fault {
        Fault::Status {
            retry_after_secs, ..
        } => retry_after_secs,
        _ => standing.and_then(|standing| standing.retry_after_secs),
    };
    headers::tell(&mut response, &shared.settings, standing, told_secs, fate);
    response
}

/// Bodies that are no JSON.
fn garbage(mut random: Random) -> Content {
    let all: [&[u8]; 5] = [
        b"",
        b"OK",
        br#"{"message":"succ"#,
        br#"{"message":"success","attributes_processed":NaN}"#,
        b"\xff\xfe{\x00\xc3\x28",
    ];
    let kind = random.below(all.len() as u64);
    let kind = usize::try_from(kind).ok().and_then(|kind| all.get(kind));
    Content::whole(kind.copied().unwrap_or_default())
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status)
        .ok()
        .filter(|status| (200..=599).contains(&status.as_u16()))
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn words_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::TOO_MANY_REQUESTS => "Rate Limited",
        _ => status.canonical_reason().unwrap_or("Scripted answer"),
    }
}

fn scripted(status: u16) -> Answer {
    let status = status_of(status);
    Answer::message(status, words_of(status))
}

/// As a server before Braze's own answers when that one does not.
fn gateway_page(status: u16) -> Answer {
    let status = status_of(status);
    let words = words_of(status);
    let page = format!(
        "<html>\r\n<head><title>{0} {words}</title></head>\r\n<body>\r\n<center><h1>{0} {words}</h1>\
         </center>\r\n</body>\r\n</html>\r\n",
        status.as_u16()
    );
    Answer::html(status, page)
}
