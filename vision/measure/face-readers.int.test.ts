import { beforeAll, describe, expect, it } from 'vitest';
import { samplePicture, setupResult, toI420, type Rgb } from '../testing/pictures.ts';
import { modelPath } from './builtin.ts';
import { TensorWriter } from './channels.ts';
import { clipped, FaceDetector, overlap, type FaceBox } from './detector.ts';
import { LandmarkReader } from './landmarks.ts';
import { PersonReader, type Person } from './person.ts';
import { pictureOf, type Picture } from './picture.ts';
import { sessionOptions } from './providers.ts';

const { models } = setupResult();
const writer = new TensorWriter();
/** Every face in them is a young woman's, seen from some side. */
const PORTRAITS = ['sample2.jpg', 'sample3.jpg', 'sample5.jpg', 'sample6.jpg'];

function mirrored({ data, width, height }: Rgb): Rgb {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out.set(data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3), (y * width + width - 1 - x) * 3);
  return { data: out, width, height };
}

const asVideo = (rgb: Rgb): Picture => pictureOf(toI420(rgb), rgb.width, rgb.height);
interface Portrait { picture: Picture; mirror: Picture; faces: FaceBox[]; mirrorFaces: FaceBox[] }

describe('faces of the sample photographs', () => {
  let detector: FaceDetector;
  const portraits: Portrait[] = [];

  beforeAll(async () => {
    detector = await FaceDetector.open(modelPath(models.dir, 'faces'), sessionOptions(), writer);
    for (const name of PORTRAITS) {
      const rgb = await samplePicture(name, { width: 960, height: 640 });
      const picture = asVideo(rgb);
      const faces = (await detector.detect(picture)).filter(({ score }) => score > 0.9);
      portraits.push({ picture, faces, mirror: asVideo(mirrored(rgb)), mirrorFaces: faces.map((face) => ({ ...face, x: rgb.width - face.x - face.width })) });
    }
  });

  it('are turned the other way in a mirror, by as much', async () => {
    const reader = await LandmarkReader.open(modelPath(models.dir, 'landmarks'), sessionOptions(), writer);
    const sums: number[] = [];
    let turned = 0;
    for (const { picture, faces, mirror, mirrorFaces } of portraits) {
      const seen = await reader.poses(picture, faces);
      const other = await reader.poses(mirror, mirrorFaces);
      seen.forEach((pose, i) => {
        expect(pose).not.toBeNull();
        expect(other[i]).not.toBeNull();
        sums.push(Math.abs(pose!.yaw + other[i]!.yaw));
        if (Math.abs(pose!.yaw) > 12) { turned++; expect(Math.sign(other[i]!.yaw)).toBe(-Math.sign(pose!.yaw)); }
        if (Math.abs(pose!.roll) > 15) expect(Math.sign(other[i]!.roll)).toBe(-Math.sign(pose!.roll));
      });
    }
    expect(turned).toBeGreaterThan(5);
    expect(sums.reduce((a, b) => a + b, 0) / sums.length).toBeLessThan(10);
    await reader.close();
  });

  it('have one pose each, alone as in a batch, and points on the face', async () => {
    const reader = await LandmarkReader.open(modelPath(models.dir, 'landmarks'), sessionOptions(), writer);
    const { picture, faces } = portraits[2]!;
    const together = await reader.poses(picture, [...faces, ...faces, ...faces]);
    expect(together).toHaveLength(3 * faces.length);
    expect((await reader.pose(picture, faces[0]!))!.yaw).toBeCloseTo(together[faces.length]!.yaw, 2);
    const points = await reader.points(picture, faces[0]!);
    const { x, y, width, height } = faces[0]!;
    // Point 30 is the tip of the nose, 36 and 45 the outer corners of the eyes, 8 the chin.
    expect(points[60]! > x && points[60]! < x + width && points[61]! > y && points[61]! < y + height).toBe(true);
    expect(points[72]!).toBeLessThan(points[90]!);
    expect(points[73]!).toBeLessThan(points[61]!);
    expect(points[61]!).toBeLessThan(points[17]!);
    await reader.close();
  });

  it('are read as young women', async () => {
    const reader = await PersonReader.open(modelPath(models.dir, 'age_gender'), sessionOptions(), writer);
    const people: Person[] = [];
    for (const { picture, faces } of portraits) people.push(...await reader.read(picture, faces));
    expect(people.length).toBeGreaterThan(10);
    expect(people.filter(({ male }) => male < 0.5).length / people.length).toBeGreaterThan(0.9);
    const ages = people.map(({ age }) => age).sort((a, b) => a - b);
    expect(ages[ages.length >> 1]).toBeGreaterThan(15);
    expect(ages[ages.length >> 1]).toBeLessThan(40);
    await reader.close();
  });

  it('are found in a part of the picture where they are in the whole', async () => {
    for (const { picture, faces } of portraits) {
      const [face] = faces;
      const side = Math.ceil(face!.height / 2) * 4;
      const region = { x: Math.max(0, Math.min(picture.width - side, Math.round(face!.x - side / 4) & ~1)), y: Math.max(0, Math.min(picture.height - side, Math.round(face!.y - side / 4) & ~1)), width: side, height: side };
      const found = await detector.detect(picture, region);
      expect(Math.max(0, ...found.map((box) => overlap(box, face!)))).toBeGreaterThan(0.5);
      for (const box of found) expect(clipped(box, picture)).toMatchObject({ score: box.score });
    }
  });
});

it('a box is cut at the edges of the picture', () => {
  expect(clipped({ x: -10, y: 90, width: 30, height: 30, score: 1 }, { width: 100, height: 100 })).toEqual({ x: 0, y: 90, width: 20, height: 10, score: 1 });
  expect(clipped({ x: 100, y: 0, width: 30, height: 30 }, { width: 100, height: 100 })).toBeUndefined();
});
