//! The three streams of a run, and how it fails.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, BufRead, Write};
use std::time::{Duration, Instant};

use serde::Serialize;

/// Where data and words go, and where answers come from.
pub(crate) struct Console<'c> {
    /// Answers.
    pub(crate) input: &'c mut dyn BufRead,
    /// Data.
    pub(crate) out: &'c mut dyn Write,
    /// Words.
    pub(crate) err: &'c mut dyn Write,
    /// Whether somebody can be asked.
    pub(crate) is_asked: bool,
    /// Whether what comes in is typed: no export comes that way.
    pub(crate) is_typed: bool,
    /// Whether somebody looks on: a line may be rewritten.
    pub(crate) is_watched: bool,
    /// Whether data is dropped: nobody takes it any more, and the run goes on all the same.
    pub(crate) is_unheard: bool,
    /// Whether Ctrl-C is this run's to handle.
    pub(crate) is_interrupted: bool,
    /// When the line that the next one replaces was written.
    pub(crate) last_shown: Option<Instant>,
}

/// How often a line is replaced: often enough for eyes, too seldom to cost anything.
const SHOW_EVERY: Duration = Duration::from_millis(100);

/// Why a run ends early.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CliError {
    /// The reader of the data has left: it has all that it wants.
    Closed,
    /// It cannot go on, for this reason.
    Failed(String),
}

impl CliError {
    /// Any error in its own words.
    pub(crate) fn of(error: impl Display) -> Self {
        Self::Failed(error.to_string())
    }

    fn of_output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::of(format_args!("standard output cannot be written: {error}")),
        }
    }
}

/// A text whose characters do nothing to a terminal; its lines stay lines. What is escaped is escaped as
/// in JSON, so that JSON stays what it is.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    let is_meant = |char: char| char == '\n' || !is_command(char);
    if text.chars().all(is_meant) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        if is_meant(char) {
            shown.push(char);
        } else {
            shown += &escaped(char);
        }
    }
    shown.into()
}

/// Whether a terminal obeys the character instead of showing it: a control character, or one that turns
/// the direction of what follows.
pub(super) fn is_command(char: char) -> bool {
    let turns = matches!(char, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    turns || matches!(char, '\u{2028}' | '\u{2029}') || char.is_control()
}

/// `\u001b`
pub(super) fn escaped(char: char) -> String {
    format!("\\u{:04x}", u32::from(char))
}

impl Console<'_> {
    /// Writes text.
    pub(crate) fn put(&mut self, text: impl Display) -> Result<(), CliError> {
        self.put_bytes(harmless(&text.to_string()).as_bytes())
    }

    /// Writes bytes of data as they are.
    pub(crate) fn put_bytes(&mut self, data: &[u8]) -> Result<(), CliError> {
        if self.is_unheard {
            return Ok(());
        }
        let written = self.out.write_all(data);
        written.map_err(|error| CliError::of_output(&error))
    }

    /// Writes a line of text.
    pub(crate) fn put_line(&mut self, line: impl Display) -> Result<(), CliError> {
        self.put(format_args!("{line}\n"))
    }

    /// Writes one JSON object on a line.
    pub(crate) fn put_json(&mut self, object: &impl Serialize) -> Result<(), CliError> {
        let json = serde_json::to_string(object);
        self.put_line(json.expect("what is shown has text keys and finite numbers only"))
    }

    /// Hands all data over.
    pub(crate) fn flush(&mut self) -> Result<(), CliError> {
        if self.is_unheard {
            return Ok(());
        }
        let flushed = self.out.flush();
        flushed.map_err(|error| CliError::of_output(&error))
    }

    /// Says a line, after all data so far. Whether anybody hears it does not matter.
    pub(crate) fn say(&mut self, words: impl Display) {
        self.out.flush().ok();
        writeln!(self.err, "{}", harmless(&words.to_string())).ok();
    }

    /// Says a line that the next one replaces, where somebody looks on. What comes too soon after the
    /// one before is left out.
    pub(crate) fn say_for_now(&mut self, words: impl Display) {
        let is_time = self
            .last_shown
            .is_none_or(|shown| shown.elapsed() >= SHOW_EVERY);
        if self.is_watched && is_time {
            self.last_shown = Some(Instant::now());
            write!(self.err, "\r{}\x1B[K", harmless(&words.to_string())).ok();
            self.err.flush().ok();
        }
    }

    /// Takes the line away that [`Self::say_for_now`] wrote.
    pub(crate) fn clear_line(&mut self) {
        if self.is_watched {
            write!(self.err, "\r\x1B[K").ok();
            self.err.flush().ok();
        }
    }

    /// Asks for a yes; anything else is a no.
    pub(crate) fn ask(&mut self, question: impl Display) -> bool {
        self.out.flush().ok();
        write!(self.err, "{} [y/N] ", harmless(&question.to_string())).ok();
        self.err.flush().ok();
        let mut answer = String::new();
        let is_read = self.input.read_line(&mut answer).is_ok();
        is_read && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
    }
}
