//! `lienthong`: one program for everything.

fn main() -> std::process::ExitCode {
    lienthong::commands::main()
}
