//! The server: one thread that accepts connections on 127.0.0.1 and speaks HTTP/1.1 and 2.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    runtime::{self, Runtime},
    sync::oneshot,
};

use super::{
    Options,
    fault::{Fate, Fault, Forecast},
    limiter::{Limiter, Standing},
    moment::Moment,
    respond,
    route::Route,
    settings::Settings,
    workspace::Workspace,
};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;
/// How long to wait before accepting again when the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What the server and the [`super::Sandbox`] both hold.
pub(super) struct Shared {
    address: SocketAddr,
    pub(super) settings: Arc<Settings>,
    workspace: Mutex<Workspace>,
    forecast: Mutex<Forecast>,
    limiter: Mutex<Limiter>,
}

impl Shared {
    fn new(address: SocketAddr, options: Options) -> Self {
        let Options {
            faults,
            weather,
            settings,
            ..
        } = options;
        let settings = Arc::new(settings);
        Self {
            address,
            workspace: Mutex::new(Workspace::new(Arc::clone(&settings), &weather)),
            limiter: Mutex::new(Limiter::new(&settings.limits)),
            forecast: Mutex::new(Forecast::new(faults, weather)),
            settings,
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// With everything applied that is due.
    pub(super) fn workspace(&self) -> MutexGuard<'_, Workspace> {
        let mut workspace = lock(&self.workspace);
        workspace.catch_up(Some(Moment::now()));
        workspace
    }

    /// Counts one POST, and tells what is in store for it.
    pub(super) fn next_fate(&self) -> Fate {
        let fate = lock(&self.forecast).next();
        let counts = &mut lock(&self.workspace).counts;
        counts.requests += 1;
        counts.faulted += u64::from(fate.fault != Fault::None);
        fate
    }

    pub(super) fn count(&self, route: Route) -> Standing {
        lock(&self.limiter).count(route, Moment::now().secs())
    }
}

/// A panic while it was lent leaves at worst one object half applied.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A server that is ready to run.
pub(super) struct Server {
    runtime: Runtime,
    listener: TcpListener,
    shared: Arc<Shared>,
}

impl Server {
    pub(super) fn new(options: Options) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()?;
        let listener = {
            let _inside = runtime.enter();
            let socket = TcpSocket::new_v4()?;
            // A port that a sandbox has just left is free; elsewhere than on Unix this would let
            // two of them share one.
            #[cfg(unix)]
            socket.set_reuseaddr(true)?;
            socket.bind((Ipv4Addr::LOCALHOST, options.port).into())?;
            socket.listen(BACKLOG)?
        };
        let shared = Arc::new(Shared::new(listener.local_addr()?, options));
        Ok(Self {
            runtime,
            listener,
            shared,
        })
    }

    pub(super) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
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
    let service = service_fn(|request| respond::respond(Arc::clone(&shared), request));
    let builder = auto::Builder::new(TokioExecutor::new());
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    // How a connection ended is the sender's affair: it sees it too.
    connection.await.ok();
}
