//! WAVE: a RIFF file with a format and its samples, as long as it says.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
};

use crate::fault::{Fault, require};

/// Formats of samples that players know: PCM, ADPCM, floating point, A-law, mu-law, IMA ADPCM and the extensible one.
const FORMATS: [u16; 7] = [0x0001, 0x0002, 0x0003, 0x0006, 0x0007, 0x0011, 0xfffe];

/// How long it plays.
pub(crate) fn duration_ms(file: &mut File) -> Result<u64, Fault> {
    let length = file.metadata()?.len();
    let mut head = [0; 12];
    file.read_exact(&mut head)?;
    let said = u64::from(number(&head[4..8])) + 8;
    require(said == length || said + 1 == length, "the WAV is not as long as it says")?;
    let (mut place, mut bytes_per_second, mut sample_bytes) = (12, 0, None);
    while place + 8 <= said {
        file.seek(SeekFrom::Start(place))?;
        let mut chunk = [0; 8];
        file.read_exact(&mut chunk)?;
        let size = u64::from(number(&chunk[4..]));
        require(place + 8 + size <= said, "the WAV is cut off")?;
        match &chunk[..4] {
            b"fmt " => {
                let mut format = [0; 16];
                file.read_exact(&mut format)?;
                let tag = u16::from_le_bytes([format[0], format[1]]);
                require(FORMATS.contains(&tag), "the WAV's samples are of an unknown format")?;
                bytes_per_second = u64::from(number(&format[8..12]));
            }
            b"data" => sample_bytes = Some(size),
            _ => {}
        }
        place += 8 + size + size % 2;
    }
    let sample_bytes = sample_bytes.ok_or(Fault::Refused("the WAV holds no sound"))?;
    require(bytes_per_second > 0, "the WAV does not say its format")?;
    Ok(sample_bytes * 1_000 / bytes_per_second)
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{file_of, wav};

    #[test]
    fn a_sound_is_as_long_as_its_samples() {
        let good = wav(1_500);
        assert_eq!(duration_ms(&mut file_of(&good)).unwrap(), 1_500);
        for bad in [
            good[..good.len() - 2].to_vec(),
            [&good[..], b"<html>"].concat(),
            good.iter().copied().take(36).collect(),
            b"RIFF\x04\x00\x00\x00WAVE".to_vec(),
        ] {
            assert!(duration_ms(&mut file_of(&bad)).is_err(), "{} bytes", bad.len());
        }
    }
}
