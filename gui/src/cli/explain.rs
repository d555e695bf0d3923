//! `explain`: what the codes of problems mean.

use aiq_braze::diag::{Texts, quote};
use aiq_braze::{Code, Language};
use serde::Serialize;

use super::{CliError, Console, Exit, Look, words};

#[derive(Debug, clap::Args)]
#[command(after_help = JSON)]
pub(crate) struct Args {
    /// A code such as AIQ1004, 1004 or unclosed-quote; all codes in short without one
    #[arg(value_name = "CODE")]
    codes: Vec<String>,
    /// Print one JSON object
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print a table in Markdown
    #[arg(long)]
    markdown: bool,
}

const JSON: &str = "The members of --json: format, language, codes (of code, name, severity, title, expected, why,\n\
                    what_to_do)";

/// Explains the codes that were named, or lists all.
pub(crate) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let named: Result<Vec<_>, _> = args.codes.iter().map(|text| find(text)).collect();
    let named = named?;
    let codes = if named.is_empty() { Code::ALL } else { &named };
    let language = console.manner.language;
    if args.json {
        console.put_json(&ExplainJson::of(codes, language))?;
    } else if args.markdown {
        console.put(markdown(codes, language))?;
    } else if named.is_empty() {
        list(language, console)?;
    } else {
        for (place, code) in named.iter().enumerate() {
            if place > 0 {
                console.put("\n")?;
            }
            explain(*code, language, console)?;
        }
    }
    Ok(Exit::Fine)
}

fn find(text: &str) -> Result<Code, CliError> {
    if let Some(code) = Code::find(text.trim()) {
        return Ok(code);
    }
    let near = Code::near(text.trim());
    let near: Vec<_> = near
        .into_iter()
        .map(|code| format!("{} {}", code.id(), code.name()))
        .collect();
    let hint = match near.is_empty() {
        true => "All are listed by: aiq-braze explain".to_owned(),
        false => format!("Near to it: {}", near.join(", ")),
    };
    Err(CliError::of(format_args!(
        "explain: found {}, expected a code such as AIQ1004, 1004 or unclosed-quote. {hint}",
        quote(text)
    )))
}

/// A line for each code.
fn list(language: Language, console: &mut Console<'_>) -> Result<(), CliError> {
    let longest = Code::ALL
        .iter()
        .map(|code| code.name().len())
        .max()
        .unwrap_or(0);
    for code in Code::ALL {
        let title = code.texts(language).title;
        console.put_in(Look::Code(code.severity()), code.id())?;
        console.put_line(format_args!("  {:<longest$}  {title}", code.name()))?;
    }
    Ok(())
}

/// All there is to say about a code.
fn explain(code: Code, language: Language, console: &mut Console<'_>) -> Result<(), CliError> {
    let Texts {
        title,
        expected,
        why,
        todo,
    } = code.texts(language);
    console.put_in(Look::Code(code.severity()), code.id())?;
    let severity = words::severity(code.severity(), language);
    console.put_line(format_args!(" {} ({severity}): {title}\n", code.name()))?;
    let labels = match language {
        Language::English => ["Expected", "Why", "What to do"],
        Language::Spanish => ["Se espera", "Por qué", "Qué hacer"],
    };
    for (label, text) in labels.into_iter().zip([expected, why, todo]) {
        let text = wrapped(text, 66, "              ");
        console.put_line(format_args!("  {label:<12}{text}"))?;
    }
    Ok(())
}

/// A text in lines of at most so many characters, all but the first behind an indent.
fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let mut lines = String::new();
    let mut n_chars = 0;
    for word in text.split_whitespace() {
        let n_word = word.chars().count();
        if n_chars > 0 && n_chars + 1 + n_word > width {
            lines.push('\n');
            lines += indent;
            n_chars = 0;
        } else if n_chars > 0 {
            lines.push(' ');
            n_chars += 1;
        }
        lines += word;
        n_chars += n_word;
    }
    lines
}

/// The table of codes in the README.
pub(super) fn markdown(codes: &[Code], language: Language) -> String {
    let mut table = match language {
        Language::English => "| code | name | found | what to do |\n|---|---|---|---|\n",
        Language::Spanish => "| código | nombre | se encontró | qué hacer |\n|---|---|---|---|\n",
    }
    .to_owned();
    for code in codes {
        let Texts { title, todo, .. } = code.texts(language);
        let cells = [code.id(), code.name(), title, todo];
        let cells = cells.map(|cell| cell.replace('|', r"\|"));
        table += &format!("| {} |\n", cells.join(" | "));
    }
    table
}

#[derive(Serialize)]
struct ExplainJson {
    language: &'static str,
    codes: Vec<CodeJson>,
}

#[derive(Serialize)]
struct CodeJson {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    title: &'static str,
    expected: &'static str,
    why: &'static str,
    what_to_do: &'static str,
}

impl ExplainJson {
    fn of(codes: &[Code], language: Language) -> Self {
        let explained = codes.iter().map(|code| {
            let Texts {
                title,
                expected,
                why,
                todo,
            } = code.texts(language);
            CodeJson {
                code: code.id(),
                name: code.name(),
                severity: code.severity().as_str(),
                title,
                expected,
                why,
                what_to_do: todo,
            }
        });
        Self {
            language: match language {
                Language::English => "en",
                Language::Spanish => "es",
            },
            codes: explained.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_wrapped_between_words() {
        assert_eq!(wrapped("one two three", 7, "  "), "one two\n  three");
        assert_eq!(wrapped("incomprehensible", 7, "  "), "incomprehensible");
        assert_eq!(wrapped("", 7, "  "), "");
    }
}
