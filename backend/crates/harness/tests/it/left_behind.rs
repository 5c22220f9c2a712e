//! What a process leaves behind that starts servers and is killed.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use crate::support::{eventually, family, listens, socket_address, state};

#[test]
fn a_killed_process_leaves_nothing_behind() {
    let mut services = Command::new(env!("CARGO_BIN_EXE_services"))
        .args(["postgres", "redis", "rabbitmq"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: Vec<String> = BufReader::new(services.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .take_while(|line| !line.starts_with("ready"))
        .collect();
    let servers: Vec<Vec<&str>> = lines.iter().map(|line| line.split('\t').collect()).collect();
    assert_eq!(servers.iter().map(|server| server[0]).collect::<Vec<_>>(), ["postgres", "redis", "rabbitmq"]);
    let processes = family(services.id());
    for server in &servers {
        assert!(Path::new(server[2]).is_dir() && listens(socket_address(server[1])), "{server:?}");
    }
    services.kill().unwrap();
    services.wait().unwrap();
    for server in &servers {
        eventually(&format!("{} is gone", server[0]), || {
            !Path::new(server[2]).exists() && !listens(socket_address(server[1]))
        });
    }
    eventually("no process is left", || {
        processes.iter().all(|process| matches!(state(*process), None | Some('Z')))
    });
}

#[test]
fn a_server_that_does_not_exist_is_said_to() {
    let output = Command::new(env!("CARGO_BIN_EXE_services")).arg("oracle").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("there is no oracle"));
}
