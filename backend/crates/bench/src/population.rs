//! Accounts and conversations of a run, numbered from 0 so that the hot loop works on small arrays.

use std::{collections::HashMap, path::Path};

use kith_domain::{ConversationId, UserId};

use crate::users;

/// Who takes part in a run. Every process reads the same file and so gives everybody the same number.
#[derive(Debug, Default)]
pub(crate) struct Population {
    pub(crate) people: Vec<Person>,
    pub(crate) conversations: Vec<Conversation>,
    numbers: HashMap<ConversationId, u32>,
}

/// One account, which has one socket.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) token: String,
    /// Numbers of the one-to-one conversations whose other side takes part too.
    pub(crate) direct: Vec<u32>,
    /// Numbers of the groups in which somebody else takes part too.
    pub(crate) groups: Vec<u32>,
    /// Numbers of all conversations, ascending.
    pub(crate) all: Vec<u32>,
}

/// One conversation.
#[derive(Debug)]
pub(crate) struct Conversation {
    /// Its id as the wire has it.
    pub(crate) id: String,
    /// Whether it is a group.
    pub(crate) group: bool,
    /// How many of the members take part.
    pub(crate) present: u32,
}

impl Population {
    /// Reads the first `people` accounts of a file.
    ///
    /// # Errors
    /// Those of the file, and fewer accounts than are asked for.
    pub(crate) fn read(path: &Path, people: usize) -> anyhow::Result<Self> {
        let mut population = Self::read_some(path, people)?;
        let found = population.people.len();
        anyhow::ensure!(
            found >= people,
            "{} has {found} accounts, and a socket is wanted for each of {people}: seed more",
            path.display()
        );
        population.forget_absent();
        Ok(population)
    }

    /// Reads all accounts of a file.
    ///
    /// # Errors
    /// Those of the file.
    pub(crate) fn read_all(path: &Path) -> anyhow::Result<Self> {
        Self::read_some(path, usize::MAX)
    }

    fn read_some(path: &Path, people: usize) -> anyhow::Result<Self> {
        let mut population = Self::default();
        users::read(path, people, |user| population.add(user))?;
        Ok(population)
    }

    fn add(&mut self, user: users::SeededUser) {
        let direct: Vec<u32> =
            user.direct.iter().map(|with| self.enter(with.conversation_id, false)).collect();
        let groups: Vec<u32> = user.groups.iter().map(|group| self.enter(*group, true)).collect();
        let mut all: Vec<u32> = direct.iter().chain(&groups).copied().collect();
        all.sort_unstable();
        self.people.push(Person { id: user.user_id, token: user.access_token, direct, groups, all });
    }

    fn enter(&mut self, id: ConversationId, group: bool) -> u32 {
        let number = *self.numbers.entry(id).or_insert_with(|| {
            self.conversations.push(Conversation { id: id.to_string(), group, present: 0 });
            self.conversations.len() as u32 - 1
        });
        self.conversations[number as usize].present += 1;
        number
    }

    /// Nothing is sent where nobody would get it.
    fn forget_absent(&mut self) {
        for person in &mut self.people {
            for list in [&mut person.direct, &mut person.groups] {
                list.retain(|number| self.conversations[*number as usize].present > 1);
            }
        }
    }

    /// The number of the conversation with that id, as the wire has it.
    pub(crate) fn number_of(&self, id: &[u8]) -> Option<u32> {
        let id: ConversationId = std::str::from_utf8(id).ok()?.parse().ok()?;
        self.numbers.get(&id).copied()
    }
}
