use bolero::{check, generator::*};

use super::*;

/// Letters that compose, blanks, and what must not show.
const PIECES: [&str; 16] = [
    "e",
    "\u{301}",
    "\u{308}",
    "Å",
    "\u{1100}",
    "\u{1161}",
    "\u{11A8}",
    "再",
    "😀",
    " ",
    "\u{2003}",
    "\n",
    "\u{7}",
    "\u{200B}",
    "\u{202E}",
    "xxxxxxxxxxxxxxx",
];

/// Pieces by their numbers, and any other character after each.
fn texts() -> impl ValueGenerator<Output = Vec<(u8, Option<char>)>> {
    produce::<Vec<(u8, Option<char>)>>().with().len(0_usize..24)
}

fn join(pieces: &[(u8, Option<char>)]) -> String {
    let piece = |number: u8| PIECES[usize::from(number) % PIECES.len()].chars();
    pieces.iter().flat_map(|(number, more)| piece(*number).chain(*more)).collect()
}

/// What was cut to fit is a text that a person could have given.
#[test]
fn what_is_clipped_is_a_good_name() {
    check!().with_generator(texts()).for_each(|pieces| {
        let text = join(pieces);
        let name = Username::from_provider(Some(&text));
        assert_eq!(Username::parse("username", name.as_str()), Ok(name));
        let device = DeviceName::from_client(Some(&text), "a browser");
        assert_eq!(one_line("device", device.as_str(), 64).as_deref(), Ok(device.as_str()));
    });
}

/// A text that was taken is taken again as it is, and keeps its bounds.
#[test]
fn what_is_taken_stays_as_it_is() {
    check!().with_generator(texts()).for_each(|pieces| {
        let text = join(pieces);
        if let Ok(name) = Username::parse("username", &text) {
            assert!(name.as_str().chars().count() <= 32 && !name.as_str().chars().any(is_control));
            assert_eq!(Username::parse("username", name.as_str()), Ok(name));
        }
        if let Ok(introduction) = Introduction::parse("introduction", &text) {
            assert_eq!(Introduction::parse("introduction", introduction.as_str()), Ok(introduction));
        }
        if let Ok(message) = MessageText::parse("text", text.clone()) {
            assert_eq!(message.as_str(), text);
        }
        // A search folds what is sought as what is found was folded.
        assert_eq!(
            crate::fold(&text.nfc().collect::<String>()),
            crate::fold(&text.nfd().collect::<String>())
        );
    });
}
