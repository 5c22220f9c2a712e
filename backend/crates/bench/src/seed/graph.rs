//! Who is friends with whom and in which groups: the same for the same numbers.

use std::collections::HashSet;

/// Pairs of friends among `people`, each with exactly `friends` of them, by number. Friends lie close to each other, so
/// that the first so many people of a large population are friends mostly among themselves.
///
/// # Errors
/// More friends than others, or an odd number of ends.
pub(super) fn friendships(people: usize, friends: usize) -> anyhow::Result<Vec<(u32, u32)>> {
    anyhow::ensure!(friends < people.max(1), "--friends: there are only {people} people");
    let mut pairs = Vec::with_capacity(people * friends / 2);
    for person in 0..people {
        for step in 1..=friends / 2 {
            pairs.push((person as u32, ((person + step) % people) as u32));
        }
    }
    if friends % 2 == 1 {
        anyhow::ensure!(people.is_multiple_of(2), "--friends: an odd number needs an even number of people");
        let half = people / 2;
        pairs.extend((0..half).map(|person| (person as u32, (person + half) as u32)));
    }
    Ok(pairs)
}

/// `groups` groups of exactly `size` of `people`, everybody in as many of them as anybody else, give or take one.
///
/// People are dealt out in rounds, each in another order, so that two people who share a group do not share the next.
///
/// # Errors
/// Groups of nobody, or of more than there are.
pub(super) fn groups(people: usize, groups: usize, size: usize) -> anyhow::Result<Vec<Vec<u32>>> {
    if groups == 0 {
        return Ok(Vec::new());
    }
    anyhow::ensure!((1..=people).contains(&size), "--group-size: 1 to {people}, as many as there are people");
    let mut deal = Deal { people, round: 0, stride: 1, place: 0 };
    Ok((0..groups).map(|_| deal.group(size)).collect())
}

struct Deal {
    people: usize,
    round: usize,
    stride: usize,
    place: usize,
}

impl Deal {
    /// The next `size` people. Where a round ends within the group, the new round's first people who are not in it yet
    /// follow; those who were passed over come after them.
    fn group(&mut self, size: usize) -> Vec<u32> {
        let mut members = Vec::with_capacity(size);
        let mut seen = HashSet::with_capacity(size);
        while members.len() < size {
            let person = self.next();
            if seen.insert(person) {
                members.push(person);
            }
        }
        members
    }

    fn next(&mut self) -> u32 {
        if self.place == self.people {
            (self.round, self.place) = (self.round + 1, 0);
            self.stride = stride(self.people, self.round);
        }
        let person = (self.place as u64 * self.stride as u64 + self.round as u64) % self.people as u64;
        self.place += 1;
        person as u32
    }
}

/// A step by which a round comes to everybody: about the golden section of the people, another for each round, without a
/// common divisor with their number.
fn stride(people: usize, round: usize) -> usize {
    let mut stride = (people as f64 * (0.618 * round as f64).fract()) as usize;
    while common_divisor(stride, people) != 1 {
        stride += 1;
    }
    stride
}

fn common_divisor(mut a: usize, mut b: usize) -> usize {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_as_many_friends() {
        for (people, friends) in [(2, 1), (10, 3), (10, 9), (11, 4), (1_000, 10), (5, 0)] {
            let pairs = friendships(people, friends).unwrap();
            let distinct: HashSet<_> = pairs.iter().map(|(a, b)| (a.min(b), a.max(b))).collect();
            assert_eq!(distinct.len(), pairs.len(), "{people}/{friends}: twice the same");
            let mut degrees = vec![0; people];
            for (a, b) in pairs {
                assert_ne!(a, b);
                degrees[a as usize] += 1;
                degrees[b as usize] += 1;
            }
            assert_eq!(degrees, vec![friends; people], "{people}/{friends}");
        }
        for (people, friends) in [(0, 1), (3, 3), (5, 3)] {
            assert!(friendships(people, friends).is_err(), "{people}/{friends}");
        }
    }

    #[test]
    fn groups_are_of_the_exact_size_and_even() {
        for (people, count, size) in [(1_000, 100, 100), (1_000, 37, 30), (10, 7, 4), (50, 3, 50), (7, 5, 1)]
        {
            let groups = groups(people, count, size).unwrap();
            assert_eq!(groups.len(), count);
            let mut memberships = vec![0_usize; people];
            for members in &groups {
                let distinct: HashSet<_> = members.iter().collect();
                assert_eq!((members.len(), distinct.len()), (size, size), "{people}/{count}/{size}");
                members.iter().for_each(|member| memberships[*member as usize] += 1);
            }
            let (least, most) = (memberships.iter().min(), memberships.iter().max());
            assert!(most.unwrap() - least.unwrap() <= 2, "{people}/{count}/{size}: {least:?} to {most:?}");
        }
        assert!(groups(3, 1, 4).is_err());
        assert!(groups(3, 1, 0).is_err());
    }

    #[test]
    fn two_who_share_a_group_seldom_share_another() {
        let groups = groups(1_000, 100, 100).unwrap();
        let shared = |a: &Vec<u32>, b: &Vec<u32>| {
            let a: HashSet<_> = a.iter().collect();
            b.iter().filter(|member| a.contains(member)).count()
        };
        let most = (0..100).flat_map(|a| (0..a).map(move |b| (a, b)));
        let most = most.map(|(a, b)| shared(&groups[a], &groups[b])).max();
        assert!(most.is_some_and(|most| most < 50), "{most:?}");
    }
}
