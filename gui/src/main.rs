//! The aiq-braze program.

fn main() -> std::process::ExitCode {
    aiq_braze_app::cli::main()
}
