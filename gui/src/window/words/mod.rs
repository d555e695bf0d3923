//! Sentences with figures and names in them, in both languages, and figures as people read them.

mod notes;
mod steps;

use std::path::Path;

use aiq_braze::diag::{Grade, quote};
use aiq_braze::mapping::{AudienceRule, Why};
use aiq_braze::read::{Dialect, Escape, Format, Location};
use aiq_braze::{Account, Because, Inspection, Language, Reason, Role, Summary};

use crate::window::model::Said;
use crate::window::texts::Texts;

/// The words of a language.
#[derive(Clone, Copy, Debug)]
pub(in crate::window) struct Words(pub(in crate::window) Language);

impl Words {
    pub(in crate::window) fn texts(self) -> &'static Texts {
        Texts::of(self.0)
    }

    /// The one in English or the other in Spanish.
    pub(in crate::window) fn or<T>(self, english: T, spanish: T) -> T {
        match self.0 {
            Language::English => english,
            Language::Spanish => spanish,
        }
    }

    /// `1,234`, in Spanish `1234` and `12.345`
    pub(in crate::window) fn count(self, number: u64) -> String {
        let digits = number.to_string();
        if self.0 == Language::Spanish && digits.len() <= 4 {
            return digits;
        }
        let mut text = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(self.or(',', '.'));
            }
            text.push(digit);
        }
        text
    }

    /// `1 row`, `1,234 rows`
    fn counted(self, number: u64, one: &str, many: &str) -> String {
        format!(
            "{} {}",
            self.count(number),
            if number == 1 { one } else { many }
        )
    }

    pub(in crate::window) fn rows(self, number: u64) -> String {
        let (one, many) = self.or(("row", "rows"), ("fila", "filas"));
        self.counted(number, one, many)
    }

    /// Of users who are in no row.
    pub(in crate::window) fn leavers(self, number: u64) -> String {
        let (one, many) = self.or(("leaver", "leavers"), ("salida", "salidas"));
        self.counted(number, one, many)
    }

    pub(in crate::window) fn requests(self, number: u64) -> String {
        let (one, many) = self.or(("request", "requests"), ("solicitud", "solicitudes"));
        self.counted(number, one, many)
    }

    /// `613.4 KB`
    pub(in crate::window) fn bytes(self, number: u64) -> String {
        let tenths = |unit: u64| {
            let tenths = (number + unit / 20) / (unit / 10);
            let point = self.or('.', ',');
            format!("{}{point}{}", self.count(tenths / 10), tenths % 10)
        };
        match number {
            0..1_000 => self.counted(number, "byte", "bytes"),
            1_000..1_000_000 => format!("{} KB", tenths(1_000)),
            1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
            _ => format!("{} GB", tenths(1_000_000_000)),
        }
    }

    fn seconds(self, seconds: f64) -> String {
        format!("{seconds:.1} s").replace('.', self.or(".", ","))
    }

    /// `audience.csv`, `part-1.csv and 3 more files`
    pub(in crate::window) fn files(self, names: &[String]) -> String {
        let n_more = names.len().saturating_sub(1);
        let first = names.first().map_or("", String::as_str);
        match n_more {
            0 => first.to_owned(),
            1 => format!("{first} {}", self.or("and 1 more file", "y 1 archivo más")),
            _ => self.or(
                format!("{first} and {n_more} more files"),
                format!("{first} y {n_more} archivos más"),
            ),
        }
    }

    /// `613.4 KB · 12 columns · separated by commas, quotes doubled inside quotes`
    pub(in crate::window) fn facts(self, n_bytes: u64, found: &Inspection) -> [String; 3] {
        let (one, many) = self.or(("column", "columns"), ("columna", "columnas"));
        [
            self.bytes(n_bytes),
            self.counted(found.header.width() as u64, one, many),
            self.format(found.header.format),
        ]
    }

    fn format(self, format: Format) -> String {
        match format {
            Format::Delimited(dialect) => self.dialect(dialect),
            Format::Json => self.or("JSON objects", "Objetos JSON").to_owned(),
        }
    }

    fn dialect(self, dialect: Dialect) -> String {
        let delimiter = match dialect.delimiter {
            b',' => self.or("commas", "comas").to_owned(),
            b';' => self.or("semicolons", "puntos y comas").to_owned(),
            b'\t' => self.or("tabs", "tabuladores").to_owned(),
            b'|' => self.or("pipes", "barras verticales").to_owned(),
            other => quote(&char::from(other).to_string()),
        };
        let escape = match dialect.escape {
            Escape::Double => self.or("doubled inside quotes", "dobles dentro de comillas"),
            Escape::Backslash => self.or(
                "behind a backslash inside quotes",
                "tras una barra inversa dentro de comillas",
            ),
        };
        self.or(
            format!("Separated by {delimiter}, quotes {escape}"),
            format!("Separado por {delimiter}, comillas {escape}"),
        )
    }

    pub(in crate::window) fn first_rows(self, n_rows: usize) -> String {
        let number = self.count(n_rows as u64);
        match n_rows {
            0 => self.texts().no_rows.to_owned(),
            1 => self.or("The first row", "La primera fila").to_owned(),
            _ => self.or(
                format!("The first {number} rows"),
                format!("Las primeras {number} filas"),
            ),
        }
    }

    /// `row 17 (line 21)`, with the file where there are several.
    pub(in crate::window) fn place(self, at: Location, files: &[String]) -> String {
        let row = format!(
            "{} {} ({} {})",
            self.or("row", "fila"),
            self.count(at.row),
            self.or("line", "línea"),
            self.count(at.line)
        );
        match files.get(at.file as usize) {
            Some(file) if files.len() > 1 => format!("{file} {row}"),
            _ => row,
        }
    }

    /// `likely: a usual header for it`
    pub(in crate::window) fn why(self, why: Why) -> (Option<(Grade, &'static str)>, &'static str) {
        let t = self.texts();
        match why {
            Why::Suggested(grade, because) => {
                (Some((grade, self.grade(grade))), self.because(because))
            }
            Why::Chosen => (None, t.because_chosen),
            Why::Default => (None, t.because_default),
        }
    }

    fn grade(self, grade: Grade) -> &'static str {
        match grade {
            Grade::Certain => self.texts().certain,
            Grade::Likely => self.texts().likely,
        }
    }

    fn because(self, because: Because) -> &'static str {
        match because {
            Because::Header => self.texts().because_header,
            Because::UsualHeader => self.texts().because_usual,
            Because::Values => self.texts().because_values,
            Because::FileName => self.texts().because_file_name,
        }
    }

    /// `"customer_id" is the external_id: a usual header for it`
    pub(in crate::window) fn doubt(self, reason: &Reason, names: &[String]) -> String {
        let t = self.texts();
        let column = reason
            .column_idx
            .and_then(|column_idx| names.get(column_idx));
        let name = match (column, reason.because) {
            (Some(name), _) => quote(name),
            (None, Because::FileName) => self
                .or("the file's name", "el nombre del archivo")
                .to_owned(),
            (None, _) if reason.role == Role::NoHeader => {
                self.or("the first row", "la primera fila").to_owned()
            }
            (None, _) => self.or("the headers", "las cabeceras").to_owned(),
        };
        let role = match reason.role {
            Role::Identifier(kind) => kind.as_str(),
            Role::AudienceId => t.audience,
            Role::SplitId => t.split,
            Role::Status => t.part_status,
            Role::EventName => t.event_name,
            Role::EventTime => t.event_time,
            Role::AppId => t.app_id,
            Role::NoHeader => self.or("a row like the others", "una fila como las demás"),
            Role::Attribute(_) => t.attribute,
        };
        let is = match reason.role {
            Role::NoHeader => self.or("is", "es:"),
            _ => self.or("is the", "es:"),
        };
        format!("{name} {is} {role} ({})", self.because(reason.because))
    }

    /// `true for entered or member; false for exited`
    pub(in crate::window) fn status(self, members: &[String], leavers: &[String]) -> String {
        let or = self.or(" or ", " o ");
        let (members, leavers) = (members.join(or), leavers.join(or));
        self.or(
            format!("true for {members}; false for {leavers}"),
            format!("true para {members}; false para {leavers}"),
        )
    }

    /// `Membership is written as AIQ_{audience_id}_{split_id}: true for entered; false for exited`
    pub(in crate::window) fn membership_as(self, rule: &AudienceRule) -> String {
        let name = &rule.name;
        let as_ = self.or(
            format!("Membership is written as {name}"),
            format!("La pertenencia se escribe como {name}"),
        );
        match &rule.member {
            Some(member) => format!("{as_}: {}", self.status(&member.members, &member.leavers)),
            None => as_,
        }
    }

    pub(in crate::window) fn fixed_label(self, label: &str) -> String {
        self.or(
            format!("{label} for all rows"),
            format!("{label} para todas las filas"),
        )
    }

    pub(in crate::window) fn send_as_label(self, header: &str) -> String {
        self.or(format!("Send {header} as"), format!("Enviar {header} como"))
    }

    pub(in crate::window) fn name_label(self, header: &str) -> String {
        self.or(
            format!("Name of {header} in Braze"),
            format!("Nombre de {header} en Braze"),
        )
    }

    /// `Format of born`
    pub(in crate::window) fn of_column(self, what: &str, header: &str) -> String {
        self.or(format!("{what} of {header}"), format!("{what} de {header}"))
    }

    /// `audience_id in the file name`
    pub(in crate::window) fn file_part(self, part: &str) -> String {
        self.or(
            format!("{part} in the file name"),
            format!("{part} en el nombre del archivo"),
        )
    }

    pub(in crate::window) fn mapping_from(self, path: &Path) -> String {
        let path = path.display();
        self.or(format!("Loaded from {path}"), format!("Cargado de {path}"))
    }

    /// What was done.
    pub(in crate::window) fn said(self, said: &Said) -> String {
        let t = self.texts();
        match said {
            Said::MappingCopied => t.mapping_copied.to_owned(),
            Said::MappingSaved(path) => {
                let path = path.display();
                self.or(
                    format!("The mapping was saved: {path}"),
                    format!("Se guardó el mapeo: {path}"),
                )
            }
            Said::MappingLoaded(path) => {
                let path = path.display();
                self.or(
                    format!("The mapping was loaded: {path}"),
                    format!("Se cargó el mapeo: {path}"),
                )
            }
            Said::RejectsSaved(path, n_rows) => {
                let (rows, path) = (self.rows(*n_rows), path.display());
                let private = t.private_file;
                self.or(
                    format!("{rows} saved: {path} ({private})"),
                    format!("{rows} guardadas: {path} ({private})"),
                )
            }
        }
    }

    /// What the window is called: the state in a few words, for the task bar.
    pub(in crate::window) fn title(self, state: &str) -> String {
        if state.is_empty() {
            return "aiq-braze".to_owned();
        }
        format!("{state} — aiq-braze")
    }

    /// `pushing, 43%`
    pub(in crate::window) fn pushing(self, percent: u64) -> String {
        self.or(
            format!("pushing, {percent}%"),
            format!("enviando, {percent}%"),
        )
    }

    /// `5,000 rows, 12 rejected`
    pub(in crate::window) fn checked(self, summary: &Summary) -> String {
        let (rows, n) = (self.rows(summary.rows), self.count(summary.rejected));
        self.or(
            format!("{rows}, {n} rejected"),
            format!("{rows}, {n} rechazadas"),
        )
    }

    /// `4,988 accepted, 12 rejected`, and what else there is.
    pub(in crate::window) fn account(self, account: &Account) -> String {
        let parts = [
            (account.accepted, self.or("accepted", "aceptadas"), true),
            (account.rejected, self.or("rejected", "rechazadas"), true),
            (account.refused, self.or("refused", "no admitidas"), false),
            (account.unknown, self.or("unknown", "desconocidas"), false),
            (account.pending, self.or("not sent", "sin enviar"), false),
        ];
        let shown = parts
            .iter()
            .filter(|(number, _, always)| *always || *number > 0);
        let shown = shown.map(|(number, name, _)| format!("{} {name}", self.count(*number)));
        shown.collect::<Vec<_>>().join(", ")
    }
}
