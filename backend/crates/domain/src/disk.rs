//! Room on a disk.

/// The most that is kept free by default.
const MOST: u64 = 1 << 30;

/// Bytes of a disk of `size` bytes that stay free unless the settings say otherwise, so that what people say can still be
/// written and tidied: 5 %, and at most 1 GiB.
#[must_use]
pub const fn default_floor(size: u64) -> u64 {
    let twentieth = size / 20;
    if twentieth < MOST { twentieth } else { MOST }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_disk_keeps_a_part_of_itself_and_a_large_one_a_gibibyte() {
        for (size, floor) in
            [(0, 0), (1 << 30, (1 << 30) / 20), (20 << 30, 1 << 30), (1 << 40, 1 << 30), (u64::MAX, 1 << 30)]
        {
            assert_eq!(default_floor(size), floor, "{size}");
        }
    }
}
