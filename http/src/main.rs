//! The executable `campo`.

fn main() -> std::process::ExitCode {
    campo_http::cli::main(std::env::args_os())
}
