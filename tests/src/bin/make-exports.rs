//! Writes the committed example exports anew, and the bodies that they must become. Needed only after a change
//! to their generators.

use std::{fs, io, path::Path};

use aiq_braze_tests::exports::{self, examples};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("exports");
    fs::write(folder.join("audience.csv"), exports::example())?;
    fs::create_dir_all(folder.join("spark"))?;
    for example in examples::all() {
        for (path, bytes) in &example.files {
            fs::write(folder.join(path), bytes)?;
        }
        let bodies = format!("{}.bodies.jsonl", example.name);
        fs::write(folder.join(bodies), example.bodies())?;
    }
    Ok(())
}
