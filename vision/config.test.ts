import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, maskedConfig, readConfig } from './config.ts';

describe('settings', () => {
  let folder: string;
  let setup: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'otklik-config-'));
    setup = join(folder, 'setup.json');
    writeFileSync(join(folder, 'fr_detect.onnx'), '');
    writeFileSync(setup, JSON.stringify({ workerBin: '/opt/worker', models: { dir: folder } }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const read = (env: Record<string, string>) => readConfig({ OTKLIK_VISION_TOKEN: 'a-secret', ...env }, setup);

  it('have defaults for all but the token, and take what set-up found', () => {
    const config = read({});
    expect(config).toMatchObject({ hubUrl: 'http://127.0.0.1:8400', mediaPort: 44_400, fps: 5, peopleFps: 2, providers: ['cpu'], capacity: undefined, smileAbove: 0.5, frozenMs: 30_000, modelsDir: folder, workerBin: '/opt/worker', models: {} });
    expect(config.mediaIps[0]).toBe('127.0.0.1');
    expect(config.threads).toBeGreaterThanOrEqual(1);
  });

  it('from the environment come before what set-up found', () => {
    expect(read({ MEDIASOUP_WORKER_BIN: '/mine', OTKLIK_MEDIA_IPS: '10.0.0.1, 10.0.0.1,::1', OTKLIK_MEDIA_PORT: '0', OTKLIK_VISION_FPS: '2.5' }))
      .toMatchObject({ workerBin: '/mine', mediaIps: ['10.0.0.1', '::1'], mediaPort: 0, fps: 2.5 });
  });

  it('take a capacity that somebody names', () => {
    expect(read({ OTKLIK_VISION_CAPACITY: '7' }).capacity).toBe(7);
    expect(read({ OTKLIK_VISION_CAPACITY: 'auto' }).capacity).toBeUndefined();
  });

  it('let cameras be on this machine only where somebody says so', () => {
    expect([{}, { OTKLIK_LOCAL_CAMERAS: 'no' }, { OTKLIK_LOCAL_CAMERAS: 'TRUE' }, { OTKLIK_LOCAL_CAMERAS: '1' }].map((env) => read(env as Record<string, string>).localCameras)).toEqual([false, false, true, true]);
  });

  it('name models of one\'s own by their job; then nothing needs to have been fetched', () => {
    const names = { OTKLIK_FACES_MODEL: '/m/faces.json', OTKLIK_EXPRESSION_MODEL: 'mine.json', OTKLIK_LANDMARKS_MODEL: '/m/l.json', OTKLIK_AGE_GENDER_MODEL: '/m/a.json', OTKLIK_PEOPLE_MODEL: '/m/p.json' };
    expect(read({ ...names, OTKLIK_MODELS_DIR: '/nowhere' }).models).toEqual({ faces: '/m/faces.json', expression: resolve('mine.json'), landmarks: '/m/l.json', age_gender: '/m/a.json', people: '/m/p.json' });
    expect(read({ OTKLIK_PEOPLE_MODEL: ' ' }).models).toEqual({});
  });

  it('are shown without the token', () => {
    expect(JSON.stringify(maskedConfig(read({})))).not.toContain('a-secret');
  });

  it.each([
    ['OTKLIK_HUB_URL', 'ftp://hub'], ['OTKLIK_HUB_URL', 'hub'], ['OTKLIK_MEDIA_PORT', '70000'], ['OTKLIK_MEDIA_PORT', 'abc'], ['OTKLIK_MEDIA_IPS', '10.0.0.256'], ['OTKLIK_VISION_FPS', '0'],
    ['OTKLIK_VISION_CAPACITY', '1.5'], ['OTKLIK_VISION_CAPACITY', 'many'], ['OTKLIK_VISION_PEOPLE_FPS', '9'], ['OTKLIK_VISION_PROVIDERS', 'rm -rf'], ['OTKLIK_VISION_NODE', 'a/../b'], ['OTKLIK_VISION_TOKEN', ' '], ['OTKLIK_VISION_THREADS', '0'], ['OTKLIK_MODELS_DIR', '/nowhere'], ['OTKLIK_LOG_LEVEL', 'loud'], ['OTKLIK_LOCAL_CAMERAS', 'maybe'], ['OTKLIK_SMILE_ABOVE', '2'], ['OTKLIK_FROZEN_AFTER_S', '1'],
  ])('are refused by name: %s=%s', (name, value) => {
    expect(() => read({ [name]: value })).toThrow(name === 'OTKLIK_MODELS_DIR' ? /OTKLIK_MODELS_DIR/ : new RegExp(name));
  });

  it('that are wrong are listed all at once', () => {
    expect(() => read({ OTKLIK_VISION_FPS: 'x', OTKLIK_MEDIA_PORT: '-1' })).toThrow(/FPS[\s\S]*MEDIA_PORT|MEDIA_PORT[\s\S]*FPS/);
    expect(() => read({ OTKLIK_VISION_FPS: 'x' })).toThrow(ConfigError);
  });
});
