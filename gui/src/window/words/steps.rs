//! The words of the check and the push.

use aiq_braze::diag::quote;

use super::Words;
use crate::push::{Progress, Report};
use crate::window::model::Checked;

impl Words {
    /// `1,234,567 rows · 312 MB/s · 41%`
    pub(in crate::window) fn check_progress(
        self,
        bytes: u64,
        all: u64,
        rows: u64,
        seconds: f64,
    ) -> String {
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
    pub(in crate::window) fn tiles(self, checked: &Checked) -> [(String, &'static str); 4] {
        let summary = &checked.summary;
        let one =
            |number: u64, one, many| (self.count(number), if number == 1 { one } else { many });
        let (row, rows) = self.or(("row", "rows"), ("fila", "filas"));
        let (object, objects) = match summary.events.is_empty() {
            true => self.or(
                ("user update", "user updates"),
                ("actualización de usuario", "actualizaciones de usuario"),
            ),
            false => self.or(("event", "events"), ("evento", "eventos")),
        };
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

    pub(in crate::window) fn n_left_out(self, number: u64) -> String {
        let number = self.count(number);
        self.or(
            format!("{number} left out by the mapping’s “where”"),
            format!("{number} omitidas por el «where» del mapeo"),
        )
    }

    pub(in crate::window) fn n_nothing(self, number: u64) -> String {
        let number = self.count(number);
        self.or(
            format!("{number} hold nothing but an identifier, and are not sent"),
            format!("{number} solo contienen un identificador y no se envían"),
        )
    }

    pub(in crate::window) fn more_places(self, number: u64) -> String {
        let number = self.count(number);
        self.or(
            format!("and {number} more, all in the rejects file"),
            format!("y {number} más, todas en el archivo de rechazos"),
        )
    }

    pub(in crate::window) fn in_column(self, name: &str) -> String {
        format!("{} {}", self.or("column", "columna"), quote(name))
    }

    pub(in crate::window) fn apply(self, text: &str) -> String {
        self.or(
            format!("Apply: use {text}"),
            format!("Aplicar: usar {text}"),
        )
    }

    /// `Push 4,988 rows to the sandbox`
    pub(in crate::window) fn push_button(self, n_rows: u64, is_sandbox: bool) -> String {
        let rows = self.rows(n_rows);
        match is_sandbox {
            true => self.or(
                format!("Push {rows} to the sandbox"),
                format!("Enviar {rows} al entorno de prueba"),
            ),
            false => self.or(
                format!("Push {rows} to Braze…"),
                format!("Enviar {rows} a Braze…"),
            ),
        }
    }

    /// What is asked before a push to where it counts.
    pub(in crate::window) fn confirm(self, checked: &Checked, place: &str) -> String {
        let rows = self.rows(checked.n_to_push());
        let requests = self.requests(checked.summary.batches);
        if !checked.events.is_empty() {
            return self.or(
                format!("{rows} go to {place} in {requests}, as these events:"),
                format!("{rows} van a {place} en {requests} como estos eventos:"),
            );
        }
        self.or(
            format!("{rows} go to {place} in {requests}, and write these attributes:"),
            format!("{rows} van a {place} en {requests} y escriben estos atributos:"),
        )
    }

    pub(in crate::window) fn confirm_yes(self, n_rows: u64) -> String {
        let rows = self.rows(n_rows);
        self.or(format!("Push {rows}"), format!("Enviar {rows}"))
    }

    pub(in crate::window) fn and_more(self, number: usize) -> String {
        let number = self.count(number as u64);
        self.or(format!("and {number} more"), format!("y {number} más"))
    }

    /// `2,475 of 4,988 rows · 33 requests · 812 rows a second`
    pub(in crate::window) fn push_progress(
        self,
        progress: &Progress,
        n_sent: u64,
        n_all: u64,
    ) -> String {
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

    pub(in crate::window) fn waiting(self, seconds: f64, why: &str) -> String {
        self.or(
            format!("Waiting for {seconds:.0} s: {why}"),
            format!("Esperando {seconds:.0} s: {why}"),
        )
    }

    /// `67 requests, 2 sent again, 1.4 s, to https://…`
    pub(in crate::window) fn push_facts(self, report: &Report, place: &str) -> String {
        let mut parts = vec![self.requests(report.requests)];
        if report.resends > 0 {
            let n = self.count(report.resends);
            parts.push(self.or(format!("{n} sent again"), format!("{n} enviadas de nuevo")));
        }
        parts.push(self.seconds(report.seconds));
        if report.waited_seconds > 0.0 {
            let waited = self.seconds(report.waited_seconds);
            parts.push(self.or(
                format!("{waited} of them waiting"),
                format!("{waited} en espera"),
            ));
        }
        parts.push(place.to_owned());
        parts.join("  ·  ")
    }
}
