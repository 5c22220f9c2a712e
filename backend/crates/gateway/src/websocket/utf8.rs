//! UTF-8 checked as it comes, whatever the cuts.

/// The checker: at most three bytes of an unfinished character are kept.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Utf8 {
    carry: [u8; 4],
    carried: u8,
}

/// Not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InvalidUtf8;

impl Utf8 {
    /// Checks the next bytes of the text.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> Result<(), InvalidUtf8> {
        while self.carried > 0 {
            let [first, rest @ ..] = bytes else { return Ok(()) };
            self.carry[usize::from(self.carried)] = *first;
            self.carried += 1;
            bytes = rest;
            match std::str::from_utf8(&self.carry[..usize::from(self.carried)]) {
                Ok(_) => self.carried = 0,
                // A character has four bytes at most, so a full carry never asks for more.
                Err(error) if error.error_len().is_none() && self.carried < 4 => {}
                Err(_) => return Err(InvalidUtf8),
            }
        }
        match std::str::from_utf8(bytes) {
            Ok(_) => Ok(()),
            Err(error) if error.error_len().is_some() => Err(InvalidUtf8),
            Err(error) => {
                let unfinished = &bytes[error.valid_up_to()..];
                self.carry[..unfinished.len()].copy_from_slice(unfinished);
                self.carried = unfinished.len() as u8;
                Ok(())
            }
        }
    }

    /// Checks that the text does not end inside a character.
    pub(crate) fn finish(&self) -> Result<(), InvalidUtf8> {
        if self.carried == 0 { Ok(()) } else { Err(InvalidUtf8) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(parts: &[&[u8]]) -> bool {
        let mut utf8 = Utf8::default();
        parts.iter().all(|part| utf8.push(part).is_ok()) && utf8.finish().is_ok()
    }

    #[test]
    fn cuts_do_not_matter() {
        for text in ["", "plain", "ü€😀", "再見"] {
            let bytes = text.as_bytes();
            for cut in 0..=bytes.len() {
                assert!(check(&[&bytes[..cut], &bytes[cut..]]), "{text} cut at {cut}");
            }
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            assert!(check(&single), "{text} byte by byte");
        }
    }

    #[test]
    fn what_is_not_utf8_is_found() {
        for bad in [
            &b"\xff"[..],
            b"\xc0\xaf",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"a\x80",
            b"\xe2\x82",
            b"\xf0\x9f\x98",
        ] {
            for cut in 0..=bad.len() {
                assert!(!check(&[&bad[..cut], &bad[cut..]]), "{bad:x?} cut at {cut}");
            }
        }
    }
}
