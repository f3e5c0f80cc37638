import { describe, expect, it } from 'vitest';
import { errorsOf, ffmpegArguments, isRedirected, reasonOf, script } from './ffmpeg.ts';
import { pauseMs } from './pull.ts';
import { findFfmpeg } from './puller.ts';

describe('orders to ffmpeg', () => {
  it('hold the address on standard input only, as one file and nothing else', () => {
    expect(script('rtsp://u:p@192.0.2.1/a')).toBe('ffconcat version 1.0\nfile \'rtsp://u:p@192.0.2.1/a\'\noption rtsp_transport tcp\noption timeout 10000000\n');
    expect(ffmpegArguments(5000, 6000, 7).join(' ')).not.toContain('rtsp://');
  });

  it('cannot be widened by an address', () => {
    const lines = script('rtsp://h/a\'\nfile \'/etc/passwd\\\0').split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[1]).toBe('file \'rtsp://h/a%27file %27/etc/passwd%5C\'');
  });
});

describe('what ffmpeg says', () => {
  const URL = '[concat @ 0x1] Impossible to open \'rtsp://u:hunter2@192.0.2.1/x\'\n';
  it.each([
    ['method DESCRIBE failed: 401 Unauthorized', 'the camera refuses this user and password'],
    ['method DESCRIBE failed: 404 Not Found', 'the camera has no stream at this path'],
    ['Failed to resolve hostname nosuch.invalid: Name or service not known', 'there is no host of this name'],
    ['Connection to tcp://127.0.0.1:1 failed: Connection refused', 'nothing answers at this address and port'],
    ['Connection timed out', 'the camera does not answer'],
    ['Codec \'hevc\' (173) is not supported by the bitstream filter \'h264_mp4toannexb\'.', 'the camera sends H.265 (HEVC): set it to H.264'],
    ['Codec \'mjpeg\' (7) is not supported by the bitstream filter \'h264_mp4toannexb\'.', 'the camera sends mjpeg: set it to H.264'],
    ['Stream map \'0:v:0\' matches no streams.', 'the camera sends no video'],
    ['av_interleaved_write_frame(): Connection refused\nError writing trailer of rtp://127.0.0.1:5?localrtpport=6: Connection refused', 'the media worker ended the connection'],
    ['something else', 'ffmpeg cannot read it (exit 1)'],
  ])('%s', (words, reason) => {
    const said = reasonOf(`${URL}${words}\n${URL}`, false, 1);
    expect(said).toBe(reason);
    expect(said.length + 'source_unusable: '.length).toBeLessThanOrEqual(120);
  });

  it('is left aside when pictures came before, or none in time', () => {
    expect(reasonOf('', true, 0)).toBe('the camera ended the stream');
    expect(reasonOf('', false, null)).toBe('the camera sends nothing that can be used');
  });
});

describe('all that ffmpeg says', () => {
  const said = [
    '[rtsp @ 0x5] [info] Status 302: Redirecting to rtsp://127.0.0.1:9/', '[info] Output #0, rtp, to \'rtp://127.0.0.1:5?localrtpport=6\':',
    '[rtsp @ 0x5] [error] method DESCRIBE failed: 404 Not Found', '[fatal] pipe:0: Server returned 404 Not Found', '',
  ].join('\n');

  it('is looked through for its errors', () => {
    expect(errorsOf(said).split('\n')).toEqual(['[rtsp @ 0x5] [error] method DESCRIBE failed: 404 Not Found', '[fatal] pipe:0: Server returned 404 Not Found']);
    expect(reasonOf(errorsOf(said), false, 1)).toBe('the camera has no stream at this path');
  });

  it('tells a camera that sends us elsewhere', () => {
    expect(isRedirected(said)).toBe(true);
    expect(isRedirected(said.replace('Redirecting to', 'Not going to'))).toBe(false);
    // What a camera says itself is in no line of this kind.
    expect(isRedirected('[rtsp @ 0x5] [error] Status 302: Redirecting to x')).toBe(false);
  });
});

describe('pauses', () => {
  it('grow to 30 s, and are never shorter than half of what they may be', () => {
    expect([0, 1, 2, 5, 6, 50].map((attempt) => [pauseMs(attempt, 0), pauseMs(attempt, 1)])).toEqual([[250, 500], [500, 1_000], [1_000, 2_000], [8_000, 16_000], [15_000, 30_000], [15_000, 30_000]]);
  });
});

describe('findFfmpeg', () => {
  it('finds none where there is none', () => {
    expect(findFfmpeg('/nowhere:/tmp')).toBeUndefined();
    expect(findFfmpeg('')).toBeUndefined();
  });
});
