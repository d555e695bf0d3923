//! The three streams of a run, how its words look, and how it fails.

use std::borrow::Cow;
use std::env;
use std::fmt::Display;
use std::io::{self, BufRead, Write};
use std::time::{Duration, Instant};

use aiq_braze::{Language, Problem, Severity};
use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;

use super::log::Log;

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
    /// When the line that the next one replaces was written; `None` where there is no such line.
    pub(crate) last_shown: Option<Instant>,
    /// Where what happens is noted for those who are not there, if that is wanted.
    pub(crate) log: Option<Log>,
    /// How words look, and how many there are.
    pub(crate) manner: Manner,
}

/// How words look, and how many there are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    /// Of problems; all else is English.
    pub(crate) language: Language,
    /// Nothing is said but errors, and of a run in which all is fine there is no report.
    pub(crate) is_quiet: bool,
    /// Whether words between the data are coloured.
    pub(crate) has_out_colours: bool,
    /// Whether words beside the data are coloured.
    pub(crate) has_err_colours: bool,
}

/// What a word is, and so how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// The word that says that something failed.
    Error,
    /// The word that says that something deserves a look.
    Warning,
    /// The code of a problem as bad as this.
    Code(Severity),
}

impl Look {
    fn style(self) -> Style {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match self {
            Self::Error => colour(AnsiColor::Red),
            Self::Warning => colour(AnsiColor::Yellow),
            Self::Code(Severity::Error) => colour(AnsiColor::Red).bold(),
            Self::Code(Severity::Warning) => colour(AnsiColor::Yellow).bold(),
        }
    }

    /// The text in this look, where there are looks.
    fn of(self, text: &str, has_colours: bool) -> String {
        let text = harmless(text);
        if !has_colours {
            return text.into_owned();
        }
        let style = self.style();
        format!("{style}{text}{style:#}")
    }
}

/// What the environment says about words.
pub(super) struct Surroundings {
    /// A terminal can do more than take lines.
    pub(super) is_able: bool,
    /// Colours are not unwanted.
    pub(super) has_colours: bool,
    pub(super) language: Language,
}

impl Surroundings {
    /// `NO_COLOR` (any text in it), `TERM`, and the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that says
    /// something.
    pub(super) fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let filled = |name: &str| variable(name).filter(|text| !text.is_empty());
        let is_able = filled("TERM").is_none_or(|term| term != "dumb");
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(filled);
        let language = locale.map_or_else(String::new, |locale| {
            let word = locale.split(['_', '.', '@', '-']).next();
            word.unwrap_or_default().to_ascii_lowercase()
        });
        Self {
            is_able,
            has_colours: is_able && filled("NO_COLOR").is_none(),
            language: match &*language {
                "es" => Language::Spanish,
                _ => Language::English,
            },
        }
    }

    pub(super) fn of_process() -> Self {
        Self::of(|name| env::var(name).ok())
    }
}

/// How often a line is replaced: often enough for eyes, too seldom to cost anything.
const SHOW_EVERY: Duration = Duration::from_millis(100);

/// Why a run ends early.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CliError {
    /// The reader of the data has left: it has all that it wants.
    Closed,
    /// The arguments are none that it takes, for this reason.
    Usage(String),
    /// It cannot go on, for this reason.
    Failed(String),
    /// It cannot go on with this mapping, for these reasons.
    Mapping(String, Vec<Problem>),
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
    /// Writes text. Where its reader has left it is dropped: what it tells about is done, and the exit code is
    /// the same whether somebody reads on or not.
    pub(crate) fn put(&mut self, text: impl Display) -> Result<(), CliError> {
        let written = self.put_bytes(harmless(&text.to_string()).as_bytes());
        self.go_on(written)
    }

    /// Writes bytes of data as they are. That their reader has left is told: no more are needed.
    pub(crate) fn put_bytes(&mut self, data: &[u8]) -> Result<(), CliError> {
        if self.is_unheard {
            return Ok(());
        }
        let written = self.out.write_all(data);
        written.map_err(|error| CliError::of_output(&error))
    }

    /// Takes it for done that a reader who has left was not told.
    fn go_on(&mut self, told: Result<(), CliError>) -> Result<(), CliError> {
        if told == Err(CliError::Closed) {
            self.is_unheard = true;
            return Ok(());
        }
        told
    }

    /// Writes a line of text.
    pub(crate) fn put_line(&mut self, line: impl Display) -> Result<(), CliError> {
        self.put(format_args!("{line}\n"))
    }

    /// Writes text in a look.
    pub(crate) fn put_in(&mut self, look: Look, text: impl Display) -> Result<(), CliError> {
        let text = look.of(&text.to_string(), self.manner.has_out_colours);
        let written = self.put_bytes(text.as_bytes());
        self.go_on(written)
    }

    /// Writes one JSON object on a line, with the version of its format.
    pub(crate) fn put_json(&mut self, object: &impl Serialize) -> Result<(), CliError> {
        let json = serde_json::to_string(&Versioned { format: 1, object });
        self.put_line(json.expect("what is shown has text keys and finite numbers only"))
    }

    /// Hands all data over.
    pub(crate) fn flush(&mut self) -> Result<(), CliError> {
        if self.is_unheard {
            return Ok(());
        }
        let flushed = self.out.flush();
        self.go_on(flushed.map_err(|error| CliError::of_output(&error)))
    }

    /// Says a line, after all data so far. Whether anybody hears it does not matter.
    pub(crate) fn say(&mut self, words: impl Display) {
        if !self.manner.is_quiet {
            self.say_always(&harmless(&words.to_string()));
        }
    }

    /// Says a line about something that deserves a look.
    pub(crate) fn warn(&mut self, words: impl Display) {
        if !self.manner.is_quiet {
            self.say_in(Look::Warning, "Warning:", &words.to_string());
        }
    }

    /// Says why something failed, in quiet, too.
    pub(crate) fn fail(&mut self, start: &str, words: impl Display) {
        self.say_in(Look::Error, start, &words.to_string());
    }

    /// Says what has to be told in quiet, too.
    pub(crate) fn tell(&mut self, words: impl Display) {
        self.say_always(&harmless(&words.to_string()));
    }

    fn say_in(&mut self, look: Look, start: &str, words: &str) {
        let start = look.of(start, self.manner.has_err_colours);
        self.say_always(&format!("{start} {}", harmless(words)));
    }

    fn say_always(&mut self, line: &str) {
        self.clear_line();
        self.out.flush().ok();
        writeln!(self.err, "{line}").ok();
    }

    /// Says a line that the next one replaces, where somebody looks on. What comes too soon after the
    /// one before is left out.
    pub(crate) fn say_for_now(&mut self, words: impl Display) {
        let is_time = self
            .last_shown
            .is_none_or(|shown| shown.elapsed() >= SHOW_EVERY);
        if self.is_watched && !self.manner.is_quiet && is_time {
            self.last_shown = Some(Instant::now());
            write!(self.err, "\r{}\x1B[K", harmless(&words.to_string())).ok();
            self.err.flush().ok();
        }
    }

    /// Takes the line away that [`Self::say_for_now`] wrote.
    pub(crate) fn clear_line(&mut self) {
        if self.last_shown.take().is_some() {
            write!(self.err, "\r\x1B[K").ok();
            self.err.flush().ok();
        }
    }

    /// Asks for a yes; anything else is a no.
    pub(crate) fn ask(&mut self, question: impl Display) -> bool {
        let answer = self.ask_line(format_args!("{question} [y/N]"));
        matches!(answer.to_lowercase().as_str(), "y" | "yes")
    }

    /// Asks for a line; nothing where there is none.
    pub(crate) fn ask_line(&mut self, question: impl Display) -> String {
        self.out.flush().ok();
        write!(self.err, "{} ", harmless(&question.to_string())).ok();
        self.err.flush().ok();
        let mut answer = String::new();
        match self.input.read_line(&mut answer) {
            Ok(_) => answer.trim().to_owned(),
            Err(_) => String::new(),
        }
    }
}

/// What every JSON object of ours begins with.
#[derive(Serialize)]
struct Versioned<'o, T> {
    format: u32,
    #[serde(flatten)]
    object: &'o T,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings(variables: &[(&str, &str)]) -> (bool, bool, Language) {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, text)| (*text).to_owned())
        };
        let Surroundings {
            is_able,
            has_colours,
            language,
        } = Surroundings::of(variable);
        (is_able, has_colours, language)
    }

    #[test]
    fn the_environment_says_how_words_look() {
        use Language::{English, Spanish};
        for (variables, wanted) in [
            (&[][..], (true, true, English)),
            (
                &[("TERM", "xterm"), ("NO_COLOR", "")],
                (true, true, English),
            ),
            (&[("NO_COLOR", "1")], (true, false, English)),
            (&[("TERM", "dumb")], (false, false, English)),
            (&[("LANG", "es_MX.UTF-8")], (true, true, Spanish)),
            (&[("LANG", "es"), ("LC_ALL", "C")], (true, true, English)),
            (
                &[
                    ("LANG", "en_US"),
                    ("LC_MESSAGES", "es@euro"),
                    ("LC_ALL", ""),
                ],
                (true, true, Spanish),
            ),
            (&[("LANG", "est_EE")], (true, true, English)),
        ] {
            assert_eq!(surroundings(variables), wanted, "{variables:?}");
        }
    }

    #[test]
    fn colours_are_ours_alone() {
        let plain = Look::Error.of("a\u{1b}[1mb", false);
        assert_eq!(plain, r"a\u001b[1mb");
        let red = Look::Error.of("a\u{1b}[1mb", true);
        assert_eq!(red, "\u{1b}[31ma\\u001b[1mb\u{1b}[0m");
    }
}
