//! Rebuilds the binary when the web app was built anew: its files are embedded.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../../../frontend/dist");
}
