//! What the store does when the disk fails or the power goes.
//!
//! The disk is SQLite's own file system with a layer in between (`disk.rs`) that notes each write and sync and fails when
//! it is told to. From the notes the files are put together as a crash could have left them.

mod disk;
mod errors;
mod image;
mod power_cut;
