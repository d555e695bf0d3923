#![allow(
    clippy::all,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout
)]
fn main() {
    let dir = std::env::args().nth(1).unwrap();
    let m = std::fs::read_to_string(format!("{dir}/m.json")).unwrap();
    let e = std::fs::read(format!("{dir}/e.csv")).unwrap();
    match aiq_braze::map_all(&e, Some(&m)) {
        Ok(mapped) => {
            for b in &mapped.bodies {
                println!("{b}");
            }
            for p in &mapped.problems {
                println!("{} {}", p.code.id(), p.message(Default::default()));
            }
            println!("{:?}", mapped.summary);
        }
        Err(e) => println!("ERR {e}"),
    }
}
