import { ADMIN_ACCOUNT } from './lib/account.ts';

export interface BenchSite { cookie: string; origin: string; site: string; tokens: string[] }

/** Signs in to a fresh hub and makes the site `bench` with some buttons. */
export async function setUpSite(port: number, buttons: number): Promise<BenchSite> {
  const origin = `http://127.0.0.1:${port}`;
  let cookie = '';
  const call = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const response = await fetch(origin + path, { method: 'POST', headers: { 'content-type': 'application/json', origin, cookie }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    cookie ||= response.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
    return await response.json() as Record<string, unknown>;
  };
  await call('/api/v1/session', ADMIN_ACCOUNT);
  await call('/api/v1/sites', { id: 'bench', name: 'Bench', timezone: 'UTC' });
  await call('/api/v1/sites/bench/touchpoints', { id: 'till-3', name: 'Till 3' });
  const tokens: string[] = [];
  for (let i = 0; i < buttons; i++) tokens.push((await call('/api/v1/sites/bench/devices', { kind: 'button', name: `Button ${i}`, touchpoint: 'till-3' }))['token'] as string);
  return { cookie, origin, site: 'bench', tokens };
}
