// stompjs: two people talk, and what is refused does not cost them the connection.

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

for (const forceBinaryWSFrames of [false, true]) {
  test(`two people talk in ${forceBinaryWSFrames ? 'binary' : 'text'} frames`, async () => {
    const sessions = [new Session(ada, { forceBinaryWSFrames }), new Session(ben, { forceBinaryWSFrames })];
    const [connected] = await Promise.all(sessions.map((session) => session.open()));
    assert.equal(connected.headers.version, '1.2');
    assert.equal(connected.headers['user-id'], ada.id);
    for (const header of ['session', 'server', 'device-id', 'epoch', 'server-time']) assert.ok(connected.headers[header], header);

    for (const [number, session] of sessions.entries()) {
      const text = `Line one\n"two" \\ 你好 🎉 ${number}`;
      const entries = sessions.map((hears) => hears.next('event:entry'));
      const receipt = await session.send(`/app/conversations/${conversation}/messages`, message(text));
      for (const [event, headers] of await Promise.all(entries)) {
        assert.equal(headers.destination, '/user/queue/events');
        assert.equal(headers.subscription, 'events');
        assert.equal(event.conversation_id, conversation);
        assert.equal(String(event.seq), receipt.seq);
        assert.equal(event.entry.id, receipt['message-id']);
        assert.equal(event.entry.server_time, receipt['server-time']);
        assert.equal(event.entry.content.text, text);
      }
    }
    await Promise.all(sessions.map((session) => session.close()));
  });
}

test('a message split into many WebSocket messages arrives whole', async () => {
  const session = new Session(ada, { splitLargeFrames: true, maxWebSocketChunkSize: 100 });
  await session.open();
  const text = '长话短说 '.repeat(400);
  const [[event]] = await Promise.all([
    session.next('event:entry'),
    session.send(`/app/conversations/${conversation}/messages`, message(text)),
  ]);
  assert.equal(event.entry.content.text, text);
  await session.close();
});

test('a refused send leaves the socket open', async () => {
  const stranger = await signIn(server, 'stranger@example.test');
  const session = new Session(stranger);
  let closed = false;
  session.on('closed', () => (closed = true));
  session.on('fault', (frame) => assert.fail(frame.headers.message));
  await session.open();
  const send = `/app/conversations/${conversation}/messages`;
  for (const [destination, body, code] of [
    [send, message('let me in'), 'not_found'],
    [send, { ...message('x'), client_msg_id: 'not a UUID' }, 'validation_failed'],
    [send, { ...message('x'), urgent: true }, 'unknown_field'],
    [send, message('x'.repeat(8_001)), 'validation_failed'],
    [`/app/conversations/${conversation}/entries/1/unsend`, {}, 'not_found'],
  ]) {
    const error = await session.sendRefused(destination, body);
    assert.deepEqual([error.type, error.ours, error.code], ['error', true, code]);
  }
  await session.send('/app/presence', { state: 'active' });
  assert.equal(closed, false);
  await session.close();
});

test('a frame that the protocol does not know is an ERROR, and the end', async () => {
  const session = new Session(ada, { reconnectDelay: 0 });
  await session.open();
  const closed = session.next('closed');
  const [frame] = await session.next('fault', () => session.client.publish({ destination: '/topic/everybody', body: '{}' }));
  assert.ok(frame.headers.code);
  await closed;
  await session.close();
});
