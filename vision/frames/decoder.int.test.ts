import { VideoEncoder, VideoFrame } from '@napi-rs/webcodecs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EncodedFrame } from '../rtp/assembler.ts';
import { until } from '../testing/hub.ts';
import { panScene } from '../testing/pan.ts';
import { FrameDecoder } from './decoder.ts';
import type { VideoCodec } from './intake.ts';

async function encode(width: number, height: number, count: number): Promise<EncodedFrame[]> {
  const frames: EncodedFrame[] = [];
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      frames.push({ key: chunk.type === 'key', timestamp: chunk.timestamp, data });
    },
    error: (error) => { throw error; },
  });
  encoder.configure({ codec: 'vp8', width, height, bitrate: 500_000, framerate: 15, latencyMode: 'realtime' });
  const scene = await panScene('sample1.jpg', width, height, 4);
  for (let i = 0; i < count; i++) {
    const frame = new VideoFrame(scene.next().data, { format: 'I420', codedWidth: width, codedHeight: height, timestamp: i * 66_667 });
    encoder.encode(frame, { keyFrame: i === 0 });
    frame.close();
  }
  await encoder.flush();
  encoder.close();
  return frames;
}

interface Seen { at: number; width: number; height: number }

function decoder(codec: VideoCodec = 'vp8') {
  const seen: Seen[] = [];
  const asked: string[] = [];
  const made = new FrameDecoder(codec, {
    frame: (frame, at) => {
      seen.push({ at, width: frame.codedWidth, height: frame.codedHeight });
      frame.close();
    },
    keyframeNeeded: (reason) => asked.push(reason),
  });
  return { made, seen, asked };
}

describe('FrameDecoder', () => {
  let frames: EncodedFrame[];
  beforeAll(async () => { frames = await encode(320, 240, 8); });

  it('gives every frame back without delay, with the capture time that came with it', async () => {
    const { made, seen, asked } = decoder();
    for (const [i, frame] of frames.entries()) {
      made.decode(frame, 1_700_000_000_000 + i * 67);
      await until(() => seen.length === i + 1, `frame ${i} before the next is given`);
    }
    expect(seen.map(({ at }) => at)).toEqual(frames.map((_, i) => 1_700_000_000_000 + i * 67));
    expect(asked).toEqual([]);
    made.close();
  });

  it('takes nothing before a keyframe', async () => {
    const { made, seen } = decoder();
    made.decode(frames[1]!, 1);
    made.decode(frames[0]!, 2);
    await until(() => seen.length > 0, 'the keyframe');
    expect(seen.map(({ at }) => at)).toEqual([2]);
    made.close();
  });

  it('asks for a keyframe after rubbish, and goes on with it', async () => {
    const { made, seen, asked } = decoder();
    made.decode(frames[0]!, 1);
    await until(() => seen.length === 1, 'the first frame');
    made.decode({ key: true, timestamp: 0, data: new Uint8Array(40).fill(0xfe) }, 2);
    await until(() => asked.length > 0, 'the request for a keyframe');
    made.decode(frames[1]!, 3);
    made.decode(frames[0]!, 4);
    await until(() => seen.at(-1)?.at === 4, 'the frame after it');
    expect(seen.map(({ at }) => at)).toEqual([1, 4]);
    made.close();
  });

  it('follows a change of size', async () => {
    const { made, seen } = decoder();
    const [other] = await encode(162, 122, 1);
    made.decode(frames[0]!, 1);
    made.decode(other!, 2);
    await until(() => seen.length === 2, 'both frames');
    expect(seen.map(({ width, height }) => [width, height])).toEqual([[320, 240], [162, 122]]);
    made.close();
  });

  it('holds a bounded number of frames when they come faster than they can be decoded', async () => {
    const { made, asked } = decoder();
    for (let i = 0; i < 200 && asked.length === 0; i++) made.decode(i === 0 ? frames[0]! : frames[1 + (i % 7)]!, i);
    expect(asked).toEqual(['the decoder cannot keep up']);
    made.close();
  });

  it('gives nothing after it was closed', async () => {
    const { made, seen } = decoder();
    made.decode(frames[0]!, 1);
    made.close();
    made.decode(frames[0]!, 2);
    const other = decoder();
    other.made.decode(frames[0]!, 3);
    await until(() => other.seen.length === 1, 'a frame of another decoder');
    expect(seen).toEqual([]);
    other.made.close();
  });
});
