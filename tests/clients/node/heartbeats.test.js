// stompjs: heart-beats are kept in both directions.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Server, signIn } from './kith.js';
import { Session } from './session.js';

const server = new Server();
before(() => server.start());
after(() => server.remove());

test('the server beats as agreed, and hears our beats', async () => {
  const ada = await signIn(server, 'ada@example.test');
  let closed = false;
  const session = new Session(ada, { debug: (line) => session.emit(line.trim()) });
  session.on('closed', () => (closed = true));
  const connected = await session.open();
  const intervals = connected.headers['heart-beat'].split(',').map(Number);
  for (const interval of intervals) assert.ok(interval >= 10_000 && interval <= 60_000, `${intervals}`);
  // stompjs hangs up by itself when twice the interval passes without a sign of the server.
  await Promise.all([session.next('<<< PONG'), session.next('>>> PING')]);
  await session.send('/app/presence', { state: 'active' });
  assert.equal(closed, false);
  await session.close();
});
