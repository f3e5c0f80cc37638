import type { CameraSetup, FloorPlan, Me, Rule, Shift, StoredFile, User } from '../contract/index.ts';
import { HubRefusal, problemText, type AdminClient, type DeviceClient } from './hub-client.ts';
import { floorPlan, puddle } from './media/pictures.ts';
import { voice } from './media/voice.ts';
import { DRAWING, PEOPLE, RULES, SHIFTS, type PlannedCamera } from './place.ts';
import type { Media } from './plan.ts';

export interface FurnishOptions { admin: AdminClient; me: Me; siteId: string; password: string; sender: DeviceClient; seed: number; cameras: readonly (PlannedCamera & { id: string })[] }

/** Length of each recording, seconds. */
const VOICES = [4, 6] as const;

/** Gives our own clinic people, shifts, rules, a floor plan and set-ups of its cameras, as far as it has none, and the files that visitors send. @throws HubRefusal */
export async function furnish(options: FurnishOptions): Promise<Media> {
  await foundShifts(options, await foundPeople(options));
  await foundRules(options);
  await foundPlan(options);
  await foundSetups(options);
  return sendFiles(options);
}

/** Ids of people by the keys of `PEOPLE`, and the administrator's. They sign in with the administrator's password. */
async function foundPeople({ admin, me, siteId, password }: FurnishOptions): Promise<Map<string, string>> {
  const { users } = (await admin.get<{ users: User[] }>('/api/v1/users')) ?? { users: [] };
  const ids = new Map<string, string>(me.user ? [['administrator', me.user.id]] : []);
  for (const { key, email, name, role } of PEOPLE) {
    const known = users.find((user) => user.email === email) ?? await admin.post<User>('/api/v1/users', { email, name, role, locale: 'ru', sites: [siteId], password });
    ids.set(key, known.id);
  }
  return ids;
}

async function foundShifts({ admin, siteId }: FurnishOptions, ids: ReadonlyMap<string, string>): Promise<void> {
  const url = `/api/v1/sites/${siteId}/shifts`;
  const { shifts } = (await admin.get<{ shifts: Shift[] }>(url)) ?? { shifts: [] };
  if (shifts.length > 0) return;
  for (const { people, ...shift } of SHIFTS) {
    await admin.post(url, { ...shift, people: people.flatMap(({ key, role, zones }) => { const user = ids.get(key); return user === undefined ? [] : [{ user, role, zones }]; }) });
  }
}

/** Switches on what every shop has to give a number of its own. Rules that somebody changed stay as they are. */
async function foundRules({ admin, siteId }: FurnishOptions): Promise<void> {
  const url = `/api/v1/sites/${siteId}/rules`;
  const { rules } = (await admin.get<{ rules: Rule[] }>(url)) ?? { rules: [] };
  for (const { id, site: _site, builtIn, ...rule } of rules) {
    const params = RULES[rule.kind];
    if (builtIn && !rule.enabled && params !== undefined) await admin.put(`${url}/${id}`, { ...rule, enabled: true, params: { ...rule.params, ...params } });
  }
}

async function foundPlan({ admin, siteId }: FurnishOptions): Promise<void> {
  const url = `/api/v1/sites/${siteId}/plan`;
  const plan = await admin.get<FloorPlan>(url);
  if (!plan || plan.updatedAt !== null) return;
  await admin.upload(`${url}/picture`, await floorPlan(), 'image/png');
  await admin.put(url, DRAWING);
}

/** Sets cameras up that nobody has set up. */
async function foundSetups({ admin, cameras }: FurnishOptions): Promise<void> {
  for (const { id, choices } of cameras) {
    const url = `/api/v1/cameras/${id}/setup`;
    const setup = await admin.get<CameraSetup>(url);
    if (setup?.version === 0) await admin.put(url, choices);
  }
}

async function sendFiles({ sender, seed }: FurnishOptions): Promise<Media> {
  const send = async (bytes: Buffer, type: string): Promise<string> => {
    const answer = await sender.upload('/api/v1/files', bytes, type);
    if (answer.status !== 201) throw new HubRefusal(answer.status, `POST /api/v1/files failed: ${problemText(answer)}`);
    return (answer.body as StoredFile).file;
  };
  const voices: Media['voices'] = [];
  for (const [i, seconds] of VOICES.entries()) voices.push({ file: await send(voice(seed * 10 + i, seconds), 'audio/wav'), seconds });
  return { voices, photos: [{ file: await send(await puddle(), 'image/jpeg') }] };
}
