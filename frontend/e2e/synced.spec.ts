import type { Locator } from "@playwright/test";
import type { Conversation } from "../src/api/types";
import type { Account } from "./support/account";
import type { Person, Tab } from "./support/person";
import { photo } from "./support/files";
import { expect, test } from "./support/test";

/**
 * Amara has two devices. `other` is the one at which she (or, where it says so, somebody else) does something; `screen`
 * is the browser that has to show it. Its tabs stay where they are, so that nothing is seen because a page was loaded.
 */
interface World {
  other: Account;
  people: Record<Name, Account>;
  ids: Record<Name, string>;
  direct: Record<Friend, string>;
  sailing: Conversation;
  chess: Conversation;
  screen: Person;
  /** The chat with Bea, and the list of chats. */
  chat: Tab;
  /** The group "Sailing" and its details. */
  group: Tab;
  /** The group "Chess", which is going to be left. */
  leaving: Tab;
  friends: Tab;
  blocked: Tab;
  /** What the script knows only while it runs. */
  noted: { slip: number; question: number };
}

const FRIENDS = ["Bea", "Dan", "Eve", "Hal", "Ivy"] as const;
const STRANGERS = ["Finn", "Gus", "Kim"] as const;
type Friend = (typeof FRIENDS)[number];
type Name = Friend | (typeof STRANGERS)[number];

const FOR_EVER = "9999-12-31T00:00:00.000Z";

interface Row {
  what: string;
  do: (world: World) => Promise<unknown>;
  see: (world: World) => Promise<void>;
}

/** Everything that one device tells the others, in the order in which it is done. */
const ROWS: Row[] = [
  {
    what: "an own message",
    do: ({ other, direct }) => other.send(direct.Bea, "Sent from elsewhere"),
    see: ({ chat }) => expect(chat.message("Sent from elsewhere")).toHaveAccessibleName(/^You, /),
  },
  {
    what: "an unsend",
    do: ({ other, direct, noted }) => other.call("POST", `/conversations/${direct.Bea}/entries/${noted.slip}/unsend`),
    see: async ({ chat }) => {
      await expect(chat.message("A slip")).toHaveCount(0);
      await expect(chat.message("This message was unsent.")).toBeVisible();
    },
  },
  {
    what: "a read marker",
    do: ({ other, direct, noted }) => other.call("PUT", `/conversations/${direct.Dan}/read`, { seq: noted.question }),
    see: ({ chat }) => expect(chat.row("Dan")).not.toHaveAccessibleName(/unread/),
  },
  {
    what: "a draft",
    do: ({ other, direct }) =>
      other.call("PATCH", `/conversations/${direct.Dan}`, { draft: { text: "Half a thought", version: 0 } }),
    see: ({ chat }) => expect(chat.row("Dan")).toHaveAccessibleName(/draft: Half a thought/),
  },
  {
    what: "a muted chat",
    do: ({ other, direct }) => other.call("PATCH", `/conversations/${direct.Dan}`, { muted_until: FOR_EVER }),
    see: ({ chat }) => expect(chat.row("Dan")).toHaveAccessibleName(/, muted/),
  },
  {
    what: "a pinned chat",
    do: ({ other, direct }) => other.call("PATCH", `/conversations/${direct.Dan}`, { pinned: true }),
    see: ({ chat }) => expect(chat.row("Dan")).toHaveAccessibleName(/, pinned/),
  },
  {
    what: "a hidden chat",
    do: ({ other, direct }) => other.call("DELETE", `/conversations/${direct.Eve}`),
    see: ({ chat }) => expect(chat.row("Eve")).toHaveCount(0),
  },
  {
    what: "the own profile",
    do: ({ other }) => other.call("PATCH", "/me", { username: "Amara at sea" }),
    see: ({ group }) => expect(group.details.getByText("Amara at sea")).toBeVisible(),
  },
  {
    what: "a new friend code",
    do: ({ other }) => other.call("POST", "/me/friend-code"),
    see: async ({ other, friends }) => {
      const { friend_code } = await other.call<{ friend_code: string }>("GET", "/me");
      await expect(friends.page.getByText(friend_code)).toBeVisible();
    },
  },
  {
    what: "a friend request that is sent",
    do: async ({ other, people }) => other.call("POST", "/friend-requests", { friend_code: await codeOf(people.Finn) }),
    see: ({ friends }) =>
      expect(friends.page.getByRole("button", { name: "Cancel the request to Finn" })).toBeVisible(),
  },
  {
    what: "a friend request that comes",
    do: async ({ other, people }) => people.Kim.call("POST", "/friend-requests", { friend_code: await codeOf(other) }),
    see: ({ friends }) => expect(waiting(friends).getByRole("button", { name: "Accept Kim" })).toBeVisible(),
  },
  {
    what: "a friend request that is accepted",
    do: async ({ other }) => {
      const { items } = await other.call<{ items: { id: string; user: { username: string } }[] }>(
        "GET",
        "/friend-requests?direction=incoming&status=pending",
      );
      const request = items.find(({ user }) => user.username === "Gus");
      await other.call("POST", `/friend-requests/${request?.id}/accept`);
    },
    see: async ({ friends, chat }) => {
      await expect(waiting(friends).getByRole("button", { name: "Accept Gus" })).toHaveCount(0);
      await expect(friends.page.getByRole("link", { name: /^Gus/ })).toBeVisible();
      await expect(chat.row("Gus")).toBeVisible();
    },
  },
  {
    what: "a friend removed",
    do: ({ other, ids }) => other.call("DELETE", `/friends/${ids.Hal}`),
    see: ({ friends }) => expect(friends.page.getByRole("link", { name: /^Hal/ })).toHaveCount(0),
  },
  {
    what: "somebody blocked",
    do: ({ other, ids }) => other.call("PUT", `/blocks/${ids.Ivy}`),
    see: async ({ friends, blocked }) => {
      await expect(friends.page.getByRole("link", { name: /^Ivy/ })).toHaveCount(0);
      await expect(blocked.page.getByRole("button", { name: "Unblock Ivy" })).toBeVisible();
    },
  },
  {
    what: "a group renamed",
    do: ({ other, sailing }) => other.call("PATCH", `/groups/${sailing.id}`, { name: "Night sailing" }),
    see: async ({ group, chat }) => {
      await expect(group.page.getByRole("heading", { name: "Night sailing", level: 2 }).first()).toBeVisible();
      await expect(group.notices.filter({ hasText: "You named the group Night sailing" })).toBeVisible();
      await expect(chat.row("Night sailing")).toBeVisible();
    },
  },
  {
    what: "a group's picture",
    do: async ({ other, sailing, screen }) => {
      const picture = await photo(screen.page, "boat.png", { width: 64, height: 64, type: "image/png" });
      await other.call("PATCH", `/groups/${sailing.id}`, { avatar_media_id: await other.upload("image", picture) });
    },
    see: async ({ chat }) => {
      const face = chat.row("(Night )?[Ss]ailing").locator("img");
      await expect.poll(() => face.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
    },
  },
  {
    what: "a member added",
    do: ({ other, sailing, ids }) => other.call("POST", `/groups/${sailing.id}/members`, { user_ids: [ids.Dan] }),
    see: async ({ group }) => {
      await expect(group.notices.filter({ hasText: "You added Dan" })).toBeVisible();
      await expect(group.details.getByRole("button", { name: "Actions for Dan" })).toBeVisible();
    },
  },
  {
    what: "a member's role",
    do: ({ other, sailing, ids }) =>
      other.call("PUT", `/groups/${sailing.id}/members/${ids.Bea}/role`, { role: "admin" }),
    see: ({ group }) => expect(group.notices.filter({ hasText: "You made Bea an admin" })).toBeVisible(),
  },
  {
    what: "a member removed",
    do: ({ other, sailing, ids }) => other.call("DELETE", `/groups/${sailing.id}/members/${ids.Eve}`),
    see: async ({ group }) => {
      await expect(group.notices.filter({ hasText: "You removed Eve" })).toBeVisible();
      await expect(group.details.getByRole("button", { name: "Actions for Eve" })).toHaveCount(0);
    },
  },
  {
    what: "a group left",
    do: async ({ other, chess }) => other.call("DELETE", `/groups/${chess.id}/members/${await other.id()}`),
    see: async ({ leaving }) => {
      await expect(leaving.page.getByText("You left the group. You can still read what came before.")).toBeVisible();
      await expect(leaving.composer).toHaveCount(0);
    },
  },
  {
    what: "a new group",
    do: ({ other, people }) => other.createGroup("Book club", [people.Bea]),
    see: ({ chat }) => expect(chat.row("Book club")).toBeVisible(),
  },
];

for (const when of ["at once", "on return from being offline"] as const) {
  test(`what is done on one device shows on the other, ${when}`, async ({ account, person }) => {
    test.setTimeout(300_000);
    const world = await prepare(account, person);
    if (when === "at once") {
      for (const row of ROWS) {
        await test.step(row.what, async () => {
          await row.do(world);
          await row.see(world);
        });
      }
      return;
    }
    const { screen } = world;
    await test.step("away", async () => {
      screen.faults.allowNetworkFailures();
      await screen.context.setOffline(true);
      await expect(screen.page.getByText("You are offline.", { exact: true })).toBeVisible();
      for (const row of ROWS) await row.do(world);
      await expect(world.chat.message("Sent from elsewhere")).toHaveCount(0);
      await screen.context.setOffline(false);
    });
    for (const row of ROWS) await test.step(row.what, () => row.see(world));
  });
}

function waiting({ page }: Tab): Locator {
  return page.getByRole("region", { name: "Requests" });
}

async function codeOf(account: Account): Promise<string> {
  return (await account.call<{ friend_code: string }>("GET", "/me")).friend_code;
}

async function prepare(
  account: (name: string) => Promise<Account>,
  person: (name: string) => Promise<Person>,
): Promise<World> {
  const other = await account("Amara Okafor");
  const people = {} as World["people"];
  for (const name of [...FRIENDS, ...STRANGERS]) people[name] = await account(name);
  const ids = {} as World["ids"];
  for (const name of [...FRIENDS, ...STRANGERS]) ids[name] = await people[name].id();
  const direct = {} as World["direct"];
  for (const name of FRIENDS) direct[name] = await other.befriend(people[name]);
  await people.Gus.call("POST", "/friend-requests", { friend_code: await codeOf(other) });
  const sailing = await other.createGroup("Sailing", [people.Bea, people.Eve]);
  const chess = await other.createGroup("Chess", [people.Bea]);
  const slip = await other.send(direct.Bea, "A slip");
  const question = await people.Dan.send(direct.Dan, "Are you there?");

  const screen = await person("Amara Okafor");
  await screen.returnTo(`/chats/${direct.Bea}`);
  const world: World = {
    other,
    people,
    ids,
    direct,
    sailing,
    chess,
    screen,
    chat: screen.tab,
    group: await screen.openTab(`/chats/${sailing.id}/details`),
    leaving: await screen.openTab(`/chats/${chess.id}`),
    friends: await screen.openTab("/friends"),
    blocked: await screen.openTab("/settings/privacy"),
    noted: { slip: slip.seq, question: question.seq },
  };
  await expect(world.chat.message("A slip")).toBeVisible();
  await expect(world.chat.row("Dan")).toHaveAccessibleName(/1 unread/);
  await expect(world.chat.row("Eve")).toBeVisible();
  await expect(world.group.details.getByRole("button", { name: "Actions for Eve" })).toBeVisible();
  await expect(world.leaving.composer).toBeVisible();
  for (const name of ["Hal", "Ivy"]) {
    await expect(world.friends.page.getByRole("link", { name: new RegExp(`^${name}`) })).toBeVisible();
  }
  await expect(waiting(world.friends).getByRole("button", { name: "Accept Gus" })).toBeVisible();
  await expect(world.blocked.page.getByText("Nobody is blocked")).toBeVisible();
  return world;
}
