//! Sentences with figures and names in them, in both languages, and figures as people read them.

use std::path::Path;

use aiq_braze::diag::{Grade, quote};
use aiq_braze::read::{Dialect, Escape, Location};
use aiq_braze::{Because, Inspection, Language, Reason, Role};

use super::model::{Checked, Said, Why};
use super::texts::Texts;
use crate::push::Progress;

/// The words of a language.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words(pub(super) Language);

impl Words {
    pub(super) fn texts(self) -> &'static Texts {
        Texts::of(self.0)
    }

    /// The one in English or the other in Spanish.
    fn or<T>(self, english: T, spanish: T) -> T {
        match self.0 {
            Language::English => english,
            Language::Spanish => spanish,
        }
    }

    /// `1,234`, in Spanish `1234` and `12.345`
    pub(super) fn count(self, number: u64) -> String {
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
        format!("{} {}", self.count(number), if number == 1 { one } else { many })
    }

    pub(super) fn rows(self, number: u64) -> String {
        let (one, many) = self.or(("row", "rows"), ("fila", "filas"));
        self.counted(number, one, many)
    }

    pub(super) fn requests(self, number: u64) -> String {
        let (one, many) = self.or(("request", "requests"), ("solicitud", "solicitudes"));
        self.counted(number, one, many)
    }

    /// `613.4 KB`
    pub(super) fn bytes(self, number: u64) -> String {
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
    pub(super) fn files(self, names: &[String]) -> String {
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
    pub(super) fn facts(self, n_bytes: u64, found: &Inspection) -> [String; 3] {
        let (one, many) = self.or(("column", "columns"), ("columna", "columnas"));
        [
            self.bytes(n_bytes),
            self.counted(found.header.width() as u64, one, many),
            self.dialect(found.header.dialect),
        ]
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

    pub(super) fn first_rows(self, n_rows: usize) -> String {
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
    pub(super) fn place(self, at: Location, files: &[String]) -> String {
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
    pub(super) fn why(self, why: Why) -> (Option<(Grade, &'static str)>, &'static str) {
        let t = self.texts();
        match why {
            Why::Suggested(grade, because) => (Some((grade, self.grade(grade))), self.because(because)),
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
        }
    }

    /// `"customer_id" is the external_id: a usual header for it`
    pub(super) fn doubt(self, reason: &Reason, names: &[String]) -> String {
        let t = self.texts();
        let name = quote(names.get(reason.column_idx).map_or("", String::as_str));
        let role = match reason.role {
            Role::Identifier(kind) => kind.as_str(),
            Role::AudienceId => t.audience,
            Role::SplitId => t.split,
            Role::Status => t.part_status,
            Role::Attribute(_) => t.attribute,
        };
        let is = self.or("is the", "es:");
        format!("{name} {is} {role} ({})", self.because(reason.because))
    }

    /// `true for entered or member; false for exited`
    pub(super) fn status(self, members: &[String], leavers: &[String]) -> String {
        let or = self.or(" or ", " o ");
        let (members, leavers) = (members.join(or), leavers.join(or));
        self.or(
            format!("true for {members}; false for {leavers}"),
            format!("true para {members}; false para {leavers}"),
        )
    }

    pub(super) fn membership_as(self, name: &str) -> String {
        self.or(
            format!("Membership is written as {name}"),
            format!("La pertenencia se escribe como {name}"),
        )
    }

    pub(super) fn fixed_label(self, label: &str) -> String {
        self.or(
            format!("{label} for all rows"),
            format!("{label} para todas las filas"),
        )
    }

    pub(super) fn send_as_label(self, header: &str) -> String {
        self.or(format!("Send {header} as"), format!("Enviar {header} como"))
    }

    pub(super) fn name_label(self, header: &str) -> String {
        self.or(
            format!("Name of {header} in Braze"),
            format!("Nombre de {header} en Braze"),
        )
    }

    pub(super) fn mapping_from(self, path: &Path) -> String {
        let path = path.display();
        self.or(format!("Loaded from {path}"), format!("Cargado de {path}"))
    }

    /// `1,234,567 rows · 312 MB/s · 41%`
    pub(super) fn check_progress(self, bytes: u64, all: u64, rows: u64, seconds: f64) -> String {
        let mut parts = vec![self.rows(rows)];
        if seconds > 0.2 {
            let rate = self.bytes((bytes as f64 / seconds) as u64);
            parts.push(format!("{rate}/s"));
        }
        let percent = (bytes * 100).checked_div(all).unwrap_or(100);
        parts.push(format!("{percent}%"));
        parts.join("  ·  ")
    }

    /// `rows`, `user updates`, `requests`, `rows rejected`: what stands under a figure.
    pub(super) fn tiles(self, checked: &Checked) -> [(String, &'static str); 4] {
        let summary = &checked.summary;
        let one = |number: u64, one, many| {
            (self.count(number), if number == 1 { one } else { many })
        };
        let (row, rows) = self.or(("row", "rows"), ("fila", "filas"));
        let (object, objects) = self.or(
            ("user update", "user updates"),
            ("actualización de usuario", "actualizaciones de usuario"),
        );
        let (request, requests) = self.or(("request", "requests"), ("solicitud", "solicitudes"));
        let (bad, bads) = self.or(
            ("row rejected", "rows rejected"),
            ("fila rechazada", "filas rechazadas"),
        );
        [
            one(summary.rows, row, rows),
            one(summary.objects, object, objects),
            one(summary.batches, request, requests),
            one(summary.rejected, bad, bads),
        ]
    }

    pub(super) fn n_nothing(self, number: u64) -> String {
        let number = self.count(number);
        self.or(
            format!("{number} hold nothing but an identifier, and are not sent"),
            format!("{number} solo contienen un identificador y no se envían"),
        )
    }

    pub(super) fn found_expected(self, found: Option<&str>, expected: &str) -> String {
        match found {
            Some(found) => self.or(
                format!("found {found}, expected {expected}"),
                format!("se encontró {found}, se esperaba {expected}"),
            ),
            None => self.or(format!("expected {expected}"), format!("se esperaba {expected}")),
        }
    }

    pub(super) fn more_places(self, number: u64) -> String {
        let number = self.count(number);
        self.or(
            format!("and {number} more, all in the rejects file"),
            format!("y {number} más, todas en el archivo de rechazos"),
        )
    }

    pub(super) fn in_column(self, name: &str) -> String {
        format!("{} {}", self.or("column", "columna"), quote(name))
    }

    pub(super) fn apply(self, text: &str) -> String {
        self.or(format!("Apply: use {text}"), format!("Aplicar: usar {text}"))
    }

    /// `Push 4,988 rows to the sandbox`
    pub(super) fn push_button(self, n_rows: u64, is_sandbox: bool) -> String {
        let rows = self.rows(n_rows);
        match is_sandbox {
            true => self.or(
                format!("Push {rows} to the sandbox"),
                format!("Enviar {rows} al entorno de prueba"),
            ),
            false => self.or(format!("Push {rows} to Braze…"), format!("Enviar {rows} a Braze…")),
        }
    }

    /// What is asked before a push to where it counts.
    pub(super) fn confirm(self, checked: &Checked, place: &str) -> String {
        let rows = self.rows(checked.n_to_push());
        let requests = self.requests(checked.summary.batches);
        self.or(
            format!("{rows} go to {place} in {requests}, and write these attributes:"),
            format!("{rows} van a {place} en {requests} y escriben estos atributos:"),
        )
    }

    pub(super) fn confirm_yes(self, n_rows: u64) -> String {
        let rows = self.rows(n_rows);
        self.or(format!("Push {rows}"), format!("Enviar {rows}"))
    }

    pub(super) fn and_more(self, number: usize) -> String {
        let number = self.count(number as u64);
        self.or(format!("and {number} more"), format!("y {number} más"))
    }

    /// `2,475 of 4,988 rows · 33 requests · 812 rows a second`
    pub(super) fn push_progress(self, progress: &Progress, n_sent: u64, n_all: u64) -> String {
        let mut parts = vec![
            self.or(
                format!("{} of {}", self.count(n_sent), self.rows(n_all)),
                format!("{} de {}", self.count(n_sent), self.rows(n_all)),
            ),
            self.requests(progress.requests),
        ];
        if progress.seconds > 0.2 {
            let rate = self.rows((n_sent as f64 / progress.seconds) as u64);
            parts.push(self.or(format!("{rate} a second"), format!("{rate} por segundo")));
        }
        parts.join("  ·  ")
    }

    pub(super) fn waiting(self, seconds: f64, why: &str) -> String {
        self.or(
            format!("Waiting for {seconds:.0} s: {why}"),
            format!("Esperando {seconds:.0} s: {why}"),
        )
    }

    /// `67 requests, 2 sent again, 1.4 s, to https://…`
    pub(super) fn push_facts(self, report: &crate::push::Report, place: &str) -> String {
        let mut parts = vec![self.requests(report.requests)];
        if report.resends > 0 {
            let n = self.count(report.resends);
            parts.push(self.or(format!("{n} sent again"), format!("{n} enviadas de nuevo")));
        }
        parts.push(self.seconds(report.seconds));
        if report.waited_seconds > 0.0 {
            let waited = self.seconds(report.waited_seconds);
            parts.push(self.or(format!("{waited} of them waiting"), format!("{waited} en espera")));
        }
        parts.push(place.to_owned());
        parts.join("  ·  ")
    }

    /// What was done.
    pub(super) fn said(self, said: &Said) -> String {
        let t = self.texts();
        match said {
            Said::MappingCopied => t.mapping_copied.to_owned(),
            Said::MappingSaved(path) => {
                let path = path.display();
                self.or(format!("The mapping was saved: {path}"), format!("Se guardó el mapeo: {path}"))
            }
            Said::MappingLoaded(path) => {
                let path = path.display();
                self.or(format!("The mapping was loaded: {path}"), format!("Se cargó el mapeo: {path}"))
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
    pub(super) fn title(self, state: &str) -> String {
        if state.is_empty() {
            return "aiq-braze".to_owned();
        }
        format!("{state} — aiq-braze")
    }

    pub(super) fn n_rejected(self, number: u64) -> String {
        let n = self.count(number);
        self.or(format!("{n} rejected"), format!("{n} rechazadas"))
    }

    pub(super) fn n_accepted(self, number: u64) -> String {
        let n = self.count(number);
        self.or(format!("{n} accepted"), format!("{n} aceptadas"))
    }
}
