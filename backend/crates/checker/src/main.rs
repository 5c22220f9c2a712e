//! `kith-checker < history.jsonl`: says what is wrong with a history, and fails if anything is.

use std::process::ExitCode;

fn main() -> ExitCode {
    let lines = match kith_checker::read(std::io::stdin().lock()) {
        Ok(lines) => lines,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let violations = kith_checker::check(&lines);
    for violation in &violations {
        println!("{violation}");
    }
    println!("{} lines, {} violations", lines.len(), violations.len());
    if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
