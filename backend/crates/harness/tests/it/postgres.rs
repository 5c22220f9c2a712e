//! PostgreSQL.

use std::{fs, path::Path, process::Command};

use kith_harness::Postgres;

use crate::support::{Traces, eventually, listens, socket_address, state};

fn query(url: &str, statement: &str) -> Result<String, String> {
    let output = Command::new("psql").args(["-X", "-q", "-A", "-t", "-c", statement, url]).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim().to_owned();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

/// Line `number` of the file that a running server keeps.
fn line_of_pid_file(directory: &Path, number: usize) -> String {
    let file = fs::read_to_string(directory.join("data/postmaster.pid")).unwrap();
    file.lines().nth(number - 1).unwrap().to_owned()
}

fn process(postgres: &Postgres) -> u32 {
    line_of_pid_file(postgres.directory(), 1).parse().unwrap()
}

#[test]
fn databases_are_apart_and_rows_survive_kill_and_stop() {
    let postgres = Postgres::start().unwrap();
    let (one, other) = (postgres.create_database().unwrap(), postgres.create_database().unwrap());
    query(&one, "create table notes (text text)").unwrap();
    query(&one, "insert into notes values ('kept')").unwrap();
    assert!(query(&other, "select * from notes").unwrap_err().contains("does not exist"));
    postgres.kill();
    assert!(!listens(socket_address(&postgres.url())));
    postgres.restart().unwrap();
    assert_eq!(query(&one, "select text from notes").unwrap(), "kept");
    postgres.stop().unwrap();
    assert!(!listens(socket_address(&postgres.url())));
    postgres.restart().unwrap();
    assert_eq!(query(&one, "select text from notes").unwrap(), "kept");
    assert_eq!(query(&postgres.url(), "show fsync").unwrap(), "on");
}

#[test]
fn a_pause_stops_every_process_of_it() {
    let postgres = Postgres::start().unwrap();
    let url = postgres.url();
    let workers = query(&url, "select pid from pg_stat_activity where pid <> pg_backend_pid()").unwrap();
    let mut processes: Vec<u32> = workers.lines().map(|line| line.parse().unwrap()).collect();
    processes.push(process(&postgres));
    assert!(processes.len() > 3, "{processes:?}");
    postgres.pause();
    eventually("all stand", || processes.iter().all(|process| state(*process) == Some('T')));
    postgres.resume();
    assert_eq!(query(&url, "select 1").unwrap(), "1");
}

#[test]
fn nothing_is_left_after_drop_not_even_shared_memory() {
    for killed in [false, true] {
        let postgres = Postgres::start().unwrap();
        let traces = Traces::new(postgres.directory(), &postgres.url(), process(&postgres));
        assert!(traces.processes.len() > 3);
        let segment = line_of_pid_file(postgres.directory(), 7).split_whitespace().nth(1).unwrap().to_owned();
        assert!(segments().contains(&segment));
        if killed {
            postgres.kill();
        }
        drop(postgres);
        assert!(traces.are_gone());
        assert!(!segments().contains(&segment));
    }
}

/// The numbers of all System V segments.
fn segments() -> Vec<String> {
    let table = fs::read_to_string("/proc/sysvipc/shm").unwrap();
    table.lines().skip(1).map(|line| line.split_whitespace().nth(1).unwrap().to_owned()).collect()
}

#[test]
fn a_standby_follows_and_can_take_over() {
    let primary = Postgres::start().unwrap();
    query(&primary.url(), "create table notes (text text)").unwrap();
    let standby = primary.start_standby("second").unwrap();
    query(&primary.url(), "insert into notes values ('kept')").unwrap();
    eventually("it follows", || query(&standby.url(), "select text from notes").unwrap() == "kept");
    assert!(query(&standby.url(), "delete from notes").unwrap_err().contains("read-only"));
    let names = "select application_name from pg_stat_replication where state = 'streaming'";
    assert_eq!(query(&primary.url(), names).unwrap(), "second");
    primary.kill();
    assert_eq!(query(&standby.url(), "select pg_promote()").unwrap(), "t");
    query(&standby.url(), "delete from notes").unwrap();
}

#[test]
fn a_database_can_be_copied() {
    let postgres = Postgres::start().unwrap();
    let url = postgres.create_database().unwrap();
    query(&url, "create table notes as select 'kept' as text").unwrap();
    let name = url.rsplit('/').next().unwrap();
    let copy = postgres.create_database_like(name).unwrap();
    assert_eq!(query(&copy, "select text from notes").unwrap(), "kept");
}
