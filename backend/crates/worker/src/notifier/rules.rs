//! Whom a message wakes.

use std::collections::HashSet;

use kith_domain::{Entry, EntryBody, Seq, Timestamp, UserId, ports::push::PushTarget};

/// What is older than an hour wakes nobody: after an outage people are not rung for what they have long missed.
pub(super) const OLD_MILLIS: i64 = 3_600_000;

/// A message that may wake somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) seq: Seq,
    pub(super) sender_id: UserId,
    pub(super) at: Timestamp,
}

/// The entry, if it is a message that says something and is not old. Unsends and notices wake nobody.
pub(super) fn said(entry: &Entry, now: Timestamp) -> Option<Said> {
    let speaks = matches!(entry.body, EntryBody::Message { content: Some(_), .. });
    let recent = now.millis_since(entry.server_time) < OLD_MILLIS;
    (speaks && recent).then_some(Said { seq: entry.seq, sender_id: entry.sender_id, at: entry.server_time })
}

/// The newest of the messages of one conversation that the device's owner is told of: written by somebody else whom they do
/// not block, since they are a member, and not read yet. `None` while the conversation is muted.
pub(super) fn newest_for(
    target: &PushTarget,
    said: &[Said],
    blocks: &HashSet<(UserId, UserId)>,
    now: Timestamp,
) -> Option<Said> {
    if target.muted_until.is_some_and(|until| now < until) {
        return None;
    }
    let concerns = |said: &&Said| {
        said.sender_id != target.user_id
            && said.seq >= target.member_from
            && said.seq > target.read_seq
            && !blocks.contains(&(target.user_id, said.sender_id))
    };
    said.iter().filter(concerns).max_by_key(|said| said.seq).copied()
}

#[cfg(test)]
mod tests {
    use kith_domain::{
        Content, ConversationId, DeviceId, EntryId, Notice, NoticeKind,
        entry::{ClientMsgId, ClientTime},
        ports::push::PushToken,
        text::MessageText,
    };

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_764_000_000_000);
    const ANNA: UserId = UserId::new(1);
    const BEN: UserId = UserId::new(2);
    const CARL: UserId = UserId::new(3);

    fn ago(millis: i64) -> Timestamp {
        NOW.plus_millis(-millis)
    }

    fn message(content: Option<Content>) -> EntryBody {
        EntryBody::Message {
            client_msg_id: ClientMsgId::from_u128(1),
            client_time: ClientTime::from_store("2026-11-24T21:15:45+08:00".to_owned()),
            content,
        }
    }

    fn text() -> Option<Content> {
        Some(Content::Text { text: MessageText::from_store("hi".to_owned()), reply_to: None })
    }

    #[test]
    fn only_messages_that_say_something_and_are_not_old_wake_anybody() {
        for (what, body, server_time, expected) in [
            ("a message", message(text()), ago(0), true),
            ("one of a clock that is ahead", message(text()), ago(-5_000), true),
            ("one that is nearly old", message(text()), ago(OLD_MILLIS - 1), true),
            ("an old one", message(text()), ago(OLD_MILLIS), false),
            ("yesterday's", message(text()), ago(86_400_000), false),
            ("an unsent one", message(None), ago(0), false),
            ("an unsend", EntryBody::Unsend { target_seq: 1 }, ago(0), false),
            ("a join", EntryBody::Notice(Notice::about(NoticeKind::Joined, ANNA)), ago(0), false),
        ] {
            let entry = Entry {
                conversation_id: ConversationId::new(7),
                seq: 5,
                id: EntryId::new(9),
                sender_id: BEN,
                server_time,
                body,
            };
            let expected = expected.then_some(Said { seq: 5, sender_id: BEN, at: server_time });
            assert_eq!(said(&entry, NOW), expected, "{what}");
        }
    }

    #[test]
    fn a_device_is_told_of_the_newest_message_that_concerns_its_owner() {
        let anna = PushTarget {
            user_id: ANNA,
            device_id: DeviceId::new(11),
            token: PushToken::from_store("token".to_owned()),
            member_from: 3,
            read_seq: 3,
            muted_until: None,
        };
        let said = [(4, BEN), (5, CARL), (6, ANNA)];
        let said = said.map(|(seq, sender_id)| Said { seq, sender_id, at: ago(0) });
        for (who, target, blocks, expected) in [
            ("somebody who has read none", anna.clone(), &[][..], Some(5)),
            ("one of them", PushTarget { read_seq: 4, ..anna.clone() }, &[], Some(5)),
            ("all of them", PushTarget { read_seq: 5, ..anna.clone() }, &[], None),
            ("who has read further", PushTarget { read_seq: 70, ..anna.clone() }, &[], None),
            ("another sender", PushTarget { user_id: CARL, ..anna.clone() }, &[], Some(6)),
            ("who blocks the last sender", anna.clone(), &[(ANNA, CARL)], Some(4)),
            ("who blocks all", anna.clone(), &[(ANNA, CARL), (ANNA, BEN)], None),
            ("who is blocked", anna.clone(), &[(CARL, ANNA), (BEN, CARL)], Some(5)),
            ("who mutes it", PushTarget { muted_until: Some(NOW.plus_millis(1)), ..anna.clone() }, &[], None),
            ("for ever", PushTarget { muted_until: Some(Timestamp::FOREVER), ..anna.clone() }, &[], None),
            ("no longer", PushTarget { muted_until: Some(NOW), ..anna.clone() }, &[], Some(5)),
            ("who came with the last", PushTarget { member_from: 5, ..anna.clone() }, &[], Some(5)),
            ("who came after it", PushTarget { member_from: 6, ..anna.clone() }, &[], None),
        ] {
            let blocks = blocks.iter().copied().collect();
            let newest = newest_for(&target, &said, &blocks, NOW);
            assert_eq!(newest.map(|said| said.seq), expected, "{who}");
        }
        assert_eq!(newest_for(&anna, &[], &HashSet::new(), NOW), None);
    }
}
