//! Runs the real binary the way a shell would: arguments, standard input, a folder; and tells
//! what came out. Nothing of the machine's own settings reaches it.

use std::{
    env,
    ffi::OsStr,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, SystemTime},
};

/// The variable that says where the binary under test is. `tests/run` sets it.
pub const BINARY_VARIABLE: &str = "AIQ_BRAZE_BIN";

/// All that the binary gets of the environment: what a process needs to start at all, and where
/// a coverage build writes its counts. So no key, address or proxy of this machine is in a test.
const KEPT_VARIABLES: [&str; 4] = ["PATH", "SYSTEMROOT", "TMPDIR", "LLVM_PROFILE_FILE"];

/// Where the binary under test is: what [`BINARY_VARIABLE`] says, or else the debug build.
pub fn binary() -> Result<PathBuf, String> {
    let said = env::var_os(BINARY_VARIABLE);
    let path = said.map_or_else(debug_build, PathBuf::from);
    if path.is_file() {
        return Ok(path);
    }
    Err(format!(
        "no binary to test at {}: build it with `cargo build --locked -p aiq-braze-app \
         --no-default-features`, or name one in {BINARY_VARIABLE}",
        path.display()
    ))
}

/// The binary as it runs where a hang-up ends programs, also when whoever runs the tests has them ignore it
/// (`nohup`): a process begins with what its parent ignores.
fn hangup_heeding(binary: &Path) -> Command {
    if !cfg!(target_os = "linux") {
        return Command::new(binary);
    }
    let mut command = Command::new("/usr/bin/env");
    command.arg("--default-signal=HUP").arg(binary);
    command
}

fn debug_build() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    let name = format!("aiq-braze{}", env::consts::EXE_SUFFIX);
    workspace.join(target).join("debug").join(name)
}

/// Makes a file one that was written long ago: a push waits until an export is at rest.
///
/// # Panics
/// When its time cannot be set.
pub fn rests(path: &Path) {
    let file = fs::File::options().append(true).open(path);
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    let set = file.and_then(|file| file.set_modified(long_ago));
    set.unwrap_or_else(|error| panic!("expected to set the time of {}: {error}", path.display()));
}

/// One call of the program, about to be made.
///
/// It runs in the folder that it is given, and keeps its own files in `.home` below it. So two
/// calls in one folder see the same runs and workspaces, and calls in two folders see nothing of
/// each other.
#[derive(Debug)]
pub struct Program {
    command: Command,
    stdin: Vec<u8>,
}

impl Program {
    /// The binary under test.
    ///
    /// # Panics
    /// When there is none; the message says which command builds it.
    pub fn new(folder: &Path) -> Self {
        match binary() {
            Ok(path) => Self::at(&path, folder),
            Err(reason) => panic!("{reason}"),
        }
    }

    fn at(binary: &Path, folder: &Path) -> Self {
        let mut command = hangup_heeding(binary);
        command.current_dir(folder).env_clear();
        for name in KEPT_VARIABLES {
            command.envs(env::var_os(name).map(|value| (name, value)));
        }
        let home = folder.join(".home");
        fs::create_dir_all(&home).expect("a test's folder is its own to write to");
        for name in [
            "HOME",
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "XDG_RUNTIME_DIR",
            "XDG_STATE_HOME",
            "USERPROFILE",
            "APPDATA",
            "LOCALAPPDATA",
        ] {
            command.env(name, &home);
        }
        Self {
            command,
            stdin: Vec::new(),
        }
    }

    /// One more argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Some more arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    /// A variable for this call.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// What the program reads from standard input. Without it, that is at its end at once.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// The command, for tests that start and end it in their own way.
    pub fn into_command(self) -> Command {
        self.command
    }

    /// Runs the program to its end.
    ///
    /// # Panics
    /// When the binary cannot be started at all.
    pub fn run(self) -> Ended {
        let Self { mut command, stdin } = self;
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        run(command, &stdin)
            .unwrap_or_else(|error| panic!("expected the program to run, found: {error}"))
    }
}

/// Feeds standard input from a second thread: the program may fill its outputs before it has read
/// all of its input.
fn run(mut command: Command, stdin: &[u8]) -> io::Result<Ended> {
    let mut child = command.spawn()?;
    let pipe = child.stdin.take();
    let output = thread::scope(|scope| {
        // A program that ends without reading its input closes the pipe: no error of the test's.
        scope.spawn(move || pipe.map(|mut pipe| pipe.write_all(stdin).ok()));
        child.wait_with_output()
    })?;
    Ok(Ended {
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// What a call of the program left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The exit code; nothing when a signal ended the program.
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ended {
    /// The lines on standard output.
    ///
    /// # Panics
    /// When the output is not UTF-8.
    pub fn lines(&self) -> Vec<&str> {
        str::from_utf8(&self.stdout)
            .expect("the program writes UTF-8")
            .lines()
            .collect()
    }

    /// This, if the program ended with the code.
    ///
    /// # Panics
    /// When it ended otherwise; the message holds what it said.
    #[track_caller]
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "it said: {}", self.stderr);
        self
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn program(binary: &str, folder: &tempfile::TempDir) -> Program {
        Program::at(Path::new(binary), folder.path())
    }

    #[test]
    fn more_input_and_output_than_a_pipe_holds_goes_through() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = vec![b'x'; 1 << 20];
        let ended = program("/bin/cat", &folder).stdin(bytes.clone()).run();
        assert_eq!(ended.with_code(0).stdout, bytes);
    }

    #[test]
    fn input_that_nobody_reads_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let ended = program("/bin/sh", &folder)
            .args(["-c", "echo no >&2; exit 3"])
            .stdin(vec![b'x'; 1 << 20])
            .run();
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(3), "no\n"));
    }

    #[test]
    fn the_environment_and_the_folder_are_the_tests_own() {
        let folder = tempfile::tempdir().unwrap();
        let ended = program("/usr/bin/env", &folder)
            .env("BRAZE_API_KEY", "made up")
            .run()
            .with_code(0);
        let home = folder.path().join(".home");
        for line in ended.lines() {
            let (name, value) = line.split_once('=').unwrap();
            assert!(
                KEPT_VARIABLES.contains(&name)
                    || line == "BRAZE_API_KEY=made up"
                    || Path::new(value) == home,
                "{line}"
            );
        }
        let ended = program("/bin/pwd", &folder).run();
        let folder = folder.path().canonicalize().unwrap();
        assert_eq!(ended.lines(), [folder.to_str().unwrap()]);
    }
}
