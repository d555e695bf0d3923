//! What the name of a row's file says: mostly that of the file at hand, and in a rejects file that of the file
//! which the row stood in first.

use super::*;
use crate::mapping::FileName;
use crate::plan::FileOfRow;

/// A part of the file's name.
#[derive(Debug)]
pub(super) struct FilePart {
    pub(super) text: String,
    pub(super) packed: Option<u64>,
}

impl Mapper {
    /// Takes what the name of the next file says. `false`: the name is not made like that.
    pub(crate) fn begin_file(&mut self, template: &FileName, name: &str) -> bool {
        name.clone_into(&mut self.file);
        self.file_of_parts = None;
        self.read_file_name(template, name)
    }

    /// Takes what the name of the row's own file says. `Err`: the name is not made as the mapping says.
    #[inline(never)]
    pub(super) fn follow_file_of_row(
        &mut self,
        plan: &Plan,
        file_of_row: FileOfRow,
        record: &Record<'_>,
    ) -> Result<(), Diagnostic> {
        let file = std::mem::take(&mut self.file);
        let (name, column_idx) = match file_of_row {
            FileOfRow::Column(column_idx) => (
                record.text(column_idx).unwrap_or_default(),
                Some(column_idx),
            ),
            FileOfRow::Member => {
                let name = record.origin().map_or(&*file, |origin| origin.file);
                (Cow::Borrowed(name.as_bytes()), None)
            }
        };
        let is_known = self.file_of_parts.as_ref().map(String::as_bytes) == Some(&*name);
        let is_read = is_known
            || std::str::from_utf8(&name).is_ok_and(|name| {
                let template = plan.mapping().file_name.as_ref();
                template.is_none_or(|template| self.read_file_name(template, name))
            });
        drop(name);
        self.file = file;
        if is_read {
            return Ok(());
        }
        Err(self.note(Code::FileNameDiffers, record, column_idx, Detail::None))
    }

    fn read_file_name(&mut self, template: &FileName, name: &str) -> bool {
        let Some(parts) = template.read(name) else {
            return false;
        };
        self.file_parts.clear();
        self.file_parts
            .extend(parts.into_iter().map(|(_, text)| FilePart {
                text: text.to_owned(),
                packed: pack(text.as_bytes()),
            }));
        self.n_file_bytes = self.file_parts.iter().map(|part| part.text.len()).sum();
        self.file_of_parts = Some(name.to_owned());
        true
    }
}
