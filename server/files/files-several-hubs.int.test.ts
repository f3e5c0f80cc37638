import { expect, it } from 'vitest';
import { sharedSpace } from '../testing/servers/shared.ts';
import { startTestHub } from '../testing/whole-hub.ts';
import { wav } from './testing/made-files.ts';

it('a file that one hub took is served by the other', async () => {
  const space = await sharedSpace();
  const [one, two] = [await startTestHub(space.env), await startTestHub(space.env)];
  try {
    const { site, token } = await one.shop();
    const bytes = wav(2, 48_000);
    const sent = await fetch(`${one.origin}/api/v1/files`, { method: 'POST', body: new Uint8Array(bytes), headers: { authorization: `Bearer ${token}`, 'content-type': 'audio/wav' } });
    const { file } = await sent.json() as { file: string };
    const got = await fetch(`${two.origin}/api/v1/sites/${site}/files/${file}`, { headers: { cookie: two.cookie } });
    expect(got.status).toBe(200);
    expect(Buffer.from(await got.arrayBuffer()).equals(bytes)).toBe(true);
    const part = await fetch(`${two.origin}/api/v1/sites/${site}/files/${file}`, { headers: { cookie: two.cookie, range: 'bytes=10-19' } });
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 20))).toBe(true);
  } finally {
    await one.close();
    await two.close();
    await space.remove();
  }
});
