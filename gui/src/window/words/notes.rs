//! What was found out about the files before they are read.

use super::Words;
use crate::input::{Note, NoteKind, Skip};

impl Words {
    /// `part-1.csv and 3 more files: unpacked from gzip`
    pub(in crate::window) fn note(self, note: &Note) -> String {
        format!(
            "{}: {}",
            self.files(&note.files),
            self.note_words(&note.kind)
        )
    }

    fn note_words(self, kind: &NoteKind) -> String {
        match kind {
            NoteKind::Unpacked(layers) => {
                let layers: Vec<_> = layers.iter().map(|layer| layer.as_str()).collect();
                let layers = layers.join(self.or(", then ", ", después "));
                self.or(
                    format!("unpacked from {layers}"),
                    format!("descomprimido de {layers}"),
                )
            }
            NoteKind::ReadAs { encoding, .. } => {
                let encoding = encoding.name();
                self.or(
                    format!("read as {encoding}. If that is wrong, the shell takes --encoding"),
                    format!("leído como {encoding}. Si no es correcto, la consola admite --encoding"),
                )
            }
            NoteKind::Skipped(why) => {
                let (english, spanish) = (why.words(), skipped_in_spanish(*why));
                self.or(
                    format!("passed over: {english}"),
                    format!("omitido: {spanish}"),
                )
            }
            NoteKind::Counts => self
                .or(
                    "says what the export should hold; compared",
                    "indica lo que debe contener la exportación; se compara",
                )
                .to_owned(),
            NoteKind::NotCompared => self
                .or(
                    "passed over: it does not say in a known way what this export should hold",
                    "omitido: no indica de una forma conocida lo que debe contener esta exportación",
                )
                .to_owned(),
        }
    }
}

fn skipped_in_spanish(why: Skip) -> &'static str {
    match why {
        Skip::Hidden => "oculto",
        Skip::Folder => "una carpeta dentro de una carpeta",
        Skip::Marker => "una marca que indica que algo está hecho",
        Skip::Checksum => "una suma de comprobación",
        Skip::Empty => "vacío",
        Skip::NoData => "sin datos",
    }
}
