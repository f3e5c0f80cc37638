import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { NOT_AT_RUN_TIME } from '../deploy/slim.mjs';
import { readConfig as readHub } from '../server/config.ts';
import { readConfig as readVision } from '../vision/config.ts';
import { ROOT } from './run-step.ts';
import { DEPLOY, dockerContext, parseCompose, parseDockerfile, parseEnv, parseUnit, read, variablesOf, watched, type Compose, type Service } from './testing/deploy-files.ts';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-deploy-'));
fs.writeFileSync(path.join(scratch, 'fr_detect.onnx'), '');
afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }));

const pack = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string>; dependencies: Record<string, string> };
const START = pack.scripts['start']!.split(' ');
const SECRET = 'a1b2c3d4e5f60718293a4b5c6d7e8f901234';
const FILLED: Record<string, string> = { POSTGRES_PASSWORD: SECRET, REDIS_PASSWORD: `${SECRET}r`, OTKLIK_VISION_TOKEN: `${SECRET}v`, OTKLIK_MEDIA_IPS: '192.168.0.10', OTKLIK_ADMIN_EMAIL: 'boss@otklik.example', OTKLIK_ADMIN_PASSWORD: 'a long enough password', OTKLIK_ORIGINS: '' };

const composeText = read('compose.yaml');
const example = parseEnv(read('.env.example'));
const compose = parseCompose(composeText, { ...example, ...FILLED });
const hubs = Object.entries(compose.services).filter(([name]) => name.startsWith('hub-'));
const visions = Object.entries(compose.services).filter(([name]) => name.startsWith('vision-'));
const own = (all: Compose) => Object.entries(all.services).filter(([, service]) => service.build !== undefined);
const caddyfile = read('proxy/Caddyfile');

/** What the hub or the vision node makes of an environment, and which of its names it does not know. */
function hubOf(env: Record<string, string>) {
  const { env: seen, asked } = watched(env);
  return { config: readHub(seen), unknown: Object.keys(env).filter((name) => !asked.has(name)) };
}
function visionOf(env: Record<string, string>) {
  const { env: seen, asked } = watched({ OTKLIK_MODELS_DIR: scratch, ...env });
  return { config: readVision(seen, path.join(scratch, 'no-setup.json')), unknown: Object.keys(env).filter((name) => !asked.has(name)) };
}
const seconds = (text: string | undefined): number => Number(/^(\d+)s?$/.exec(text ?? '')?.[1]);
const dependsOn = ({ depends_on: needed = [] }: Service): string[] => (Array.isArray(needed) ? needed : Object.keys(needed));

describe('compose.yaml', () => {
  it('asks only for variables that .env.example has or that have a default, and for all of them', () => {
    const asked = variablesOf(composeText);
    expect([...asked].filter(([name, { optional }]) => !optional && !(name in example)).map(([name]) => name)).toEqual([]);
    expect(Object.keys(example).filter((name) => !asked.has(name))).toEqual([]);
  });

  it('does not start while a secret is empty: the example has none filled in', () => {
    for (const name of ['POSTGRES_PASSWORD', 'REDIS_PASSWORD', 'OTKLIK_VISION_TOKEN', 'OTKLIK_MEDIA_IPS']) {
      expect(example[name], name).toBe('');
      expect(() => parseCompose(composeText, { ...example, ...FILLED, [name]: '' })).toThrow(`set ${name} in .env`);
    }
  });

  it.each(hubs)('%s gets settings that a hub takes, of several hubs that share everything', (_name, { environment }) => {
    const { config, unknown } = hubOf(environment);
    expect(unknown).toEqual([]);
    expect(config).toMatchObject({ vision: 'off', trustProxy: true, databaseUrl: `postgres://otklik:${SECRET}@postgres:5432/otklik`, redisUrl: `redis://:${SECRET}r@redis:6379`, visionToken: `${SECRET}v`, adminEmail: 'boss@otklik.example' });
    expect(environment).toEqual(hubs[0]![1].environment);
  });

  it.each(visions)('%s gets settings that a vision node takes, with the hubs\' token and its own name', (name, { environment, ports }) => {
    const { config, unknown } = visionOf(environment);
    expect(unknown).toEqual([]);
    expect(config).toMatchObject({ token: `${SECRET}v`, node: name, mediaIps: ['192.168.0.10'], hubUrl: 'http://proxy:8400' });
    expect(ports).toEqual(['udp', 'tcp'].map((protocol) => `${config.mediaPort}:${config.mediaPort}/${protocol}`));
  });

  it('migrates the database that the hubs use before they start', () => {
    const { environment, command } = compose.services['migrate']!;
    expect(hubOf(environment)).toMatchObject({ unknown: [], config: { databaseUrl: hubs[0]![1].environment['DATABASE_URL'] } });
    expect(command).toEqual(pack.scripts['db:migrate']!.split(' '));
    for (const [, { depends_on: needed }] of hubs) expect(needed).toMatchObject({ migrate: { condition: 'service_completed_successfully' } });
  });

  it('refers to services, networks, volumes and files that exist, and leaves none unused', () => {
    const services = Object.values(compose.services);
    const mounts = services.flatMap(({ volumes = [] }) => volumes).map((volume) => volume.split(':')[0]!);
    const named = mounts.filter((mount) => !mount.startsWith('.'));
    expect(services.flatMap(dependsOn).filter((name) => !(name in compose.services))).toEqual([]);
    expect(new Set(services.flatMap(({ networks = [] }) => networks))).toEqual(new Set(Object.keys(compose.networks)));
    expect(new Set(named)).toEqual(new Set(Object.keys(compose.volumes)));
    for (const mount of mounts.filter((one) => one.startsWith('.'))) expect(fs.existsSync(path.join(DEPLOY, mount)), mount).toBe(true);
    for (const { build, command } of services.filter((service) => service.build)) {
      expect(fs.existsSync(path.join(DEPLOY, build!.context, build!.dockerfile))).toBe(true);
      if (command) expect(fs.existsSync(path.join(ROOT, command.at(-1)!)), command.at(-1)).toBe(true);
    }
  });

  it('keeps the database and Redis on a network that only hubs share and that leads nowhere', () => {
    expect(compose.networks['back']).toEqual({ internal: true });
    const inside = Object.entries(compose.services).filter(([, { networks = [] }]) => networks.includes('back'));
    expect(inside.map(([name]) => name).sort()).toEqual(['hub-1', 'hub-2', 'migrate', 'postgres', 'redis']);
    for (const name of ['postgres', 'redis', 'hub-1', 'hub-2']) expect(compose.services[name]!.ports, name).toBeUndefined();
  });

  it('gives every hub to the proxy, by the port that a hub listens on', () => {
    expect(compose.services['proxy']!.environment['OTKLIK_HUBS']).toBe(hubs.map(([name, { environment }]) => `${name}:${hubOf(environment).config.port}`).join(' '));
    expect(dependsOn(compose.services['proxy']!)).toEqual(hubs.map(([name]) => name));
  });

  it('stops its own programs later than they stop by themselves, and lets them write nowhere but to their data', () => {
    for (const [name, service] of [...own(compose), ...own(parseCompose(read('compose.vision.yaml'), { ...parseEnv(read('vision.env.example')), OTKLIK_VISION_TOKEN: SECRET }))]) {
      expect(service, name).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      expect([...(service.volumes ?? []), ...(service.tmpfs ?? [])].some((mount) => /(^|:)\/data(:|$)/.test(mount)), name).toBe(true);
      expect(seconds(service.stop_grace_period), name).toBeGreaterThan(name.startsWith('vision') ? 4.5 : readHub({}).stopTimeoutMs / 1000);
    }
  });

  it('never lets Redis throw a stream away', () => {
    const command = compose.services['redis']!.command!;
    expect(command[command.indexOf('--maxmemory-policy') + 1]).toBe('noeviction');
    expect(command[command.indexOf('--requirepass') + 1]).toBe(`${SECRET}r`);
  });
});

describe('the proxy', () => {
  const used = new Set([...caddyfile.matchAll(/\{\$(\w+)\}/g)].map(([, name]) => name));

  it('gets exactly the variables that it uses', () => {
    expect(new Set(Object.keys(compose.services['proxy']!.environment))).toEqual(used);
  });

  it('is the vision nodes\' way to the hubs, and hides the metrics wherever it listens', () => {
    const sites = caddyfile.split(/\n(?=\S.*\{\n)/).filter((block) => block.includes('import hubs'));
    expect(sites.map((site) => site.split(' {')[0]?.split('\n').at(-1))).toEqual(['{$OTKLIK_ADDRESS}', 'http://:8400']);
    for (const site of sites) expect(site).toContain('respond /metrics 404');
  });

  it('asks hubs whether they are ready', () => {
    expect(caddyfile).toMatch(/health_uri \/readyz/);
    expect([...caddyfile.matchAll(/reverse_proxy .*\{\$OTKLIK_HUBS\} \{[^}]*import hub\n/g)]).toHaveLength(2);
  });

  const caddy = spawnSync('caddy', ['version']).status === 0;
  it.runIf(caddy)('is a file that Caddy takes', () => {
    const { status, stderr } = spawnSync('caddy', ['validate', '--adapter', 'caddyfile', '--config', path.join(DEPLOY, 'proxy/Caddyfile')], {
      encoding: 'utf8', env: { ...process.env, HOME: scratch, XDG_DATA_HOME: scratch, XDG_CONFIG_HOME: scratch, ...compose.services['proxy']!.environment },
    });
    expect(status, stderr).toBe(0);
  });
});

describe('the image', () => {
  const instructions = parseDockerfile(read('Dockerfile'));
  const all = (name: string): string[] => instructions.filter((one) => one.name === name).map(({ rest }) => rest);
  const inContext = dockerContext(fs.readFileSync(path.join(ROOT, '.dockerignore'), 'utf8'));

  it('starts what npm start starts, as nobody in particular, and stops by SIGTERM', () => {
    expect(JSON.parse(all('CMD')[0]!)).toEqual(START);
    expect(all('USER').at(-1)).toBe('node');
    expect(all('STOPSIGNAL')).toEqual(['SIGTERM']);
    expect(all('HEALTHCHECK')[0]).toContain('/healthz');
    expect(all('EXPOSE')).toEqual([`${readHub({}).port} ${visionOf({ OTKLIK_VISION_TOKEN: SECRET }).config.mediaPort}/udp ${visionOf({ OTKLIK_VISION_TOKEN: SECRET }).config.mediaPort}/tcp`]);
  });

  it('runs on the Node that the project is made for', () => {
    expect(all('ARG')).toEqual([expect.stringMatching(/^NODE_IMAGE=node:24-/)]);
    expect(all('FROM').every((from) => from.startsWith('${NODE_IMAGE} '))).toBe(true);
  });

  it('copies files that exist and get into the build', () => {
    const sources = all('COPY').filter((rest) => !rest.includes('--from=')).flatMap((rest) => rest.split(' ').filter((word) => !word.startsWith('--')).slice(0, -1)).filter((source) => source !== '.');
    expect(sources).toEqual(['package.json', 'package-lock.json', 'scripts', 'vision/models']);
    for (const source of sources) expect(fs.existsSync(path.join(ROOT, source)) && inContext(source), source).toBe(true);
  });

  it('is built from what it needs', () => {
    const needed = ['server/main.ts', 'server/preload.mjs', 'vision/main.ts', 'vision/models/expression.json', 'contract/index.ts', 'migrations/postgres/meta/_journal.json', 'scripts/setup.mjs', 'scripts/setup/web.mjs', 'scripts/models/face-api.mjs', 'deploy/slim.mjs', 'web/app.html', 'messages/ru/console.json', 'project.inlang/settings.json', 'svelte.config.js', 'vite.config.ts', ...Object.values(pack.scripts).flatMap((script) => /^node (scripts\/db-migrate\.ts)$/.exec(script)?.slice(1) ?? [])];
    expect(needed.filter((file) => !fs.existsSync(path.join(ROOT, file)) || !inContext(file))).toEqual([]);
  });

  it('never sees a secret, a database or what was installed here', () => {
    const kept = ['.env', 'deploy/.env', 'deploy/.env.example', 'deploy/hub.env', 'deploy/certificates/key.pem', 'server/.env.local', '.git/config', '.npmrc', 'data/otklik.db', 'key.pem', 'node_modules/x/index.js', '.otklik/setup.json', 'build/web/index.html'].filter(inContext);
    expect(kept).toEqual([]);
    expect(all('ENV').concat(all('ARG')).join(' ')).not.toMatch(/PASSWORD|TOKEN|SECRET|_URL=/);
  });

  it('loses only packages that neither hub nor vision node imports', () => {
    const files = ['contract', 'server', 'vision'].flatMap((folder) => fs.readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`))
      .filter((file) => /\.(ts|mjs)$/.test(file) && !/\.test\.ts$|\/testing\//.test(file));
    const imported = new Set(files.flatMap((file) => [...fs.readFileSync(path.join(ROOT, file), 'utf8').matchAll(/(?:from|import\(|import|require\(|resolve\()\s*['"]((?:@[\w.-]+\/)?[\w.-]+)/g)].map(([, name]) => name!)));
    expect(imported).toContain('mediasoup');
    expect(NOT_AT_RUN_TIME.filter((name) => imported.has(name))).toEqual([]);
    expect(NOT_AT_RUN_TIME.filter((name) => !(name in pack.dependencies))).toEqual([]);
  });
});

describe.each([
  { name: 'otklik-hub', start: START, environment: 'hub.env.example', stopSeconds: readHub({}).stopTimeoutMs / 1000 },
  { name: 'otklik-vision', start: ['node', 'vision/main.ts'], environment: 'vision.env.example', stopSeconds: 4.5 },
])('the unit $name', ({ name, start, environment, stopSeconds }) => {
  const file = `${name}.service`;
  const { Unit, Service, Install } = parseUnit(read(file));

  it('starts the program as its own user and again whenever it ends', () => {
    expect(Unit).toMatchObject({ Description: [expect.any(String)], StartLimitIntervalSec: ['0'] });
    expect(Install).toEqual({ WantedBy: ['multi-user.target'] });
    expect(Service).toMatchObject({ User: ['otklik'], WorkingDirectory: ['/opt/otklik'], EnvironmentFile: [`/etc/otklik/${environment.replace('.example', '')}`], Restart: ['always'], KillSignal: ['SIGTERM'] });
    expect(Service!['ExecStart']).toEqual([`/opt/otklik/node_modules/.bin/${start.join(' ')}`]);
    for (const one of start.filter((word) => /\.(ts|mjs)$/.test(word))) expect(fs.existsSync(path.join(ROOT, one)), one).toBe(true);
  });

  it('leaves it the time to stop, and a folder of its own', () => {
    expect(seconds(Service!['TimeoutStopSec']?.[0])).toBeGreaterThan(stopSeconds);
    expect(Service!['Environment']?.join(' ')).toContain(`OTKLIK_DATA_DIR=/var/lib/${Service!['StateDirectory']?.[0]}`);
  });

  it('shuts it in as far as Node can live with', () => {
    expect(Service).toMatchObject({ NoNewPrivileges: ['yes'], ProtectSystem: ['strict'], ProtectHome: ['yes'], PrivateTmp: ['yes'], CapabilityBoundingSet: [''] });
    expect(Service).not.toHaveProperty('MemoryDenyWriteExecute');
    // Addresses of the machine are read by netlink.
    expect(Service!['RestrictAddressFamilies']?.[0]).toContain('AF_NETLINK');
  });

  it.each([false, true])('has an example of its settings that is valid as it stands and with the rest taken in (%s)', (commented) => {
    const env = Object.fromEntries(Object.entries({ ...parseEnv(read(environment), commented) }).map(([key, value]) => [key, key === 'OTKLIK_VISION_TOKEN' ? SECRET : value]));
    const mediaPort = { OTKLIK_MEDIA_IPS: '', OTKLIK_MEDIA_PORT: '' };
    const unknown = name === 'otklik-hub' ? hubOf(env).unknown.filter((key) => !(key in mediaPort)) : visionOf(env).unknown;
    expect(unknown).toEqual([]);
    expect(Object.keys(env).length).toBeGreaterThan(commented && name === 'otklik-hub' ? 8 : 0);
  });

  const analyze = spawnSync('systemd-analyze', ['--version']).status === 0;
  it.runIf(analyze)('is a unit that systemd takes', () => {
    const copy = path.join(scratch, file);
    fs.writeFileSync(copy, read(file).replaceAll('/opt/otklik/node_modules/.bin/node', process.execPath));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', copy], { encoding: 'utf8', env: { ...process.env, XDG_RUNTIME_DIR: scratch } });
    expect(stderr.split('\n').filter((line) => line.includes(name))).toEqual([]);
    expect(status, stderr).toBe(0);
  });
});

describe('the guide', () => {
  const guide = read('README.md');

  it('names metrics that hubs have', () => {
    const metrics = fs.readFileSync(path.join(ROOT, 'server/core/metrics.ts'), 'utf8');
    const named = new Set([...guide.matchAll(/`((?:otklik|process)_[a-z_]+)[`{]/g)].map(([, metric]) => metric!).filter((metric) => metric !== 'otklik_address'));
    expect(named.size).toBeGreaterThan(8);
    expect([...named].filter((metric) => !metrics.includes(`'${metric}'`))).toEqual([]);
  });

  it('names files and commands that exist', () => {
    const files = [...guide.matchAll(/`((?:otklik-\w+\.service|[\w.-]+\.example|compose[\w.]*\.yaml|Dockerfile|slim\.mjs|proxy\/\w+))`/g)].map(([, file]) => file!);
    expect(files.length).toBeGreaterThan(8);
    expect(files.filter((file) => !fs.existsSync(path.join(DEPLOY, file)))).toEqual([]);
    const commands = [...guide.matchAll(/npm run ([\w:]+)/g)].map(([, command]) => command!);
    expect(commands.filter((command) => !(command in pack.scripts))).toEqual([]);
  });
});
