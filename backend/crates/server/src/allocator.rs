//! How the C library's allocator keeps what is freed.
#![allow(unsafe_code)]

use std::{ffi::c_int, thread::available_parallelism};

/// Sets it to two arenas for each core. It would take eight (`M_ARENA_MAX` in mallopt(3)), and each keeps free memory of its own:
/// with 19,000 idle sockets on two cores that is 500 bytes for each of them; with one for each core threads wait for each other
/// (docs/performance.md). Whoever sets `MALLOC_ARENA_MAX` decides for themselves. To be called before there are other threads.
pub(crate) fn keep_little() {
    if std::env::var_os("MALLOC_ARENA_MAX").is_some() {
        return;
    }
    let cores = available_parallelism().map_or(1, |cores| cores.get());
    let arenas = c_int::try_from(2 * cores).unwrap_or(c_int::MAX);
    // SAFETY: it takes two numbers, and no other thread allocates yet. Where it does nothing, memory is all that it costs.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, arenas) };
}
