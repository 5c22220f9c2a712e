//! Says what an uploaded file really is, and makes it harmless.
//!
//! One module per family of types. Each reads the structure to its end, so that a file that is something else as well does
//! not pass, and gives back what is to be kept. What a file claims about itself is checked against bounds before
//! anything is allocated or decoded for it.

mod announced;
mod docx;
mod fault;
mod gif;
mod inspector;
mod metrics;
mod mp3;
mod mp4;
mod pdf;
mod picture;
mod scratch;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod wav;
mod webp;

pub use inspector::FileInspector;
