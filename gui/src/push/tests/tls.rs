//! Servers whose certificates nobody vouches for, and what `--ca-cert` makes of them. `tls/make` made the
//! certificates.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::server::read;
use super::*;

/// Takes everything, over TLS.
struct Server {
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

/// An authority that no system knows, and another one.
const AUTHORITY: &str = include_str!("tls/authority.pem");
const ANOTHER: &str = include_str!("tls/another.pem");

impl Server {
    /// Shows this certificate.
    fn start(certificate: &str) -> Self {
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
        let key = include_bytes!("tls/server.key");
        let key = PrivateKeyDer::from_pem_slice(key).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                if stream.peek(&mut [0]).unwrap_or_default() == 0 {
                    return; // a connection without a word is the end
                }
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = StreamOwned::new(connection, stream);
                if let Ok(Some(_)) = read(&mut stream) {
                    let answer =
                        "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
                    stream.write_all(answer.as_bytes()).unwrap();
                    stream.conn.send_close_notify();
                    stream.flush().unwrap();
                }
            }
        });
        Self {
            address,
            thread: Some(thread),
        }
    }

    /// Pushes thirty rows to it, where this authority is trusted, too.
    fn push(&self, trusted: Option<&str>) -> Report {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("https://{}", self.address);
        let mut plan = plan(&folder, 30, &url, SECRET);
        if let Some(pem) = trusted {
            plan.delivery.ca_certificates = CaCertificates::from_pem(pem.as_bytes()).unwrap();
        }
        push(plan).0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(TcpStream::connect(self.address));
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || thread::panicking(), "the server failed");
    }
}

/// Nothing was sent, and the words say why.
fn assert_not_trusted(report: &Report) {
    let account = &report.account;
    assert_eq!(
        (account.pending, account.unknown, report.requests),
        (30, 0, 0)
    );
    let stopped = report.stopped.as_ref().map(ToString::to_string);
    assert!(
        matches!(&stopped, Some(words) if words.contains("certificate")),
        "{stopped:?}"
    );
}

#[test]
fn only_a_server_that_somebody_vouches_for_is_sent_anything() {
    let server = Server::start(include_str!("tls/server.pem"));
    assert_not_trusted(&server.push(None));
    assert_not_trusted(&server.push(Some(ANOTHER)));
    let report = server.push(Some(AUTHORITY));
    assert_eq!((report.account.accepted, report.stopped), (30, None));
}

#[test]
fn a_certificate_of_another_name_or_that_vouches_for_itself_is_not_enough() {
    for certificate in [
        include_str!("tls/elsewhere.pem"),
        include_str!("tls/alone.pem"),
    ] {
        let server = Server::start(certificate);
        assert_not_trusted(&server.push(None));
        assert_not_trusted(&server.push(Some(AUTHORITY)));
    }
}
