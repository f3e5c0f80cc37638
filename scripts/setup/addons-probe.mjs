/**
 * Loads every native add-on once and makes the one call that proves it works; prints a JSON object
 * {name: null or what went wrong}. Run by addons.mjs with the Node that will run the hub.
 */
const PROBES = {
  'better-sqlite3': ({ default: Database }) => new Database(':memory:').prepare('select 1').get(),
  'onnxruntime-node': ({ InferenceSession }) => InferenceSession.create.length,
  '@node-rs/argon2': ({ hashSync }) => hashSync('probe', { memoryCost: 8, timeCost: 1 }),
  sharp: ({ default: sharp }) => sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } }).raw().toBuffer(),
  '@napi-rs/webcodecs': ({ VideoDecoder }) => VideoDecoder.isConfigSupported({ codec: 'vp8' }),
};

const outcome = {};
for (const [name, probe] of Object.entries(PROBES)) {
  try {
    await probe(await import(name));
    outcome[name] = null;
  } catch (error) {
    outcome[name] = String(error.message ?? error).split('\n')[0];
  }
}
// Not through console.log and a natural end: an add-on's threads may keep the process alive.
process.stdout.write(JSON.stringify(outcome), () => process.exit(0));
