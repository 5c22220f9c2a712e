//! A disk that notes what is done to it, and fails when it is told to.
//!
//! It is the default file system of this process, so that the store's own file system (for the log) lies on top of it as
//! on any other. Files outside the watched directories are left alone.
#![allow(unsafe_code)]

use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    path::{Path, PathBuf},
    ptr,
    sync::{Arc, Mutex, MutexGuard, Once, PoisonError},
};

use rusqlite::ffi::{
    SQLITE_OK, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs, sqlite3_vfs_find,
    sqlite3_vfs_register,
};

/// What is done to a file, by its name in the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Bytes are written at an offset.
    Write(String, usize, Vec<u8>),
    /// The file is cut to a length.
    Truncate(String, usize),
    /// What was done to the file before is durable; "before" ends where the sync began, at step number so and so.
    Sync(String, usize),
    /// The file is gone.
    Delete(String),
    /// The store has answered message number so and so.
    Answered(usize),
}

/// A call that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Write,
    Sync,
}

#[derive(Default)]
struct State {
    steps: Vec<Step>,
    /// The next such call to that file fails with that code of SQLite's.
    fault: Option<(Call, &'static str, c_int)>,
}

/// A watched directory.
pub(crate) struct Disk {
    directory: PathBuf,
    state: Mutex<State>,
}

static WATCHED: Mutex<Vec<Arc<Disk>>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Disk {
    /// Watches a directory from now on.
    pub(crate) fn watch(directory: &Path) -> Arc<Self> {
        install();
        let directory = directory.canonicalize().expect("it is there");
        let disk = Arc::new(Self { directory, state: Mutex::default() });
        lock(&WATCHED).push(Arc::clone(&disk));
        disk
    }

    /// Has the next such call to `file` fail with `code`; calls after it work.
    pub(crate) fn fail(&self, call: Call, file: &'static str, code: c_int) {
        lock(&self.state).fault = Some((call, file, code));
    }

    /// Whether the fault has struck.
    pub(crate) fn has_failed(&self) -> bool {
        lock(&self.state).fault.is_none()
    }

    /// Notes that the store has answered a message.
    pub(crate) fn answered(&self, number: usize) {
        self.note(Step::Answered(number));
    }

    /// What was done, from the beginning.
    pub(crate) fn steps(&self) -> Vec<Step> {
        lock(&self.state).steps.clone()
    }

    fn note(&self, step: Step) {
        lock(&self.state).steps.push(step);
    }

    /// The code that the call fails with, if it does.
    fn strike(&self, call: Call, name: &str) -> Option<c_int> {
        let fault = &mut lock(&self.state).fault;
        fault.take_if(|(at, file, _)| *at == call && *file == name).map(|(_, _, code)| code)
    }
}

/// The disk and the name of a watched file.
fn find(name: *const c_char) -> Option<(Arc<Disk>, String)> {
    if name.is_null() {
        return None;
    }
    // SAFETY: SQLite names files by strings with an end.
    let path = Path::new(unsafe { CStr::from_ptr(name) }.to_str().ok()?);
    let disk = lock(&WATCHED).iter().find(|disk| path.parent() == Some(&disk.directory)).cloned()?;
    Some((disk, path.file_name()?.to_str()?.to_owned()))
}

/// A file's methods, some of them ours. SQLite knows where the first field is, so that we find the others.
#[repr(C)]
struct Methods {
    methods: sqlite3_io_methods,
    original: *const sqlite3_io_methods,
    disk: Arc<Disk>,
    name: String,
}

/// The default file system beneath.
fn beneath() -> *mut sqlite3_vfs {
    let name = CString::new("unix").expect("a name");
    // SAFETY: the file system of that name lives as long as the process.
    let found = unsafe { sqlite3_vfs_find(name.as_ptr()) };
    assert!(!found.is_null(), "SQLite on Unix");
    found
}

fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // SAFETY: the record is valid and its methods take no other than themselves for granted.
        let mut vfs: sqlite3_vfs = unsafe { ptr::read(beneath()) };
        vfs.pNext = ptr::null_mut();
        vfs.zName = c"watched".as_ptr();
        vfs.xOpen = Some(open);
        vfs.xDelete = Some(delete);
        // SAFETY: SQLite keeps the pointer for good, so it is leaked.
        let registered = unsafe { sqlite3_vfs_register(Box::leak(Box::new(vfs)), 1) };
        assert_eq!(registered, SQLITE_OK);
    });
}

// SAFETY of all functions below: SQLite calls them with the arguments that its documentation promises. A file whose
// methods are ours was opened by `open`, which leaked them.

unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: see above.
    unsafe {
        let unix = beneath();
        let result = (*unix).xOpen.expect("it opens")(unix, name, file, flags, out_flags);
        if result == SQLITE_OK
            && let Some((disk, name)) = find(name)
        {
            let original = (*file).pMethods;
            let mut methods: sqlite3_io_methods = ptr::read(original);
            methods.xWrite = Some(write);
            methods.xTruncate = Some(truncate);
            methods.xSync = Some(sync);
            let ours = Box::leak(Box::new(Methods { methods, original, disk, name }));
            (*file).pMethods = &raw const ours.methods;
        }
        result
    }
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, name: *const c_char, sync_directory: c_int) -> c_int {
    // SAFETY: see above.
    unsafe {
        let unix = beneath();
        let result = (*unix).xDelete.expect("it deletes")(unix, name, sync_directory);
        if result == SQLITE_OK
            && let Some((disk, name)) = find(name)
        {
            disk.note(Step::Delete(name));
        }
        result
    }
}

/// # Safety
/// See above.
unsafe fn ours<'a>(file: *mut sqlite3_file) -> &'a Methods {
    // SAFETY: see above.
    unsafe { &*(*file).pMethods.cast::<Methods>() }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    start: *const c_void,
    length: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: see above; `start` points to `length` bytes.
    unsafe {
        let Methods { original, disk, name, .. } = ours(file);
        if let Some(code) = disk.strike(Call::Write, name) {
            return code;
        }
        let result = (**original).xWrite.expect("it writes")(file, start, length, offset);
        if result == SQLITE_OK {
            let bytes = std::slice::from_raw_parts(start.cast::<u8>(), length as usize);
            disk.note(Step::Write(name.clone(), offset as usize, bytes.to_vec()));
        }
        result
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    // SAFETY: see above.
    unsafe {
        let Methods { original, disk, name, .. } = ours(file);
        let result = (**original).xTruncate.expect("it truncates")(file, size);
        if result == SQLITE_OK {
            disk.note(Step::Truncate(name.clone(), size as usize));
        }
        result
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: see above.
    unsafe {
        let Methods { original, disk, name, .. } = ours(file);
        if let Some(code) = disk.strike(Call::Sync, name) {
            return code;
        }
        // What others write meanwhile is not promised to be durable.
        let begun = lock(&disk.state).steps.len();
        let result = (**original).xSync.expect("it syncs")(file, flags);
        if result == SQLITE_OK {
            disk.note(Step::Sync(name.clone(), begun));
        }
        result
    }
}
