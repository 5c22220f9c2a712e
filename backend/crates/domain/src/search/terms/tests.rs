use super::*;

fn parse(text: &str) -> SearchTerms {
    SearchTerms::parse("q", text).unwrap()
}

#[test]
fn queries_that_ask_for_nothing_are_refused() {
    for (text, code) in [
        ("", "empty"),
        (" \t\u{3000}", "empty"),
        ("...!?", "no_words"),
        ("\"\"", "no_words"),
        ("\u{200B}", "no_words"),
        (&"x".repeat(201), "too_long"),
        (&"好".repeat(201), "too_long"),
    ] {
        let Err(Refusal::Validation(errors)) = SearchTerms::parse("q", text) else {
            panic!("{text:?} was taken");
        };
        assert_eq!((errors.len(), errors[0].field.as_ref(), errors[0].code), (1, "q", code), "{text:?}");
    }
    for text in ["x".repeat(200), "好".repeat(200)] {
        assert!(SearchTerms::parse("q", &text).is_ok());
    }
}

#[test]
fn what_the_index_is_asked_for() {
    for (text, required, prefix) in [
        ("hello wor", &["hello"][..], Some("wor")),
        ("hello world ", &["hello", "world"], None),
        ("Hello, HELLO hello!", &["hello"], None),
        ("好", &["好"], None),
        ("你好", &["你好"], None),
        ("我愛台灣", &["我愛", "愛台", "台灣"], None),
        ("你好 世", &["你好", "世"], None),
        ("iPhone手機", &["iphone", "手機"], None),
        ("手機iPho", &["手機"], Some("ipho")),
        ("\"see you\" soo", &["see", "you"], Some("soo")),
        ("\"see you\"", &["see", "you"], None),
        ("\"see yo", &["see"], Some("yo")),
        ("“再見 tomorrow”", &["再見", "tomorrow"], None),
        ("👋", &["👋"], None),
        ("x", &[], Some("x")),
    ] {
        let terms = parse(text);
        assert_eq!(terms.required(), required, "{text:?}");
        assert_eq!(terms.prefix(), prefix, "{text:?}");
    }
}

/// What a query finds is judged on the text itself: the index may offer more.
#[test]
fn what_is_found_and_marked() {
    for (query, text, marked) in [
        ("market", "The Night Market opens", Some("The Night [Market] opens")),
        ("mark", "Market, remark, MARKS", Some("[Market], remark, [MARKS]")),
        ("mark ", "Market, remark, mark", Some("Market, remark, [mark]")),
        ("night market", "market at night", Some("[market] at [night]")),
        ("\"night market\"", "market at night", None),
        ("\"night mar", "the night market, a market", Some("the [night market], a market")),
        ("\"night market\"", "Night-Market!", Some("[Night-Market]!")),
        ("cafe", "Café zu", Some("[Café] zu")),
        ("café", "cafe", Some("[cafe]")),
        ("strasse", "Große Straße 5", Some("Große [Straße] 5")),
        ("dang", "Chị Đặng", Some("Chị [Đặng]")),
        ("好", "你好嗎", Some("你[好]嗎")),
        ("你好", "你好你好嗎", Some("[你好你好]嗎")),
        ("你好", "你很好", None),
        ("台灣大學", "台灣的大學", None),
        ("台灣 大學", "台灣的大學", Some("[台灣]的[大學]")),
        ("さくら", "サクラが咲く", Some("[サクラ]が咲く")),
        ("か", "がんばる", None),
        ("が", "ｶﾞﾝﾊﾞﾙ", Some("[ｶﾞ]ﾝﾊﾞﾙ")),
        ("한국", "저는 한국어를", Some("저는 [한국]어를")),
        ("ＡＢＣ", "abc", Some("[abc]")),
        ("👍", "ok 👍🏽", Some("ok [👍🏽]")),
        ("hello", "goodbye", None),
        ("hello bye", "hello", None),
    ] {
        let shown = parse(query).snippet(text).map(|parts| {
            parts
                .iter()
                .map(|part| if part.hit { format!("[{}]", part.text) } else { part.text.clone() })
                .collect::<String>()
        });
        assert_eq!(shown.as_deref(), marked, "{query:?} in {text:?}");
    }
}
