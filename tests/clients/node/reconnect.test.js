// stompjs comes back by itself after the server was away, and nothing that was accepted is lost.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { message, Server, signIn } from './kith.js';
import { Session } from './session.js';

const server = new Server();
let ada, ben, conversation;

before(async () => {
  await server.start();
  [ada, ben] = [await signIn(server, 'ada@example.test'), await signIn(server, 'ben@example.test')];
  conversation = await ada.befriend(ben);
});
after(() => server.remove());

for (const [signal, code] of [
  ['SIGTERM', 1012],
  ['SIGKILL', 1006],
]) {
  test(`after ${signal}`, async () => {
    const sessions = [new Session(ada), new Session(ben)];
    const [{ headers: first }] = await Promise.all(sessions.map((session) => session.open()));
    const send = `/app/conversations/${conversation}/messages`;
    const { seq } = await sessions[0].send(send, message(`before ${signal}`));

    const closes = sessions.map((session) => session.next('closed'));
    await server.stop(signal);
    assert.deepEqual((await Promise.all(closes)).flat(), [code, code]);

    const back = sessions.map((session) => session.next('connected'));
    await server.start();
    const [[{ headers: second }]] = await Promise.all(back);
    assert.equal(second.epoch, first.epoch, 'the positions the clients hold are still good');

    const entries = sessions.map((session) => session.next('event:entry'));
    await sessions[1].send(send, message(`after ${signal}`));
    for (const [event] of await Promise.all(entries)) assert.equal(event.seq, Number(seq) + 1);
    const page = await ben.ask('GET', `/conversations/${conversation}/entries?after=${seq - 1}`);
    assert.deepEqual(page.items.map((entry) => entry.content.text), [`before ${signal}`, `after ${signal}`]);
    await Promise.all(sessions.map((session) => session.close()));
  });
}
