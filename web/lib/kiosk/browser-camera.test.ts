import { expect, test } from 'vitest';
import { nextChoice } from './browser-camera.ts';

const cameras = [{ deviceId: 'a' }, { deviceId: 'b' }, { deviceId: 'c' }];

test('a phone turns between its back and front', () => {
  expect(nextChoice({ facingMode: 'environment', deviceId: 'a' }, cameras)).toEqual({ facing: 'user' });
  expect(nextChoice({ facingMode: 'user', deviceId: 'b' }, cameras)).toEqual({ facing: 'environment' });
});

test('a computer goes through all of its cameras and comes round again', () => {
  expect(nextChoice({ deviceId: 'a' }, cameras)).toEqual({ deviceId: 'b' });
  expect(nextChoice({ deviceId: 'c' }, cameras)).toEqual({ deviceId: 'a' });
});

test('with one camera, or ids that the browser hides, there is nothing to turn to', () => {
  expect(nextChoice({ deviceId: 'a' }, [{ deviceId: 'a' }])).toBeNull();
  expect(nextChoice({ deviceId: '' }, [{ deviceId: '' }, { deviceId: '' }])).toBeNull();
});
