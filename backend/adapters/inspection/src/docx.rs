//! Word documents (ECMA-376): an archive whose parts are those of a text without macros, and which refers to nothing
//! outside but by links that a reader follows by hand.

use std::{
    fs::File,
    io::{BufReader, Read as _, Seek as _, SeekFrom},
};

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use zip::{CompressionMethod, ZipArchive};

use crate::fault::{Fault, require};

/// Parts of one document.
const MAX_PARTS: usize = 4_000;
/// All parts unpacked: what a program that opens it has to bear.
const MAX_UNPACKED_BYTES: u64 = 200 << 20;
/// The parts that are read here.
const MAX_XML_BYTES: u64 = 4 << 20;

const CONTENT_TYPES: &str = "[Content_Types].xml";
/// The type of the main part; with macros it is another.
const DOCUMENT: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
/// Words in the types of parts that can act.
const ACTIVE_TYPES: [&str; 4] = ["macroenabled", "vbaproject", "activex", "oleobject"];
/// Ends of the types of relationships that bring in what can act.
const ACTIVE_RELATIONS: [&str; 7] = [
    "/attachedtemplate",
    "/oleobject",
    "/vbaproject",
    "/control",
    "/afchunk",
    "/activexcontrolbinary",
    "/frame",
];
/// Parts that no text is made of: archives, programs, pages.
const FOREIGN_PARTS: [&str; 24] = [
    "zip", "rar", "7z", "gz", "tar", "jar", "docm", "dotm", "xlsm", "xltm", "pptm", "exe", "dll", "com",
    "scr", "bat", "cmd", "ps1", "js", "vbs", "hta", "html", "htm", "mht",
];

const BROKEN: Fault = Fault::Refused("the document cannot be read");
const MACROS: &str = "documents with macros or embedded programs are not taken";
const MORE: &str = "the document is something else as well";
const OUTSIDE: &str = "documents that load something from elsewhere are not taken";

/// Looks at it.
pub(crate) fn check(file: &mut File) -> Result<(), Fault> {
    check_end(file)?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|_| BROKEN)?;
    require(archive.offset() == 0, MORE)?;
    require(archive.len() <= MAX_PARTS, "the document has too many parts")?;
    // Parts that share their bytes are how a small archive unpacks to a huge one.
    require(!archive.has_overlapping_entries().map_err(|_| BROKEN)?, "the document's parts overlap")?;
    let mut unpacked = 0;
    let mut main_part = None;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|_| BROKEN)?;
        let name = part.name().map_err(|_| BROKEN)?.into_owned();
        check_name(&name)?;
        require(
            matches!(part.compression(), CompressionMethod::Stored | CompressionMethod::Deflated),
            "the document is packed in an unusual way",
        )?;
        let is_read = name == CONTENT_TYPES || name.to_ascii_lowercase().ends_with(".rels");
        let mut content = Vec::new();
        if is_read {
            part.by_ref().take(MAX_XML_BYTES + 1).read_to_end(&mut content).map_err(|_| BROKEN)?;
            require(content.len() as u64 <= MAX_XML_BYTES, "a part of the document is too long")?;
            unpacked += content.len() as u64;
        } else {
            let room = MAX_UNPACKED_BYTES - unpacked;
            unpacked += std::io::copy(&mut part.take(room + 1), &mut std::io::sink()).map_err(|_| BROKEN)?;
        }
        require(unpacked <= MAX_UNPACKED_BYTES, "the document unpacks to more than 200 MB")?;
        if name == CONTENT_TYPES {
            main_part = main_part_of(&content)?;
        } else if is_read {
            check_relations(&content)?;
        }
    }
    let main_part = main_part.ok_or(Fault::Refused("not a Word document"))?;
    require(archive.index_for_name(&main_part).is_some(), "not a Word document")
}

/// The archive's directory ends with the file: behind it stands nothing, not even a comment.
fn check_end(file: &mut File) -> Result<(), Fault> {
    let mut end = [0; 22];
    require(file.metadata()?.len() >= end.len() as u64, "the document cannot be read")?;
    file.seek(SeekFrom::End(-22))?;
    file.read_exact(&mut end)?;
    file.rewind()?;
    require(end.starts_with(b"PK\x05\x06") && end.ends_with(&[0, 0]), MORE)
}

fn check_name(name: &str) -> Result<(), Fault> {
    let plain = !name.is_empty()
        && !name.starts_with('/')
        && !name.contains(['\\', ':', '\0'])
        && !name.split('/').any(|step| step == "..");
    require(plain, "a part of the document has an impossible name")?;
    let lower = name.to_ascii_lowercase();
    let foreign = lower.rsplit_once('.').is_some_and(|(_, end)| FOREIGN_PARTS.contains(&end));
    require(!foreign && !lower.contains("vbaproject"), MACROS)
}

/// The name of the part that holds the text.
fn main_part_of(content_types: &[u8]) -> Result<Option<String>, Fault> {
    let mut main = None;
    for_each_element(content_types, |element| {
        let content_type = attribute(element, "ContentType")?.unwrap_or_default();
        let lower = content_type.to_ascii_lowercase();
        require(!ACTIVE_TYPES.iter().any(|active| lower.contains(active)), MACROS)?;
        if content_type == DOCUMENT {
            let name = attribute(element, "PartName")?.unwrap_or_default();
            main = Some(name.trim_start_matches('/').to_owned());
        }
        Ok(())
    })?;
    Ok(main)
}

fn check_relations(relations: &[u8]) -> Result<(), Fault> {
    for_each_element(relations, |element| {
        let kind = attribute(element, "Type")?.unwrap_or_default().to_ascii_lowercase();
        require(!ACTIVE_RELATIONS.iter().any(|active| kind.ends_with(active)), MACROS)?;
        let mode = attribute(element, "TargetMode")?.unwrap_or_default();
        let outside = mode.eq_ignore_ascii_case("external");
        require(!outside || kind.ends_with("/hyperlink"), OUTSIDE)
    })
}

/// Looks at each element of a part; one with a document type, and thus entities, is none of a document.
fn for_each_element(
    xml: &[u8],
    mut look: impl FnMut(&BytesStart<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut reader = Reader::from_reader(xml);
    let mut buffer = Vec::new();
    loop {
        match reader.read_event_into(&mut buffer).map_err(|_| BROKEN)? {
            Event::Start(element) | Event::Empty(element) => look(&element)?,
            Event::DocType(_) => return Err(BROKEN),
            Event::Eof => return Ok(()),
            _ => {}
        }
        buffer.clear();
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, Fault> {
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|_| BROKEN)?;
        if attribute.key.local_name().as_ref() == name {
            let plain = quick_xml::escape::unescape(&attribute.value).map_err(|_| BROKEN)?;
            return Ok(Some(plain.into_owned()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{DOCX_PARTS, docx, file_of, zip};

    fn with(name: &str, content: &[u8]) -> Vec<u8> {
        let mut parts: Vec<(&str, Vec<u8>)> =
            DOCX_PARTS.iter().map(|(name, content)| (*name, content.as_bytes().to_vec())).collect();
        parts.retain(|(known, _)| *known != name);
        parts.push((name, content.to_vec()));
        zip(&parts)
    }

    fn relation(kind: &str, mode: &str) -> Vec<u8> {
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let text = format!(
            r#"<Relationships><Relationship Id="r1" Type="{office}/{kind}" Target="http://evil.test/x" {mode}/></Relationships>"#
        );
        with("word/_rels/document.xml.rels", text.as_bytes())
    }

    #[test]
    fn a_text_passes() {
        assert!(check(&mut file_of(&docx())).is_ok());
        assert!(check(&mut file_of(&relation("hyperlink", r#"TargetMode="External""#))).is_ok());
        assert!(check(&mut file_of(&with("word/embeddings/sheet.xlsx", b"PK"))).is_ok());
    }

    #[test]
    fn what_acts_or_loads_or_is_no_text_does_not() {
        let types = DOCX_PARTS[0].1;
        let external = r#"TargetMode="External""#;
        let doctype = r#"<!DOCTYPE x [<!ENTITY a "b">]><Relationships/>"#;
        for (what, bytes) in [
            ("macros", with("word/vbaProject.bin", b"x")),
            (
                "macro type",
                with(CONTENT_TYPES, types.replace("document.main", "document.macroEnabled.main").as_bytes()),
            ),
            (
                "other document",
                with(CONTENT_TYPES, types.replace("wordprocessingml", "spreadsheetml").as_bytes()),
            ),
            (
                "no main part",
                with(CONTENT_TYPES, types.replace("/word/document.xml", "/word/none.xml").as_bytes()),
            ),
            ("remote template", relation("attachedTemplate", external)),
            ("remote template, other spelling", relation("attachedTemplate", r#"TargetMode="&#69;xternal""#)),
            ("remote picture", relation("image", external)),
            ("object", relation("oleObject", "")),
            ("page inside", relation("aFChunk", "")),
            ("entities", with("word/_rels/document.xml.rels", doctype.as_bytes())),
            ("archive inside", with("word/media/a.zip", b"PK")),
            ("program inside", with("word/media/a.exe", b"MZ")),
            ("path", with("../evil", b"x")),
            ("absolute path", with("/etc/passwd", b"x")),
            ("bomb", with("word/media/a.bin", &vec![0; (MAX_UNPACKED_BYTES + 1) as usize])),
            ("front", [b"<html>", &docx()[..]].concat()),
            ("behind", [&docx()[..], b"<html>"].concat()),
            ("plain archive", zip(&[("a.txt", b"x".to_vec())])),
            ("nothing", b"PK\x03\x04".to_vec()),
        ] {
            assert!(check(&mut file_of(&bytes)).is_err(), "{what}");
        }
    }
}
