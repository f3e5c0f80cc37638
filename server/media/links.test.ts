import { describe, expect, it } from 'vitest';
import { ServedCameras, Turns } from './links.ts';
import type { Picture } from './registry.ts';

const picture = (...cameras: [camera: string, node: string][]): Picture => ({
  nodes: [], places: cameras.map(([camera, node]) => ({ camera, node, site: 's', media: 1, heldUntil: 0, whip: null })),
});

describe('what a node may speak for, by a picture of the store', () => {
  const served = (): { cameras: ServedCameras; turns: Turns } => {
    const turns = new Turns();
    return { cameras: new ServedCameras(turns), turns };
  };

  it('is what the picture shows of this hub\'s nodes, and no more', () => {
    const { cameras, turns } = served();
    cameras.set('c', 'here', 's');
    cameras.follow(picture(['a', 'here'], ['b', 'there']), (node) => node === 'here', turns.last);
    expect(['a', 'b', 'c'].map((camera) => cameras.has('here', camera, 's') || cameras.has('there', camera, 's'))).toEqual([true, false, false]);
    expect([cameras.has('here', 'a', 'another site'), cameras.has('there', 'a', 's')]).toEqual([false, false]);
  });

  it('is not undone by a picture that was begun before a change', () => {
    const { cameras, turns } = served();
    const begun = turns.last;
    cameras.set('new', 'here', 's');
    cameras.delete('old');
    cameras.follow(picture(['old', 'here']), () => true, begun);
    expect(['new', 'old'].map((camera) => cameras.has('here', camera, 's'))).toEqual([true, false]);
    cameras.follow(picture(['old', 'here']), () => true, turns.last);
    expect(['new', 'old'].map((camera) => cameras.has('here', camera, 's'))).toEqual([false, true]);
  });
});
