use std::collections::HashMap;

use serde::Deserialize;

use super::*;
use crate::scalar;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inner {
    seq: u64,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Open,
    Approval,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Body {
    name: Option<String>,
    inner: Option<Inner>,
    list: Vec<Inner>,
    map: HashMap<kith_domain::ConversationId, u64>,
    choice: Option<Choice>,
    #[serde(deserialize_with = "scalar::not_null")]
    kept: Option<String>,
    #[serde(deserialize_with = "scalar::nullable")]
    cleared: Option<Option<String>>,
}

fn verdict(bytes: &[u8]) -> (u16, String, String) {
    match read::<Body>(bytes) {
        Ok(_) => (200, String::new(), String::new()),
        Err(problem) => {
            let field = problem.errors.first().map(|error| error.field.to_string()).unwrap_or_default();
            (problem.status(), problem.code().to_owned(), field)
        }
    }
}

#[test]
fn what_is_not_acceptable_json_is_400() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for bytes in [
        b"".to_vec(),
        b"{".to_vec(),
        b"{} {}".to_vec(),
        b"{}x".to_vec(),
        b"{\"name\":}".to_vec(),
        b"{name:1}".to_vec(),
        b"{'name':1}".to_vec(),
        b"{\"name\":\"a\",}".to_vec(),
        b"\xEF\xBB\xBF{}".to_vec(),
        b"{\"name\":\"\xFF\"}".to_vec(),
        b"{\"name\":\"a\nb\"}".to_vec(),
        b"{\"name\":\"\x00\"}".to_vec(),
        b"{\"name\":01}".to_vec(),
        b"{\"name\":+1}".to_vec(),
        b"{\"name\":NaN}".to_vec(),
        b"{\"name\":1e400}".to_vec(),
        br#"{"name":"a","name":"b"}"#.to_vec(),
        br#"{"inner":{"seq":1,"seq":1}}"#.to_vec(),
        br#"{"x":[{"y":1,"\u0079":2}]}"#.to_vec(),
        br#"{"name":"\ud800"}"#.to_vec(),
        br#"{"name":"\udc00"}"#.to_vec(),
        br#"{"name":"\ud800\u0041"}"#.to_vec(),
        br#"{"\ud800":1}"#.to_vec(),
        format!("{{\"name\":{}}}", deep(MAX_DEPTH)).into_bytes(),
        deep(100_000).into_bytes(),
        "[".repeat(100_000).into_bytes(),
        r#"{"a":"#.repeat(20_000).into_bytes(),
    ] {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
        assert_eq!(verdict(&bytes), (400, "validation_failed".to_owned(), String::new()), "{shown}");
    }
}

#[test]
fn what_does_not_fit_is_422_and_named() {
    for (json, code, field) in [
        (r#"{"name":5}"#, "validation_failed", "name"),
        (r#"{"inner":{}}"#, "validation_failed", "inner.seq"),
        (r#"{"inner":{"seq":-1}}"#, "validation_failed", "inner.seq"),
        (r#"{"inner":{"seq":1.5}}"#, "validation_failed", "inner.seq"),
        (r#"{"inner":{"seq":"1"}}"#, "validation_failed", "inner.seq"),
        (r#"{"inner":{"seq":18446744073709551616}}"#, "validation_failed", "inner.seq"),
        (r#"{"inner":[1]}"#, "validation_failed", "inner"),
        (r#"{"list":[{"seq":1},{"seq":null}]}"#, "validation_failed", "list.1.seq"),
        (r#"{"list":{}}"#, "validation_failed", "list"),
        (r#"{"map":{"01":1}}"#, "validation_failed", "map.01"),
        (r#"{"map":{"7":-1}}"#, "validation_failed", "map.7"),
        (r#"{"choice":"closed"}"#, "validation_failed", "choice"),
        (r#"{"choice":{"open":1}}"#, "validation_failed", "choice"),
        (r#"{"kept":null}"#, "validation_failed", "kept"),
        (r#"[]"#, "validation_failed", ""),
        ("null", "validation_failed", ""),
        (r#""text""#, "validation_failed", ""),
        (r#"{"is_admin":true}"#, "unknown_field", "is_admin"),
        (r#"{"inner":{"seq":1,"sender_id":"1"}}"#, "unknown_field", "inner.sender_id"),
        (r#"{"list":[{"seq":1,"x":1}]}"#, "unknown_field", "list.0.x"),
        (r#"{"NAME":"x"}"#, "unknown_field", "NAME"),
    ] {
        assert_eq!(verdict(json.as_bytes()), (422, code.to_owned(), field.to_owned()), "{json}");
    }
}

#[test]
fn good_bodies_are_read() {
    let deep = format!("{}1{}", "[".repeat(MAX_DEPTH - 1), "]".repeat(MAX_DEPTH - 1));
    assert_eq!(
        verdict(format!(r#"{{"x":{deep}}}"#).as_bytes()).1,
        "unknown_field",
        "depth {MAX_DEPTH} is fine"
    );
    let text = r#"{"name":"\ud83d\ude00\u0000","inner":{"seq":5.0},"map":{"7":1},"choice":"approval","cleared":null}"#;
    let body = read::<Body>(text.as_bytes()).unwrap();
    assert_eq!(body.name.as_deref(), Some("😀\0"));
    assert_eq!(body.inner, Some(Inner { seq: 5 }));
    assert_eq!(body.map[&kith_domain::ConversationId::new(7)], 1);
    assert_eq!(body.choice, Some(Choice::Approval));
    assert_eq!((body.kept, body.cleared), (None, Some(None)));
    assert_eq!(read::<Body>(b" {} ").unwrap(), Body::default());
}

#[test]
fn a_body_above_the_bound_is_not_looked_at() {
    let large = vec![b' '; MAX_BODY_BYTES + 1];
    assert_eq!(verdict(&large).0, 413);
    let mut fits = vec![b' '; MAX_BODY_BYTES - 2];
    fits.extend_from_slice(b"{}");
    assert_eq!(verdict(&fits).0, 200);
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    limit: Option<u32>,
    q: Option<String>,
    seq: Option<u64>,
}

#[test]
fn queries_are_read_as_strictly() {
    let good = |limit, q: Option<&str>, seq| Ok(Query { limit, q: q.map(str::to_owned), seq });
    const BAD: Result<Query, &str> = Err("validation_failed");
    for (pairs, expected) in [
        (&[][..], good(None, None, None)),
        (&[("limit", "7"), ("q", "12")], good(Some(7), Some("12"), None)),
        (&[("q", "true")], good(None, Some("true"), None)),
        (&[("seq", "9223372036854775807")], good(None, None, Some(i64::MAX as u64))),
        (&[("limit", "-1")], BAD),
        (&[("limit", "")], BAD),
        (&[("limit", "+7")], BAD),
        (&[("limit", "07")], BAD),
        (&[("limit", "7.0")], BAD),
        (&[("limit", "1e1")], BAD),
        (&[("limit", "99999999999")], BAD),
        (&[("seq", "9223372036854775808")], BAD),
        (&[("q", "a"), ("q", "b")], BAD),
        (&[("Q", "a")], Err("unknown_field")),
    ] {
        let owned = pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        assert_eq!(read_query::<Query>(owned).map_err(|problem| problem.code()), expected, "{pairs:?}");
    }
}

#[test]
fn content_types() {
    for (text, json) in [
        ("application/json", true),
        ("Application/JSON; charset=utf-8", true),
        ("application/json;charset=\"UTF-8\"", true),
        ("application/json; charset=latin1", false),
        ("application/json-patch+json", false),
        ("text/plain", false),
        ("application/x-www-form-urlencoded", false),
        ("multipart/form-data; boundary=x", false),
        ("", false),
        ("text/plain, application/json", false),
    ] {
        assert_eq!(is_json(text), json, "{text:?}");
    }
}
