//! PDF: a header at the first byte and an end at the last line, and no archive at the same time. Scripts and attachments
//! inside may stay: a PDF is only ever saved, and readers ask before they run anything.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
};

use crate::fault::{Fault, require};

/// Where the end must stand: readers look this far back.
const TAIL: u64 = 1_024;
/// Where an archive has its directory's end: 22 bytes and a comment.
const ARCHIVE_TAIL: u64 = 22 + 65_535;

/// Looks at it.
pub(crate) fn check(file: &mut File) -> Result<(), Fault> {
    let mut head = [0; 8];
    file.read_exact(&mut head)?;
    let [.., major, dot, minor] = head;
    let known =
        head.starts_with(b"%PDF-") && matches!(major, b'1' | b'2') && dot == b'.' && minor.is_ascii_digit();
    require(known, "not a PDF")?;
    let tail = tail(file, TAIL)?;
    let end =
        tail.windows(5).rposition(|part| part == b"%%EOF").ok_or(Fault::Refused("the PDF is cut off"))?;
    let behind = &tail[end + 5..];
    require(
        behind.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0),
        "the PDF holds something behind its end",
    )?;
    require(tail.windows(9).any(|part| part == b"startxref"), "the PDF is cut off")?;
    let tail = self::tail(file, ARCHIVE_TAIL)?;
    require(!tail.windows(4).any(|part| part == b"PK\x05\x06"), "the PDF is an archive as well")
}

fn tail(file: &mut File, bytes: u64) -> Result<Vec<u8>, Fault> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(bytes)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    Ok(tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{docx, file_of, pdf};

    #[test]
    fn a_pdf_is_one_from_its_first_byte_to_its_last() {
        let good = pdf();
        for (bytes, passes) in [
            (good.clone(), true),
            ([&good[..], b"\r\n\0"].concat(), true),
            ([b"\n", &good[..]].concat(), false),
            ([&good[..], b"<html><script>"].concat(), false),
            ([&good[..], &docx(), b"%%EOF"].concat(), false),
            (good[..good.len() - 6].to_vec(), false),
            (b"%PDF-1.7\n%%EOF".to_vec(), false),
            (b"%PDF-x".to_vec(), false),
        ] {
            assert_eq!(check(&mut file_of(&bytes)).is_ok(), passes, "{}", bytes.escape_ascii());
        }
    }
}
