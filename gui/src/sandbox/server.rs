//! The server: one thread that accepts connections on 127.0.0.1 and answers over HTTP/1.1 or 2.
//! What an answer says is decided elsewhere; here is who gets one, and in which order the checks
//! of a request come.

use std::{
    fmt, future, io,
    net::{self, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{self, HeaderMap, HeaderName, HeaderValue},
    http::{request::Parts, uri::Authority},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::{self, Runtime},
    sync::oneshot,
};

use super::{
    Fault, KEY, answer::Answer, export, moment::Moment, page, track, workspace::Workspace,
};

/// The largest body taken: Braze's 4 MB, read as a power of two.
const BODY_BYTES: usize = 4 << 20;
/// A larger body is read on to its end, so that its sender gets to see the answer; past this the
/// connection is cut.
const DRAINED_BYTES: usize = 64 << 20;
/// How long to wait before accepting again when the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What the server and the [`super::Sandbox`] both hold.
pub(super) struct Shared {
    address: SocketAddr,
    faults: Vec<Fault>,
    workspace: Mutex<Workspace>,
    rate: Mutex<Rate>,
}

impl Shared {
    pub(super) fn new(address: SocketAddr, faults: Vec<Fault>) -> Self {
        Self {
            address,
            faults,
            workspace: Mutex::default(),
            rate: Mutex::default(),
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A panic while it was lent leaves at worst one object half applied.
    pub(super) fn workspace(&self) -> MutexGuard<'_, Workspace> {
        self.workspace
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one POST, and tells its fault.
    fn next_fault(&self) -> Fault {
        let counts = &mut self.workspace().counts;
        let index = usize::try_from(counts.requests).unwrap_or(usize::MAX);
        let fault = self.faults.get(index).copied().unwrap_or_default();
        counts.requests += 1;
        counts.faulted += u64::from(fault != Fault::None);
        fault
    }

    fn count_rate(&self) -> Rate {
        let mut rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
        rate.count(Moment::now());
        *rate
    }
}

/// A server that is ready to run.
pub(super) struct Server {
    runtime: Runtime,
    listener: TcpListener,
    shared: Arc<Shared>,
}

impl Server {
    pub(super) fn new(listener: net::TcpListener, shared: Arc<Shared>) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()?;
        listener.set_nonblocking(true)?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        Ok(Self {
            runtime,
            listener,
            shared,
        })
    }

    /// Serves until the other end of `stopped` is gone. Open connections are cut then.
    pub(super) fn run(self, stopped: oneshot::Receiver<()>) {
        let Self {
            runtime,
            listener,
            shared,
        } = self;
        runtime.block_on(async {
            tokio::select! {
                _ = stopped => {}
                () = accept(&listener, &shared) => {}
            }
        });
    }
}

async fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, Arc::clone(shared)));
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    stream.set_nodelay(true).ok();
    let service = service_fn(|request| respond(Arc::clone(&shared), request));
    let builder = auto::Builder::new(TokioExecutor::new());
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    // How a connection ended is the sender's affair: it sees it too.
    connection.await.ok();
}

/// The error that makes hyper close a connection (HTTP/2: reset a stream) without an answer.
#[derive(Debug)]
struct NoAnswer;

impl fmt::Display for NoAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the sandbox gives no answer")
    }
}

impl std::error::Error for NoAnswer {}

async fn respond(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, NoAnswer> {
    let (head, body) = request.into_parts();
    if !is_local(&head) {
        let answer = Answer::message(StatusCode::FORBIDDEN, "Only this machine may ask");
        return Ok(answer.into_response());
    }
    if head.method != Method::POST {
        return Ok(show(&shared, &head).into_response());
    }
    let fault = shared.next_fault();
    let body = read(body).await?;
    match fault {
        Fault::None => Ok(limited(work(&shared, &head, &body), &shared)),
        Fault::Status {
            status,
            retry_after_secs,
        } => Ok(scripted(status, retry_after_secs, &shared)),
        Fault::Cut => Err(NoAnswer),
        Fault::Lost => {
            work(&shared, &head, &body);
            Err(NoAnswer)
        }
        Fault::Silent => future::pending().await,
    }
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

/// A body that has been read to its end.
enum Body {
    Whole(Vec<u8>),
    TooLarge,
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
        return lost(head.uri.path());
    }
    let user = page::user_of(head.uri.query());
    match head.uri.path() {
        "/" => Answer::html(page::render(
            &shared.workspace(),
            &shared.url(),
            user.as_deref(),
        )),
        page::STYLE_PATH => Answer::css(page::STYLE),
        "/state.json" => export::state(&shared.workspace(), user.as_deref()),
        path => lost(path),
    }
}

/// Braze answers 403 to a path with a slash at its end (its page "Errors and responses"). A wrong
/// method is an unknown route, as in most Rails applications; the documentation does not say.
fn lost(path: &str) -> Answer {
    if path.len() > 1 && path.ends_with('/') {
        Answer::message(StatusCode::FORBIDDEN, "Access Denied")
    } else {
        Answer::message(StatusCode::NOT_FOUND, "Not Found")
    }
}

/// Answers a POST, in the order: path, key, kind of content, size, then the body. No page of
/// Braze's states an order; this one goes from what a gateway sees to what needs the body.
fn work(shared: &Shared, head: &Parts, body: &Body) -> Answer {
    if head.uri.path() != "/users/track" {
        return lost(head.uri.path());
    }
    if !has_key(&head.headers) {
        return Answer::message(StatusCode::UNAUTHORIZED, "Invalid API Key");
    }
    if !is_json(&head.headers) {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Answer::message(status, "Unsupported Media Type");
    }
    match body {
        Body::Whole(body) => track::answer(&mut shared.workspace(), body),
        Body::TooLarge => {
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            Answer::message(status, "Request Entity Too Large")
        }
    }
}

/// `Bearer` in any case, then the exact key.
fn has_key(headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION);
    let parts = value.and_then(|value| value.to_str().ok()?.split_once(' '));
    parts.is_some_and(|(scheme, key)| scheme.eq_ignore_ascii_case("bearer") && key.trim() == KEY)
}

/// `application/json`, with or without parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let kind = value.and_then(|value| value.to_str().ok()?.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const RETRY_AFTER: HeaderName = HeaderName::from_static("x-ratelimit-retry-after");

/// Adds the headers that tell of the rate limit.
fn limited(answer: Answer, shared: &Shared) -> Response<Full<Bytes>> {
    let mut response = answer.into_response();
    let rate = shared.count_rate();
    let headers = response.headers_mut();
    headers.insert(LIMIT, HeaderValue::from(Rate::REQUESTS));
    headers.insert(REMAINING, HeaderValue::from(rate.remaining()));
    headers.insert(RESET, HeaderValue::from(rate.reset_secs()));
    response
}

/// On 429 the time to wait takes the place of the other three headers.
fn scripted(status: u16, retry_after_secs: Option<u64>, shared: &Shared) -> Response<Full<Bytes>> {
    let status = StatusCode::from_u16(status)
        .ok()
        .filter(|status| (200..=599).contains(&status.as_u16()))
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let message = match status {
        StatusCode::TOO_MANY_REQUESTS => "Rate Limited",
        _ => status.canonical_reason().unwrap_or("Scripted answer"),
    };
    let answer = Answer::message(status, message);
    let mut response = match status {
        StatusCode::TOO_MANY_REQUESTS => answer.into_response(),
        _ => limited(answer, shared),
    };
    if let Some(secs) = retry_after_secs {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(secs));
    }
    response
}

/// The documented burst limit of `/users/track`, as its headers tell it. The sandbox only counts:
/// the one 429 it ever answers is a scripted one, so that a run ends the same on any machine.
#[derive(Clone, Copy, Debug, Default)]
struct Rate {
    window: u64,
    n_requests: u64,
}

impl Rate {
    const REQUESTS: u64 = 3000;
    const WINDOW_SECS: u64 = 3;

    fn count(&mut self, now: Moment) {
        let window = now.secs() / Self::WINDOW_SECS;
        if window != self.window {
            *self = Self {
                window,
                n_requests: 0,
            };
        }
        self.n_requests += 1;
    }

    fn remaining(self) -> u64 {
        Self::REQUESTS.saturating_sub(self.n_requests)
    }

    /// UTC, in seconds since 1970.
    fn reset_secs(self) -> u64 {
        (self.window + 1) * Self::WINDOW_SECS
    }
}
