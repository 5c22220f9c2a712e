//! Hands the log to the kernel in large pieces.
//!
//! SQLite writes each page of a commit to its log with two calls, one for a header of 24 bytes and one for the page.
//! Neither is aligned to the kernel's pages, so that the kernel clears and copies every one of them in parts: a third of
//! the processor time of a group of messages. This file system (<https://sqlite.org/vfs.html>) collects what is written
//! in a row and hands it over at once. Everything but the log is SQLite's own file system's, untouched.
//!
//! Nothing waits here that anybody relies on: with `synchronous=FULL` a commit ends with a sync of the log, before its
//! frames become visible to other connections (`walFrames` in SQLite's `wal.c`), and a sync first writes what was
//! collected. A transaction that reads its own frames back, or looks at the length of the log, has it written first too.
//! So this is for connections at `FULL` alone.
#![allow(unsafe_code)]

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    mem,
    ptr::{self, NonNull},
    sync::OnceLock,
};

use rusqlite::ffi::{
    SQLITE_ERROR, SQLITE_OK, SQLITE_OPEN_WAL, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs,
    sqlite3_vfs_find, sqlite3_vfs_register,
};

/// The name that connections ask for.
pub(crate) const NAME: &str = "kith";
const C_NAME: &CStr = c"kith";

/// Bytes that are collected: some thirty pages. SQLite's own file system writes less than 128 KiB at once.
const PIECE: usize = 124 << 10;

/// Registers the file system with SQLite, once per process; false when this build of SQLite has none of its own.
pub(crate) fn register() -> bool {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    *REGISTERED.get_or_init(|| {
        // SAFETY: looks up the default file system, which lives as long as the process.
        let Some(base) = NonNull::new(unsafe { sqlite3_vfs_find(ptr::null()) }) else { return false };
        // SAFETY: `base` is valid, see above. Its methods take the record that they are called with for its limits and
        // its own data only, so that a copy serves them as well as the original.
        let mut vfs: sqlite3_vfs = unsafe { ptr::read(base.as_ptr()) };
        vfs.szOsFile += mem::size_of::<LogFile>() as c_int;
        vfs.pNext = ptr::null_mut();
        vfs.zName = C_NAME.as_ptr();
        vfs.xOpen = Some(open);
        // SAFETY: SQLite keeps the pointer for good, so it is leaked; it is not made the default.
        unsafe { sqlite3_vfs_register(Box::leak(Box::new(vfs)), 0) == SQLITE_OK }
    })
}

/// The log as SQLite sees it. The file of the default file system follows it in memory.
#[repr(C)]
struct LogFile {
    /// What SQLite knows of a file; must come first.
    file: sqlite3_file,
    /// What is collected; owned.
    collected: *mut Collected,
}

/// Bytes that follow one another in the file.
struct Collected {
    offset: sqlite3_int64,
    bytes: Vec<u8>,
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Version 1: the log is neither locked, nor mapped, nor shared.
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(pass_lock),
    xUnlock: Some(pass_lock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// Calls a method of the default file system's file; a method that it lacks is an error.
macro_rules! base {
    ($file:expr, $method:ident $(, $argument:expr)*) => {{
        let base = base_file($file);
        match (*(*base).pMethods).$method {
            Some(method) => method(base $(, $argument)*),
            None => SQLITE_ERROR,
        }
    }};
}

/// The default file system's part of a log.
///
/// # Safety
/// `file` is a [`LogFile`] in memory of the size that [`register`] asked for.
unsafe fn base_file(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: within the same allocation. A `LogFile` is two pointers, so that what follows it is aligned as it is.
    unsafe { file.cast::<LogFile>().add(1).cast() }
}

/// Writes what was collected. What cannot be written is dropped: its transaction gets the error and fails.
///
/// # Safety
/// `file` is an open [`LogFile`].
unsafe fn flush(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite uses a file from one thread at a time, and no other reference to `collected` is alive.
    unsafe {
        let collected = &mut *(*file.cast::<LogFile>()).collected;
        if collected.bytes.is_empty() {
            return SQLITE_OK;
        }
        let (start, length) = (collected.bytes.as_ptr().cast(), collected.bytes.len() as c_int);
        let result = base!(file, xWrite, start, length, collected.offset);
        collected.bytes.clear();
        result
    }
}

// SAFETY of all methods below: SQLite calls them with the arguments that its documentation promises, a file that
// `open` has opened, and for one file never from two threads at once.

unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: see above; the default file system was found when this one was registered, and stays.
    unsafe {
        let base = sqlite3_vfs_find(ptr::null());
        let Some(base_open) = base.as_ref().and_then(|vfs| vfs.xOpen) else { return SQLITE_ERROR };
        if flags & SQLITE_OPEN_WAL == 0 {
            return base_open(base, name, file, flags, out_flags);
        }
        // Without methods SQLite will not close what did not open.
        (*file).pMethods = ptr::null();
        let result = base_open(base, name, base_file(file), flags, out_flags);
        if result == SQLITE_OK {
            let collected = Collected { offset: 0, bytes: Vec::with_capacity(PIECE) };
            (*file.cast::<LogFile>()).collected = Box::into_raw(Box::new(collected));
            (*file).pMethods = &raw const METHODS;
        }
        result
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: see above; `collected` came from a box, and the file is not used after this.
    unsafe {
        let flushed = flush(file);
        drop(Box::from_raw((*file.cast::<LogFile>()).collected));
        let closed = base!(file, xClose);
        (*file).pMethods = ptr::null();
        if flushed == SQLITE_OK { closed } else { flushed }
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    start: *const c_void,
    length: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: see above; `start` points to `length` bytes.
    unsafe {
        let bytes = std::slice::from_raw_parts(start.cast::<u8>(), length as usize);
        let collected = (*file.cast::<LogFile>()).collected;
        let end = (*collected).offset + (*collected).bytes.len() as sqlite3_int64;
        if offset != end || (*collected).bytes.len() + bytes.len() > PIECE {
            let result = flush(file);
            if result != SQLITE_OK {
                return result;
            }
            (*collected).offset = offset;
        }
        if bytes.len() > PIECE {
            return base!(file, xWrite, start, length, offset);
        }
        (*collected).bytes.extend_from_slice(bytes);
        SQLITE_OK
    }
}

/// Writes what was collected, then goes on with a method of the default file system.
macro_rules! flush_first {
    ($name:ident, $method:ident $(, $argument:ident: $kind:ty)*) => {
        unsafe extern "C" fn $name(file: *mut sqlite3_file $(, $argument: $kind)*) -> c_int {
            // SAFETY: see above.
            unsafe {
                match flush(file) {
                    SQLITE_OK => base!(file, $method $(, $argument)*),
                    error => error,
                }
            }
        }
    };
}
flush_first!(read, xRead, to: *mut c_void, length: c_int, offset: sqlite3_int64);
flush_first!(truncate, xTruncate, size: sqlite3_int64);
flush_first!(sync, xSync, flags: c_int);
flush_first!(file_size, xFileSize, size: *mut sqlite3_int64);
flush_first!(file_control, xFileControl, operation: c_int, argument: *mut c_void);

/// The log is not locked by itself.
unsafe extern "C" fn pass_lock(_: *mut sqlite3_file, _: c_int) -> c_int {
    SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(_: *mut sqlite3_file, locked: *mut c_int) -> c_int {
    // SAFETY: see above.
    unsafe { *locked = 0 };
    SQLITE_OK
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    // SAFETY: see above.
    unsafe { base!(file, xSectorSize) }
}

unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    // SAFETY: see above.
    unsafe { base!(file, xDeviceCharacteristics) }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, OpenFlags};

    use super::*;

    fn open(path: &std::path::Path) -> Connection {
        assert!(register());
        let connection = Connection::open_with_flags_and_vfs(path, OpenFlags::default(), NAME).unwrap();
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; \
                 PRAGMA cache_size = 10; CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, body TEXT)",
            )
            .unwrap();
        connection
    }

    fn sum(connection: &Connection) -> i64 {
        connection
            .query_row("SELECT COALESCE(SUM(n + LENGTH(body)), 0) FROM t", [], |row| row.get(0))
            .unwrap()
    }

    /// The cache is so small that pages go to the log before the commit, and are read and written there again.
    #[test]
    fn every_commit_is_in_the_log_and_no_rollback() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("db");
        let writer = open(&path);
        let reader = Connection::open(&path).unwrap();
        let mut expected = 0;
        for round in 0..6_i64 {
            let kept = round % 2 == 0;
            writer.execute_batch("BEGIN IMMEDIATE").unwrap();
            for n in 0..300 {
                let n = round * 1_000 + n * 7 % 300;
                writer.execute("INSERT INTO t VALUES (?1, ?2)", (n, "x".repeat(1_000))).unwrap();
                expected += if kept { n + 1_000 } else { 0 };
            }
            assert!(sum(&writer) >= expected, "a transaction sees its own");
            writer.execute_batch(if kept { "COMMIT" } else { "ROLLBACK" }).unwrap();
            assert_eq!((sum(&writer), sum(&reader)), (expected, expected), "round {round}");
            if round == 3 {
                writer.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(())).unwrap();
            }
        }
        // What another process would find after a crash: the files as they are, read afresh.
        let copy = directory.path().join("copy");
        for suffix in ["", "-wal"] {
            let from = path.with_file_name(format!("db{suffix}"));
            std::fs::copy(from, copy.with_file_name(format!("copy{suffix}"))).unwrap();
        }
        assert_eq!(sum(&Connection::open(&copy).unwrap()), expected);
        drop((writer, reader));
        assert_eq!(sum(&open(&path)), expected, "and after closing");
    }
}
