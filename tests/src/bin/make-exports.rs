//! Writes the committed example export anew. Needed only after a change to its generator.

use std::{fs, io, path::Path};

use aiq_braze_tests::exports;

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("exports");
    fs::write(folder.join("audience.csv"), exports::example())
}
