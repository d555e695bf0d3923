//! A sandbox Braze in a process of its own: `aiq-braze sandbox`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::program::Program;

/// A sandbox in a process of its own, which ends with this.
#[derive(Debug)]
pub struct Sandbox {
    child: Child,
    address: String,
    /// Its address.
    pub url: String,
}

impl Sandbox {
    /// Starts one in a folder, with these arguments.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(folder: &Path, args: &[&str]) -> Self {
        let mut command = Program::new(folder)
            .arg("sandbox")
            .args(args)
            .into_command();
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let said = BufReader::new(child.stdout.take().expect("it is piped"));
        let line = said
            .lines()
            .map_while(Result::ok)
            .find(|line| line.contains("http://127.0.0.1:"));
        let line = line.expect("the sandbox says where it is");
        let address: String = line
            .split("http://")
            .nth(1)
            .into_iter()
            .flat_map(|rest| rest.chars())
            .take_while(|c| !c.is_whitespace())
            .collect();
        Self {
            child,
            url: format!("http://{address}"),
            address,
        }
    }

    /// What it tells programs of itself.
    ///
    /// # Panics
    /// When it does not answer as it should.
    pub fn state(&self) -> Value {
        let mut stream = TcpStream::connect(&self.address).expect("the sandbox listens");
        write!(
            stream,
            "GET /state.json HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.address
        )
        .expect("it takes a request");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("it answers in UTF-8");
        let (_, body) = answer.split_once("\r\n\r\n").expect("an answer has a body");
        let start = body.find('{').expect("the state is an object");
        let end = body.rfind('}').expect("the state is an object");
        serde_json::from_str(&body[start..=end]).expect("the state is JSON")
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
