import { describe, expect, it } from 'vitest';
import { applyFloor, emptyFloor } from '../../../contract/views/floor.ts';
import type { AnyEvent } from '../../../contract/events.ts';
import { unnamed } from './unknown.ts';

const state = () => emptyFloor({ id: 's', name: 'S', timezone: 'UTC' }, { start: 0, end: 86_400_000 }, { places: { till: 'Till' }, cameras: { cam: { name: 'Cam', touchpoint: null } } });
const event = (values: Pick<AnyEvent, 'type' | 'body'> & { touchpoint?: string }): AnyEvent => ({ offset: 1, id: '1', site: 's', at: 60_000, received: 60_000, device: 'd', touchpoint: null, ...values }) as AnyEvent;

describe('names that are missing', () => {
  it('are none while everything is named', () => {
    const floor = state();
    applyFloor(floor, event({ type: 'feedback.rated', body: { value: 1, scale: 4 }, touchpoint: 'till' }));
    applyFloor(floor, event({ type: 'camera.connected', body: { camera: 'cam', node: 'n' } }));
    expect([...unnamed(floor)]).toEqual([]);
  });
  it('are those of places and cameras that came later', () => {
    const floor = state();
    applyFloor(floor, event({ type: 'feedback.rated', body: { value: 1, scale: 4 }, touchpoint: 'door' }));
    applyFloor(floor, event({ type: 'camera.connected', body: { camera: 'cam-2', node: 'n' } }));
    expect([...unnamed(floor)].sort()).toEqual(['cam-2', 'door']);
  });
});
