//! What is typed at a terminal and not shown there.

use super::{CliError, Console};

impl Console<'_> {
    /// Asks for a line that is not shown while it is typed. Ctrl-C ends the program, as it does elsewhere.
    pub(super) fn ask_hidden(&mut self, question: &str) -> Result<String, CliError> {
        self.out.flush().ok();
        let line = self.read_hidden(question);
        writeln!(self.err).ok(); // the one that was typed was not shown
        line.map_err(|error| {
            CliError::of(format_args!(
                "the key cannot be typed here: {error}. Use a file that only you can read (--key-file, or \
                 < FILE), or the environment"
            ))
        })
    }
}

#[cfg(unix)]
mod system {
    use std::io::{self, Stdin, stdin};
    use std::process;

    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
    };

    use super::Console;
    use crate::private;

    const CTRL_C: u8 = 3;

    /// The terminal of standard input, silent for as long as this lives.
    struct Silent {
        terminal: Stdin,
        before: Termios,
    }

    impl Silent {
        /// Ctrl-C becomes an end of the line: a signal would leave the terminal silent.
        fn start() -> io::Result<Self> {
            let terminal = stdin();
            let before = tcgetattr(&terminal)?;
            let mut silent = before.clone();
            silent
                .local_modes
                .remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ISIG);
            silent.local_modes.insert(LocalModes::ICANON);
            silent.special_codes[SpecialCodeIndex::VEOL] = CTRL_C;
            tcsetattr(&terminal, OptionalActions::Now, &silent)?;
            Ok(Self { terminal, before })
        }
    }

    impl Drop for Silent {
        fn drop(&mut self) {
            tcsetattr(&self.terminal, OptionalActions::Now, &self.before).ok();
        }
    }

    impl Console<'_> {
        pub(super) fn read_hidden(&mut self, question: &str) -> io::Result<String> {
            let silent = Silent::start()?;
            write!(self.err, "{question}")?;
            self.err.flush()?;
            let mut line = Vec::new();
            loop {
                let typed = self.input.fill_buf()?;
                let end = typed
                    .iter()
                    .position(|&byte| byte == b'\n' || byte == CTRL_C);
                let n_bytes = end.map_or(typed.len(), |end| end + 1);
                line.extend_from_slice(&typed[..n_bytes]);
                self.input.consume(n_bytes);
                if end.is_some() || n_bytes == 0 {
                    break;
                }
            }
            drop(silent);
            if line.last() == Some(&CTRL_C) {
                writeln!(self.err)?;
                private::discard_drafts_and(|| process::exit(130));
            }
            String::from_utf8(line).map_err(|_| io::Error::other("found bytes that are no text"))
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::io;

    use super::Console;

    impl Console<'_> {
        pub(super) fn read_hidden(&mut self, question: &str) -> io::Result<String> {
            write!(self.err, "{question}")?;
            self.err.flush()?;
            rpassword::read_password()
        }
    }
}
