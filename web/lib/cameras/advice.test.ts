import { describe, expect, it } from 'vitest';
import { checksOf, VIEWS, type View } from './advice.ts';

const face = (px: number, left: View['faces'][number]['left'] = null) => ({ x: 0.4, y: 0.4, width: 0.1, height: 0.2, px, left });
const view = (part: Partial<View> = {}): View => ({ light: 120, contrast: 50, sharpness: 300, scene: 0.95, faces: [face(90)], people: [], ...part });
const adviceOf = (views: View[]) => Object.fromEntries(checksOf(views).map(({ what, advice }) => [what, advice]));
const GOOD = { light: null, sharpness: null, place: null, face: null };

describe('what an installer is advised', () => {
  it('says nothing of a good place', () => expect(adviceOf([view(), view()])).toEqual(GOOD));

  it('knows nothing without a view', () => {
    expect(checksOf([]).map(({ value, advice }) => [value, advice])).toEqual([[null, null], [null, null], [null, null], [null, null]]);
  });

  it.each([
    [{ light: 20 }, { light: 'dark' }], [{ light: 240 }, { light: 'bright' }], [{ contrast: 5 }, { light: 'flat' }], [{ sharpness: 4 }, { sharpness: 'blurred' }], [{ scene: 0.2 }, { place: 'moved' }],
    [{ faces: [face(32, 'small')] }, { face: 'small' }], [{ faces: [] }, { face: 'no_faces' }], [{ faces: [face(90, 'turned'), face(80, 'turned'), face(85)] }, { face: 'turned' }], [{ faces: [face(90, 'outside')] }, { face: 'outside' }],
  ] as const)('%o: %o', (part, advice) => {
    expect(adviceOf([view(part as Partial<View>)])).toEqual({ ...GOOD, ...advice });
  });

  it('does not call the dark a dirty lens', () => expect(adviceOf([view({ light: 10, sharpness: 2 })])).toMatchObject({ light: 'dark', sharpness: null }));

  it('tells the height of a typical face', () => {
    expect(checksOf([view({ faces: [face(32), face(30), face(36)] })]).find(({ what }) => what === 'face')).toMatchObject({ value: 32, advice: 'small' });
  });

  it('is not turned by one odd frame, and forgets what is long past', () => {
    expect(adviceOf([...Array.from({ length: 10 }, () => view()), view({ light: 5 })])).toEqual(GOOD);
    expect(adviceOf([...Array.from({ length: VIEWS }, () => view({ light: 5 })), ...Array.from({ length: VIEWS }, () => view())])).toEqual(GOOD);
  });
});
